import type { Standing } from '../core/model/change.js';
import type { Problem } from '../core/model/definition.js';
import type { Commanded, EventBus, Reconciled } from '../core/model/events.js';
import type { Log } from './log.js';

/** Logs what the core does: one line an event. The function that comes back ends it. */
export function logReconciliations(events: EventBus, log: Log): () => void {
  const ends = [
    events.on('reconciled', (event) => log[levelOf(event)](reconciledFields(event), 'reconciled')),
    events.on('attributed', (event) => log.info(event, 'attributed')),
    events.on('sweep finished', (event) => {
      log[event.outcome === 'failed' ? 'error' : 'info'](event, 'sweep finished');
    }),
    events.on('definitions loaded', (event) => {
      log[event.complete ? 'info' : 'warn'](event, 'definitions loaded');
    }),
    events.on('problem', (event) => log.error(problemFields(event), 'definition invalid')),
    events.on('revision fetched', (event) => log.info(event, 'revision fetched')),
    events.on('history replaced', (event) => log.info(event, 'history replaced, following it')),
    events.on('tag moved', (event) => log.warn(event, 'tag moved, following it')),
    events.on('clone mended', (event) => log.warn(event, 'git clone was damaged, made anew')),
    events.on('source unavailable', (event) => log.error(event, 'git source not up to date, trying again')),
    events.on('source available', (event) => log.info(event, 'git source up to date again')),
    events.on('status changed', (event) => log.debug(standingFields(event), 'status changed')),
    events.on('call', (event) => log.debug(event, 'call')),
    events.on('tenant unreachable', (event) => log.error(event, 'tenant unreachable')),
    events.on('tenant reachable', (event) => log.info(event, 'tenant reachable')),
    events.on('system log closed', (event) => log.warn(event, 'system log not readable, doing without')),
    events.on('recovery begun', (event) => log.warn(event, 'records lost, recovery begun')),
    events.on('recovery ended', (event) => log.info(event, 'recovery ended')),
    events.on('commanded', (event) => log.info(commandedFields(event), 'commanded')),
    events.on('system log readable', (event) => log.info(event, 'system log readable again')),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function levelOf({ outcome }: Reconciled): 'error' | 'warn' | 'info' {
  if (outcome === 'failed') return 'error';
  return outcome === 'held' ? 'warn' : 'info';
}

/** In one order, so that lines can be compared by eye. */
function reconciledFields(event: Reconciled): Record<string, unknown> {
  return {
    reconcileId: event.reconcileId,
    kind: event.kind,
    name: event.name,
    id: event.id,
    action: event.action,
    trigger: event.trigger,
    fields: event.fields,
    updateMask: event.updateMask,
    outcome: event.outcome,
    durationMs: event.durationMs,
    requests: event.requests,
    revision: event.revision,
    revisionAuthor: event.revisionAuthor,
    actor: event.actor,
    approvedBy: event.approved?.by,
    status: event.status,
    reason: event.reason,
  };
}

/** How many objects, and not which: an approval may let thousands go. */
function commandedFields({ command, by, targets, keys, reason, until }: Commanded): Record<string, unknown> {
  const end = until === undefined ? undefined : new Date(until).toISOString();
  return { command, by, targets, objects: keys.length === 0 ? undefined : keys.length, until: end, reason };
}

function problemFields({ position, key, path, message }: Problem): Record<string, unknown> {
  return { file: position.file, line: position.line, column: position.column, key, path, reason: message };
}

function standingFields({ kind, name, id, status, reason }: Standing): Record<string, unknown> {
  return { kind, name, id, status, reason };
}

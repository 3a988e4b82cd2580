import type { Standing } from '../core/model/change.js';
import type { Problem } from '../core/model/definition.js';
import type { Commanded, EventBus, HealthAfterChange, Reconciled } from '../core/model/events.js';
import type { Log } from './log.js';

/** Events that are logged as they are, each with its level and message. */
const LINES = [
  ['attributed', 'info', 'attributed'],
  ['revision fetched', 'info', 'revision fetched'],
  ['history replaced', 'info', 'history replaced, following it'],
  ['tag moved', 'warn', 'tag moved, following it'],
  ['clone repaired', 'warn', 'git clone damaged, cloned again'],
  ['source unavailable', 'error', 'git source not up to date, trying again'],
  ['source available', 'info', 'git source up to date again'],
  ['call', 'debug', 'call'],
  ['tenant unreachable', 'error', 'tenant unreachable'],
  ['tenant reachable', 'info', 'tenant reachable'],
  ['system log closed', 'warn', 'system log not readable, continuing without it'],
  ['system log readable', 'info', 'system log readable again'],
  ['recovery begun', 'warn', 'records lost, recovery begun'],
  ['recovery ended', 'info', 'recovery ended'],
] as const;

/** Logs the core's events, one line each. Returns the function that ends it. */
export function logReconciliations(events: EventBus, log: Log): () => void {
  const ends = [
    ...LINES.map(([name, level, message]) => events.on(name, (event) => log[level](event, message))),
    events.on('reconciled', (event) => log[levelOf(event)](reconciledFields(event), 'reconciled')),
    events.on('health after change', (event) => log[healthLevel(event)](event, 'health after change')),
    events.on('sweep finished', (event) => {
      log[event.outcome === 'failed' ? 'error' : 'info'](event, 'sweep finished');
    }),
    events.on('definitions loaded', (event) => {
      log[event.complete ? 'info' : 'warn'](event, 'definitions loaded');
    }),
    events.on('problem', (event) => log.error(problemFields(event), 'definition invalid')),
    events.on('status changed', (event) => log.debug(standingFields(event), 'status changed')),
    events.on('commanded', (event) => log.info(commandedFields(event), 'commanded')),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function levelOf({ outcome }: Reconciled): 'error' | 'warn' | 'info' {
  if (outcome === 'failed') return 'error';
  return outcome === 'held' ? 'warn' : 'info';
}

function healthLevel({ health }: HealthAfterChange): 'error' | 'warn' | 'info' {
  if (health === 'Failing') return 'error';
  return health === 'Unknown' ? 'warn' : 'info';
}

/** In a fixed order, so that lines are easy to compare. */
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

/** Objects are counted and not named: an approval may admit thousands. */
function commandedFields(event: Commanded): Record<string, unknown> {
  const { command, by, via, targets, keys, reason, until } = event;
  const end = until === undefined ? undefined : new Date(until).toISOString();
  const objects = keys.length === 0 ? undefined : keys.length;
  return { command, by, via, targets, objects, until: end, reason };
}

function problemFields({ position, key, path, message }: Problem): Record<string, unknown> {
  return { file: position.file, line: position.line, column: position.column, key, path, reason: message };
}

function standingFields({ kind, name, id, status, reason }: Standing): Record<string, unknown> {
  return { kind, name, id, status, reason };
}

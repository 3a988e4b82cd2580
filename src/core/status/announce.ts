import type { Result } from '../apply/result.js';
import type { Attributions } from '../drift/attributions.js';
import type { Change, Plan, Standing } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import { type Revision, revisionFields } from '../model/definition.js';
import { type EventBus, outcomeOf, type Reconciled, type Trigger } from '../model/events.js';
import { type Random, uuid } from '../model/random.js';
import { commandFor, type Reason, type Remedy } from '../model/remedy.js';
import type { SweepScope } from '../model/scope.js';
import { standingOf } from '../model/standing.js';
import type { Redactor } from '../redact/redactor.js';
import { boundedPlan, boundedResult } from './redact-shown.js';
import { changeToJson, fieldToJson } from './shown.js';
import type { StatusStore } from './status-store.js';

function driftedReason(key: string): Reason {
  const compare: Remedy = { type: 'compare', key };
  return {
    reason: `it is out of sync, and sync.mode: observe writes nothing; ${commandFor(compare)}, and set sync.mode: enforce to sync it`,
    remedies: [compare],
  };
}

/** The parts of an announcer. */
export interface AnnouncerParts {
  readonly statusStore: StatusStore;
  readonly events: EventBus;
  readonly mode: 'enforce' | 'observe';
  readonly attributions: Attributions;
  readonly clock: Clock;
  readonly random: Random;
  readonly redactor: Redactor;
}

/** The sweep of an event, by its identity. */
export interface AnnouncedSweep {
  readonly trigger: Trigger;
  readonly scope: SweepScope;
}

/** Updates the status store and emits the events of a sweep and its changes. */
export class Announcer {
  readonly #parts: AnnouncerParts;
  /** The first reconciliation of each sweep, which names the sweep. */
  readonly #sweepIds = new WeakMap<AnnouncedSweep, string>();

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  /** Emits the standing of every object without a change under way, at first and when it has changed. */
  announce(made: Plan, sweep: AnnouncedSweep): void {
    const { statusStore, events, mode, redactor } = this.#parts;
    const plan = boundedPlan(made, redactor);
    const active = new Set(
      [...plan.changes, ...plan.bookkeeping].filter(({ held }) => held === null).map(({ key }) => key),
    );
    const changes = new Map(plan.changes.map((change) => [change.key, change]));
    for (const planned of plan.standings) {
      const isActive = active.has(planned.key);
      const drifted = isActive && mode === 'observe' && changes.has(planned.key);
      const standing: Standing = drifted
        ? { ...planned, status: 'Drifted', ...driftedReason(planned.key) }
        : planned;
      const isNew = statusStore.note(standing);
      const change = changes.get(standing.key);
      statusStore.expect(standing.key, change && changeToJson(change));
      if (!isNew) continue;
      events.emit('status changed', standing);
      if (isActive && mode === 'enforce') continue;
      this.#emit(standing, change, plan, sweep, {
        reconcileId: uuid(this.#parts.random),
        action: 'none',
        updateMask: '',
        outcome: outcomeOf(standing.status),
        durationMs: 0,
        requests: 0,
        actor: change?.drift?.actor,
        approval: change?.held?.approval,
      });
    }
    if (sweep.scope === 'all') statusStore.keep(new Set(plan.standings.map(({ key }) => key)));
  }

  /** Emits the event of a reconciliation: what its object and its change say, and the rest of it. */
  #emit(
    { kind, name, id, status, reason, remedies }: Standing,
    change: Change | undefined,
    plan: Plan,
    sweep: AnnouncedSweep,
    rest: Omit<
      Reconciled,
      | 'sweepId'
      | 'trigger'
      | 'kind'
      | 'name'
      | 'id'
      | 'status'
      | 'reason'
      | 'remedies'
      | 'fields'
      | 'changes'
      | keyof Revision
    >,
  ): void {
    const sweepId = this.#sweepIds.get(sweep) ?? rest.reconcileId;
    this.#sweepIds.set(sweep, sweepId);
    this.#parts.events.emit('reconciled', {
      ...rest,
      sweepId,
      trigger: sweep.trigger,
      kind,
      name,
      id,
      fields: change?.fields.map(({ path }) => path) ?? [],
      changes: change?.fields.map(fieldToJson),
      ...revisionFields(plan),
      status,
      reason: reason || undefined,
      remedies,
    });
  }

  /** Reports the result of one change. */
  report(made: Result, plan: Plan, sweep: AnnouncedSweep): void {
    const { statusStore, events, redactor } = this.#parts;
    const result = boundedResult(made, redactor);
    const { change, id } = result;
    const { key, position } = change;
    const standing = standingOf(key, result, { position, id, facts: statusStore.get(key)?.facts ?? {} });
    const attempt = result.requests > 0 ? { succeeded: result.outcome === 'done' } : undefined;
    if (statusStore.note(standing, attempt)) events.emit('status changed', standing);
    this.#settle(result);
    const { started } = result;
    if (started !== undefined)
      events.emit('run started', { ...started, kind: change.kind, name: change.name });
    const { reconcileId, outcome, durationMs, requests, approval } = result;
    this.#emit(standing, change, plan, sweep, {
      reconcileId,
      action: outcome === 'unchanged' ? 'none' : change.action,
      updateMask: change.updateMask,
      outcome,
      durationMs,
      requests,
      actor: this.#attributed(result),
      approved: approval && { by: approval.by, at: approval.at },
      drift: change.drift && true,
    });
  }

  /** A change that was carried out is not planned any more, unless a later plan has it. */
  #settle({ change, outcome, status, reason, remedies }: Result): void {
    const { statusStore } = this.#parts;
    if (change.action === 'delete' && outcome === 'done') {
      statusStore.drop(change.key);
      return;
    }
    if (statusStore.get(change.key)?.change?.hash !== change.hash || outcome === 'failed') return;
    const held =
      outcome === 'held' ? { ...changeToJson(change), held: { status, reason, remedies } } : undefined;
    statusStore.expect(change.key, held);
  }

  /** The author of the reverted change; an unknown one may be attributed later. */
  #attributed({ change, outcome, reconcileId, id }: Result): string | undefined {
    const { attributions, clock } = this.#parts;
    if (change.drift === undefined) return undefined;
    const { key, kind, name } = change;
    const actor = change.drift.actor ?? attributions.of(key)?.actor;
    if (outcome === 'done') {
      attributions.corrected({ reconcileId, key, kind, name, id, at: clock.now() }, actor !== undefined);
    }
    return actor;
  }
}

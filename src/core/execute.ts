import { randomUUID } from 'node:crypto';
import type { Backoff } from './backoff.js';
import type { Change, Plan, Status } from './change.js';
import type { Clock } from './clock.js';
import { isTerminal, messageOf, TerminalError } from './errors.js';
import type { Outcome, Trigger } from './events.js';
import type { LookScope, Observation } from './observe.js';
import { type KindAccess, LostAnswerError, Performer } from './perform.js';
import type { WorkQueue } from './queue.js';
import type { RecordStore } from './record.js';

/** An observation older than this is not written from, milliseconds. */
const FRESH_MS = 30_000;

/** With more jobs than this waiting, looking again reads the lists, once for all of them. */
const FEW = 10;

/** A plan with the look that it was made from. */
export interface Planned {
  readonly plan: Plan;
  readonly observation: Observation;
}

/** How one change ended. */
export interface Result {
  readonly reconcileId: string;
  readonly key: string;
  readonly change: Change;
  readonly id?: string;
  readonly outcome: Outcome;
  readonly status: Status;
  /** A sentence; empty when all is well. */
  readonly reason: string;
  readonly durationMs: number;
  readonly requests: number;
  /** When another try is due, milliseconds since the epoch; missing when none is. */
  readonly retryAt?: number;
}

/** How changes are to be carried out. */
export interface Order {
  readonly trigger: Trigger;
  /** True to leave alone what is other by now than the plan says. */
  readonly exact: boolean;
}

/** What an executor works with. */
export interface ExecutorParts {
  readonly access: ReadonlyMap<string, KindAccess>;
  readonly store: RecordStore;
  readonly queue: WorkQueue;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly workspace: string;
  /** Looks and plans again, for a write whose look is too old. */
  readonly replan: (scope: LookScope, signal?: AbortSignal) => Promise<Planned>;
}

/** Puts changes on the queue: parents before what is under them, one job an object, never from an old look. */
export class Executor {
  readonly #parts: ExecutorParts;
  /** When an object was last written, by key: looks from before do not count for it. */
  readonly #touched = new Map<string, number>();
  #shared: { readonly at: number; readonly planned: Promise<Planned> } | undefined;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /**
   * Carries out every change that nothing holds. `onResult` hears of each as it ends.
   * Resolves when all have ended; a job that a newer one replaced gives no result.
   */
  async carryOut(
    planned: Planned,
    order: Order,
    onResult: (result: Result) => void,
  ): Promise<readonly Result[]> {
    const jobs = new Map<string, Promise<Result | undefined>>();
    const { changes, upkeep } = planned.plan;
    for (const change of [...changes, ...upkeep]) {
      if (change.held !== null) continue;
      const parent =
        change.action === 'create' && change.parent && 'key' in change.parent ? change.parent.key : undefined;
      const before = parent === undefined ? undefined : jobs.get(parent);
      jobs.set(
        change.key,
        (async () => {
          await before;
          const result = await this.#queued(change, planned, order);
          if (result !== undefined) onResult(result);
          return result;
        })(),
      );
    }
    const results = await Promise.all(jobs.values());
    return results.filter((result) => result !== undefined);
  }

  async #queued(change: Change, planned: Planned, { trigger, exact }: Order): Promise<Result | undefined> {
    const waiting = this.#parts.backoff.standing(change.key, change.hash);
    if (waiting !== undefined && (trigger === 'interval' || trigger === 'retry')) {
      return resultOf(change, randomUUID(), 'failed', 'Failed', waiting.reason, { retryAt: waiting.until });
    }
    let result: Result | undefined;
    await this.#parts.queue.add({
      key: change.key,
      priority: trigger === 'file' || trigger === 'command' ? 2 : 1,
      run: async (signal) => {
        result = await this.#run(change, planned, exact, signal);
      },
    });
    return result;
  }

  async #run(planned: Change, from: Planned, exact: boolean, signal: AbortSignal): Promise<Result> {
    const { clock, backoff } = this.#parts;
    const reconcileId = randomUUID();
    const startedAt = clock.now();
    const took = (): number => clock.now() - startedAt;
    let change = planned;
    let performer: Performer | undefined;
    try {
      const current = await this.#current(planned, from, signal);
      if (current === undefined) {
        return resultOf(planned, reconcileId, 'unchanged', 'Synced', '', { durationMs: took() });
      }
      change = current.change;
      if (exact && change.hash !== planned.hash) {
        throw new TerminalError('it is other than it was when the plan was made; plan again');
      }
      if (change.held !== null) {
        return resultOf(change, reconcileId, 'held', change.held.status, change.held.reason, {
          durationMs: took(),
        });
      }
      performer = this.#performer(change, current.planned);
      const { id, status, reason } = await performer.perform(signal);
      backoff.succeeded(change.key);
      return resultOf(change, reconcileId, 'done', status, reason, {
        id,
        durationMs: took(),
        requests: performer.calls,
      });
    } catch (error) {
      const reason = messageOf(error);
      const isLost = error instanceof LostAnswerError;
      const wait = backoff.failed(change.key, change.hash, reason, isTerminal(error));
      return resultOf(
        change,
        reconcileId,
        isLost ? 'settling' : 'failed',
        isLost ? 'Settling' : 'Failed',
        reason,
        {
          durationMs: took(),
          requests: performer?.calls ?? 0,
          retryAt: wait.until,
        },
      );
    } finally {
      this.#touched.set(change.key, clock.now());
    }
  }

  #performer(change: Change, planned: Planned): Performer {
    const { access, store, clock, workspace } = this.#parts;
    const desired = planned.observation.desired.get(change.key);
    const kindAccess = access.get(change.kind);
    if (desired === undefined || kindAccess === undefined)
      throw new Error(`${change.key} has no definition any more`);
    return new Performer(kindAccess, store, clock, {
      change,
      desired,
      parentId: this.#parentId(change),
      isClaimed: (id) => isClaimed(id, planned.observation, store, change.key),
      lookups: planned.observation.lookups,
      self: planned.observation.self,
      workspace,
    });
  }

  #parentId(change: Change): string | undefined {
    if (change.action !== 'create') return change.parentId;
    if (change.parent === undefined) return undefined;
    if ('id' in change.parent) return change.parent.id;
    const record = this.#parts.store.object(change.parent.key);
    if (record === undefined) throw new Error(`${change.parent.key} is not in the tenant yet; it has to be created first`);
    return record.id;
  }

  /** The change as it is right to make now; undefined when there is nothing left to do. */
  async #current(
    change: Change,
    planned: Planned,
    signal: AbortSignal,
  ): Promise<{ change: Change; planned: Planned } | undefined> {
    if (this.#isFresh(change.key, planned)) return { change, planned };
    const again = await this.#lookAgain(change.key, signal);
    const current = [...again.plan.changes, ...again.plan.upkeep].find(({ key }) => key === change.key);
    if (current !== undefined) return { change: current, planned: again };
    const standing = again.plan.standings.find(({ key }) => key === change.key);
    if (standing !== undefined && standing.status !== 'Synced' && standing.status !== 'Settling') {
      throw new Error(standing.reason);
    }
    return undefined;
  }

  #isFresh(key: string, { observation }: Planned): boolean {
    const touched = this.#touched.get(key);
    if (touched !== undefined && touched >= observation.at) return false;
    return this.#parts.clock.now() - observation.at <= FRESH_MS;
  }

  async #lookAgain(key: string, signal: AbortSignal): Promise<Planned> {
    if (this.#parts.queue.size.waiting > FEW) {
      const now = this.#parts.clock.now();
      if (this.#shared === undefined || now - this.#shared.at > FRESH_MS / 2) {
        this.#shared = { at: now, planned: this.#parts.replan('all', signal) };
      }
      const planned = await this.#shared.planned.catch(() => undefined);
      if (planned !== undefined && this.#isFresh(key, planned)) return planned;
    }
    return this.#parts.replan(new Set([key]), signal);
  }
}

function isClaimed(id: string, observation: Observation, store: RecordStore, key: string): boolean {
  for (const record of store.records().objects.values())
    if (record.id === id && record.key !== key) return true;
  for (const [other, match] of observation.matches) {
    if (match.type === 'found' && match.live.id === id && other !== key) return true;
  }
  return false;
}

function resultOf(
  change: Change,
  reconcileId: string,
  outcome: Outcome,
  status: Status,
  reason: string,
  facts: { id?: string; durationMs?: number; requests?: number; retryAt?: number },
): Result {
  const id = facts.id ?? (change.action === 'create' ? undefined : change.id);
  return {
    reconcileId,
    key: change.key,
    change,
    outcome,
    status,
    reason,
    durationMs: facts.durationMs ?? 0,
    requests: facts.requests ?? 0,
    ...(id === undefined ? {} : { id }),
    ...(facts.retryAt === undefined ? {} : { retryAt: facts.retryAt }),
  };
}

import type { Change, Delete, Held } from '../model/change.js';
import { type Clock, delay } from '../model/clock.js';
import { type Load, partsOf } from '../model/definition.js';
import { AppearedError, isTerminal, TerminalError } from '../model/errors.js';
import { outcomeOf, type Trigger } from '../model/events.js';
import { canonicalJson } from '../model/hash.js';
import { type Random, uuid } from '../model/random.js';
import type { Origin, RecordStore } from '../model/record.js';
import { recordsOf } from '../model/record-index.js';
import type { SweepScope } from '../model/scope.js';
import { listName } from '../observe/match-index.js';
import { liveOf } from '../observe/matching.js';
import type { Observation } from '../observe/observation.js';
import type { Planned } from '../plan/input.js';
import type { Admission, Admissions } from './admission.js';
import type { Backoff } from './backoff.js';
import { type Ended, Execution, type KindAccess } from './execution.js';
import { Freshness } from './freshness.js';
import { attemptOf, parentIdOf, withIds } from './ids.js';
import { awaitedKeys, keysBefore } from './order.js';
import type { WorkQueue } from './queue.js';
import { releaseMarks } from './release.js';
import { remove } from './remove.js';
import {
  failureReason,
  isUndone,
  pauseAfter,
  type Result,
  resultOf,
  retryRemedies,
  StandingError,
  statusAfter,
  stoodStill,
} from './result.js';

/** The options of an execution. */
export interface Order {
  readonly trigger: Trigger;
  /** The scope of the plan. */
  readonly scope: SweepScope;
  /** True to refuse a change that differs from the plan by now. */
  readonly exact: boolean;
}

/** One of the attempts at a change. */
interface Attempt {
  readonly planned: Change;
  readonly from: Planned;
  readonly exact: boolean;
  /** Of the first one, milliseconds since the epoch. */
  readonly startedAt: number;
  /** The pause before it, milliseconds. */
  readonly pauseMs: number;
}

/** The longest time of a change with the pauses that the tenant requests, milliseconds. */
const PATIENCE_MS = 120_000;

/** The parts of an executor. */
export interface ExecutorParts {
  readonly access: ReadonlyMap<string, KindAccess>;
  readonly store: RecordStore;
  readonly queue: WorkQueue;
  readonly backoff: Backoff;
  readonly admissions: Pick<Admissions, 'admit' | 'reserve'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly workspace: string;
  readonly requestsPerSecond: number;
  /** Observes and plans keys again whose observation is too old to write from. */
  readonly refresh: (keys: ReadonlySet<string>, signal?: AbortSignal) => Promise<Planned>;
  readonly definitions: { readonly isInForce: (load: Load) => boolean };
}

/** Queues changes: parents before their children, one job an object, never from an outdated observation. */
export class Executor {
  readonly #parts: ExecutorParts;
  readonly #freshness: Freshness;
  /** Names, with their parents, of creates under way: a renamed definition must not create one twice. */
  readonly #creating = new Set<string>();
  /** Deletions that are queued or under way, by key. */
  readonly #deleting = new Map<string, Promise<Result | undefined>>();

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    this.#freshness = new Freshness(parts);
  }

  /**
   * Carries out every change that nothing holds. `onResult` gets the result of each as it ends.
   * Resolves when all have ended; a job that a newer one replaced gives no result.
   */
  carryOut(planned: Planned, order: Order, onResult: (result: Result) => void): Promise<readonly Result[]> {
    const ended = this.#carryOut(planned, order, onResult);
    this.#parts.admissions.reserve(planned.plan, ended);
    return ended;
  }

  async #carryOut(
    planned: Planned,
    order: Order,
    onResult: (result: Result) => void,
  ): Promise<readonly Result[]> {
    const jobs = new Map<string, Promise<Result | undefined>>();
    const going = [...planned.plan.changes, ...planned.plan.bookkeeping].filter(({ held }) => held === null);
    const kindNamed = (name: string) => this.#parts.access.get(name)?.kind;
    this.#freshness.supersedes(order.scope, planned);
    for (const change of going) {
      // One step later every job is known, in any order.
      const before = Promise.resolve().then(() =>
        Promise.all(keysBefore(change, planned, kindNamed).map((key) => jobs.get(key))),
      );
      jobs.set(
        change.key,
        (async () => {
          const result = this.#waitsFor(change, await before) ?? (await this.#queued(change, planned, order));
          if (result !== undefined) onResult(result);
          return result;
        })(),
      );
    }
    const results = await Promise.all(jobs.values());
    return results.filter((result) => result !== undefined);
  }

  /** Notes that somebody else changed an object: observations that began before `at` are outdated. */
  changedElsewhere(key: string, at: number): void {
    this.#freshness.changedElsewhere(key, at);
  }

  /** Takes our marks off a recorded object, see {@link releaseMarks}; none for a key without a record. */
  async release(key: string, mayWrite: boolean): Promise<void> {
    const { store, workspace } = this.#parts;
    const record = store.object(key);
    if (record !== undefined)
      await releaseMarks(this.#accessTo(partsOf(key)), record, { workspace, mayWrite });
  }

  /** The result of a change whose references do not exist; undefined when all do. */
  #waitsFor(change: Change, before: readonly (Result | undefined)[]): Result | undefined {
    const keys = awaitedKeys(change).filter((key) => this.#parts.store.object(key) === undefined);
    const missing = before.find((result) => result !== undefined && keys.includes(result.key));
    if (missing === undefined) return undefined;
    const reason = `it waits for ${missing.key}: ${missing.reason}`;
    return resultOf(change, uuid(this.#parts.random), 'settling', 'Pending', reason, {
      remedies: missing.remedies,
    });
  }

  /** The deletion of an object is queued once: its outcome counts for every plan that has it. */
  async #queued(change: Change, planned: Planned, order: Order): Promise<Result | undefined> {
    if (change.action !== 'delete') return this.#inTurn(change, planned, order);
    const underWay = this.#deleting.get(change.key);
    if (underWay !== undefined) {
      await underWay;
      return undefined;
    }
    if (this.isDeleted(change)) return undefined;
    const deletion = this.#inTurn(change, planned, order);
    this.#deleting.set(change.key, deletion);
    return deletion.finally(() => this.#deleting.delete(change.key));
  }

  /** True for a planned deletion whose object has no record any more: a deletion of an earlier plan has succeeded. */
  isDeleted(change: Change): boolean {
    return change.action === 'delete' && this.#parts.store.object(change.key)?.id !== change.id;
  }

  async #inTurn(change: Change, planned: Planned, { trigger, exact }: Order): Promise<Result | undefined> {
    const waiting = this.#parts.backoff.standing(change.key, attemptOf(change, this.#parts.store));
    if (waiting !== undefined && ['start', 'interval', 'retry', 'drift'].includes(trigger)) {
      return resultOf(change, uuid(this.#parts.random), 'failed', 'Failed', waiting.reason, {
        remedies: waiting.terminal ? retryRemedies(change.key) : undefined,
        retryAt: waiting.until,
      });
    }
    let result: Result | undefined;
    this.#freshness.waits(change.key);
    await this.#parts.queue.add({
      key: change.key,
      priority: change.action === 'delete' ? 0 : trigger === 'file' || trigger === 'command' ? 2 : 1,
      run: async (signal) => {
        result = await this.#run(change, planned, exact, signal);
        this.#freshness.touch(change.key);
      },
    });
    return result;
  }

  /** Carries a change out: after each pause that the tenant requests, from another observation. */
  async #run(planned: Change, from: Planned, exact: boolean, signal: AbortSignal): Promise<Result> {
    const startedAt = this.#parts.clock.now();
    let pauseMs = 0;
    for (;;) {
      const ended = await this.#attempt({ planned, from, exact, startedAt, pauseMs }, signal);
      if (!('pauseMs' in ended)) return ended;
      pauseMs = ended.pauseMs;
    }
  }

  /** Gives the pause to make before another attempt, where the tenant requests one. */
  async #attempt(
    { planned, from, exact, startedAt, pauseMs }: Attempt,
    signal: AbortSignal,
  ): Promise<Result | { readonly pauseMs: number }> {
    const { clock, backoff } = this.#parts;
    const reconcileId = uuid(this.#parts.random);
    const took = (): number => clock.now() - startedAt;
    let change = planned;
    let attempt = attemptOf(planned, this.#parts.store);
    let execution: Execution | undefined;
    let admission: Admission | undefined;
    try {
      if (pauseMs > 0) await delay(clock, pauseMs, signal);
      const current = await this.#current(planned, from, signal);
      if ('status' in current) return stoodStill(planned, reconcileId, current, took());
      change = current.change;
      attempt = attemptOf(change, this.#parts.store);
      // Nothing was attempted, so that the next plan of any process may try.
      if (exact && change.hash !== planned.hash)
        return resultOf(change, reconcileId, 'failed', 'Failed', OUTDATED, { durationMs: took() });
      if (change.held !== null) return stoodStill(change, reconcileId, change.held, took());
      if (change.action !== 'delete') execution = this.#execution(change, current.planned);
      const admitted = await this.#parts.admissions.admit(change);
      if ('status' in admitted) return stoodStill(change, reconcileId, admitted, took());
      admission = admitted;
      const { id, status, reason } = await this.#perform(change, current.planned.load, execution, signal);
      backoff.succeeded(change.key);
      return resultOf(change, reconcileId, 'done', status, reason, {
        id,
        durationMs: took(),
        requests: execution?.calls ?? change.writes.length,
        approval: admission.approval,
        started: execution?.started,
      });
    } catch (error) {
      const isWhole = isUndone(execution, error);
      if (isWhole) await admission?.didNothing().catch(() => {});
      const nextMs = pauseAfter(error, PATIENCE_MS - took());
      // A part that was written is reported before the rest is planned again.
      if (isWhole && nextMs !== undefined) {
        this.#freshness.outdate(planned.key);
        return { pauseMs: nextMs };
      }
      const { reason, remedies } = failureReason(error, change.key);
      const wait = backoff.failed(change.key, attempt, reason, isTerminal(error));
      const facts = {
        remedies,
        durationMs: took(),
        requests: execution?.calls ?? (admission === undefined ? 0 : change.writes.length),
        retryAt: wait.until,
        approval: admission?.approval,
        started: execution?.started,
      };
      const status = statusAfter(error);
      return resultOf(change, reconcileId, outcomeOf(status), status, reason, facts);
    } finally {
      admission?.ended();
    }
  }

  #perform(
    change: Change,
    load: Load,
    execution: Execution | undefined,
    signal: AbortSignal,
  ): Promise<Ended> {
    const { store, definitions } = this.#parts;
    if (change.action === 'delete') {
      return remove(this.#accessTo(change), store, change, () => definitions.isInForce(load), signal);
    }
    if (execution === undefined) throw new TypeError('a change that is no deletion needs an execution');
    return this.#alone(change, execution, signal);
  }

  #accessTo({ kind }: Pick<Change, 'kind'>): KindAccess {
    const access = this.#parts.access.get(kind);
    if (access === undefined) throw new TerminalError(`there is no kind named ${kind}`);
    return access;
  }

  /** Refuses a create while another one of its name is under way: the two would not see each other. */
  async #alone(change: Change, execution: Execution, signal: AbortSignal): Promise<Ended> {
    if (change.action !== 'create') return execution.perform(signal);
    const name = canonicalJson([change.kind, parentIdOf(change, this.#parts.store) ?? null, change.natural]);
    if (this.#creating.has(name)) {
      throw new AppearedError('another create of this name is under way; it is observed again');
    }
    this.#creating.add(name);
    try {
      return await execution.perform(signal);
    } finally {
      this.#creating.delete(name);
    }
  }

  /** True for a rename where definitions have changed since: the one that had the object may be back. */
  #isOutdatedRename(change: Change, { load }: Planned): boolean {
    const isRename = 'renamedFrom' in change && change.renamedFrom !== undefined;
    return isRename && !this.#parts.definitions.isInForce(load);
  }

  #execution(change: Exclude<Change, Delete>, planned: Planned): Execution {
    const { store, clock, workspace } = this.#parts;
    const desired = planned.observation.desired.get(change.key);
    if (desired === undefined) throw new Error(`${change.key} has no definition any more`);
    const parentId = parentIdOf(change, store);
    return new Execution(this.#accessTo(change), store, clock, {
      change: { ...change, writes: change.writes.map((write) => withIds(write, change, store)) },
      desired: withIds(desired, change, store),
      parentId,
      origin: originOf(change, planned),
      knownIds: planned.observation.lists.get(listName(change.kind, parentId)) ?? new Set(),
      isClaimed: (id) => isClaimed(id, planned.observation, store, change.key),
      lookups: planned.observation.lookups,
      self: planned.observation.self,
      workspace,
    });
  }

  /** The change by a fresh observation; where nothing is left to do, the standing of the object. */
  async #current(
    change: Change,
    planned: Planned,
    signal: AbortSignal,
  ): Promise<{ readonly change: Change; readonly planned: Planned } | Held> {
    const { key } = change;
    const isFinal = change.action === 'delete';
    if (!isFinal && this.#freshness.isFresh(key, planned) && !this.#isOutdatedRename(change, planned))
      return { change, planned };
    // A deletion cannot be undone: it always uses the latest definitions and observation.
    const again = isFinal
      ? await this.#parts.refresh(new Set([key]), signal)
      : await this.#freshness.refresh(key, signal);
    const current = [...again.plan.changes, ...again.plan.bookkeeping].find(
      (candidate) => candidate.key === key,
    );
    if (current !== undefined) return { change: current, planned: again };
    const standing = again.plan.standings.find((candidate) => candidate.key === key);
    if (standing === undefined) return isFinal ? CALLED_OFF : NO_DEFINITION;
    if (outcomeOf(standing.status) === 'failed') throw new StandingError(standing);
    return { status: standing.status, reason: standing.reason, remedies: standing.remedies };
  }
}

const CALLED_OFF: Held = {
  status: 'Orphaned',
  reason: 'not deleted: a definition names it again, or not every definition could be read',
};

const OUTDATED = 'it has changed since the plan; plan again';

const NO_DEFINITION: Held = { status: 'Orphaned', reason: 'its definition is gone; nothing to do' };

/** An object of a lost create counts as created, also where only the refresh before the change found it. */
function originOf({ key, action }: Change, { observation }: Planned): Origin {
  const match = observation.matches.get(key);
  if (match?.type === 'found' && (match.by === 'intent' || match.by === 'unproven')) return 'created';
  return action === 'adopt' ? 'adopted' : 'pinned';
}

function isClaimed(id: string, observation: Observation, store: RecordStore, key: string): boolean {
  // A record whose definition is gone claims nothing: that definition may have been renamed to this one.
  const records = recordsOf(store.records().objects, id);
  if (records.some((record) => record.key !== key && observation.desired.has(record.key))) return true;
  for (const [other, match] of observation.matches) {
    if (liveOf(match)?.id === id && other !== key) return true;
  }
  return false;
}

import type { Change, Delete, Held, Status } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import type { Approval } from '../model/decision.js';
import { AppearedError, CallError, isTerminal, messageOf, TerminalError } from '../model/errors.js';
import { type Outcome, outcomeOf, type Trigger } from '../model/events.js';
import { canonicalJson } from '../model/hash.js';
import { mayReferTo } from '../model/kind.js';
import { type Random, uuid } from '../model/random.js';
import type { Origin, RecordStore } from '../model/record.js';
import { listName } from '../observe/match-index.js';
import type { Observation, SweepScope } from '../observe/observation.js';
import { referredKeys } from '../observe/resolve.js';
import type { Planned } from '../plan/input.js';
import type { Admission, Admissions } from './admission.js';
import type { Backoff } from './backoff.js';
import { type Ended, Execution, type KindAccess, LostAnswerError } from './execution.js';
import { Freshness } from './freshness.js';
import type { WorkQueue } from './queue.js';
import { remove } from './remove.js';

/** The result of one change. */
export interface Result {
  readonly reconcileId: string;
  readonly key: string;
  readonly change: Change;
  readonly id?: string | undefined;
  readonly outcome: Outcome;
  readonly status: Status;
  /** A sentence; empty when the object is in sync. */
  readonly reason: string;
  readonly durationMs: number;
  readonly requests: number;
  /** The approval that admitted the change, now used up. */
  readonly approval?: Approval | undefined;
  /** When the next retry is due, milliseconds since the epoch; missing without one. */
  readonly retryAt?: number | undefined;
}

/** How to carry out changes. */
export interface Order {
  readonly trigger: Trigger;
  /** The scope of the plan. */
  readonly scope: SweepScope;
  /** True to refuse a change that differs from the plan by now. */
  readonly exact: boolean;
}

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
  readonly definitions: { readonly defines: (key: string) => boolean };
}

/** Keys of the objects that must exist before a change. */
function awaitedKeys(change: Change): readonly string[] {
  const { awaits = [] } = change;
  const isUnder = change.action === 'create' && change.parent !== undefined && 'key' in change.parent;
  return isUnder ? [change.parent.key, ...awaits] : awaits;
}

/** Queues changes: parents before their children, one job an object, never from an outdated observation. */
export class Executor {
  readonly #parts: ExecutorParts;
  readonly #freshness: Freshness;
  /** Names, with their parents, of creates under way: a renamed definition must not create one twice. */
  readonly #creating = new Set<string>();

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
    const { changes, bookkeeping } = planned.plan;
    const keysById = new Map(
      changes.flatMap((change) => (change.action === 'create' ? [] : [[change.id, change.key]])),
    );
    const going = [...changes, ...bookkeeping].filter(({ held }) => held === null);
    this.#freshness.superseded(order.scope, new Set(going.map(({ key }) => key)));
    for (const change of going) {
      // One step later every job is known, in any order.
      const before = Promise.resolve().then(() => this.#before(change, planned, jobs, keysById));
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

  /** Results that a change needs first: of its references and of a rename that frees its key; for a deletion, of all that may refer to the object. */
  async #before(
    change: Change,
    planned: Planned,
    jobs: ReadonlyMap<string, Promise<Result | undefined>>,
    keysById: ReadonlyMap<string, string>,
  ): Promise<readonly Result[]> {
    const desired = planned.observation.desired.get(change.key);
    const keys =
      change.action === 'delete'
        ? planned.plan.changes.filter((other) => this.#endsBefore(other, change)).map(({ key }) => key)
        : [
            renamingFrom(change.key, planned) ?? '',
            keysById.get(knownParentId(change) ?? '') ?? '',
            ...(desired === undefined ? [] : referredKeys(desired)),
          ];
    const results = await Promise.all(keys.map((key) => jobs.get(key)));
    return results.filter((result) => result !== undefined);
  }

  /** True for a change that must end before the deletion of an object. */
  #endsBefore(other: Change, { kind, id }: Delete): boolean {
    if (other.action === 'delete' && other.parentId === id) return true;
    const [referring, referred] = [other, { kind }].map((one) => this.#parts.access.get(one.kind)?.kind);
    if (referring === undefined || referred === undefined || referring.parent?.kind === kind) return false;
    return mayReferTo(referring, referred);
  }

  /** Notes that somebody else changed an object: observations that began before `at` are outdated. */
  changedElsewhere(key: string, at: number): void {
    this.#freshness.changedElsewhere(key, at);
  }

  /** The result of a change whose references do not exist; undefined when all do. */
  #waitsFor(change: Change, before: readonly Result[]): Result | undefined {
    const missing = before.find(
      ({ key }) => awaitedKeys(change).includes(key) && this.#parts.store.object(key) === undefined,
    );
    if (missing === undefined) return undefined;
    const reason = `it waits for ${missing.key}: ${missing.reason}`;
    return resultOf(change, uuid(this.#parts.random), 'settling', 'Pending', reason, {});
  }

  async #queued(change: Change, planned: Planned, { trigger, exact }: Order): Promise<Result | undefined> {
    const waiting = this.#parts.backoff.standing(change.key, this.#attempt(change));
    if (waiting !== undefined && ['start', 'interval', 'retry', 'drift'].includes(trigger)) {
      return resultOf(change, uuid(this.#parts.random), 'failed', 'Failed', waiting.reason, {
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
      },
    });
    return result;
  }

  async #run(planned: Change, from: Planned, exact: boolean, signal: AbortSignal): Promise<Result> {
    const { clock, backoff } = this.#parts;
    const reconcileId = uuid(this.#parts.random);
    const startedAt = clock.now();
    const took = (): number => clock.now() - startedAt;
    let change = planned;
    let execution: Execution | undefined;
    let admission: Admission | undefined;
    try {
      const current = await this.#current(planned, from, signal);
      if ('status' in current) return stoodStill(planned, reconcileId, current, took());
      change = current.change;
      if (exact && change.hash !== planned.hash) {
        throw new TerminalError('it has changed since the plan; plan again');
      }
      if (change.held !== null) return stoodStill(change, reconcileId, change.held, took());
      if (change.action !== 'delete') execution = this.#execution(change, current.planned);
      const admitted = await this.#parts.admissions.admit(change);
      if ('status' in admitted) return stoodStill(change, reconcileId, admitted, took());
      admission = admitted;
      const { id, status, reason } = await this.#perform(change, execution, signal);
      backoff.succeeded(change.key);
      return resultOf(change, reconcileId, 'done', status, reason, {
        id,
        durationMs: took(),
        requests: execution?.calls ?? change.writes.length,
        approval: admission.approval,
      });
    } catch (error) {
      if (isUndone(execution, error)) await admission?.didNothing().catch(() => {});
      const reason = failureReason(error, change.key);
      const wait = backoff.failed(change.key, this.#attempt(change), reason, isTerminal(error));
      const facts = {
        durationMs: took(),
        requests: execution?.calls ?? 0,
        retryAt: wait.until,
        approval: admission?.approval,
      };
      const status = statusAfter(error);
      return resultOf(change, reconcileId, outcomeOf(status), status, reason, facts);
    } finally {
      admission?.ended();
      this.#freshness.touch(change.key);
    }
  }

  #perform(change: Change, execution: Execution | undefined, signal: AbortSignal): Promise<Ended> {
    const { store, definitions } = this.#parts;
    if (change.action === 'delete') return remove(this.#accessTo(change), store, change, definitions, signal);
    if (execution === undefined) throw new TypeError('a change that is no deletion needs an execution');
    return this.#alone(change, execution, signal);
  }

  #accessTo({ kind }: Change): KindAccess {
    const access = this.#parts.access.get(kind);
    if (access === undefined) throw new TerminalError(`there is no kind named ${kind}`);
    return access;
  }

  /** Refuses a create while another one of its name is under way: the two would not see each other. */
  async #alone(change: Change, execution: Execution, signal: AbortSignal): Promise<Ended> {
    if (change.action !== 'create') return execution.perform(signal);
    const name = canonicalJson([change.kind, this.#parentId(change) ?? null, change.natural]);
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

  #execution(change: Exclude<Change, Delete>, planned: Planned): Execution {
    const { store, clock, workspace } = this.#parts;
    const desired = planned.observation.desired.get(change.key);
    if (desired === undefined) throw new Error(`${change.key} has no definition any more`);
    return new Execution(this.#accessTo(change), store, clock, {
      change: { ...change, writes: change.writes.map((write) => this.#withIds(write, change)) },
      desired: this.#withIds(desired, change),
      parentId: this.#parentId(change),
      origin: originOf(change, planned),
      knownIds: planned.observation.lists.get(listName(change.kind, this.#parentId(change))) ?? new Set(),
      isClaimed: (id) => isClaimed(id, planned.observation, store, change.key),
      lookups: planned.observation.lookups,
      self: planned.observation.self,
      workspace,
    });
  }

  /** Values with ids in the place of the keys that a change awaits. */
  #withIds<T extends { readonly values: Readonly<Record<string, unknown>> }>(of: T, { awaits }: Change): T {
    if (awaits === undefined) return of;
    const withId = (item: unknown): unknown =>
      typeof item === 'string' && awaits.includes(item) ? this.#idOf(item) : item;
    const values = Object.entries(of.values).map(([path, value]) => [
      path,
      Array.isArray(value) ? value.map(withId) : withId(value),
    ]);
    return { ...of, values: Object.fromEntries(values) };
  }

  #parentId(change: Change): string | undefined {
    if (change.action !== 'create') return change.parentId;
    if (change.parent === undefined) return undefined;
    return 'id' in change.parent ? change.parent.id : this.#idOf(change.parent.key);
  }

  #idOf(key: string): string {
    const id = this.#parts.store.object(key)?.id;
    if (id === undefined) throw new Error(`${key} is not in the tenant yet; it has to be created first`);
    return id;
  }

  /** The identity of an attempt: the change, its parent and its references. */
  #attempt(change: Change): string {
    const ids = [
      knownParentId(change),
      ...awaitedKeys(change).map((key) => this.#parts.store.object(key)?.id),
    ];
    return [change.hash, ...ids.filter((id) => id !== undefined)].join('@');
  }

  /** The change by a fresh observation; where nothing is left to do, the standing of the object. */
  async #current(
    change: Change,
    planned: Planned,
    signal: AbortSignal,
  ): Promise<{ readonly change: Change; readonly planned: Planned } | Held> {
    const { key } = change;
    const isFinal = change.action === 'delete';
    if (!isFinal && this.#freshness.isFresh(key, planned)) return { change, planned };
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
    return { status: standing.status, reason: standing.reason };
  }
}

const CALLED_OFF: Held = {
  status: 'Orphaned',
  reason: 'not deleted: a definition names it again, or not every definition could be read',
};

const NO_DEFINITION: Held = { status: 'Orphaned', reason: 'its definition is gone; nothing to do' };

/** A refreshed observation found a failure. */
class StandingError extends Error {
  readonly status: Status;

  constructor({ status, reason }: Held) {
    super(reason);
    this.status = status;
  }
}

/** True when the failed change certainly had no effect in the tenant. */
function isUndone(execution: Execution | undefined, error: unknown): boolean {
  if (execution !== undefined) return !execution.mayHaveWritten;
  return error instanceof AppearedError || (error instanceof CallError && error.effect === 'none');
}

/** The error message of a call with its remedy; other errors name theirs. */
function failureReason(error: unknown, key: string): string {
  if (!(error instanceof CallError)) return messageOf(error);
  return error.terminal
    ? `${error.message}; correct that, then run 'c1sync reconcile ${key}', or wait up to an hour for the next retry`
    : `${error.message}; it is retried in a moment`;
}

function statusAfter(error: unknown): Status {
  if (error instanceof LostAnswerError) return error.isAnswered ? 'Failed' : 'Settling';
  return error instanceof StandingError ? error.status : 'Failed';
}

function stoodStill(
  change: Change,
  reconcileId: string,
  { status, reason, requeueAt }: Held,
  durationMs: number,
): Result {
  return resultOf(change, reconcileId, outcomeOf(status), status, reason, { durationMs, retryAt: requeueAt });
}

/** The id of the parent of a change's object; undefined without a known one. */
function knownParentId(change: Change): string | undefined {
  if (change.action !== 'create') return change.parentId;
  return change.parent !== undefined && 'id' in change.parent ? change.parent.id : undefined;
}

/** The key of the definition that is renamed from `key`; a new object of that key must wait for it. */
function renamingFrom(key: string, { plan }: Planned): string | undefined {
  return plan.changes.find((change) => 'renamedFrom' in change && change.renamedFrom === key)?.key;
}

/** An object of a lost create counts as created, also where only the refresh before the change found it. */
function originOf({ key, action }: Change, { observation }: Planned): Origin {
  const match = observation.matches.get(key);
  if (match?.type === 'found' && (match.by === 'intent' || match.by === 'unproven')) return 'created';
  return action === 'adopt' ? 'adopted' : 'pinned';
}

function isClaimed(id: string, observation: Observation, store: RecordStore, key: string): boolean {
  // A record whose definition is gone claims nothing: that definition may have been renamed to this one.
  for (const record of store.records().objects.values())
    if (record.id === id && record.key !== key && observation.desired.has(record.key)) return true;
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
  facts: Partial<Result>,
): Result {
  return {
    reconcileId,
    key: change.key,
    change,
    id: change.action === 'create' ? undefined : change.id,
    outcome,
    status,
    reason,
    durationMs: 0,
    requests: 0,
    ...facts,
  };
}

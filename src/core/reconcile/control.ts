import type { Backoff } from '../apply/backoff.js';
import type { WorkQueue } from '../apply/queue.js';
import type { Clock } from '../model/clock.js';
import type { Suspension } from '../model/decision.js';
import { TerminalError } from '../model/errors.js';
import type { Caller, Commanded, EventBus } from '../model/events.js';
import type { ObjectRecord, RecordStore } from '../model/record.js';
import type { SweepScope } from '../model/scope.js';
import { type AcceptedSecret, withAccepted } from '../plan/accept.js';
import type { DecisionStore } from '../state/decision-store.js';
import { forgetRecord, moveRecord } from '../state/repair.js';
import type { Reconciler } from './reconcile.js';
import type { Snapshot } from './snapshot.js';
import { canonicalTarget, keysOf, matching, targetOf } from './targets.js';

/** Targets that may be suspended at a time. */
const MOST_SUSPENSIONS = 1000;

/** The priority of a command in the queue, above that of all changes. */
const FIRST = 3;

/** The parts of a control. */
export interface ControlParts {
  readonly reconciler: Pick<Reconciler, 'loaded' | 'load' | 'requeue' | 'release'>;
  readonly snapshot: Pick<Snapshot, 'group' | 'isGone'>;
  readonly decisions: Pick<DecisionStore, 'approve' | 'suspend' | 'suspensions' | 'endSuspension'>;
  readonly store: RecordStore;
  readonly queue: Pick<WorkQueue, 'add'>;
  readonly backoff: Pick<Backoff, 'clear' | 'succeeded'>;
  readonly events: EventBus;
  /** The time of day. */
  readonly wall: Clock;
}

/** A person's request to suspend objects. */
export interface SuspensionOrder {
  /** `Kind/name`, labels that must all be present (`k=v,k=v`), or `*` for everything. */
  readonly target: string;
  /** For people. */
  readonly reason: string;
  /** For how long, milliseconds; missing: until it is resumed. */
  readonly forMs?: number | undefined;
}

/** The result of a resumption. */
export interface Resumed {
  readonly suspensions: readonly Suspension[];
  /** Keys of objects to be managed again: people had taken them over, or deleted them in the tenant. */
  readonly reclaimed: readonly string[];
}

/**
 * Commands of people to a running daemon. Each command is in force, and emitted as the event `commanded`, when its promise
 * resolves; its effects follow.
 */
export class Control {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /**
   * Reconciles the objects of targets (`Kind/name`, labels as `k=v,k=v`, `*`) now, or everything without a target, and ends
   * their waits after failures. Returns the scope and the ticket of the sweep.
   * @throws TerminalError for a target that names nothing
   */
  async reconcile(
    targets: readonly string[],
    caller: Caller,
  ): Promise<{ readonly scope: SweepScope; readonly ticket: number }> {
    const { reconciler, backoff } = this.#parts;
    const load = reconciler.loaded ?? (await reconciler.load());
    const isAll = targets.length === 0 || targets.includes('*');
    const keys = isAll ? [] : targets.flatMap((target) => keysOf(target, load, this.#recorded()));
    const scope = isAll ? 'all' : new Set(keys);
    const ticket = reconciler.requeue(scope);
    if (scope === 'all') backoff.clear();
    else for (const key of scope) backoff.succeeded(key);
    this.#report('reconcile', caller, isAll ? ['*'] : targets, [...new Set(keys)]);
    return { scope, ticket };
  }

  /**
   * Approves the changes of a held group once, as shown. Returns their keys.
   * `hash`: the hash in the last plan, or its beginning of at least twelve digits.
   * @throws TerminalError when the last plan has no such group
   */
  async approve(hash: string, caller: Caller): Promise<readonly string[]> {
    const wanted = hash.startsWith('sha256:') ? hash : `sha256:${hash}`;
    const isLongEnough = /^sha256:[0-9a-f]{12,64}$/.test(wanted);
    const members = isLongEnough ? this.#parts.snapshot.group(wanted) : undefined;
    if (members === undefined) {
      throw new TerminalError(
        `no held changes have the hash ${hash}: they may have changed; run 'c1sync plan' and approve the hash that it shows`,
      );
    }
    const at = this.#parts.wall.now();
    await this.#parts.decisions.approve(
      [...members].map(([key, { hash, group }]) => ({ key, hash, at, group, by: caller.by })),
    );
    const keys = [...members.keys()];
    // Changes that depend on them follow.
    this.#parts.reconciler.requeue('all');
    this.#report('approve', caller, [hash], keys);
    return keys;
  }

  /**
   * Suspends objects until they are resumed, or for a time. Replaces a suspension of the same target. Before the first
   * load any target is accepted that could name an object.
   * @throws TerminalError when the target names nothing, or too much is suspended already
   */
  async suspend({ target, reason, forMs }: SuspensionOrder, caller: Caller): Promise<Suspension> {
    const { reconciler, decisions, wall } = this.#parts;
    const named = targetOf(target, reconciler.loaded, this.#recorded());
    const at = wall.now();
    const present = decisions.suspensions(at);
    if (present.length >= MOST_SUSPENSIONS && !present.some((one) => one.target === named)) {
      throw new TerminalError(
        `${MOST_SUSPENSIONS} targets are suspended, which is the limit: resume some with 'c1sync resume', or suspend labels (key=value) instead of single objects`,
      );
    }
    const end = forMs === undefined ? {} : { until: at + forMs };
    const suspension: Suspension = { target: named, reason, at, ...end, by: caller.by };
    await decisions.suspend(suspension);
    reconciler.requeue('all');
    this.#report('suspend', caller, [named], [], { reason, ...end });
    return suspension;
  }

  /**
   * Keys of the objects of a target that {@link resume} manages again: `taken` over by people, whose edits it overwrites;
   * `gone` from the tenant, which it creates again. A gone object has to be named: everything does not name it.
   */
  reclaims(target: string): { readonly taken: readonly string[]; readonly gone: readonly string[] } {
    const { snapshot, store } = this.#parts;
    const named = canonicalTarget(target);
    const gone = snapshot.isGone(named) && store.object(named) !== undefined ? [named] : [];
    const taken = this.#edited(named).filter(({ yielded }) => yielded !== undefined);
    return { taken: taken.map(({ key }) => key).filter((key) => !gone.includes(key)), gone };
  }

  /**
   * Ends the suspensions of a target, all of them for `*`, and manages objects again that people took over. Recreates a
   * deleted object that the target names.
   * @throws TerminalError when neither a suspension of this target nor such an object exists
   */
  async resume(target: string, caller: Caller): Promise<Resumed> {
    const { reconciler, decisions, store, wall } = this.#parts;
    const named = canonicalTarget(target);
    const present = decisions.suspensions(wall.now());
    const suspensions = present.filter((one) => named === '*' || one.target === named);
    const { taken, gone } = this.reclaims(named);
    const edited = this.#edited(named).filter(({ key }) => !gone.includes(key));
    const reclaimed = [...taken, ...gone];
    if (suspensions.length + reclaimed.length === 0) {
      const targets = present.map((one) => `'${one.target}'`).join(', ');
      const known = targets === '' ? 'nothing is suspended' : `suspended are ${targets}`;
      throw new TerminalError(`there is nothing to resume for ${target}: ${known}`);
    }
    await Promise.all([
      ...suspensions.map((one) => decisions.endSuspension(one.target)),
      ...edited.map((record) => store.putObject(reclaimedRecord(record))),
      ...gone.map((key) => store.removeObject(key)),
    ]);
    reconciler.requeue('all');
    this.#report('resume', caller, [target], reclaimed);
    return { suspensions, reclaimed };
  }

  /**
   * Accepts writes of secrets by somebody else: they count as the last ones of c1sync.
   * @throws TerminalError when there is no record of the object, or none of these secrets
   */
  async accept(key: string, secrets: readonly AcceptedSecret[], caller: Caller): Promise<void> {
    const { reconciler, store } = this.#parts;
    const record = store.object(key);
    const accepted = record && withAccepted(record, secrets);
    if (accepted === undefined) {
      throw new TerminalError(
        `${key} has no record of these secrets: its definition or its object has changed; run 'c1sync accept' again`,
      );
    }
    await store.putObject(accepted);
    reconciler.requeue(new Set([key]));
    this.#report('accept', caller, [key], [key]);
  }

  /**
   * Forgets an object, see {@link forgetRecord}, when no change of it is under way. One without a definition loses its marks,
   * too.
   * @throws TerminalError when there is no record of it, or its marks cannot be taken off
   */
  async forget(key: string, caller: Caller): Promise<void> {
    const { reconciler, store } = this.#parts;
    const load = reconciler.loaded ?? (await reconciler.load());
    const isDefined = load.invalid.has(key) || load.definitions.some((definition) => definition.key === key);
    await this.#alone(key, async () => {
      if (!isDefined) await reconciler.release(key);
      await forgetRecord(store, key);
    });
    this.#report('forget', caller, [key], [key]);
  }

  /**
   * Moves a record, see {@link moveRecord}, when no change of its object is under way.
   * @throws TerminalError when there is no such record, or the new name is taken
   */
  async move(from: string, to: string, caller: Caller): Promise<void> {
    await this.#alone(from, () => moveRecord(this.#parts.store, from, to));
    this.#report('move', caller, [from, to], [to]);
  }

  /** Does `work` between the changes of an object, and reconciles everything after it. */
  async #alone(key: string, work: () => Promise<void>): Promise<void> {
    let done: Promise<void> | undefined;
    const end = await this.#parts.queue.add({
      key,
      priority: FIRST,
      run: async () => {
        done = work();
        await done.catch(() => undefined);
      },
    });
    await done;
    if (end !== 'done') throw new TerminalError(`${key} is being changed; run the command again`);
    this.#parts.reconciler.requeue('all');
  }

  /** Records of a target whose objects people edited in the web app. */
  #edited(named: string): readonly ObjectRecord[] {
    const keys = new Set(matching(named, this.#parts.reconciler.loaded, this.#recorded()));
    return [...this.#parts.store.records().objects.values()].filter(
      ({ key, yielded, putBack }) => keys.has(key) && (yielded !== undefined || putBack !== undefined),
    );
  }

  #recorded(): readonly string[] {
    return [...this.#parts.store.records().objects.keys()];
  }

  #report(
    command: Commanded['command'],
    caller: Caller,
    targets: readonly string[],
    keys: readonly string[],
    more: { readonly reason?: string; readonly until?: number } = {},
  ): void {
    this.#parts.events.emit('commanded', { command, ...caller, targets, keys, ...more });
  }
}

/** The record of an object that is managed again: an empty print counts as a changed definition. */
function reclaimedRecord({ putBack: _, yielded, ...record }: ObjectRecord): ObjectRecord {
  return yielded === undefined ? record : { ...record, yielded: { ...yielded, print: '' } };
}

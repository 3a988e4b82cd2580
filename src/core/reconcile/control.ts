import type { Backoff } from '../apply/backoff.js';
import type { Clock } from '../model/clock.js';
import type { Suspension } from '../model/decision.js';
import { TerminalError } from '../model/errors.js';
import type { EventBus } from '../model/events.js';
import type { ObjectRecord, RecordStore } from '../model/record.js';
import type { SweepScope } from '../observe/observation.js';
import type { DecisionStore } from '../state/decision-store.js';
import type { Reconciler } from './reconcile.js';
import type { Snapshot } from './snapshot.js';
import { canonicalTarget, keysOf, matching, targetOf } from './targets.js';

/** Targets that may be suspended at a time. */
const MOST_SUSPENSIONS = 1000;

/** What a control works with. */
export interface ControlParts {
  readonly reconciler: Pick<Reconciler, 'loaded' | 'load' | 'requeue'>;
  readonly snapshot: Pick<Snapshot, 'group' | 'isGone'>;
  readonly decisions: Pick<DecisionStore, 'approve' | 'suspend' | 'suspensions' | 'endSuspension'>;
  readonly store: Pick<RecordStore, 'records' | 'object' | 'putObject' | 'removeObject'>;
  readonly backoff: Pick<Backoff, 'clear' | 'succeeded'>;
  readonly events: EventBus;
  /** The time of day. */
  readonly wall: Clock;
}

/** What a person asks to be left alone. */
export interface SuspensionOrder {
  /** `Kind/name`, labels that all have to be there (`k=v,k=v`), or `*` for everything. */
  readonly target: string;
  /** For people. */
  readonly reason: string;
  /** For how long, milliseconds; until it is resumed where that is missing. */
  readonly forMs?: number | undefined;
}

/** What came of a resumption. */
export interface Resumed {
  readonly suspensions: readonly Suspension[];
  /** Keys of objects to be managed again: people had taken them over, or deleted them in the tenant. */
  readonly reclaimed: readonly string[];
}

/**
 * What people command a running daemon. Each command is in force, and reported as the event `commanded`, when its promise
 * resolves; what it causes follows. `by` says which way the command came: `api` or `dashboard`.
 */
export class Control {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /**
   * Reconciles now what targets (`Kind/name`, labels as `k=v,k=v`, `*`) take in, everything where none is given, and does
   * not wait any longer after failures. Gives the scope.
   * @throws TerminalError for a target that names nothing
   */
  async reconcile(targets: readonly string[], by: string): Promise<SweepScope> {
    const { reconciler, backoff } = this.#parts;
    const load = reconciler.loaded ?? (await reconciler.load());
    const isAll = targets.length === 0 || targets.includes('*');
    const keys = isAll ? [] : targets.flatMap((target) => keysOf(target, load, this.#recorded()));
    const scope = isAll ? 'all' : new Set(keys);
    reconciler.requeue(scope);
    if (scope === 'all') backoff.clear();
    else for (const key of scope) backoff.succeeded(key);
    this.#report('reconcile', by, isAll ? ['*'] : targets, [...new Set(keys)]);
    return scope;
  }

  /**
   * Approves the changes of a held group once, as they were shown. Gives their keys.
   * `hash`: as the last plan shows it, or its beginning: at least twelve digits.
   * @throws TerminalError when the last plan holds no such group
   */
  async approve(hash: string, by: string): Promise<readonly string[]> {
    const wanted = hash.startsWith('sha256:') ? hash : `sha256:${hash}`;
    const isLongEnough = /^sha256:[0-9a-f]{12,64}$/.test(wanted);
    const members = isLongEnough ? this.#parts.snapshot.group(wanted) : undefined;
    if (members === undefined) {
      throw new TerminalError(
        `no held changes have the hash ${hash}: what is held may be another by now; look at it with 'c1sync plan' and approve the hash that it shows`,
      );
    }
    const at = this.#parts.wall.now();
    await this.#parts.decisions.approve(
      [...members].map(([key, { hash, group }]) => ({ key, hash, at, group, by })),
    );
    const keys = [...members.keys()];
    // What waits for them comes too.
    this.#parts.reconciler.requeue('all');
    this.#report('approve', by, [hash], keys);
    return keys;
  }

  /**
   * Leaves objects alone until they are resumed, or for a time. A suspension of the same target gives way. Waits for no
   * load: before the first one nobody knows which objects there are, and any target is taken that could name some.
   * @throws TerminalError when the target names nothing, or too much is suspended already
   */
  async suspend({ target, reason, forMs }: SuspensionOrder, by: string): Promise<Suspension> {
    const { reconciler, decisions, wall } = this.#parts;
    const named = targetOf(target, reconciler.loaded, this.#recorded());
    const at = wall.now();
    const present = decisions.suspensions(at);
    if (present.length >= MOST_SUSPENSIONS && !present.some((one) => one.target === named)) {
      throw new TerminalError(
        `${MOST_SUSPENSIONS} targets are suspended, and more are not taken: resume some with 'c1sync resume', or suspend labels (key=value) instead of single objects`,
      );
    }
    const end = forMs === undefined ? {} : { until: at + forMs };
    const suspension: Suspension = { target: named, reason, at, ...end };
    await decisions.suspend(suspension);
    reconciler.requeue('all');
    this.#report('suspend', by, [named], [], { reason, ...end });
    return suspension;
  }

  /**
   * Ends the suspensions of a target, all of them for `*`, and has objects managed again that people took over, or
   * deleted in the tenant where the target names them.
   * @throws TerminalError when neither a suspension of this target nor such an object is there
   */
  async resume(target: string, by: string): Promise<Resumed> {
    const { reconciler, decisions, store, snapshot, wall } = this.#parts;
    const named = canonicalTarget(target);
    const present = decisions.suspensions(wall.now());
    const suspensions = present.filter((one) => named === '*' || one.target === named);
    const keys = new Set(matching(named, reconciler.loaded, this.#recorded()));
    const yielded = [...store.records().objects.values()].filter(
      (record) => keys.has(record.key) && (record.yielded !== undefined || record.putBack !== undefined),
    );
    // Only by its name: whoever resumes everything does not ask for what was deleted.
    const gone = snapshot.isGone(named) && store.object(named) !== undefined ? [named] : [];
    const reclaimedKeys = yielded.filter((record) => record.yielded !== undefined).map(({ key }) => key);
    const reclaimed = [...reclaimedKeys, ...gone];
    if (suspensions.length + reclaimed.length === 0) {
      const targets = present.map((one) => `'${one.target}'`).join(', ');
      const known = targets === '' ? 'nothing is suspended' : `suspended are ${targets}`;
      throw new TerminalError(`there is nothing to resume for ${target}: ${known}`);
    }
    await Promise.all([
      ...suspensions.map((one) => decisions.endSuspension(one.target)),
      ...yielded.map((record) => store.putObject(reclaimedRecord(record))),
      ...gone.map((key) => store.removeObject(key)),
    ]);
    reconciler.requeue('all');
    this.#report('resume', by, [target], reclaimed);
    return { suspensions, reclaimed };
  }

  #recorded(): readonly string[] {
    return [...this.#parts.store.records().objects.keys()];
  }

  #report(
    command: 'reconcile' | 'approve' | 'suspend' | 'resume',
    by: string,
    targets: readonly string[],
    keys: readonly string[],
    more: { readonly reason?: string; readonly until?: number } = {},
  ): void {
    this.#parts.events.emit('commanded', { command, by, targets, keys, ...more });
  }
}

/** An object whose definition counts again: as if it asked for something else than when the object was taken over. */
function reclaimedRecord({ putBack: _, yielded, ...record }: ObjectRecord): ObjectRecord {
  return yielded === undefined ? record : { ...record, yielded: { ...yielded, print: '' } };
}

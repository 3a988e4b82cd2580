import type { WorkQueue } from '../apply/queue.js';
import type { HeldGroup } from '../guard/hold.js';
import type { Suspension } from '../model/decision.js';
import { type Load, problemCount } from '../model/definition.js';
import type { EventBus, SweepFinished } from '../model/events.js';
import { countHealth } from '../model/health.js';
import { countPhases, countStatuses, statusesIn } from '../model/phase.js';
import { Allowance } from '../redact/allowance.js';
import type { DecisionStore } from '../state/decision-store.js';
import { ObjectList, type ObjectListParts, shownOrNull, shownTime } from './object-list.js';
import { type ChangeJson, sourceOf } from './shown.js';
import type { StatusEntry, StatusStore } from './status-store.js';
import type {
  About,
  DaemonView,
  HeldGroupView,
  ObjectPage,
  ObjectQuery,
  ObjectView,
  PlanView,
  ProblemView,
  SuspensionView,
} from './views.js';

/** The sources of an overview. */
export interface OverviewParts extends ObjectListParts {
  readonly about: About;
  readonly statusStore: Pick<StatusStore, 'get' | 'entries'>;
  readonly snapshot: { readonly groups: () => readonly HeldGroup[] };
  readonly decisions: Pick<DecisionStore, 'suspensions' | 'recovering'>;
  /** `actedRevision`: the one whose changes sweeps have taken up. */
  readonly reconciler: ObjectListParts['reconciler'] & { readonly actedRevision: string | undefined };
  /** `nextSweep`: milliseconds since the epoch. `started`: resolves when the first full sweep has ended. */
  readonly scheduler: {
    readonly nextSweep: number | undefined;
    readonly started: Promise<void>;
    readonly open: readonly number[];
  };
  readonly queue: Pick<WorkQueue, 'size'>;
  readonly events: EventBus;
}

/** Keys of a held group in its summary. */
const FEW_KEYS = 20;
/** Characters of all changes in a plan, the last one whole. */
const PLAN_SHOWN = 1_000_000;
/** Statuses whose age is that of the drift. */
const DIFFERING = statusesIn('out-of-sync', 'waiting');

/**
 * The state of the daemon, for people and programs. Holds no secret.
 * It subscribes to events, so create it before the first sweep.
 */
export class Overview {
  readonly #parts: OverviewParts;
  readonly #list: ObjectList;
  readonly #startedAt: number;
  #started = false;
  #ready = false;
  #reachable: { readonly is: boolean; readonly since: number; readonly reason: string | null } | undefined;
  #lastSweep: { readonly at: number; readonly sweep: SweepFinished } | undefined;
  #lastSuccess: number | undefined;

  constructor(parts: OverviewParts) {
    this.#parts = parts;
    this.#list = new ObjectList(parts);
    const { events, clock, scheduler } = parts;
    this.#startedAt = clock.now();
    void scheduler.started.then(() => {
      this.#started = true;
      this.#ready = true;
    });
    events.on('sweep finished', (sweep) => this.#swept(sweep));
    events.on('tenant unreachable', ({ reason }) => this.#reached(false, reason));
    events.on('tenant reachable', () => this.#reached(true, null));
  }

  #swept(sweep: SweepFinished): void {
    const at = this.#parts.clock.now();
    this.#lastSweep = { at, sweep };
    // A sweep without a reason has a plan: the tenant answered.
    if (sweep.reason !== undefined) return;
    if (this.#reachable === undefined) this.#reached(true, null);
    if (sweep.scope === 'full' && sweep.outcome === 'done') this.#lastSuccess = at;
  }

  #reached(is: boolean, reason: string | null): void {
    this.#reachable = { is, since: this.#parts.clock.now(), reason };
    if (!is) this.#ready = true;
  }

  /**
   * True once the start is over: the first full sweep has ended, its changes included, or the tenant is unreachable.
   * Stays true.
   */
  get ready(): boolean {
    return this.#ready;
  }

  /** True while lost records are being recovered. */
  get recovering(): boolean {
    return this.#parts.decisions.recovering;
  }

  /** The state of the daemon and counts of objects. Its size does not grow with the objects. */
  daemon(): DaemonView {
    const { about, statusStore, snapshot, decisions, reconciler, scheduler, queue, wall } = this.#parts;
    const { loaded } = reconciler;
    const entries = statusStore.entries();
    const byStatus = countStatuses(entries);
    return {
      about,
      startedAt: shownTime(this.#startedAt, this.#parts),
      started: this.#started,
      recovering: decisions.recovering,
      tenant: {
        reachable: this.#reachable?.is ?? null,
        since: shownOrNull(this.#reachable?.since, this.#parts),
        reason: this.#reachable?.reason ?? null,
      },
      definitions: loaded === undefined ? null : definitionsOf(loaded),
      sweeps: {
        last:
          this.#lastSweep === undefined
            ? null
            : {
                at: shownTime(this.#lastSweep.at, this.#parts),
                ...this.#lastSweep.sweep,
                reason: this.#lastSweep.sweep.reason ?? null,
              },
        lastSuccess: shownOrNull(this.#lastSuccess, this.#parts),
        next: shownOrNull(scheduler.nextSweep, this.#parts),
        open: scheduler.open,
        revision: reconciler.actedRevision ?? null,
      },
      objects: {
        total: entries.length,
        byStatus,
        byPhase: countPhases(byStatus),
        byHealth: countHealth(entries),
        byKind: Object.fromEntries(
          about.kinds.map((kind) => [kind, countStatuses(entries.filter((entry) => entry.kind === kind))]),
        ),
        notInLineSince: shownOrNull(
          oldest(entries.filter(({ status }) => DIFFERING.includes(status))),
          this.#parts,
        ),
      },
      held: snapshot.groups().map((group) => this.#groupView(group)),
      suspensions: decisions.suspensions(wall.now()).map(suspensionView),
      queue: queue.size,
    };
  }

  /** The first mistakes in the definitions, {@link DaemonView.definitions} counts all of them. */
  problems(limit: number): readonly ProblemView[] {
    const problems = this.#parts.reconciler.loaded?.problems ?? [];
    return problems
      .filter(({ counts }) => counts === undefined)
      .slice(0, limit)
      .map(({ position, path, message }) => ({ source: sourceOf(position), path, message }));
  }

  /** One page of the objects that match a query. */
  objects(query?: ObjectQuery): ObjectPage {
    return this.#list.page(query);
  }

  /** Everything known of one object; undefined for an unknown key. */
  object(key: string): ObjectView | undefined {
    const entry = this.#parts.statusStore.get(key);
    if (entry === undefined) return undefined;
    const record = this.#parts.store.object(key);
    const hashes = this.#hashes();
    return {
      ...this.#list.row(entry),
      change: entry.change === undefined ? null : withApproval(entry.change, hashes.get(key)),
      record:
        record === undefined
          ? null
          : {
              origin: record.origin,
              marked: entry.isMarked ?? record.marked,
              putBack: shownOrNull(record.putBack?.at(-1), this.#parts),
              yielded:
                record.yielded === undefined
                  ? null
                  : { at: shownTime(record.yielded.at, this.#parts), by: record.yielded.actor ?? null },
            },
      problem: this.#parts.reconciler.loaded?.invalid.get(key) ?? null,
    };
  }

  /** Held and pending changes. `limit`: changes shown of each group, fewer where they are large. */
  plan(limit: number): PlanView {
    const { statusStore, snapshot, reconciler } = this.#parts;
    const hashes = this.#hashes();
    const changed = statusStore
      .entries()
      .flatMap(({ key, change }) => (change === undefined ? [] : { key, change }));
    const allowance = new Allowance(PLAN_SHOWN);
    const shown = (wanted: (key: string, change: ChangeJson) => boolean) => {
      const all = changed.filter(({ key, change }) => wanted(key, change));
      const first = all.slice(0, limit).map(({ change }) => change);
      return { total: all.length, changes: shownWithin(allowance, first) };
    };
    const blocked = shown((key, { held }) => held !== null && !hashes.has(key));
    return {
      revision: reconciler.loaded?.revision ?? null,
      held: snapshot.groups().map((group) => ({
        ...this.#groupView(group),
        changes: shownWithin(
          allowance,
          group.keys.slice(0, limit).flatMap((key) => {
            const change = statusStore.get(key)?.change;
            return change === undefined ? [] : withApproval(change, group);
          }),
        ),
      })),
      blocked,
      pending: shown((_, { held }) => held === null),
    };
  }

  /** Groups of held changes by the keys in them. */
  #hashes(): ReadonlyMap<string, HeldGroup> {
    return new Map(
      this.#parts.snapshot.groups().flatMap((group) => group.keys.map((key) => [key, group] as const)),
    );
  }

  #groupView({ hash, reason, remedies, keys }: HeldGroup): HeldGroupView {
    const entries = keys.flatMap((key) => this.#parts.statusStore.get(key) ?? []);
    return {
      hash,
      reason: this.#parts.redactor.text(reason),
      remedies,
      objects: keys.length,
      actions: actionsIn(entries.flatMap(({ change }) => change ?? [])),
      keys: keys.slice(0, FEW_KEYS),
      oldest: shownOrNull(oldest(entries), this.#parts),
    };
  }
}

/** The first changes, until the allowance is used up. */
function shownWithin(allowance: Allowance, changes: readonly ChangeJson[]): readonly ChangeJson[] {
  const end = changes.findIndex((change) => {
    const isUsedUp = allowance.left <= 0;
    if (!isUsedUp) allowance.use(JSON.stringify(change.fields).length);
    return isUsedUp;
  });
  return end === -1 ? changes : changes.slice(0, end);
}

/** A suspension as people and programs see it. */
export function suspensionView({ target, reason, at, until, by }: Suspension): SuspensionView {
  return {
    target,
    reason,
    since: new Date(at).toISOString(),
    until: until === undefined ? null : new Date(until).toISOString(),
    by: by ?? null,
  };
}

function definitionsOf({ revision, definitions, problems, complete }: Load): DaemonView['definitions'] {
  return { revision, count: definitions.length, problems: problemCount(problems), complete };
}

function actionsIn(changes: readonly ChangeJson[]): HeldGroupView['actions'] {
  const counts = { create: 0, update: 0, adopt: 0, delete: 0 };
  for (const { action } of changes) counts[action] += 1;
  return counts;
}

function oldest(entries: readonly StatusEntry[]): number | undefined {
  if (entries.length === 0) return undefined;
  return entries.reduce((first, { since }) => Math.min(first, since), Number.POSITIVE_INFINITY);
}

/** The change with the present hash of its group, which changes as objects join or leave it. */
function withApproval(change: ChangeJson, group: HeldGroup | undefined): ChangeJson {
  if (change.held === null || group === undefined) return change;
  const { reason, remedies, hash } = group;
  return { ...change, held: { ...change.held, reason, remedies, approval: hash } };
}

import type { WorkQueue } from '../apply/queue.js';
import type { HeldGroup } from '../guard/hold.js';
import { STATUSES, type Status } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import type { Suspension } from '../model/decision.js';
import { type Definition, type Load, problemCount } from '../model/definition.js';
import type { EventBus, SweepFinished } from '../model/events.js';
import type { RecordStore } from '../model/record.js';
import { Allowance } from '../redact/allowance.js';
import type { Redactor } from '../redact/redactor.js';
import type { DecisionStore } from '../state/decision-store.js';
import { type ChangeJson, sourceOf, standingToJson } from './shown.js';
import type { StatusEntry, StatusStore } from './status-store.js';
import {
  type About,
  type DaemonView,
  type HeldGroupView,
  MOST_ROWS,
  type ObjectPage,
  type ObjectQuery,
  type ObjectRow,
  type ObjectView,
  type PlanView,
  type ProblemView,
  type StatusCounts,
  type SuspensionView,
} from './views.js';

/** The sources of an overview. */
export interface OverviewParts {
  readonly about: About;
  readonly statusStore: Pick<StatusStore, 'get' | 'entries'>;
  readonly snapshot: { readonly groups: () => readonly HeldGroup[] };
  readonly decisions: Pick<DecisionStore, 'suspensions' | 'recovering'>;
  readonly store: Pick<RecordStore, 'object'>;
  /** `loaded`: the definitions in force; undefined before the first load. */
  readonly reconciler: { readonly loaded: Load | undefined };
  /** `nextSweep`: milliseconds since the epoch. `started`: resolves when the first full sweep has ended. */
  readonly scheduler: { readonly nextSweep: number | undefined; readonly started: Promise<void> };
  readonly queue: Pick<WorkQueue, 'size'>;
  readonly events: EventBus;
  /** The steady clock of all parts. */
  readonly clock: Clock;
  /** The time of day, which people see. */
  readonly wall: Clock;
  readonly redactor: Redactor;
}

/** Keys of a held group in its summary. */
const FEW_KEYS = 20;
const ROWS = 50;
/** Characters of a display name that is shown. */
const LONGEST_NAME = 1000;
/** Characters of all changes in a plan, the last one whole. */
const PLAN_SHOWN = 1_000_000;
/** Statuses that do not count as out of sync. */
const CALM: readonly Status[] = ['Synced', 'Settling', 'Suspended', 'Orphaned'];

/**
 * The state of the daemon, for people and programs. Holds no secret.
 * It subscribes to events, so create it before the first sweep.
 */
export class Overview {
  readonly #parts: OverviewParts;
  readonly #startedAt: number;
  #started = false;
  #ready = false;
  #reachable: { readonly is: boolean; readonly since: number; readonly reason: string | null } | undefined;
  #lastSweep: { readonly at: number; readonly sweep: SweepFinished } | undefined;
  #lastSuccess: number | undefined;
  #index: { readonly load: Load; readonly definitions: ReadonlyMap<string, Definition> } | undefined;

  constructor(parts: OverviewParts) {
    this.#parts = parts;
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
    // A sweep without a reason has a plan: the tenant answered, even if changes failed.
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
    return {
      about,
      startedAt: this.#shown(this.#startedAt),
      started: this.#started,
      recovering: decisions.recovering,
      tenant: {
        reachable: this.#reachable?.is ?? null,
        since: this.#shownOrNull(this.#reachable?.since),
        reason: this.#reachable?.reason ?? null,
      },
      definitions: loaded === undefined ? null : definitionsOf(loaded),
      sweeps: {
        last:
          this.#lastSweep === undefined
            ? null
            : {
                at: this.#shown(this.#lastSweep.at),
                ...this.#lastSweep.sweep,
                reason: this.#lastSweep.sweep.reason ?? null,
              },
        lastSuccess: this.#shownOrNull(this.#lastSuccess),
        next: this.#shownOrNull(scheduler.nextSweep),
      },
      objects: {
        total: entries.length,
        byStatus: countsOf(entries),
        byKind: Object.fromEntries(
          about.kinds.map((kind) => [kind, countsOf(entries.filter((entry) => entry.kind === kind))]),
        ),
        notInLineSince: this.#shownOrNull(oldest(entries.filter(({ status }) => !CALM.includes(status)))),
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
      .map(({ position, message }) => ({ source: sourceOf(position), message }));
  }

  /** One page of the objects that match a query. */
  objects(query: ObjectQuery = {}): ObjectPage {
    const found = this.#parts.statusStore.entries().filter(this.#matcher(query));
    const size = Math.min(MOST_ROWS, Math.max(1, query.size ?? ROWS));
    const page = Math.max(1, query.page ?? 1);
    const rows = found.slice((page - 1) * size, page * size);
    return { objects: rows.map((entry) => this.#row(entry)), total: found.length, page, size };
  }

  /** Everything known of one object; undefined for an unknown key. */
  object(key: string): ObjectView | undefined {
    const entry = this.#parts.statusStore.get(key);
    if (entry === undefined) return undefined;
    const record = this.#parts.store.object(key);
    const hashes = this.#hashes();
    return {
      ...this.#row(entry),
      change: entry.change === undefined ? null : withApproval(entry.change, hashes.get(key)),
      record:
        record === undefined
          ? null
          : {
              origin: record.origin,
              marked: record.marked,
              putBack: this.#shownOrNull(record.putBack?.at(-1)),
              yielded:
                record.yielded === undefined
                  ? null
                  : { at: this.#shown(record.yielded.at), by: record.yielded.actor ?? null },
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

  #groupView({ hash, reason, keys }: HeldGroup): HeldGroupView {
    const entries = keys.flatMap((key) => this.#parts.statusStore.get(key) ?? []);
    return {
      hash,
      reason: this.#parts.redactor.text(reason),
      objects: keys.length,
      actions: actionsIn(entries.flatMap(({ change }) => change ?? [])),
      keys: keys.slice(0, FEW_KEYS),
      oldest: this.#shownOrNull(oldest(entries)),
    };
  }

  #matcher({ keys, kind, statuses, labels = [], text = '' }: ObjectQuery): (entry: StatusEntry) => boolean {
    const wanted = keys === undefined ? undefined : new Set(keys);
    const part = text.trim().toLowerCase();
    return (entry) =>
      (wanted === undefined || wanted.has(entry.key)) &&
      (kind === undefined || entry.kind === kind) &&
      (statuses === undefined || statuses.includes(entry.status)) &&
      (labels.length === 0 || hasLabels(this.#definition(entry.key), labels)) &&
      (part === '' || this.#textOf(entry).includes(part));
  }

  #textOf({ key, id = '' }: StatusEntry): string {
    return `${key}\n${this.#displayName(key) ?? ''}\n${id}`.toLowerCase();
  }

  #row(entry: StatusEntry): ObjectRow {
    const { key, since, change } = entry;
    const record = this.#parts.store.object(key);
    return {
      key,
      ...standingToJson(entry),
      displayName: this.#displayName(key) ?? null,
      labels: this.#definition(key)?.labels ?? {},
      since: this.#shown(since),
      lastAttempt: this.#shownOrNull(entry.lastAttempt ?? record?.lastAttempt),
      lastSuccess: this.#shownOrNull(entry.lastSuccess ?? record?.lastSuccess),
      action: change?.action ?? null,
      held: change !== undefined && change.held !== null,
    };
  }

  /** The name in the tenant; before the object exists, that of its definition. Undefined where it is too long for a list. */
  #displayName(key: string): string | undefined {
    const { store, redactor } = this.#parts;
    const name = store.object(key)?.displayName ?? this.#definition(key)?.title;
    return name === undefined || name.length > LONGEST_NAME ? undefined : redactor.text(name);
  }

  /** A steady time as a time of day. */
  #shown(at: number): string {
    const { clock, wall } = this.#parts;
    return iso(at + wall.now() - clock.now());
  }

  #shownOrNull(at: number | undefined): string | null {
    return at === undefined ? null : this.#shown(at);
  }

  #definition(key: string): Definition | undefined {
    const { loaded } = this.#parts.reconciler;
    if (loaded === undefined) return undefined;
    if (this.#index?.load !== loaded) {
      const definitions = new Map(loaded.definitions.map((definition) => [definition.key, definition]));
      this.#index = { load: loaded, definitions };
    }
    return this.#index.definitions.get(key);
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
export function suspensionView({ target, reason, at, until }: Suspension): SuspensionView {
  return { target, reason, since: iso(at), until: isoOrNull(until) };
}

function definitionsOf({ revision, definitions, problems, complete }: Load): DaemonView['definitions'] {
  return { revision, count: definitions.length, problems: problemCount(problems), complete };
}

function countsOf(entries: readonly StatusEntry[]): StatusCounts {
  const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
  for (const { status } of entries) counts[status] += 1;
  return counts;
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

function hasLabels(definition: Definition | undefined, labels: ObjectQuery['labels'] = []): boolean {
  const present = definition?.labels ?? {};
  return labels.every(([name, value]) => Object.hasOwn(present, name) && present[name] === value);
}

/** The change with the present hash of its group, which changes as objects join or leave it. */
function withApproval(change: ChangeJson, group: HeldGroup | undefined): ChangeJson {
  if (change.held === null || group === undefined) return change;
  return { ...change, held: { ...change.held, reason: group.reason, approval: group.hash } };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : iso(ms);
}

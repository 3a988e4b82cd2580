import { type FreezeWindow, frozenUntil } from '../guard/freeze.js';
import { groupHashes, type HeldGroup, type HeldPlan, type PendingApproval } from '../guard/hold.js';
import { reasonOf } from '../guard/hold-cause.js';
import type { Limits } from '../guard/limits.js';
import type { HoldInput } from '../guard/moment.js';
import type { Plan } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import { keyOf, type Load } from '../model/definition.js';
import { definitionsByKey } from '../model/definition-index.js';
import { parentRef } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { RecordStore } from '../model/record.js';
import { recordsById } from '../model/record-index.js';
import { KeysByObject } from '../observe/keys-by-object.js';
import type { Observation } from '../observe/observation.js';
import type { DecisionStore } from '../state/decision-store.js';

/** The parts of a snapshot. */
export interface SnapshotParts {
  readonly decisions: Pick<DecisionStore, 'begun' | 'executed' | 'suspensions' | 'approvals'>;
  readonly store: Pick<RecordStore, 'records'>;
  /** A steady one: the hour of the limits is measured with it. */
  readonly clock: Clock;
  /** The time of day: freeze windows and the ends of suspensions are of it. */
  readonly wall: Clock;
  readonly settings: {
    readonly workspace: string;
    readonly limits: Limits;
    readonly freeze: readonly FreezeWindow[];
  };
}

/** The state of the last observations and plans, for rules and decisions. */
export class Snapshot {
  readonly #parts: SnapshotParts;
  /** Ids of objects with our marks, by the last full observation and later targeted ones. */
  #marked: ReadonlySet<string> = new Set();
  /** How many objects are recorded or carry our marks. */
  #managed = 0;
  #pending: ReadonlyMap<string, PendingApproval> = new Map();
  /** Keys of recorded objects that are gone from the tenant. */
  readonly #gone = new Set<string>();
  #labelsOf: HoldInput['labelsOf'] = () => undefined;
  #parentsOf: HoldInput['parentsOf'] = () => [];
  #frozen: { readonly second: number; readonly until: number | undefined } | undefined;

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
  }

  /** Takes in a load and its observation. */
  observed(load: Load, { desired, matches, untracked, isFull }: Observation): void {
    const { store, settings } = this.#parts;
    const { objects } = store.records();
    const defined = definitionsByKey(load.definitions);
    const recorded = recordsById(objects);
    const marked = new Set(untracked.map(({ live }) => live.id));
    for (const [key, match] of matches) {
      if (match.type === 'gone' && !match.pinned) this.#gone.add(key);
      else this.#gone.delete(key);
      const kind = desired.get(key)?.kind;
      if (match.type !== 'found' || kind === undefined) continue;
      if (areOurs(marksOf(kind, match.live), settings.workspace)) marked.add(match.live.id);
    }
    const keys = new KeysByObject({ desired, matches, records: { objects } });
    this.#labelsOf = (key) => defined.get(key)?.labels;
    this.#parentsOf = (key) => {
      const wanted = desired.get(key);
      const ref = wanted && parentRef(wanted.kind, wanted.definition);
      if (ref === undefined) return keys.all(objects.get(key)?.parentId ?? '');
      return 'id' in ref ? keys.all(ref.id) : [keyOf(wanted?.kind.parent?.kind ?? '', ref.name)];
    };
    const isNew = isFull || [...marked].some((id) => !this.#marked.has(id));
    if (isNew) this.#marked = isFull ? marked : new Set([...this.#marked, ...marked]);
    this.#managed = recorded.size;
    for (const id of this.#marked) if (!recorded.has(id)) this.#managed += 1;
  }

  /** Takes in a plan and its changes that are pending approval. */
  planned({ standings }: Plan, { pending }: HeldPlan, isWhole: boolean): void {
    const planned = new Set(standings.map(({ key }) => key));
    const others = [...this.pending(isWhole)].filter(([key]) => !planned.has(key));
    this.#pending = new Map([...others, ...pending]);
  }

  /** Pending approvals of earlier plans; none beside a plan of every object. */
  pending(isWhole: boolean): ReadonlyMap<string, PendingApproval> {
    return isWhole ? new Map() : this.#pending;
  }

  /** The present input of the rules. */
  ruleInput(): HoldInput {
    const { decisions, settings, clock, wall } = this.#parts;
    const [now, timeOfDay] = [clock.now(), wall.now()];
    return {
      labelsOf: this.#labelsOf,
      parentsOf: this.#parentsOf,
      managed: this.#managed,
      executed: {
        length: decisions.begun,
        [Symbol.iterator]: () => decisions.executed()[Symbol.iterator](),
      },
      limits: settings.limits,
      frozenUntil: this.#frozenUntil(timeOfDay),
      suspensions: decisions.suspensions(timeOfDay),
      approvals: decisions.approvals,
      now,
      aheadMs: timeOfDay - now,
    };
  }

  /** True for the key of a recorded object that is gone from the tenant. */
  isGone(key: string): boolean {
    return this.#gone.has(key);
  }

  /** Changes of the last plans that are pending approval, in groups. */
  groups(): readonly HeldGroup[] {
    const members = new Map<string, { readonly pending: PendingApproval; readonly keys: string[] }>();
    for (const [key, pending] of this.#pending) {
      const known = members.get(pending.group);
      if (known === undefined) members.set(pending.group, { pending, keys: [key] });
      else known.keys.push(key);
    }
    const hashes = groupHashes(this.#pending.values());
    return [...members].map(([group, { pending, keys }]) => {
      const hash = hashes.get(group) ?? '';
      return { hash, ...reasonOf(pending.cause, hash), keys };
    });
  }

  /** The changes of the group whose hash begins with `hash`, by key; undefined unless exactly one does. */
  group(hash: string): ReadonlyMap<string, PendingApproval> | undefined {
    const groups = [...groupHashes(this.#pending.values())].filter(([, whole]) => whole.startsWith(hash));
    const [group] = groups;
    if (group === undefined || groups.length > 1) return undefined;
    return new Map([...this.#pending].filter(([, pending]) => pending.group === group[0]));
  }

  /** Cached by second, since cron expressions are slow and many changes ask at once. */
  #frozenUntil(now: number): number | undefined {
    const second = Math.floor(now / 1000);
    if (this.#frozen?.second !== second)
      this.#frozen = { second, until: frozenUntil(this.#parts.settings.freeze, now) };
    return this.#frozen.until;
  }
}

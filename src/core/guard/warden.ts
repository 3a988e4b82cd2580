import { suggestion } from '../../text/nearest.js';
import type { Change, Held, Plan } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import type { Approval, Executed, Suspension } from '../model/decision.js';
import type { Load } from '../model/definition.js';
import { TerminalError } from '../model/errors.js';
import type { ObjectRecord, RecordStore } from '../model/record.js';
import type { Planned } from '../plan/input.js';
import type { Ledger } from '../state/decision-store.js';
import { lapsed, releases } from './approval.js';
import { type FreezeWindow, frozenUntil } from './freeze.js';
import {
  covers,
  groupHashes,
  type HoldInput,
  holdBack,
  holdNow,
  isPartOfCreate,
  type Waiting,
} from './hold.js';
import { longReason } from './hold-cause.js';
import { isCounted, type Limits, sortOf } from './limits.js';
import { type Surroundings, surroundingsOf } from './surroundings.js';

/** The settings of a warden. */
interface WardenSettings {
  readonly workspace: string;
  readonly limits: Limits;
  readonly freeze: readonly FreezeWindow[];
  readonly requestsPerSecond: number;
}

/** Targets that may be suspended at a time. */
const MOST_SUSPENSIONS = 1000;

/** What a warden works with. */
export interface WardenParts {
  readonly ledger: Ledger;
  readonly store: Pick<RecordStore, 'records' | 'object' | 'putObject' | 'removeObject'>;
  /** A steady one: the hour of the limits is measured with it. */
  readonly clock: Clock;
  /** The time of day: freeze windows and the ends of suspensions are of it. */
  readonly wall: Clock;
  readonly settings: WardenSettings;
}

/** A change that may be carried out: it counts, and its approval, where it had one, is used up. */
export interface Admission {
  readonly approval?: Approval;
  /** Takes both back: the change certainly did nothing. */
  didNothing(): Promise<void>;
  /** Says that it is not being carried out any more, whatever came of it. */
  ended(): void;
}

/** What a person asks to be left alone. */
export interface SuspensionOrder {
  /** `Kind/name`, labels that all have to be there (`k=v,k=v`), or `*` for everything. */
  readonly target: string;
  /** For people. */
  readonly reason: string;
  /** For how long, milliseconds; until it is resumed where that is missing. */
  readonly forMs?: number;
}

/** What came of a resumption. */
export interface Resumed {
  readonly suspensions: readonly Suspension[];
  /** Keys of objects to be managed again: people had taken them over, or deleted them in the tenant. */
  readonly reclaimed: readonly string[];
}

/** Held changes that one approval releases together. */
export interface HeldGroup {
  /** What to approve. */
  readonly hash: string;
  /** Why they are held and what to do, as a sentence. */
  readonly reason: string;
  readonly keys: readonly string[];
}

/** Keeps back what limits, freeze windows and suspensions hold, and lets go what a person approved. */
export class Warden {
  readonly #parts: WardenParts;
  /** Changes that a plan let go and that have not begun or ended, by sort and key. */
  readonly #reserved = new Map<string, Executed>();
  /** Hashes of the changes that are being carried out. */
  readonly #inFlight = new Set<string>();
  /** Ids of objects that carry our marks, by the last look at everything and what was seen since. */
  #marked: ReadonlySet<string> = new Set();
  /** How many objects are recorded or carry our marks. */
  #managed = 0;
  #waiting = new Map<string, Waiting>();
  /** Keys of recorded objects that the tenant does not have any more. */
  readonly #gone = new Set<string>();
  #surroundings: Surroundings = { marked: new Set(), labelsOf: () => undefined, parentOf: () => undefined };
  #frozen: { readonly second: number; readonly until: number | undefined } | undefined;

  constructor(parts: WardenParts) {
    this.#parts = parts;
  }

  /** Holds what must not be carried out now. `isWhole`: the plan is about every object. */
  holdBack({ plan, observation }: Planned, load: Load, isWhole: boolean): Planned {
    const { settings, store } = this.#parts;
    const { workspace, requestsPerSecond } = settings;
    const records = store.records();
    this.#surroundings = surroundingsOf(load, observation, records, workspace);
    const { marked } = this.#surroundings;
    this.#marked = observation.isFull ? marked : new Set([...this.#marked, ...marked]);
    const recorded = [...records.objects.values()].map(({ id }) => id);
    this.#managed = new Set([...recorded, ...this.#marked]).size;
    const earlier = isWhole ? new Map<string, Waiting>() : this.#waiting;
    const held = holdBack(plan, {
      ...this.#input(),
      reserved: [...this.#reserved.values()],
      inFlight: this.#inFlight,
      waiting: earlier,
      requestsPerSecond,
    });
    const planned = new Set(plan.standings.map(({ key }) => key));
    const others = [...earlier].filter(([key]) => !planned.has(key));
    this.#waiting = new Map([...others, ...held.waiting]);
    for (const [key, match] of observation.matches) {
      if (match.type === 'gone' && !match.pinned) this.#gone.add(key);
      else this.#gone.delete(key);
    }
    return { plan: held.plan, observation };
  }

  /** Reserves room for the changes that a plan lets go, until they begin or `ended` resolves. */
  letGo({ changes }: Plan, ended: Promise<unknown>): void {
    const { clock, ledger } = this.#parts;
    const at = clock.now();
    const going = changes.filter(
      (change) =>
        change.held === null &&
        isCounted(change) &&
        !this.#inFlight.has(change.hash) &&
        !isPartOfCreate(change),
    );
    const entries = going.map((change): Executed => {
      const isApproved = releases(ledger.approvals.get(change.hash), change);
      return { sort: sortOf(change), key: change.key, at, ...(isApproved ? { approved: true } : {}) };
    });
    for (const entry of entries) this.#reserved.set(nameOf(entry), entry);
    const end = (): void => {
      for (const entry of entries) {
        if (this.#reserved.get(nameOf(entry)) === entry) this.#reserved.delete(nameOf(entry));
      }
    };
    void ended.then(end, end);
  }

  /**
   * Asked right before a change is carried out: notes it, or says why it must not be carried out any more.
   * Rejects where it cannot be noted; nothing may be written then.
   */
  async admit(change: Change): Promise<Admission | Held> {
    const { ledger } = this.#parts;
    const held = holdNow(change, this.#input());
    if (held !== undefined) return held;
    if (isPartOfCreate(change) || (change.action === 'update' && change.upkeep)) return UNCOUNTED;
    const known = ledger.approvals.get(change.hash);
    if (!isCounted(change) && known === undefined) return UNCOUNTED;
    const approval = releases(known, change) ? known : undefined;
    const counted = { sort: sortOf(change), key: change.key };
    this.#reserved.delete(nameOf(counted));
    this.#inFlight.add(change.hash);
    const ended = (): void => void this.#inFlight.delete(change.hash);
    try {
      // Nothing may come between the check and this: what is carried out at the same time asks too.
      const didNothing = await ledger.begin(counted, approval);
      return { didNothing, ended, ...(approval === undefined ? {} : { approval }) };
    } catch (error) {
      ended();
      throw error;
    }
  }

  /** Forgets what a plan shows to be over: approvals of what is another change now, old counts, ended suspensions. */
  async tidy(plan: Plan, isWhole: boolean): Promise<void> {
    const { ledger, wall } = this.#parts;
    const over = lapsed(ledger.approvals.values(), plan, isWhole);
    await Promise.all([ledger.prune(wall.now()), ...over.map(({ hash }) => ledger.endApproval(hash))]);
  }

  /** What waits for an approval by the last plans, in groups. */
  groups(): readonly HeldGroup[] {
    const members = new Map<string, { readonly waiting: Waiting; readonly keys: string[] }>();
    for (const [key, waiting] of this.#waiting) {
      const known = members.get(waiting.group);
      if (known === undefined) members.set(waiting.group, { waiting, keys: [key] });
      else known.keys.push(key);
    }
    const hashes = groupHashes(this.#waiting.values());
    return [...members].map(([group, { waiting, keys }]) => {
      const hash = hashes.get(group) ?? '';
      return { hash, reason: longReason(waiting.cause, hash), keys };
    });
  }

  /**
   * Approves the changes of a group once, as they were shown. Gives their keys.
   * `hash`: as a plan shows it, or its beginning: at least twelve digits. `by`: who approves, where that is known.
   * @throws TerminalError when the last plan holds no such group
   */
  async approve(hash: string, by?: string): Promise<readonly string[]> {
    const wanted = hash.startsWith('sha256:') ? hash : `sha256:${hash}`;
    const isLongEnough = /^sha256:[0-9a-f]{12,64}$/.test(wanted);
    const groups = [...groupHashes(this.#waiting.values())].filter(
      ([, whole]) => isLongEnough && whole.startsWith(wanted),
    );
    const [group] = groups;
    if (group === undefined || groups.length > 1) {
      throw new TerminalError(
        `no held changes have the hash ${hash}: what is held may be another by now; look at it with 'c1sync plan' and approve the hash that it shows`,
      );
    }
    const members = [...this.#waiting].filter(([, waiting]) => waiting.group === group[0]);
    const at = this.#parts.wall.now();
    const giver = by === undefined ? {} : { by };
    const approvals = members.map(([key, { hash, group }]) => ({ key, hash, at, group, ...giver }));
    await this.#parts.ledger.approve(approvals);
    return members.map(([key]) => key);
  }

  /**
   * Leaves objects alone from now on. A suspension of the same target gives way. `load`: the last one; before the first
   * one, nobody knows which objects there are, and any target is taken that could name some.
   * @throws TerminalError when the target names nothing, or too much is suspended already
   */
  async suspend({ target, reason, forMs }: SuspensionOrder, load: Load | undefined): Promise<Suspension> {
    const named = canonicalTarget(target);
    if (load === undefined && !isTarget(named)) throw notATarget(target);
    if (load !== undefined && named !== '*') this.keysOf(target, load);
    const at = this.#parts.wall.now();
    const present = this.#parts.ledger.suspensions(at);
    if (present.length >= MOST_SUSPENSIONS && !present.some(({ target }) => target === named)) {
      throw new TerminalError(
        `${MOST_SUSPENSIONS} targets are suspended, and more are not taken: resume some with 'c1sync resume', or suspend labels (key=value) instead of single objects`,
      );
    }
    const end = forMs === undefined ? {} : { until: at + forMs };
    const suspension: Suspension = { target: named, reason, at, ...end };
    await this.#parts.ledger.suspend(suspension);
    return suspension;
  }

  /**
   * Ends the suspensions of a target, all of them for `*`, and has objects managed again that people took over, or
   * deleted in the tenant where the target names them.
   * @throws TerminalError when neither a suspension of this target nor such an object is there
   */
  async resume(target: string, load: Load | undefined): Promise<Resumed> {
    const { ledger, store, wall } = this.#parts;
    const named = canonicalTarget(target);
    const present = ledger.suspensions(wall.now());
    const suspensions = present.filter((suspension) => named === '*' || suspension.target === named);
    const keys = new Set(this.#matching(named, load));
    const yielded = [...store.records().objects.values()].filter(
      (record) => keys.has(record.key) && (record.yielded !== undefined || record.putBack !== undefined),
    );
    // Only by its name: whoever resumes everything does not ask for what was deleted.
    const gone = this.#gone.has(named) && store.object(named) !== undefined ? [named] : [];
    const reclaimedKeys = yielded.filter((record) => record.yielded !== undefined).map(({ key }) => key);
    if (suspensions.length + reclaimedKeys.length + gone.length === 0) {
      const targets = present.map((suspension) => `'${suspension.target}'`).join(', ');
      const known = targets === '' ? 'nothing is suspended' : `suspended are ${targets}`;
      throw new TerminalError(`there is nothing to resume for ${target}: ${known}`);
    }
    await Promise.all([
      ...suspensions.map((suspension) => ledger.endSuspension(suspension.target)),
      ...yielded.map((record) => store.putObject(reclaimed(record))),
      ...gone.map((key) => store.removeObject(key)),
    ]);
    return { suspensions, reclaimed: [...reclaimedKeys, ...gone] };
  }

  #input(): HoldInput {
    const { ledger, settings, clock, wall } = this.#parts;
    const [now, timeOfDay] = [clock.now(), wall.now()];
    return {
      ...this.#surroundings,
      managed: this.#managed,
      executed: ledger.executed(),
      limits: settings.limits,
      frozenUntil: this.#frozenUntil(timeOfDay),
      suspensions: ledger.suspensions(timeOfDay),
      approvals: ledger.approvals,
      now,
      aheadMs: timeOfDay - now,
    };
  }

  /** Reading cron expressions is slow, and many changes ask within the same second. */
  #frozenUntil(now: number): number | undefined {
    const second = Math.floor(now / 1000);
    if (this.#frozen?.second !== second)
      this.#frozen = { second, until: frozenUntil(this.#parts.settings.freeze, now) };
    return this.#frozen.until;
  }

  /**
   * Keys of the objects that a target takes in.
   * @throws TerminalError when the target names nothing
   */
  keysOf(target: string, load: Load): readonly string[] {
    const keys = this.#matching(canonicalTarget(target), load);
    if (keys.length === 0) throw this.#unknown(target, load);
    return keys;
  }

  /** Keys that a target takes in: defined and recorded objects. */
  #matching(target: string, load: Load | undefined): readonly string[] {
    const labels = new Map(load?.definitions.map((definition) => [definition.key, definition.labels]));
    const recorded = [...this.#parts.store.records().objects.keys(), ...(load?.invalid.keys() ?? [])];
    const keys = new Set([...labels.keys(), ...recorded]);
    return [...keys].filter((key) => covers(target, key, labels.get(key) ?? {}));
  }

  #unknown(target: string, load: Load): TerminalError {
    if (target.includes('=')) return new TerminalError(`no object has the labels ${target}`);
    const keys = [...load.definitions.map(({ key }) => key), ...this.#parts.store.records().objects.keys()];
    const hint = suggestion(target, [...new Set(keys)]);
    return notATarget(target, hint);
  }
}

function notATarget(target: string, hint = ''): TerminalError {
  return new TerminalError(
    `${target} names nothing: write Kind/name, labels as key=value, or * for everything.${hint}`,
  );
}

/** True for a text that may name objects: `Kind/name`, labels, `*`. */
function isTarget(text: string): boolean {
  return text === '*' || text.includes('=') || /^[A-Za-z]+\/[^/\s]+$/.test(text);
}

function nameOf({ sort, key }: Pick<Executed, 'sort' | 'key'>): string {
  return `${sort}/${key}`;
}

const UNCOUNTED: Admission = { didNothing: async () => {}, ended: () => {} };

/** One text for labels in any order. */
function canonicalTarget(target: string): string {
  if (!target.includes('=')) return target.trim();
  const parts = target.split(',').map((part) => part.split('=').map((text) => text.trim()));
  return parts
    .map(([name, ...value]) => `${name}=${value.join('=')}`)
    .sort()
    .join(',');
}

/** An object whose definition counts again: as if it asked for something else than when the object was taken over. */
function reclaimed({ putBack: _, yielded, ...record }: ObjectRecord): ObjectRecord {
  return yielded === undefined ? record : { ...record, yielded: { ...yielded, print: '' } };
}

import type { Change, Drift, Plan } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import { putNewest } from '../model/newest.js';
import type { Records } from '../model/record.js';
import type { Observation } from '../observe/observation.js';
import type { Attribution } from './change-log.js';

/** A reverted change without a known author. */
export interface Correction {
  readonly reconcileId: string;
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly id?: string | undefined;
  /** When it was reverted, milliseconds since the epoch. */
  readonly at: number;
}

/** The lifetime of attributions, milliseconds. */
const KEPT_MS = 24 * 60 * 60_000;
/** The longest wait of a correction for its attribution, milliseconds. */
const LATE_MS = 10 * 60_000;
/** The largest number of each. */
const MOST = 10_000;
/** The tenant's clock is known to the second, milliseconds. */
const TOLERANCE_MS = 2_000;

/** Remembers who else changed objects. */
export class Attributions {
  readonly #clock: Clock;
  /** Oldest note first. */
  readonly #known = new Map<string, Attribution>();
  #corrections: Correction[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Notes who changed an object; an attribution without an actor is skipped. Returns the correction that had reverted
   * this change before its author was known.
   */
  note(key: string, attribution: Attribution): Correction | undefined {
    if (attribution.actor === undefined) return undefined;
    this.#forgetOld();
    const isLate = (correction: Correction): boolean =>
      correction.key === key && correction.at + TOLERANCE_MS >= attribution.at;
    const correction = this.#corrections.find(isLate);
    if (correction !== undefined) {
      this.#corrections = this.#corrections.filter((other) => other !== correction);
      return correction;
    }
    putNewest(this.#known, key, attribution, MOST);
    return undefined;
  }

  /** Who changed the object last, if that was after `since` (milliseconds since the epoch) and within a day. */
  of(key: string, since = 0): Attribution | undefined {
    const known = this.#known.get(key);
    if (known === undefined || known.at < this.#clock.now() - KEPT_MS) return undefined;
    return known.at + TOLERANCE_MS >= since ? known : undefined;
  }

  /** Notes that an observation which began at `at` found the object in sync: its older attribution ends. */
  inSync(key: string, at: number): void {
    const known = this.#known.get(key);
    if (known !== undefined && known.at <= at) this.#known.delete(key);
  }

  /** Notes a reverted change; `isAttributed`: its author was reported. */
  corrected(correction: Correction, isAttributed: boolean): void {
    this.#known.delete(correction.key);
    if (isAttributed) return;
    this.#forgetOld();
    this.#corrections.push(correction);
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    this.#corrections = this.#corrections.filter(({ at }) => at >= now - LATE_MS).slice(-MOST);
    for (const [key, { at }] of this.#known) {
      if (at >= now - KEPT_MS) break;
      this.#known.delete(key);
    }
  }
}

/** The plan with changes marked that revert drift, with its author where `actorOf` knows one. */
export function withDrift(
  plan: Plan,
  { desired }: Pick<Observation, 'desired'>,
  { objects }: Pick<Records, 'objects'>,
  actorOf: (key: string) => string | undefined,
): Plan {
  const marked = (change: Change): Change => {
    const before = objects.get(change.key)?.definitionHash;
    if (before === undefined || before !== desired.get(change.key)?.definition.hash) return change;
    const actor = actorOf(change.key);
    const drift: Drift = actor === undefined ? {} : { actor };
    return { ...change, drift };
  };
  return { ...plan, changes: plan.changes.map(marked) };
}

import type { Change, Drift, Plan } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import { putNewest } from '../model/newest.js';
import type { Records } from '../model/record.js';
import type { Observation } from '../observe/observation.js';
import type { Attribution } from './change-log.js';

/** A change that was put back by a reconciliation that could not say who had made it. */
export interface Correction {
  readonly reconcileId: string;
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly id?: string;
  /** When it was put back, milliseconds since the epoch. */
  readonly at: number;
}

/** What is known of who changed an object is kept this long, milliseconds. */
const KEPT_MS = 24 * 60 * 60_000;
/** This long a correction may wait for its attribution, milliseconds. */
const LATE_MS = 10 * 60_000;
/** How many of each are kept. */
const MOST = 10_000;
/** The tenant's clock is known to the second, milliseconds. */
const TOLERANCE_MS = 2_000;

/** Remembers who changed objects behind our back. */
export class Attributions {
  readonly #clock: Clock;
  /** Oldest note first. */
  readonly #known = new Map<string, Attribution>();
  #corrections: Correction[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Notes who changed an object; what names nobody is passed over. Gives the correction that had put this very change
   * back before anybody knew whose it was.
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

  /** Notes that a look which began at `at` found the object in line: what was known of it is of no use any more. */
  inSync(key: string, at: number): void {
    const known = this.#known.get(key);
    if (known !== undefined && known.at <= at) this.#known.delete(key);
  }

  /** Notes that a change of the object was put back; `isAttributed` when it was told whose it was. */
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

/** The plan with those changes marked that undo what somebody else did, by name where `actorOf` knows one. */
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

import { releases } from '../guard/approval.js';
import { type HoldInput, holdChange, isPartOfCreate } from '../guard/hold.js';
import { isCounted, sortOf } from '../guard/limits.js';
import type { Change, Held, Plan } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import type { Approval, Executed } from '../model/decision.js';
import type { DecisionStore } from '../state/decision-store.js';

/** What admitting works with. */
export interface AdmissionParts {
  readonly decisions: Pick<DecisionStore, 'approvals' | 'begin'>;
  readonly clock: Clock;
  /** What the rules are asked with at this moment. */
  readonly ruleInput: () => HoldInput;
}

/** A change that may be carried out: it counts, and its approval, where it had one, is used up. */
export interface Admission {
  readonly approval?: Approval;
  /** Takes both back: the change certainly did nothing. */
  didNothing(): Promise<void>;
  /** Says that it is not being carried out any more, whatever came of it. */
  ended(): void;
}

/** Asks the rules again right before a change is carried out, and keeps room for what a plan admitted. */
export class Admissions {
  readonly #parts: AdmissionParts;
  /** Changes that a plan admitted and that have not begun or ended, by sort and key. */
  readonly #reserved = new Map<string, Executed>();
  /** Hashes of the changes that are being carried out. */
  readonly #inFlight = new Set<string>();

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** What plans admitted and what has not begun. */
  get reserved(): readonly Executed[] {
    return [...this.#reserved.values()];
  }

  /** Hashes of the changes that are being carried out. */
  get inFlight(): ReadonlySet<string> {
    return this.#inFlight;
  }

  /** Reserves room for the changes that a plan admits, until they begin or `ended` resolves. */
  reserve({ changes }: Pick<Plan, 'changes'>, ended: Promise<unknown>): void {
    const { clock, decisions } = this.#parts;
    const at = clock.now();
    const going = changes.filter(
      (change) =>
        change.held === null &&
        isCounted(change) &&
        !this.#inFlight.has(change.hash) &&
        !isPartOfCreate(change),
    );
    const entries = going.map((change): Executed => {
      const isApproved = releases(decisions.approvals.get(change.hash), change);
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
    const { decisions, ruleInput } = this.#parts;
    const held = holdChange(change, ruleInput());
    if (held !== undefined) return held;
    if (isPartOfCreate(change) || (change.action === 'update' && change.bookkeeping)) return UNCOUNTED;
    const known = decisions.approvals.get(change.hash);
    if (!isCounted(change) && known === undefined) return UNCOUNTED;
    const approval = releases(known, change) ? known : undefined;
    const counted = { sort: sortOf(change), key: change.key };
    this.#reserved.delete(nameOf(counted));
    this.#inFlight.add(change.hash);
    const ended = (): void => void this.#inFlight.delete(change.hash);
    try {
      // Nothing may come between the check and this: what is carried out at the same time asks too.
      const didNothing = await decisions.begin(counted, approval);
      return { didNothing, ended, ...(approval === undefined ? {} : { approval }) };
    } catch (error) {
      ended();
      throw error;
    }
  }
}

const UNCOUNTED: Admission = { didNothing: async () => {}, ended: () => {} };

function nameOf({ sort, key }: Pick<Executed, 'sort' | 'key'>): string {
  return `${sort}/${key}`;
}

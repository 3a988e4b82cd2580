import { releases } from '../guard/approval.js';
import { holdChange } from '../guard/hold.js';
import { isCounted, sortOf } from '../guard/limits.js';
import { type HoldInput, isPartOfCreate } from '../guard/moment.js';
import type { Change, Held, Plan } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import type { Approval, Executed } from '../model/decision.js';
import type { DecisionStore } from '../state/decision-store.js';

/** The parts of admissions. */
export interface AdmissionParts {
  readonly decisions: Pick<DecisionStore, 'approvals' | 'begin'>;
  readonly clock: Clock;
  /** The present input of the rules. */
  readonly ruleInput: () => HoldInput;
}

/** An admitted change: it counts for the limits, and its approval is used up. */
export interface Admission {
  readonly approval?: Approval | undefined;
  /** Takes both back: the change certainly had no effect. */
  didNothing(): Promise<void>;
  /** Notes that the change has ended, with any result. */
  ended(): void;
}

/** Asks the rules again right before each change, and reserves limits for planned changes. */
export class Admissions {
  readonly #parts: AdmissionParts;
  /** Planned changes that are admitted and have not begun or ended, by sort and key. */
  readonly #reserved = new Map<string, Executed>();
  /** Hashes of the changes that are being carried out. */
  readonly #inFlight = new Set<string>();

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** Planned changes that are admitted and have not begun. */
  get reserved(): readonly Executed[] {
    return [...this.#reserved.values()];
  }

  /** Hashes of the changes that are being carried out. */
  get inFlight(): ReadonlySet<string> {
    return this.#inFlight;
  }

  /** Reserves limits for the changes that a plan admits, until they begin or `ended` resolves. */
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
   * Admits a change right before it is carried out, or returns the hold of a rule.
   * Rejects where the admission cannot be recorded; nothing may be written then.
   */
  async admit(change: Change): Promise<Admission | Held> {
    const { decisions, ruleInput } = this.#parts;
    const rules = ruleInput();
    const held = holdChange(change, rules);
    if (held !== undefined) return held;
    const isUncounted = isPartOfCreate(change) || (change.action === 'update' && change.bookkeeping);
    const known = decisions.approvals.get(change.hash);
    if ((isUncounted || !isCounted(change)) && known === undefined) return UNCOUNTED;
    const approval = releases(known, change) ? known : undefined;
    const counted = { sort: sortOf(change), key: change.key };
    // Beyond every limit a change is a person's decision, too: it opens no way within a limit that comes back.
    const isBeyond = rules.limits[counted.sort] === undefined;
    this.#reserved.delete(nameOf(counted));
    this.#inFlight.add(change.hash);
    const ended = (): void => void this.#inFlight.delete(change.hash);
    try {
      // No await may come between the check and this: concurrent changes are admitted too.
      const didNothing = await decisions.begin(
        isUncounted ? undefined : { ...counted, ...(isBeyond ? { approved: true } : {}) },
        approval,
      );
      return { didNothing, ended, approval };
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

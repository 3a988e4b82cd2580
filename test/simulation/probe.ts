import type { Session } from '../../src/compose.js';
import type { Change } from '../../src/core/model/change.js';

/** A change that a process began. */
export interface Begun {
  readonly change: Change;
  /** The same as planned, before limits, windows and approvals had a say: what holds this object alone is in it. */
  readonly planned: Change;
  /** When it began, milliseconds since the world did. */
  readonly at: number;
  /** The same as the time of day. */
  readonly wallAt: number;
}

/** What a probe hears of. */
export interface Listener {
  readonly now: () => number;
  readonly wall: () => number;
  /** A change may have been counted, and no call of it has left; it `ends` where its process comes to that. */
  readonly begins: (begun: Begun) => void;
  readonly ends: (begun: Begun) => void;
  /** A plan is acted on: the change of this object is this one now; none where it is in sync. */
  readonly planned: (key: string, change: Change | undefined) => void;
  /** A plan, be there nothing in it, is acted on: what has ended is forgotten. */
  readonly tidies: () => void;
}

/** Sees the plans of a process and the changes that it begins, and changes neither. */
export class Probe {
  /** Changes that are being carried out. */
  readonly begun = new Set<Begun>();
  /** What the last plan shows of each object that is to change, and the same before limits and windows, by key. */
  readonly shown = new Map<string, { readonly change: Change; readonly planned: Change }>();

  constructor(
    { snapshot, admissions, reconciler }: Pick<Session, 'snapshot' | 'admissions' | 'reconciler'>,
    { now, wall, planned: hear, tidies, begins, ends }: Listener,
  ) {
    const plannedOf = new WeakMap<Change, Change>();
    const planned = snapshot.planned.bind(snapshot);
    snapshot.planned = (decided, held, isWhole) => {
      for (const { key } of decided.standings) this.shown.delete(key);
      const before = [...decided.changes, ...decided.bookkeeping];
      for (const [index, change] of [...held.plan.changes, ...held.plan.bookkeeping].entries()) {
        const planned = before[index] ?? change;
        plannedOf.set(change, planned);
        this.shown.set(change.key, { change, planned });
      }
      planned(decided, held, isWhole);
    };
    const remember = reconciler.commitLessons.bind(reconciler);
    reconciler.commitLessons = (looked) => {
      tidies();
      for (const change of looked.plan.changes) hear(change.key, change);
      for (const { key, status } of looked.plan.standings) if (status === 'Synced') hear(key, undefined);
      return remember(looked);
    };
    const admit = admissions.admit.bind(admissions);
    admissions.admit = async (change) => {
      const [at, wallAt] = [now(), wall()];
      const shown = this.shown.get(change.key);
      const planned = plannedOf.get(change) ?? (shown?.change.hash === change.hash ? shown.planned : change);
      const begun: Begun = { change, planned, at, wallAt };
      begins(begun);
      const admission = await admit(change).catch((error: unknown) => {
        ends(begun);
        throw error;
      });
      if ('status' in admission) {
        ends(begun);
        return admission;
      }
      this.begun.add(begun);
      return {
        didNothing: () => admission.didNothing(),
        ended: () => {
          this.begun.delete(begun);
          ends(begun);
          admission.ended();
        },
      };
    };
  }
}

import type { Status, Summary } from '../model/change.js';
import type { Trigger } from '../model/events.js';
import type { Origin } from '../model/record.js';
import type { ChangeJson, StandingJson } from './shown.js';

/** What a daemon is and what its settings say, as far as people see it. */
export interface About {
  readonly version: string;
  readonly workspace: string;
  readonly mode: 'enforce' | 'observe';
  /** Host of the tenant. */
  readonly tenant: string;
  /** Names of all kinds. */
  readonly kinds: readonly string[];
}

/** How many objects stand where; every status is there, most of them zero. */
export type StatusCounts = Readonly<Record<Status, number>>;

/** What a daemon knows of itself. Times are ISO 8601, null where there is none. */
export interface DaemonView {
  readonly about: About;
  /** When the process began to work. */
  readonly startedAt: string;
  /** True once the first sweep of everything has ended, its changes included. */
  readonly started: boolean;
  /** True while objects are found again after the records were lost. */
  readonly recovering: boolean;
  readonly tenant: {
    /** Null until it was asked for the first time. */
    readonly reachable: boolean | null;
    readonly since: string | null;
    /** Why it is not reachable. */
    readonly reason: string | null;
  };
  /** The definitions in force; null before the first load. */
  readonly definitions: {
    readonly revision: string;
    readonly count: number;
    readonly problems: number;
    readonly complete: boolean;
  } | null;
  readonly sweeps: {
    readonly last: SweepView | null;
    /** When everything was last looked at without a failure. */
    readonly lastSuccess: string | null;
    readonly next: string | null;
  };
  readonly objects: {
    readonly total: number;
    readonly byStatus: StatusCounts;
    readonly byKind: Readonly<Record<string, StatusCounts>>;
    /** Since when the object waits that has not been in line for longest. */
    readonly notInLineSince: string | null;
  };
  readonly held: readonly HeldGroupView[];
  readonly suspensions: readonly SuspensionView[];
  readonly queue: { readonly waiting: number; readonly running: number };
}

/** Something wrong with the definitions, for a person to mend. */
export interface ProblemView {
  /** `file:line`. */
  readonly source: string;
  readonly message: string;
}

/** The last look at the tenant. */
interface SweepView {
  readonly at: string;
  readonly trigger: Trigger;
  readonly scope: 'full' | 'targeted';
  readonly outcome: 'done' | 'failed';
  readonly reason: string | null;
  readonly summary: Summary;
  readonly durationMs: number;
  readonly requests: number;
  readonly revision: string;
}

/** Held changes that one approval releases together. */
export interface HeldGroupView {
  /** What to approve. */
  readonly hash: string;
  readonly reason: string;
  /** How many objects it holds. */
  readonly objects: number;
  /** What an approval lets happen, by action; an object that is made anew counts as a deletion and a creation. */
  readonly actions: Readonly<Record<ChangeJson['action'], number>>;
  /** The first of their keys. */
  readonly keys: readonly string[];
  /** Since when the first of them stands so. */
  readonly oldest: string | null;
}

/** A suspension that is in force. */
export interface SuspensionView {
  readonly target: string;
  readonly reason: string;
  readonly since: string;
  /** When it ends by itself. */
  readonly until: string | null;
}

/** An object in a list. */
export interface ObjectRow extends StandingJson {
  readonly key: string;
  readonly displayName: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Since when it has this status. */
  readonly since: string;
  readonly lastAttempt: string | null;
  readonly lastSuccess: string | null;
  /** What is planned for it. */
  readonly action: ChangeJson['action'] | null;
  readonly held: boolean;
}

/** Everything that is known of one object. */
export interface ObjectView extends ObjectRow {
  /** What the last plan would do, with present approval hashes. */
  readonly change: ChangeJson | null;
  /** What is remembered of it. */
  readonly record: {
    readonly origin: Origin;
    readonly marked: boolean;
    /** When its last web edit was put back. */
    readonly putBack: string | null;
    /** Set while a person has taken it over. */
    readonly yielded: { readonly at: string; readonly by: string | null } | null;
  } | null;
  /** What is wrong with its document now. */
  readonly problem: string | null;
}

/** Which objects to list; what is left out does not matter. */
export interface ObjectQuery {
  readonly keys?: readonly string[] | undefined;
  readonly kind?: string | undefined;
  readonly statuses?: readonly Status[] | undefined;
  /** Labels that all have to be there. */
  readonly labels?: readonly (readonly [name: string, value: string])[] | undefined;
  /** A part of key, display name or id, whatever the case. */
  readonly text?: string | undefined;
  /** Counts from 1. */
  readonly page?: number | undefined;
  /** Objects a page, {@link MOST_ROWS} at most. */
  readonly size?: number | undefined;
}

/** The most objects of a page. */
export const MOST_ROWS = 500;

/** One page of a list, sorted by key. */
export interface ObjectPage {
  readonly objects: readonly ObjectRow[];
  /** Objects that match. */
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

/** Changes that are held or about to be carried out, the first ones of each. */
export interface PlanView {
  readonly revision: string | null;
  readonly held: readonly (HeldGroupView & { readonly changes: readonly ChangeJson[] })[];
  /** Held changes that no approval releases. */
  readonly blocked: { readonly total: number; readonly changes: readonly ChangeJson[] };
  readonly pending: { readonly total: number; readonly changes: readonly ChangeJson[] };
}

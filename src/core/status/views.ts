import type { Status, Summary } from '../model/change.js';
import type { Trigger } from '../model/events.js';
import type { HealthCounts } from '../model/health.js';
import type { Phase, PhaseCounts, StatusCounts } from '../model/phase.js';
import type { Origin } from '../model/record.js';
import type { Reason } from '../model/remedy.js';
import type { ChangeJson, StandingJson } from './shown.js';

/** Facts of a daemon and its settings for people. */
export interface About {
  /** The name of the tenant among several; missing for the only one. */
  readonly name?: string | undefined;
  readonly version: string;
  readonly workspace: string;
  readonly mode: 'enforce' | 'observe';
  /** Host of the tenant. */
  readonly tenant: string;
  /** Names of all kinds. */
  readonly kinds: readonly string[];
}

/** The state of a daemon. Times are ISO 8601, null where there is none. */
export interface DaemonView {
  readonly about: About;
  /** When the process started. */
  readonly startedAt: string;
  /** True once the first full sweep has ended, its changes included. */
  readonly started: boolean;
  /** True while lost records are being recovered. */
  readonly recovering: boolean;
  readonly tenant: {
    /** Null before the first sweep. */
    readonly reachable: boolean | null;
    readonly since: string | null;
    /** Why it is unreachable. */
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
    /** When the last complete sweep ended: one that observed everything. */
    readonly lastSuccess: string | null;
    readonly next: string | null;
    /** Numbers of requested sweeps that have not ended, or failed and will be repeated. */
    readonly open: readonly number[];
    /** The revision whose changes are all in a sweep that is open or has ended; null before the first full sweep. */
    readonly revision: string | null;
  };
  readonly objects: {
    readonly total: number;
    readonly byStatus: StatusCounts;
    /** Adds up to `total`. */
    readonly byPhase: PhaseCounts;
    /** By the tenant; only objects of kinds that have a health. */
    readonly byHealth: HealthCounts;
    readonly byKind: Readonly<Record<string, StatusCounts>>;
    /** Since when the oldest object is out of sync or waiting for a person. */
    readonly notInLineSince: string | null;
  };
  readonly held: readonly HeldGroupView[];
  readonly suspensions: readonly SuspensionView[];
  readonly queue: { readonly waiting: number; readonly running: number };
}

/** A mistake in the definitions. */
export interface ProblemView {
  /** `file:line`. */
  readonly source: string;
  /** The part of the document, such as `spec.displayName`. */
  readonly path: string | undefined;
  readonly message: string;
}

/** The last sweep. */
interface SweepView {
  readonly at: string;
  readonly trigger: Trigger;
  readonly scope: 'full' | 'targeted';
  readonly outcome: 'done' | 'failed';
  readonly reason: string | null;
  readonly summary: Summary;
  /** Changes that failed. */
  readonly failures: number;
  readonly durationMs: number;
  readonly requests: number;
  readonly revision: string;
}

/** Held changes that one approval admits together. */
export interface HeldGroupView extends Reason {
  /** The hash to approve. */
  readonly hash: string;
  /** The number of objects in it. */
  readonly objects: number;
  /** The changes that an approval admits, by action; a recreated object counts as a deletion and a creation. */
  readonly actions: Readonly<Record<ChangeJson['action'], number>>;
  /** The first of their keys. */
  readonly keys: readonly string[];
  /** Since when the oldest of them has its status. */
  readonly oldest: string | null;
}

/** The name of who asks, and the right; the name is null without a token. */
export interface AccessView {
  readonly name: string | null;
  readonly can: 'read' | 'change';
}

/** The standing of a revision that a client asks for. */
export interface RevisionView {
  /** The revision whose changes sweeps have taken up; null before the first full sweep. */
  readonly revision: string | null;
  /**
   * `included`: a commit before `revision`, and part of it. `replaced`: a commit that sweeps took up before `revision`, which
   * may lack its changes. `unknown`: none of these, as far as the source knows.
   */
  readonly standing: 'in force' | 'included' | 'replaced' | 'unknown';
}

/** A suspension that is in force. */
export interface SuspensionView {
  readonly target: string;
  readonly reason: string;
  readonly since: string;
  /** When it ends by itself. */
  readonly until: string | null;
  /** Who suspended it, where known. */
  readonly by: string | null;
}

/** An object in a list. */
export interface ObjectRow extends StandingJson {
  readonly phase: Phase;
  readonly key: string;
  readonly displayName: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Since when it has this status. */
  readonly since: string;
  readonly lastAttempt: string | null;
  readonly lastSuccess: string | null;
  /** The action of its planned change. */
  readonly action: ChangeJson['action'] | null;
  readonly held: boolean;
}

/** Everything known of one object. */
export interface ObjectView extends ObjectRow {
  /** The planned change, with present approval hashes. */
  readonly change: ChangeJson | null;
  /** Its record. */
  readonly record: {
    readonly origin: Origin;
    /** Whether the last observation saw our marks on it, or the last write wrote them. */
    readonly marked: boolean;
    /** When its last web edit was reverted. */
    readonly putBack: string | null;
    /** Set while a person has taken it over. */
    readonly yielded: { readonly at: string; readonly by: string | null } | null;
  } | null;
  /** The mistake in its definition now. */
  readonly problem: string | null;
}

/** Which objects to list; a missing member matches all. */
export interface ObjectQuery {
  readonly keys?: readonly string[] | undefined;
  readonly kind?: string | undefined;
  readonly statuses?: readonly Status[] | undefined;
  /** Labels that must all be present. */
  readonly labels?: readonly (readonly [name: string, value: string])[] | undefined;
  /** A part of key, display name or id, in any case. */
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

/** An object of the tenant that no definition covers. */
export interface UnmanagedObject {
  readonly kind: string;
  readonly id: string;
  /** Empty for an object without a name. */
  readonly displayName: string;
  /** The object that it lives under. */
  readonly parent: { readonly kind: string; readonly id: string; readonly displayName: string } | null;
  /** A use of the object with which changes reach far: `a directory app`. */
  readonly note: string | null;
  /** The other tool or workspace whose marks are on it, or on the object that it lives under. */
  readonly managedBy: string | null;
  /** The command that writes its definition, with those of everything beside it; null where another tool manages it. */
  readonly export: string | null;
}

/** Which unmanaged objects to list. */
export interface UnmanagedQuery {
  /** True for objects below unmanaged ones, too. */
  readonly all?: boolean | undefined;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  /** Objects a page, {@link MOST_ROWS} at most. */
  readonly size?: number | undefined;
}

/** One page of unmanaged objects, sorted by the name of the objects without a parent. It may be empty before the end. */
export interface UnmanagedPage {
  readonly objects: readonly UnmanagedObject[];
  /** Where the next page begins; null after the last one. */
  readonly next: string | null;
}

/** Held and pending changes, the first ones of each. */
export interface PlanView {
  readonly revision: string | null;
  readonly held: readonly (HeldGroupView & { readonly changes: readonly ChangeJson[] })[];
  /** Held changes that no approval admits. */
  readonly blocked: { readonly total: number; readonly changes: readonly ChangeJson[] };
  readonly pending: { readonly total: number; readonly changes: readonly ChangeJson[] };
}

/** The sorts of activity, the usual ones first. */
export const ACTIVITIES = ['changes', 'reverts', 'holds', 'failures'] as const;

/** A sort of activity. `changes` are those that revert nothing. */
export type ActivitySort = (typeof ACTIVITIES)[number];

/** How often each sort occurred in a span of time. */
export interface ActivityBucket {
  /** The beginning of the span, ISO 8601. */
  readonly at: string;
  readonly counts: Readonly<Record<ActivitySort, number>>;
}

/** The activity of the last days; the oldest bucket is first, the last one contains now. */
export interface ActivityView {
  /** The last 24 hours, by hour. */
  readonly hours: readonly ActivityBucket[];
  /** The last seven days, by day in UTC. */
  readonly days: readonly ActivityBucket[];
}

import type { Status } from '../model/change.js';
import type { Commanded, Outcome, Reconciled, Trigger } from '../model/events.js';
import type { Health } from '../model/health.js';
import type { FieldChange } from '../model/kind.js';
import type { Remedy } from '../model/remedy.js';
import type { HistoryAction } from './history-actions.js';
import type { ActivityView } from './views.js';

/** An event of an object, or a command of a person. Holds no secret. */
export type HistoryEntry = { readonly id: number; readonly at: string } & (
  | ReconciledEntry
  | AttributedEntry
  | HealthEntry
  | CommandedEntry
);

/** An object was changed, or has a new status. */
export interface ReconciledEntry {
  readonly event: 'reconciled';
  /** `Kind/name`. */
  readonly key: string;
  readonly action: Reconciled['action'];
  readonly outcome: Outcome;
  readonly status: Status;
  readonly trigger: Trigger;
  /** The differences; sensitive fields carry no values. */
  readonly fields: readonly FieldChange[];
  readonly revision: string;
  readonly reconcileId: string;
  /** The same for all entries of one sweep; missing in older entries. */
  readonly sweepId?: string | undefined;
  /** The tenant's id of the object. */
  readonly objectId?: string | undefined;
  /** Set when it reverted drift; missing in older entries. */
  readonly drift?: true | undefined;
  /** Who had made the reverted change. */
  readonly actor?: string | undefined;
  /** Who ran the command that made the change; missing for a daemon. */
  readonly by?: string | undefined;
  /** Who had approved the change, where known, and when, ISO 8601. */
  readonly approved?: { readonly by?: string | undefined; readonly at: string } | undefined;
  readonly reason?: string | undefined;
  /** The typed remedies in the reason; missing in older entries. */
  readonly remedies?: readonly Remedy[] | undefined;
}

/** The author of a reverted change, attributed later. */
export interface AttributedEntry {
  readonly event: 'attributed';
  readonly key: string;
  readonly actor: string;
  readonly reconcileId: string;
}

/** The outcome of the run in the tenant that a change has started. */
export interface HealthEntry {
  readonly event: 'health';
  readonly key: string;
  readonly health: Health;
  readonly reason?: string | undefined;
}

/** A command of a person. */
export interface CommandedEntry extends Pick<Commanded, 'command' | 'by' | 'targets'> {
  readonly event: 'commanded';
  /** The channel; missing in older entries, where `by` is the channel. */
  readonly via?: Commanded['via'] | undefined;
  readonly reason?: string | undefined;
  /** How many objects it approved, reclaimed or reconciled; missing for everything. */
  readonly objects?: number | undefined;
  /** Their keys, a thousand at most. */
  readonly keys?: readonly string[] | undefined;
  /** When a suspension ends by itself, ISO 8601. */
  readonly until?: string | undefined;
}

/** Which entries to read. */
export interface HistoryQuery {
  /** Entries at most. */
  readonly limit: number;
  /** Only entries about this object. */
  readonly key?: string | undefined;
  /** Only entries of this person: who changed, approved or commanded, in any case. */
  readonly person?: string | undefined;
  /** Only entries with this action. */
  readonly action?: HistoryAction | undefined;
  /** Only entries of this sweep. */
  readonly sweep?: string | undefined;
  /** Only entries since then, ISO 8601. */
  readonly since?: string | undefined;
  /** Only entries older than the one with this id. */
  readonly before?: number | undefined;
}

/** Entries, newest first. */
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** The value of `before` for the next page; null at the end. */
  readonly next: number | null;
}

/** Reads the history. */
export interface HistoryReader {
  page(query: HistoryQuery): Promise<HistoryPage>;
  /** The activity of the last days. It is counted as entries come, and costs no reading. */
  activity(): ActivityView;
}

import type { Status } from '../model/change.js';
import type { Commanded, Outcome, Reconciled, Trigger } from '../model/events.js';
import type { FieldChange } from '../model/kind.js';

/** What happened to an object, or what a person told the daemon. Holds no secret. */
export type HistoryEntry = { readonly id: number; readonly at: string } & (
  | ReconciledEntry
  | AttributedEntry
  | CommandedEntry
);

/** An object was changed, or stands somewhere else than before. */
export interface ReconciledEntry {
  readonly event: 'reconciled';
  /** `Kind/name`. */
  readonly key: string;
  readonly action: Reconciled['action'];
  readonly outcome: Outcome;
  readonly status: Status;
  readonly trigger: Trigger;
  /** What differed; sensitive fields carry no values. */
  readonly fields: readonly FieldChange[];
  readonly revision: string;
  readonly reconcileId: string;
  /** The tenant's id of the object. */
  readonly objectId?: string | undefined;
  /** Who had changed what was put back. */
  readonly actor?: string | undefined;
  /** Who had let it happen though something held it, where that is known, and when, ISO 8601. */
  readonly approved?: { readonly by?: string | undefined; readonly at: string } | undefined;
  readonly reason?: string | undefined;
}

/** It became known afterwards who had changed what a reconciliation put back. */
export interface AttributedEntry {
  readonly event: 'attributed';
  readonly key: string;
  readonly actor: string;
  readonly reconcileId: string;
}

/** A person told the daemon something. */
export interface CommandedEntry extends Pick<Commanded, 'command' | 'by' | 'targets'> {
  readonly event: 'commanded';
  readonly reason?: string | undefined;
  /** How many objects it let go, took back or looked at; missing for everything. */
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
  /** Only what is about this object. */
  readonly key?: string | undefined;
  /** Only what is older than the entry with this id. */
  readonly before?: number | undefined;
}

/** Entries, newest first. */
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** What to ask for as `before` to read on; null at the end. */
  readonly next: number | null;
}

/** Reads what happened. */
export interface HistoryReader {
  page(query: HistoryQuery): Promise<HistoryPage>;
}

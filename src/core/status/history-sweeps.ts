import type { HistoryEntry, HistoryPage, ReconciledEntry } from './history.js';
import { deedName } from './history-words.js';

/** Neighbouring entries of one sweep, newest first. */
export interface SweepEntries {
  readonly sweepId: string;
  /** Two or more. */
  readonly entries: readonly ReconciledEntry[];
  /** The number of entries by their deed or status: `created`, `Held`. */
  readonly counts: ReadonlyMap<string, number>;
  /** Who had changed or approved something, each person once. */
  readonly people: readonly string[];
}

/** A line of a history: an entry of its own, or the entries of a sweep. `id` and `at`: of its newest entry. */
export type HistoryLine = Pick<HistoryEntry, 'id' | 'at'> &
  ({ readonly entry: HistoryEntry } | { readonly sweep: SweepEntries });

/** The first lines of a page, newest first. `next`: the value of `before` for the line after them; null at the end. */
export function linesOf(
  { entries, next }: HistoryPage,
  limit: number,
): { readonly lines: readonly HistoryLine[]; readonly next: number | null } {
  const runs: HistoryEntry[][] = [];
  for (const entry of entries) {
    const run = runs.at(-1);
    const id = sweepOf(entry);
    if (run !== undefined && id !== undefined && sweepOf(run[0]) === id) run.push(entry);
    else runs.push([entry]);
  }
  const shown = runs.slice(0, limit);
  const lines = shown.flatMap((run) => lineOf(run) ?? []);
  return { lines, next: runs.length > limit ? (shown.at(-1)?.at(-1)?.id ?? null) : next };
}

function sweepOf(entry: HistoryEntry | undefined): string | undefined {
  return entry?.event === 'reconciled' ? entry.sweepId : undefined;
}

function lineOf(run: readonly HistoryEntry[]): HistoryLine | undefined {
  const [entry] = run;
  if (entry === undefined) return undefined;
  const { id, at } = entry;
  const sweepId = sweepOf(entry);
  if (run.length === 1 || sweepId === undefined) return { id, at, entry };
  const entries = run.filter((each) => each.event === 'reconciled');
  const counts = new Map<string, number>();
  for (const each of entries) counts.set(deedName(each), (counts.get(deedName(each)) ?? 0) + 1);
  const people = new Set(entries.flatMap(({ actor, approved }) => [actor ?? [], approved?.by ?? []].flat()));
  return { id, at, sweep: { sweepId, entries, counts, people: [...people] } };
}

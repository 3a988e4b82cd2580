import { phaseOf } from '../../core/model/phase.js';
import type { ObjectRow } from '../../core/status/views.js';
import { shortRevision } from '../../text/people.js';
import { safe } from '../../text/safe.js';
import { count } from './summary.js';
import { renderStandings } from './tables.js';
import type { TextOptions } from './text.js';

/** The result of a reconciliation: how many objects are in sync, and a table of the others. Ends with a newline. */
export function renderOutcome(
  rows: readonly ObjectRow[],
  revision: string | null,
  options: TextOptions,
): string {
  const others = rows.filter(({ status }) => phaseOf(status) !== 'in-sync');
  const at = revision === null ? '' : ` at revision ${safe(shortRevision(revision))}`;
  const inSync = rows.length - others.length;
  if (others.length === 0) return `${count(rows.length, 'object')} in sync${at}.\n`;
  const table = others.map((row) => ({ ...row, since: Date.parse(row.since) }));
  return `${inSync} of ${count(rows.length, 'object')} in sync${at}.\n\n${renderStandings(table, options)}`;
}

import { createColors } from 'picocolors';
import type { Standing } from '../../core/model/change.js';
import { type Problem, problemCount } from '../../core/model/definition.js';
import { type Phase, phaseOf } from '../../core/model/phase.js';
import { kinds } from '../../kinds/index.js';
import { fromNow } from '../../text/people.js';
import { safe } from '../../text/safe.js';
import { count } from './summary.js';
import type { TextOptions } from './text.js';

/** The status of an object, with the time since when it has it, milliseconds since the epoch. */
export type StandingRow = Pick<Standing, 'key' | 'status' | 'reason' | 'facts'> & { readonly since?: number };

const HEAD = { key: 'OBJECT', status: 'STATUS', since: 'SINCE', reason: 'REASON' };
const GAP = '  ';
/** Characters that the column of reasons has at least. */
const NARROWEST = 30;

/** A table of statuses; long reasons are wrapped within their column. `now`: milliseconds since the epoch. Ends with a newline. */
export function renderStandings(
  standings: readonly StandingRow[],
  options: TextOptions,
  now = Date.now(),
): string {
  const colours = createColors(options.colour);
  const rows = standings.map((row) => ({
    key: safe(row.key),
    status: row.status,
    since: row.since === undefined ? '' : fromNow(row.since, now),
    reason: safe([row.reason, ...healthOf(row)].filter((text) => text !== '').join('; ')),
  }));
  const widest = (column: 'key' | 'status' | 'since'): number =>
    rows.reduce((most, row) => Math.max(most, row[column].length), HEAD[column].length);
  const keyWidth = widest('key');
  const statusWidth = widest('status');
  const sinceWidth = rows.some(({ since }) => since !== '') ? widest('since') : 0;
  const indent = keyWidth + statusWidth + (sinceWidth === 0 ? 0 : sinceWidth + GAP.length) + 2 * GAP.length;
  const line = (row: typeof HEAD, paint: (text: string) => string): string => {
    const since = sinceWidth === 0 ? '' : row.since.padEnd(sinceWidth) + GAP;
    const reason = wrap(row.reason, Math.max(NARROWEST, options.width - indent)).join(
      `\n${' '.repeat(indent)}`,
    );
    return `${row.key.padEnd(keyWidth)}${GAP}${paint(row.status.padEnd(statusWidth))}${GAP}${since}${reason}`.trimEnd();
  };
  const paintOf: Partial<Record<Phase, (text: string) => string>> = {
    'in-sync': colours.green,
    'out-of-sync': colours.red,
  };
  const body = rows.map((row) => line(row, paintOf[phaseOf(row.status)] ?? colours.yellow));
  return `${[colours.bold(line(HEAD, String)), ...body].join('\n')}\n`;
}

/** Problems as a compiler prints them, one a line, and their number. Empty without problems. */
export function renderProblems(problems: readonly Problem[], options: TextOptions): string {
  if (problems.length === 0) return '';
  const colours = createColors(options.colour);
  const lines = problems.map(({ position, key, path, message }) => {
    const place = colours.bold(safe(`${position.file}:${position.line}:${position.column}:`));
    const about = [key, path].filter((part) => part !== undefined).join(' ');
    return `${place} ${colours.red('error:')} ${safe(message)}${about === '' ? '' : colours.dim(`  (${safe(about)})`)}`;
  });
  const files = new Set(problems.map(({ position }) => position.file)).size;
  return `${lines.join('\n')}\n${count(problemCount(problems), 'problem')} in ${count(files, 'file')}\n`;
}

/** The tenant's own health of an object. */
function healthOf({ key, facts }: StandingRow): readonly string[] {
  return kinds.find(({ name }) => key.startsWith(`${name}/`))?.health?.(facts) ?? [];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

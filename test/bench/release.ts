import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machine, type Row, type Table } from './figures.js';
import { packageRoot } from './processes.js';

/** The figures of a benchmark, each by the name of its row. */
interface Recorded {
  readonly date: string;
  readonly machine: string;
  readonly rows: Readonly<Record<string, string>>;
}

/** The figures of the last release, by the name of the benchmark. */
export type Release = Readonly<Record<string, Recorded>>;

const file = join(packageRoot, 'test', 'bench', 'figures.json');

/** Reads the recorded figures; none where the file does not exist. */
export async function lastRelease(): Promise<Release> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const release: Release = JSON.parse(text);
  return release;
}

/** Records the figures of these tables; those of other benchmarks stay. */
export async function record(tables: readonly Table[]): Promise<void> {
  const present = tables.map(({ name, rows }): [string, Recorded] => [
    name,
    {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      rows: Object.fromEntries(rows.map(({ what, measured }) => [what, measured])),
    },
  ]);
  const release: Release = { ...(await lastRelease()), ...Object.fromEntries(present) };
  await writeFile(file, `${JSON.stringify(release, undefined, 2)}\n`);
}

/** The table with the change of each row against the release, where the release has the row. */
export function comparedWith(release: Release, table: Table): Table {
  const rows = table.rows.map((row) => ({
    ...row,
    change: changeOf(row, release[table.name]?.rows[row.what]),
  }));
  return { ...table, rows };
}

function changeOf({ measured }: Row, recorded: string | undefined): string | undefined {
  const [now, then] = [firstNumber(measured), firstNumber(recorded ?? '')];
  if (Number.isNaN(now) || Number.isNaN(then)) return undefined;
  if (now === then) return 'as released';
  if (then === 0) return `0 when released`;
  const percent = Math.round((now / then - 1) * 100);
  return `${percent < 0 ? '' : '+'}${percent} % since release`;
}

/** The first number in a text, which is the figure of a row. */
function firstNumber(text: string): number {
  return Number(/\d[\d,]*(?:\.\d+)?/.exec(text)?.[0].replaceAll(',', '') ?? Number.NaN);
}

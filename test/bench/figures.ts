import { cpus } from 'node:os';

/** One line of a table. */
export interface Row {
  readonly what: string;
  /** The measured value with its unit. */
  readonly measured: string;
  /** The value to compare with: a formula, a bound, the same for another size. */
  readonly beside: string;
  /** False where a count is not what it must be. Times and sizes are never judged. */
  readonly isRight?: boolean;
  /** The change of the first number in `measured` since the last release. */
  readonly change?: string | undefined;
}

/** One benchmark with its rows. */
export interface Table {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

/** One benchmark. */
export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** `isQuick`: smaller sizes and fewer repetitions, for a first impression. */
  run(isQuick: boolean): Promise<Row[]>;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** The value below or at which so many of a hundred are. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * share) / 100) - 1] ?? Number.NaN;
}

/** The exponent with which `measured` grows from one size to another: 1 is in step with the size. */
function growth(from: Sized, to: Sized): number {
  return Math.log(to.measured / from.measured) / Math.log(to.size / from.size);
}

/** Something measured at a size. */
export interface Sized {
  readonly size: number;
  readonly measured: number;
}

/** `grows as N^1.02 from 1,000 to 10,000` for each step from size to size. */
export function growthText(points: readonly Sized[]): string {
  return points
    .slice(1)
    .map((to, index) => {
      const from = points[index] ?? to;
      return `N^${growth(from, to).toFixed(2)} from ${grouped(from.size)} to ${grouped(to.size)}`;
    })
    .join(', ');
}

/** `1,000`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** The machine of the figures. */
export function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  return `${processors.length} x ${model}, ${process.platform} ${process.arch}, Node ${process.version}`;
}

/** A table as text. */
export function render({ title, rows }: Table): string {
  const widths = (['what', 'measured', 'beside', 'change'] as const).map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map(({ what, measured, beside, change = '', isRight }) => {
    const cells = [what, measured, beside, change].map((cell, index) => cell.padEnd(widths[index] ?? 0));
    return `  ${cells.join('   ')}${isRight === false ? '   WRONG' : ''}`.trimEnd();
  });
  return `${title}\n${lines.join('\n')}\n`;
}

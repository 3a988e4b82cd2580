import { Redactor } from '../../src/core/redact/redactor.js';
import { type Benchmark, grouped, growthText, median, type Row, type Sized } from './figures.js';

const SECRET_COUNTS = [100, 1_000, 10_000];
const TEXT_SIZES = [10_000, 100_000, 1_000_000];
/** Secrets of one sender begin alike, and here they are all of another length. */
const secret = (index: number): string =>
  `ghp_${index.toString(36).padStart(8, '0')}/${'x'.repeat(index % 90)}+`;
/** Holds every encoding, most of it once. */
const WORDS = 'the tenant says \\"no\\" to %7Bthis%7D &amp; that + ghp_almost c2VjcmV0LW9mLW5vYm9keQ==\r\n';

function knowing(count: number): Redactor {
  return new Redactor(Array.from({ length: count }, (_, index) => secret(index)));
}

function textOf(size: number): string {
  return WORDS.repeat(Math.ceil(size / WORDS.length)).slice(0, size);
}

/** Time of the processor, which other processes do not lengthen, milliseconds. */
function timed(rounds: number, act: () => void): number {
  return median(
    Array.from({ length: rounds }, () => {
      const before = process.cpuUsage();
      act();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    }),
  );
}

function rowsOf(what: string, points: readonly Sized[], unit: string): Row[] {
  const bound = `grows as ${growthText(points)}`;
  return points.map(({ size, measured }) => ({
    what: `${what}: ${grouped(size)} ${unit}`,
    measured: `${measured.toFixed(2)} ms`,
    beside: bound,
  }));
}

/** Learning secrets, and searching texts for them. */
export const redact: Benchmark = {
  name: 'redact',
  title: 'Hiding secrets in a text',
  async run(isQuick) {
    const rounds = isQuick ? 3 : 9;
    const counts = isQuick ? SECRET_COUNTS.slice(0, 2) : SECRET_COUNTS;
    const sizes = isQuick ? TEXT_SIZES.slice(0, 2) : TEXT_SIZES;
    const learn = counts.map((size) => ({ size, measured: timed(rounds, () => void knowing(size)) }));
    const short = textOf(1_000);
    const search = counts.map((size) => {
      const redactor = knowing(size);
      redactor.text(short);
      return { size, measured: timed(rounds * 10, () => void redactor.text(short)) };
    });
    const redactor = knowing(counts.at(-1) ?? 0);
    const long = sizes.map((size) => {
      const text = textOf(size);
      return { size, measured: timed(rounds, () => void redactor.text(text)) };
    });
    return [
      ...rowsOf('learn', learn, 'secrets'),
      ...rowsOf('1,000 characters', search, 'secrets'),
      ...rowsOf(`${grouped(counts.at(-1) ?? 0)} secrets`, long, 'characters'),
    ];
  },
};

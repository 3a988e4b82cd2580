import { DocumentCheck } from '../../src/definitions/document.js';
import { kinds } from '../../src/kinds/index.js';
import { parseYaml } from '../../src/yaml/parse.js';
import { type Benchmark, grouped, growthText, type Row, type Sized } from './figures.js';

const MAX_NODES = 100_000;

/** Inputs that once took time or memory out of proportion, by what they hold `size` of. */
const inputs: readonly { readonly what: string; readonly text: (size: number) => string }[] = [
  { what: 'unknown names in one document', text: (size) => head(lines(size, (at) => `  wrong${at}: 1`)) },
  { what: 'aliases of one text', text: (size) => head(lines(size, (at) => `  k${at}: *a`, '  a: &a x\n')) },
];

/** Time and memory of checking inputs that nobody means well. */
export const bounds: Benchmark = {
  name: 'bounds',
  title: 'Bounds: time and memory of hostile definitions, which grow no faster than the input',
  async run(isQuick) {
    const sizes = isQuick ? [400, 2_000, 10_000] : [1_800, 9_000, 45_000];
    return inputs.flatMap(({ what, text }) => rowsOf(what, text, sizes));
  },
};

function rowsOf(what: string, text: (size: number) => string, sizes: readonly number[]): Row[] {
  const points: Sized[] = [];
  const rows = sizes.map((size): Row => {
    const heapBefore = process.memoryUsage().heapUsed;
    const startedAt = performance.now();
    checkAll(text(size));
    const measured = performance.now() - startedAt;
    points.push({ size, measured });
    const heapMb = Math.max(0, process.memoryUsage().heapUsed - heapBefore) / 1024 / 1024;
    return {
      what: `${grouped(size)} ${what}`,
      measured: `${measured.toFixed(0)} ms`,
      beside: `${heapMb.toFixed(0)} MB`,
    };
  });
  return [...rows, { what: `${what}: growth`, measured: growthText(points), beside: 'N^1 is in step' }];
}

function checkAll(text: string): void {
  const check = new DocumentCheck(kinds);
  for (const document of parseYaml(text, MAX_NODES).documents) {
    const { start, value } = document;
    const at = (place: typeof start) => ({ file: 'x.yaml', ...place });
    check.check({
      value,
      file: 'x.yaml',
      position: at(start),
      locate: (path, target) => at(document.locate(path, target)),
    });
  }
}

function head(spec: string): string {
  return `apiVersion: c1sync/v1\nkind: App\nmetadata: { name: a }\nspec:\n  displayName: a\n${spec}`;
}

function lines(size: number, line: (at: number) => string, first = ''): string {
  return first + Array.from({ length: size }, (_, at) => line(at)).join('\n');
}

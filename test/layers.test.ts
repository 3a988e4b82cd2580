import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Modules that a unit test does without, its helpers included. It may read files of the repository. */
const NOT_IN_UNIT =
  /^(node:(child_process|fs\/promises|https?|net|os|worker_threads)|src\/compose(-core)?\.ts|src\/emulator\/(index|tenant-server)\.ts)$/;
/** Members of `node:fs` that only read. */
const READING = ['readdirSync', 'readFileSync'];

interface Source {
  readonly text: string;
  /** Modules that it imports: files as paths from the root, anything else by its name. */
  readonly imports: readonly string[];
  /** Members of `node:fs` that it imports. */
  readonly disk: readonly string[];
}

const sources = new Map<string, Source>();

function source(file: string): Source {
  const known = sources.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target = '']) =>
    target.startsWith('.') ? path.join(path.dirname(file), target).replace(/\.js$/, '.ts') : target,
  );
  const members = /import \{([^}]*)\} from 'node:fs';/.exec(text)?.[1] ?? '';
  const made = {
    text,
    imports,
    disk: members
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  };
  sources.set(file, made);
  return made;
}

/** A test and the helpers below `test` that it reaches. */
function reach(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const target of source(file).imports) {
    if (target.startsWith('test/') && target.endsWith('.ts')) reach(target, found);
  }
  return found;
}

/** The lowest layer that a test can be in. */
function layerOf(file: string): string {
  const files = [...reach(file)];
  const startsNode = (one: string): boolean =>
    one === 'test/support/compiled.ts' || source(one).text.includes('process.execPath');
  if (files.some(startsNode)) return 'process';
  const needsMore = files.some(
    (one) =>
      source(one).imports.some((target) => NOT_IN_UNIT.test(target)) ||
      source(one).disk.some((member) => !READING.includes(member)),
  );
  return needsMore ? 'integration' : 'unit';
}

it('every test is in the layer of its name', () => {
  const tests = readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .map((file) => path.join('test', file))
    .filter((file) => file.endsWith('.test.ts') && !/^test.(simulation|chaos)./.test(file))
    .filter((file) => file !== path.relative(ROOT, import.meta.filename));
  expect(tests.length).toBeGreaterThan(100);
  const named = (file: string): string => /\.(\w+)\.test\.ts$/.exec(file)?.[1] ?? 'unit';
  const wrong = tests.filter((file) => layerOf(file) !== named(file));
  expect(wrong.map((file) => `${file} belongs to ${layerOf(file)}`)).toEqual([]);
});

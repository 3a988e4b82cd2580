import { describe, expect, test } from 'vitest';
import { type Load, problemCount } from '../../src/core/model/definition.js';
import { Folder } from './folder.js';

const MIB = 1024 * 1024;

/** A load, with how often other work had its turn meanwhile. */
async function loadBeside(files: Readonly<Record<string, string>>): Promise<{ load: Load; turns: number }> {
  const folder = new Folder();
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const load = await folder.source().load();
  isOver = true;
  return { load, turns };
}

async function problemsOf(text: string): Promise<string[]> {
  const { load } = await loadBeside({ 'x.yaml': text });
  return load.problems.map(({ message }) => message);
}

const houseOf = (name: string, spec: string): string =>
  `apiVersion: c1sync/v1\nkind: House\nmetadata: { name: ${name} }\nspec:\n  displayName: h\n${spec}`;

function filled(line: (index: number) => string, bytes = MIB - 4096): string {
  const lines: string[] = [];
  for (let size = 0; size < bytes; size += lines.at(-1)?.length ?? 0) lines.push(line(lines.length));
  return lines.join('');
}

describe('what is wrong with one file is capped', () => {
  test('45,000 unknown names: fifty are listed with their places, the others counted', async () => {
    const names = Array.from({ length: 45_000 }, (_, index) => `  wrong${index}: 1\n`);
    const { load } = await loadBeside({ 'x.yaml': houseOf('h', names.join('')) });
    expect(load.problems).toHaveLength(51);
    expect(load.problems[0]?.message).toMatch(/^Unknown name "wrong0"/);
    expect(load.problems.slice(0, 50).map(({ position }) => position.line)).toEqual(
      Array.from({ length: 50 }, (_, index) => index + 6),
    );
    expect(load.problems[50]?.message).toBe('And 44950 more problems: repair those listed first.');
    expect(load.invalid.get('House/h')).toMatch(/wrong0/);
    expect(problemCount(load.problems)).toBe(45_000);
  });

  test('of each file, however many documents are wrong, and of the whole load', async () => {
    const file = (letter: string): string =>
      Array.from({ length: 60 }, (_, index) => houseOf(`${letter}${index}`, '  rooms: many\n')).join('---\n');
    const files = Array.from(
      { length: 25 },
      (_, index) => [`${index + 10}.yaml`, file(`h${index}-`)] as const,
    );
    const { load } = await loadBeside(Object.fromEntries(files));
    expect(load.invalid.size).toBe(60 * 25);
    const first = load.problems.filter(({ position }) => position.file.endsWith('10.yaml'));
    expect(first).toHaveLength(51);
    expect(first[50]?.message).toBe('And 10 more problems: repair those listed first.');
    expect(load.problems.length).toBeLessThan(1_100);
    expect(load.problems.at(-1)?.message).toBe(
      'In further files: And 300 more problems: repair those listed first.',
    );
    expect(problemCount(load.problems)).toBe(60 * 25);
  });

  test('thousands of definitions of one object', async () => {
    const text = Array.from({ length: 5_000 }, () => houseOf('h', '  rooms: 1\n')).join('---\n');
    const messages = await problemsOf(text);
    expect(messages).toHaveLength(51);
    expect(messages[50]).toBe('And 4950 more problems: repair those listed first.');
  });
});

describe('messages have a maximum length', () => {
  const long = 'n'.repeat(500_000);
  test.each([
    ['an unknown name', houseOf('h', `  ${long}: 1\n`)],
    ['an unknown name below a long one', houseOf('h', `  tags: { ${long}: { a: 1, b: 1 } }\n`)],
    ['a kind', `apiVersion: c1sync/v1\nkind: ${long}\n`],
    ['the name of an object', houseOf(long, '  rooms: 1\n')],
    [
      'an annotation',
      `apiVersion: c1sync/v1\nkind: House\nmetadata: { name: h, annotations: { c1sync/${long}: a } }\nspec: {}\n`,
    ],
    [
      'a field to ignore',
      `apiVersion: c1sync/v1\nkind: House\nmetadata: { name: h, annotations: { c1sync/ignore: ${long} } }\nspec: {}\n`,
    ],
    [
      'a parent',
      `apiVersion: c1sync/v1\nkind: Room\nmetadata: { name: r }\nspec: { house: ${long}, displayName: r }\n`,
    ],
    ['a tag handle', `%TAG !${long}! a\n%TAG !${long}! b\n---\na: 1\n`],
  ])('%s', async (_, text) => {
    const { load } = await loadBeside({ 'x.yaml': text });
    expect(load.problems.length).toBeGreaterThan(0);
    for (const { message, path = '', key = '' } of load.problems)
      expect(message.length + path.length + key.length).toBeLessThan(2_000);
    for (const reason of load.invalid.values()) expect(reason.length).toBeLessThan(2_000);
  });
});

describe('other work gets its turn', () => {
  test('between the documents of one file', async () => {
    const text = filled((index) => `---\n${houseOf(`h${index}`, '  rooms: 1\n')}`);
    const { load, turns } = await loadBeside({ 'x.yaml': text });
    expect(load.problems).toEqual([]);
    expect(turns).toBeGreaterThan(load.definitions.length / 50);
  });

  test('after each document that is costly to walk', async () => {
    const tags = Array.from({ length: 8_000 }, (_, index) => `k${index}: v`).join(', ');
    const text = Array.from({ length: 5 }, (_, index) => houseOf(`h${index}`, `  tags: { ${tags} }\n`));
    const { load, turns } = await loadBeside({ 'x.yaml': text.join('---\n') });
    expect(load.definitions).toHaveLength(5);
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  test('between large files', async () => {
    const text = (index: number): string => houseOf(`h${index}`, `  description: ${'x'.repeat(200_000)}\n`);
    const { turns } = await loadBeside(
      Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}.yaml`, text(index)])),
    );
    expect(turns).toBeGreaterThanOrEqual(20);
  });
});

describe('what a file may hold', () => {
  test.each([
    ['entries', houseOf('h', `  tags: [${'1,'.repeat(300_000)}]\n`)],
    ['pairs', houseOf('h', `  tags: [${'a: b,'.repeat(150_000)}]\n`)],
    ['lines', houseOf('h', `  description: |\n${'\n'.repeat(300_000)}    x\n`)],
  ])('too many %s are refused before they are parsed', async (_, text) => {
    expect(await problemsOf(text)).toEqual(['The file holds more than 250000 lines and entries: split it.']);
  });

  test('no documents whose aliases multiply, however small each is', async () => {
    const bomb = `  tags: { a: &a [${'x,'.repeat(90)}], b: [${'*a,'.repeat(90)}] }\n`;
    const text = Array.from({ length: 100 }, (_, index) => houseOf(`h${index}`, bomb)).join('---\n');
    const { load } = await loadBeside({ 'x.yaml': text });
    expect(load.definitions).toEqual([]);
    expect(load.problems[0]?.message).toBe(
      'The document grows more than 10 times once its aliases are written out: use fewer aliases.',
    );
  });

  test('twenty thousand documents', async () => {
    expect(await problemsOf(filled(() => '--- a b c d\n'))).toEqual([
      'The file holds more than 20000 documents: split it.',
    ]);
  });

  test('aliases of a long text count with its length', async () => {
    const aliases = filled((index) => `    k${index}: *a\n`, 500_000);
    const text = houseOf('h', `  description: &a ${'x'.repeat(400_000)}\n  tags:\n${aliases}`);
    expect(await problemsOf(text)).toEqual([
      'The document holds more than 4194304 characters once its aliases are written out: split it, or use fewer aliases.',
    ]);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { DefinitionSource } from '../../src/definitions/load.js';
import { kinds } from '../../src/kinds/index.js';
import { loadSettings } from '../../src/settings/load.js';
import { root } from '../support/root.js';
import { blocksOf, pages } from './pages.js';

/** Good as a token, and as the address of a receiver. */
const SECRET = 'https://hooks.example/not-a-real-secret';

const examples = pages.flatMap(blocksOf).filter(({ language }) => language === 'yaml');
const definitions = examples.filter(({ text }) => /^apiVersion: c1sync/m.test(text));
/** Of kustomize, not of c1sync. */
const overlays = examples.filter(({ text }) => /^resources:/m.test(text));
/** Of GitHub, which the tests of workflows lint. */
const workflows = examples.filter(({ text }) => /^jobs:/m.test(text));
const others = [...definitions, ...overlays, ...workflows];
const settings = examples.filter((one) => !others.includes(one));

/** The folder of a file with the given content, gone after the test. */
async function withFile<T>(name: string, text: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'c1sync-docs-'));
  try {
    await writeFile(path.join(folder, name), text);
    await writeFile(path.join(folder, 'secret'), SECRET, { mode: 0o600 });
    return await use(path.join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Gives every variable that an example names a value of its own. */
function variablesIn(text: string): Record<string, string> {
  const names = [...text.matchAll(/\benv: (\w+)/g)].map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, `${SECRET}/${name}`]));
}

describe('the examples of the pages', () => {
  it.each(definitions)('of definitions in $file are valid', async ({ text }) => {
    await withFile('example.yaml', text, async (file) => {
      const source = new DefinitionSource({ directory: path.dirname(file), kinds, env: {} });
      const { problems, definitions: loaded } = await source.load();
      expect(problems).toEqual([]);
      expect(loaded).not.toEqual([]);
    });
  });

  it.each(settings)('of settings in $file are valid', async ({ text }) => {
    const local = text.replaceAll(/(?<=\bfile: )[^\s}]+/g, './secret');
    await withFile('c1sync.yaml', local, async (file) => {
      await expect(loadSettings({ file, env: variablesIn(text), cwd: root })).resolves.toBeDefined();
    });
  });

  it.each(overlays)('of overlays in $file are YAML', ({ text }) => {
    expect(load(text)).toMatchObject({ resources: expect.any(Array) });
  });

  it('are there', () => {
    expect(definitions).not.toEqual([]);
    expect(settings.length).toBeGreaterThan(3);
    expect(overlays).not.toEqual([]);
  });
});

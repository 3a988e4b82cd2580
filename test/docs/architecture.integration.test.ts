import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/root.js';

const page = await readFile(path.join(root, 'ARCHITECTURE.md'), 'utf8');

/** The texts in backticks, each once, without the drawings. */
const names = [
  ...new Set(
    [...page.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name),
  ),
];

const isPath = (name: string): boolean => /^(src|test)(\/|$)/.test(name);
const isSymbol = (name: string): boolean => /^[A-Za-z]\w*(\.\w+)?$/.test(name) && !isPath(name);
/** Commands, and words that are meant as text. */
const isText = (name: string): boolean =>
  /^(npm |--)/.test(name) || ['code', 'apply', 'none', 'unknown'].includes(name);

/** All words of the sources. */
async function wordsOfSources(): Promise<ReadonlySet<string>> {
  const words = new Set<string>();
  for (const file of await readdir(path.join(root, 'src'), { recursive: true })) {
    if (!file.endsWith('.ts')) continue;
    const text = await readFile(path.join(root, 'src', file), 'utf8');
    for (const [word] of text.matchAll(/\w+/g)) words.add(word);
  }
  return words;
}

/** The declarations at the top of the source files, by name. */
async function declarations(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const file of await readdir(path.join(root, 'src'), { recursive: true })) {
    if (!file.endsWith('.ts')) continue;
    const text = await readFile(path.join(root, 'src', file), 'utf8');
    const declared = /^(?:export )?(?:async )?(?:function|class|interface|type|const) (\w+)/gm;
    for (const [, name = ''] of text.matchAll(declared)) found.set(name, `${found.get(name) ?? ''}\n${text}`);
  }
  return found;
}

describe('ARCHITECTURE.md', () => {
  it('names paths that exist', () => {
    const paths = names.filter(isPath);
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
  });

  it('names symbols that exist, with the members that they have', async () => {
    const known = await declarations();
    const words = await wordsOfSources();
    const symbols = names.filter((name) => isSymbol(name) && !isText(name));
    expect(symbols.length).toBeGreaterThan(50);
    const missing = symbols.filter((name) => {
      const [owner = '', member] = name.split('.');
      if (member !== undefined) return !new RegExp(`\\b${member}\\b`).test(known.get(owner) ?? '');
      return !words.has(owner);
    });
    expect(missing).toEqual([]);
  });

  it('has nothing in code that is neither', () => {
    expect(names.filter((name) => !isPath(name) && !isSymbol(name) && !isText(name))).toEqual([]);
  });
});

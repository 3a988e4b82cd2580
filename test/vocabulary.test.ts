import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './support/root.js';

/** Words that the code and the documents do not use, with the word of the field. */
const WORDS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(in line|put in line|puts? back|other than before|is other)\b/i, 'in sync, out of sync, drift, revert'],
  [/\b(looks?|looked|looking)\b(?! up)/i, 'observe, refresh, poll'],
  [/\b(wakes?|woken|woke|waking)\b/i, 'trigger, requeue'],
  [/\b(come|comes|came) under management\b|\blets? go\b/i, 'adopt, manage, release, admit'],
  [/\bwardens?\b|\b(hold|holds|held|keep|keeps|kept) back\b/i, 'guard, rule, hold'],
  [/\b(ledger|performer)s?\b/i, 'decision store, executor'],
  [/\b(anew|mend|mends|mended|mending)\b/i, 'recreate, repair'],
  [/\b(tell|tells|told|telling)\b/i, 'report, notify, emit, log'],
  [/\b(strays?|stranded|misfits?)\b/i, 'untracked object, unconfirmed create, immutable field'],
  [/\bupkeep\b/i, 'bookkeeping'],
  [/\b(whatever|whoever|nobody|by then|is so)\b/i, 'the noun of the domain'],
  [/(?:^\s*(?:\/\*\*|\/\/|\*)|\. ) ?What\b/, 'a noun of the domain as the subject'],
];

/** Public names and quoted texts, by file. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  'CHANGELOG.md': ['`upkeep`'],
  'src/cli/render/json.ts': ['upkeep'],
  'src/telemetry/notify-memory.ts': ["'told/'"],
  'src/daemon/http/dashboard/actions.ts': ['/look'],
  'src/daemon/http/dashboard/forms.ts': ['/look'],
};

const filesOf = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js|md|yaml)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));

/** The places where a text has a word of the list, with the word to use. */
function foundIn(file: string, text: string): string[] {
  const exceptions = EXCEPTIONS[file] ?? [];
  return text.split('\n').flatMap((written, index) => {
    const line = exceptions.reduce((rest, exception) => rest.replaceAll(exception, ''), written);
    return WORDS.flatMap(([pattern, instead]) => {
      const [word] = pattern.exec(line) ?? [];
      return word === undefined ? [] : [`${file}:${index + 1}: '${word.trim()}': use ${instead}`];
    });
  });
}

describe('the vocabulary', () => {
  it('of the code and the documents is the one of the field', () => {
    const pages = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
    const files = [...pages, ...['docs', 'src', 'config'].flatMap(filesOf)];
    expect(files.flatMap((file) => foundIn(file, readFileSync(path.join(root, file), 'utf8')))).toEqual([]);
  });

  it('has exceptions that are used', () => {
    for (const [file, texts] of Object.entries(EXCEPTIONS)) {
      const text = readFileSync(path.join(root, file), 'utf8');
      for (const exception of texts) expect(text, file).toContain(exception);
    }
  });

  it.each([
    ['/** Puts back the field. */', 1],
    ['// What is left is told.', 2],
    ['The name is looked up.', 0],
    ['The plan shows what would change.', 0],
  ])('finds in %j %i words', (line, count) => expect(foundIn('x.ts', line)).toHaveLength(count));
});

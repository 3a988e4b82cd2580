import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Definition } from '../../src/core/model/definition.js';
import { amend } from '../../src/definitions/amend.js';
import type { YamlEdit } from '../../src/yaml/edit.js';
import { testKinds } from '../support/kinds.js';
import { door, Folder, house } from './folder.js';

/** A folder of definitions, and the loaded one of a key. */
async function folderOf(files: Readonly<Record<string, string>>) {
  const folder = new Folder();
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  const load = await folder.source().load();
  const definition = (key: string): Definition => {
    const found = load.definitions.find((one) => one.key === key);
    if (found === undefined) throw new Error(`no ${key}`);
    return found;
  };
  return { folder, definition };
}

const set = (value: unknown, ...[first = '', ...rest]: readonly string[]): YamlEdit => ({
  path: [first, ...rest],
  value,
});

describe('new values of definitions', () => {
  it('go into the text of their files, several into one, and nothing is written', async () => {
    const secret = 'config: { key: { valueFrom: { file: ../key } } }';
    const { folder, definition } = await folderOf({
      'houses.yaml': `# Two\n${house('a', 'rooms: 1 # one')}---\n${house('b', 'tags: { team: x }')}`,
      'c.yaml': house('c'),
      'doors/d.yaml': door('d', 'a', secret),
      key: 'planted',
    });
    const before = readFileSync(folder.at('houses.yaml'), 'utf8');
    const { files, load } = await amend(folder.path, testKinds, [
      { definition: definition('House/a'), edits: [set(2, 'rooms')] },
      { definition: definition('House/b'), edits: [set('z', 'tags', 'team')] },
    ]);
    const after = before.replace('rooms: 1', 'rooms: 2').replace('team: x', 'team: z');
    expect(files).toEqual([
      {
        file: folder.at('houses.yaml'),
        shown: folder.shown('houses.yaml'),
        path: 'houses.yaml',
        before,
        after,
      },
    ]);
    expect(load.definitions.map(({ key, spec }) => [key, spec.rooms])).toEqual([
      ['Door/d', undefined],
      ['House/a', 2],
      ['House/b', undefined],
      ['House/c', undefined],
    ]);
    expect(readFileSync(folder.at('houses.yaml'), 'utf8')).toBe(before);
  });

  it.each<[string, (folder: Folder) => void, YamlEdit, RegExp]>([
    [
      'the definition has changed',
      (folder) => folder.write('a.yaml', house('a', 'rooms: 3')),
      set(2, 'rooms'),
      /a\.yaml: House\/a was changed meanwhile; run the command again/,
    ],
    [
      'the definition is gone',
      (folder) => folder.write('a.yaml', house('other')),
      set(2, 'rooms'),
      /House\/a was changed meanwhile/,
    ],
    [
      'the value is not valid',
      () => {},
      set(-1, 'rooms'),
      /a\.yaml:6: House\/a would not be valid with the values of the tenant: /,
    ],
  ])('are refused where %s', async (_, change, edit, reason) => {
    const { folder, definition } = await folderOf({ 'a.yaml': house('a', 'rooms: 1') });
    const meant = definition('House/a');
    change(folder);
    await expect(amend(folder.path, testKinds, [{ definition: meant, edits: [edit] }])).rejects.toThrow(
      reason,
    );
  });

  it('are refused where the text cannot take them, with the lines to write by hand', async () => {
    const { folder, definition } = await folderOf({ 'a.yaml': house('a', 'tags: { team: x }') });
    const edits = [set('y', 'tags', 'team', 'lead'), set(2, 'rooms')];
    await expect(
      amend(folder.path, testKinds, [{ definition: definition('House/a'), edits }]),
    ).rejects.toThrow(/a\.yaml:1: House\/a: .*; write by hand: spec\.tags\.team\.lead: "y"; spec\.rooms: 2/);
  });

  it('are refused where the load would read something else', async () => {
    const { folder, definition } = await folderOf({
      'd.yaml': `${house('a')}---\n${door('d', 'a', 'config: { key: x }')}`,
    });
    const edits = [set({ valueFrom: { env: 'KEY' } }, 'config', 'key')];
    await expect(
      amend(folder.path, testKinds, [{ definition: definition('Door/d'), edits }]),
    ).rejects.toThrow('other definitions would change as well');
  });
});

import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeFolder } from '../../src/core/model/folder-reader.js';
import { directoryIdentity, gitIdentity } from '../../src/definitions/identity.js';
import { Folder } from './folder.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('the identity of a directory', () => {
  it.each<[string, string, Readonly<Record<string, string>>, string]>([
    ['its path', 'defs', {}, 'defs'],
    ['another one for a part of it', 'defs/apps', {}, 'defs/apps'],
    ['the name of a link that is swapped beside its targets', 'current', { current: 'rev-abc' }, 'current'],
    ['the same below such a link', 'current/defs', { current: `.worktrees/${COMMIT}` }, 'current/defs'],
    ['the name of `..data`', 'mount/..data', { 'mount/..data': '..2026_01' }, 'mount/..data'],
    ['the target of a link that leads elsewhere', 'links/a', { 'links/a': '../defs' }, 'defs'],
    [
      'any commit for a folder named by one',
      'links/a',
      { 'links/a': `../.worktrees/${COMMIT}` },
      '.worktrees/(commit)',
    ],
  ])('is %s', async (_, directory, links, expected) => {
    const folder = new Folder();
    for (const name of ['defs/apps', 'rev-abc/defs', `.worktrees/${COMMIT}/defs`, 'mount/..2026_01', 'links'])
      mkdirSync(folder.at(name), { recursive: true });
    for (const [name, target] of Object.entries(links)) folder.link(name, target);
    expect(await directoryIdentity(folder.at(directory), nodeFolder)).toBe(folder.at(expected));
  });
});

it('is the name of a link that is swapped at the top of the machine, too', async () => {
  const reader = { ...nodeFolder, realpath: async (path: string) => path.replace('/current', '/rev-abc') };
  expect(await directoryIdentity('/current/defs', reader)).toBe('/current/defs');
});

it.each([
  ['https://git.example/acme/config.git', undefined, 'git https://git.example/acme/config.git'],
  ['https://me:secret@git.example/acme/config.git', '/defs/', 'git https://git.example/acme/config.git defs'],
  ['git@git.example:acme/config.git', './defs', 'git git@git.example:acme/config.git defs'],
])('the identity of a repository holds no credentials: %s', (url, below, expected) => {
  expect(gitIdentity(url, below)).toBe(expected);
});

import { execFileSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { commitsBefore, revisionOf } from '../../src/definitions/revision.js';
import { Folder, house } from './folder.js';

const HASH = 'abcdef0123456789'.repeat(4);
const CONTENT = { revision: 'sha256:abcdef0123456789' };
const PATH = process.env.PATH;

afterEach(() => {
  process.env.PATH = PATH;
});

/** A repository whose folder `defs` is committed. Gives the commit. */
function repository(folder: Folder): string {
  folder.write('defs/a/x.yaml', house('x'));
  folder.write('defs/.gitignore', 'local.yaml\n*.log\n');
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder.path, '-c', 'user.name=t', '-c', 'user.email=t@t.example', ...words], {
      encoding: 'utf8',
    }).trim();
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  return git('rev-parse', 'HEAD');
}

test('a clean worktree is its commit, also beside other files', async () => {
  const folder = new Folder();
  const commit = repository(folder);
  folder.write('other.yaml', 'x');
  folder.write('defs/notes.log', 'x');
  folder.write('defs/readme.md', 'x');
  const whole = { revision: commit, revisionAuthor: 't <t@t.example>' };
  expect(await revisionOf(folder.at('defs'), HASH)).toEqual(whole);
  expect(await revisionOf(folder.at('defs/a'), HASH)).toEqual(whole);
});

test.each([
  ['a changed file', 'defs/a/x.yaml'],
  ['a new file in a new folder', 'defs/new/y.yml'],
  ['an ignored file, which is read all the same', 'defs/local.yaml'],
])('%s makes it dirty', async (_what, file) => {
  const folder = new Folder();
  const commit = repository(folder);
  folder.write(file, house('other'));
  expect(await revisionOf(folder.at('defs'), HASH)).toEqual({ revision: `${commit}-dirty-abcdef012345` });
  const changed = '123456789abcdef0'.repeat(4);
  expect(await revisionOf(folder.at('defs'), changed)).toEqual({ revision: `${commit}-dirty-123456789abc` });
});

test('without a commit of its own it is the content', async () => {
  const folder = new Folder();
  folder.write('x.yaml', house('x'));
  expect(await revisionOf(folder.path, HASH)).toEqual(CONTENT);
  repository(folder);
  folder.write('untracked/x.yaml', house('x'));
  expect(await revisionOf(folder.at('untracked'), HASH)).toEqual(CONTENT);
  process.env.PATH = folder.at('nothing-here');
  expect(await revisionOf(folder.at('defs'), HASH)).toEqual(CONTENT);
});

test('a worktree of git-sync is named by its folder, also from inside it', async () => {
  const folder = new Folder();
  const commit = '0123456789abcdef0123456789abcdef01234567';
  folder.write(`.worktrees/${commit}/defs/x.yaml`, house('x'));
  folder.link('current', `.worktrees/${commit}`);
  expect(await revisionOf(folder.at('.worktrees', commit), HASH)).toEqual({ revision: commit });
  const load = await folder.source({ directory: folder.at('current/defs') }).load();
  expect(load.revision).toBe(commit);
});

test('the content hash of a load changes with contents and names, and with nothing else', async () => {
  const folder = new Folder();
  folder.write('x.yaml', house('x'));
  const revision = async (): Promise<string> => (await folder.source().load()).revision;
  const first = await revision();
  expect(first).toMatch(/^sha256:[0-9a-f]{16}$/);
  folder.write('readme.md', 'x');
  expect(await revision()).toBe(first);
  folder.write('x.yaml', house('x', 'rooms: 1'));
  expect(await revision()).not.toBe(first);
  folder.write('x.yaml', house('x'));
  expect(await revision()).toBe(first);
  folder.remove('x.yaml');
  folder.write('y.yaml', house('x'));
  expect(await revision()).not.toBe(first);
});

test('the commits before a revision are those of its repository, and none where git does not know it', async () => {
  const folder = new Folder();
  const first = repository(folder);
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder.path, '-c', 'user.name=t', '-c', 'user.email=t@t.example', ...words], {
      encoding: 'utf8',
    }).trim();
  git('commit', '--quiet', '--allow-empty', '--message', 'second');
  const second = git('rev-parse', 'HEAD');
  expect(await commitsBefore(folder.at('defs'), second)).toEqual([first]);
  expect(await commitsBefore(folder.at('defs'), `${second}-dirty-abcdef012345`)).toEqual([first]);
  expect(await commitsBefore(folder.at('defs'), 'f'.repeat(40))).toEqual([]);
  expect(await commitsBefore(folder.at('defs'), CONTENT.revision)).toEqual([]);
  expect(await commitsBefore(new Folder().path, second)).toEqual([]);
});

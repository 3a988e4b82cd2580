import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../src/core/model/secret.js';
import { Redactor } from '../../src/core/redact/redactor.js';
import { type Fetched, GitClone, type GitOptions } from '../../src/definitions/git.js';
import { GitError } from '../../src/definitions/git-error.js';
import { DefinitionSource } from '../../src/definitions/load.js';
import { GitServer } from '../support/git-server.js';
import { testKinds } from '../support/kinds.js';
import { until } from '../support/wait.js';
import { house } from './folder.js';

// Every step is a process or several.
vi.setConfig({ testTimeout: 120_000 });

let server: GitServer;
let cache: string;
const PATH = process.env.PATH;

beforeEach(async () => {
  server = await GitServer.start();
  cache = path.join(server.folder, 'cache');
});
afterEach(async () => {
  process.env.PATH = PATH;
  await server.close();
});

type Options = Partial<Omit<GitOptions, 'remote'>> & { readonly remote?: Partial<GitOptions['remote']> };

function open({ remote, ...options }: Options = {}): Promise<GitClone> {
  return GitClone.open({ remote: { url: server.url, ...remote }, folder: cache, ...options });
}

async function failure(fetching: Promise<Fetched>): Promise<GitError> {
  const error = await fetching.then(
    (fetched) => fetched,
    (thrown: unknown) => thrown,
  );
  if (error instanceof GitError) return error;
  throw new Error(`This is no GitError: ${JSON.stringify(error)}`);
}

const read = (clone: GitClone, file: string): string =>
  readFileSync(path.join(clone.directory, file), 'utf8');
/** The one folder that a clone has below the cache. */
const own = (): string => path.join(cache, readdirSync(cache)[0] ?? '');
const worktrees = (): string[] => readdirSync(path.join(own(), 'worktrees'));

describe('what is checked out', () => {
  it('is the default branch, follows it, and names commit and author', async () => {
    const first = await server.push({ 'x.yaml': 'one', 'deep/y.yaml': 'two' });
    const clone = await open();
    expect(clone.commit).toBeUndefined();
    expect(await clone.fetch()).toMatchObject({
      id: first,
      before: undefined,
      author: 'Alice Example <alice@acme.example>',
    });
    expect([read(clone, 'x.yaml'), read(clone, 'deep/y.yaml')]).toEqual(['one', 'two']);
    expect((await clone.fetch()).before).toBe(first);
    const second = await server.push({ 'x.yaml': 'changed' });
    const fetched = await clone.fetch();
    expect(fetched).toMatchObject({ id: second, before: first });
    expect(fetched.replaced).toBeUndefined();
    expect(read(clone, 'x.yaml')).toBe('changed');
    expect(worktrees()).toHaveLength(1);
    expect(statSync(own()).mode & 0o777).toBe(0o700);
  });

  it('names no author at a length that fills the log', async () => {
    server.write('x.yaml', 'one');
    await server.git('add', '--all');
    const author = `${'Alice '.repeat(1000)}<alice@acme.example>`;
    await server.git('commit', '--quiet', `--author=${author}`, '--message=change');
    await server.git('push', '--quiet', 'origin', 'HEAD:main');
    expect((await (await open()).fetch()).author).toBe('Alice '.repeat(34).slice(0, 200));
  });

  it('is a branch, a tag (before a branch of its name), a full name or a commit', async () => {
    const first = await server.push({ 'x.yaml': 'first' });
    await server.git('tag', '--annotate', '--message=v1', 'v1');
    const second = await server.push({ 'x.yaml': 'second' });
    await server.git('push', '--quiet', 'origin', 'v1', 'HEAD:refs/heads/v1', 'HEAD:refs/heads/next');
    const id = async (ref: string): Promise<string> => (await (await open({ ref })).fetch()).id;
    expect(await id('v1')).toBe(first);
    expect(await id('refs/heads/v1')).toBe(second);
    expect(await id('next')).toBe(second);
    expect(await id(first)).toBe(first);
    const tag = await server.git('rev-parse', 'v1');
    const error = await failure((await open({ ref: tag })).fetch());
    expect(error).toMatchObject({ fault: 'commit', message: expect.stringContaining(first) });
  });

  it('is one folder of it, and nothing beside', async () => {
    await server.push({ 'tenants/a/x.yaml': 'mine', 'tenants/b/x.yaml': 'other', 'top.yaml': 'top' });
    const clone = await open({ path: 'tenants/a' });
    await clone.fetch();
    expect(read(clone, 'x.yaml')).toBe('mine');
    expect(readdirSync(path.join(clone.directory, '..'))).toEqual(['a']);
    const second = await server.push({ 'tenants/a/x.yaml': 'changed' });
    expect((await clone.fetch()).id).toBe(second);
    expect(read(clone, 'x.yaml')).toBe('changed');
  });

  it('comes as it is in the commit: no filter, no hook, no conversion', async () => {
    const marker = path.join(server.folder, 'marker');
    await server.push({ '.gitattributes': '* text eol=crlf filter=lfs\n', 'x.yaml': 'a: 1\nb: 2\n' });
    const template = path.join(server.folder, 'hooks');
    mkdirSync(template);
    for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction']) {
      writeFileSync(path.join(template, hook), `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    }
    // As a configuration of the user would do.
    writeFileSync(path.join(server.folder, '.gitconfig'), `[core]\n\thooksPath = ${template}\n`);
    const home = process.env.HOME;
    process.env.HOME = server.folder;
    process.env.GIT_CONFIG_GLOBAL = path.join(server.folder, '.gitconfig');
    try {
      const clone = await open();
      await clone.fetch();
      expect(read(clone, 'x.yaml')).toBe('a: 1\nb: 2\n');
      expect(existsSync(marker)).toBe(false);
    } finally {
      process.env.HOME = home;
      delete process.env.GIT_CONFIG_GLOBAL;
    }
  });

  it('goes on from the last time without asking the server', async () => {
    const commit = await server.push({ 'x.yaml': 'one' });
    await (await open()).fetch();
    await server.hangUp();
    const again = await open();
    expect(again.commit).toMatchObject({ id: commit, author: 'Alice Example <alice@acme.example>' });
    expect(await failure(again.fetch())).toMatchObject({ fault: 'network' });
    expect(read(again, 'x.yaml')).toBe('one');
  });

  it('belongs to one repository, ref and path: other settings start from scratch', async () => {
    await server.push({ 'x.yaml': 'one' });
    await (await open()).fetch();
    expect((await open({ ref: 'main' })).commit).toBeUndefined();
    expect((await open({ path: 'a' })).commit).toBeUndefined();
    expect(readdirSync(cache)).toHaveLength(1);
  });
});

describe('what happens to the ref', () => {
  it('distinguishes a replaced history from several new commits', async () => {
    await server.push({ 'x.yaml': 'one' });
    const clone = await open();
    await clone.fetch();
    server.write('x.yaml', 'two');
    await server.commit();
    const third = await server.push({ 'x.yaml': 'three' });
    const forward = await clone.fetch();
    expect(forward.id).toBe(third);
    expect(forward.replaced).toBeUndefined();
    await server.git('reset', '--quiet', '--hard', 'HEAD~2');
    const other = await server.push({ 'x.yaml': 'other' });
    expect(await clone.fetch()).toMatchObject({ id: other, before: third, replaced: 'history' });
    expect(read(clone, 'x.yaml')).toBe('other');
  });

  it('follows a tag that is moved', async () => {
    await server.push({ 'x.yaml': 'one' });
    await server.git('tag', 'live');
    await server.git('push', '--quiet', 'origin', 'live');
    const clone = await open({ ref: 'live' });
    await clone.fetch();
    const second = await server.push({ 'x.yaml': 'two' });
    await server.git('tag', '--force', 'live');
    await server.git('push', '--quiet', '--force', 'origin', 'live');
    expect(await clone.fetch()).toMatchObject({ id: second, replaced: 'tag' });
  });

  it('keeps the last commit of a branch that vanished, and goes on when it is back', async () => {
    await server.push({ 'x.yaml': 'one' });
    await server.git('push', '--quiet', 'origin', 'HEAD:refs/heads/live');
    const clone = await open({ ref: 'live' });
    await clone.fetch();
    await server.git('push', '--quiet', 'origin', ':live');
    const error = await failure(clone.fetch());
    expect(error).toMatchObject({ fault: 'ref' });
    expect(error.message).toContain('no branch or tag "live"');
    expect(read(clone, 'x.yaml')).toBe('one');
    server.write('x.yaml', 'two');
    const back = await server.commit();
    await server.git('push', '--quiet', 'origin', 'HEAD:refs/heads/live');
    expect((await clone.fetch()).id).toBe(back);
  });

  it('reports an empty repository, a missing commit and a missing folder', async () => {
    expect((await failure((await open()).fetch())).fault).toBe('ref');
    const commit = await server.push({ 'x.yaml': 'one', 'folder/y.yaml': 'two' });
    expect((await failure((await open({ ref: 'a'.repeat(40) })).fetch())).fault).toBe('commit');
    const missing = await failure((await open({ path: 'nope/there' })).fetch());
    expect(missing).toMatchObject({ fault: 'path' });
    expect(missing.message).toContain(commit);
    expect((await failure((await open({ path: 'x.yaml' })).fetch())).fault).toBe('path');
    symlinkSync('/etc', path.join(server.work, 'out'));
    await server.push({});
    expect((await failure((await open({ path: 'out' })).fetch())).fault).toBe('path');
  });

  it('a folder that a later commit has not leaves the earlier commit in force', async () => {
    await server.push({ 'defs/x.yaml': 'one' });
    const clone = await open({ path: 'defs' });
    await clone.fetch();
    await server.git('rm', '-r', '--quiet', 'defs');
    await server.push({ 'other.yaml': 'x' });
    expect((await failure(clone.fetch())).fault).toBe('path');
    expect(read(clone, 'x.yaml')).toBe('one');
    expect(worktrees()).toHaveLength(1);
    await server.push({ 'defs/x.yaml': 'two' });
    await clone.fetch();
    expect(read(clone, 'x.yaml')).toBe('two');
  });
});

it('hides secrets in the name of an author, before it is cut', async () => {
  const secret = 'planted-value-4711';
  server.write('x.yaml', 'one');
  await server.git('add', '--all');
  await server.git(
    'commit',
    '--quiet',
    `--author=${'A'.repeat(190)} ${secret} <a@acme.example>`,
    '--message=x',
  );
  await server.git('push', '--quiet', 'origin', 'HEAD:main');
  const { author } = await (await open({ redactor: new Redactor([secret]) })).fetch();
  expect(author).toBe(`${'A'.repeat(190)} [secret] `);
});

describe('a server that does not do as it should', () => {
  const TOKEN = 'ghp_sEcReT0123456789';

  it('gets the token in its header only, with the user that belongs to it', async () => {
    server.credentials = { username: 'deploy', password: TOKEN };
    await server.push({ 'x.yaml': 'one' });
    const token = new Secret(TOKEN, 'test');
    const clone = await open({ remote: { token, username: 'deploy' } });
    await clone.fetch();
    expect(read(clone, 'x.yaml')).toBe('one');
    for (const file of readdirSync(cache, { recursive: true, encoding: 'utf8' })) {
      const place = path.join(cache, file);
      if (statSync(place).isFile()) expect(readFileSync(place).includes(TOKEN), file).toBe(false);
    }
  });

  it('refuses a wrong and a missing token, and accepts a corrected one', async () => {
    server.credentials = { username: 'x-access-token', password: TOKEN };
    await server.push({ 'x.yaml': 'one' });
    const wrong = await failure(
      (await open({ remote: { token: new Secret('wrong-token-of-mine', 'test') } })).fetch(),
    );
    expect(wrong).toMatchObject({ fault: 'credentials' });
    expect(wrong.message).toContain('source.git.auth');
    expect(wrong.message).not.toContain('wrong-token-of-mine');
    expect((await failure((await open()).fetch())).fault).toBe('credentials');
    const clone = await open({ remote: { token: new Secret(TOKEN, 'test') } });
    await clone.fetch();
    server.credentials = { username: 'x-access-token', password: 'rotated' };
    await server.push({ 'x.yaml': 'two' });
    expect((await failure(clone.fetch())).fault).toBe('credentials');
    expect(read(clone, 'x.yaml')).toBe('one');
    server.credentials = { username: 'x-access-token', password: TOKEN };
    await clone.fetch();
    expect(read(clone, 'x.yaml')).toBe('two');
  });

  it('never sends the token to the target of a redirect', async () => {
    const other = await GitServer.start();
    try {
      other.credentials = { username: 'x-access-token', password: TOKEN };
      server.redirect = other.url;
      const clone = await open({ remote: { token: new Secret(TOKEN, 'test') } });
      expect((await failure(clone.fetch())).fault).toBe('credentials');
      expect(other.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
    } finally {
      await other.close();
    }
  });

  it.each([
    ['broken', 'network'],
    ['reset', 'network'],
    ['silent', 'timeout'],
  ] as const)('%s: says so in bounded time, and goes on when it is well again', async (mood, fault) => {
    await server.push({ 'x.yaml': 'one' });
    const clone = await open({ timeoutMs: mood === 'silent' ? 1500 : 60_000 });
    server.mood = mood;
    expect((await failure(clone.fetch())).fault).toBe(fault);
    server.mood = 'well';
    await (await open()).fetch();
    expect(read(clone, 'x.yaml')).toBe('one');
  });

  it('has no such repository', async () => {
    const error = await failure(
      (await open({ remote: { url: server.url.replace('config', 'other') } })).fetch(),
    );
    expect(error.fault).toBe('repository');
  });

  it('is aborted at once when c1sync stops', async () => {
    await server.push({ 'x.yaml': 'one' });
    const stop = new AbortController();
    const clone = await open({ signal: stop.signal });
    server.mood = 'silent';
    const fetching = clone.fetch();
    fetching.catch(() => {});
    await until(() => server.requests.length > 0, 'the request');
    const reason = new Error('stopping');
    stop.abort(reason);
    await expect(fetching).rejects.toBe(reason);
    await until(async () => (await server.connections()) === 0, 'every process of git to end');
  });
});

describe('trouble on this machine', () => {
  it('reports a missing git, and continues after its installation', async () => {
    await server.push({ 'x.yaml': 'one' });
    const clone = await open();
    process.env.PATH = path.join(server.folder, 'nothing');
    const error = await failure(clone.fetch());
    expect(error).toMatchObject({ fault: 'no git' });
    expect(error.message).toContain('install');
    process.env.PATH = PATH;
    await clone.fetch();
    expect(read(clone, 'x.yaml')).toBe('one');
  });

  it.each<[string, (repository: string) => void]>([
    ['a HEAD of nonsense', (repository) => writeFileSync(path.join(repository, 'HEAD'), 'nonsense')],
    ['no objects', (repository) => rmSync(path.join(repository, 'objects'), { recursive: true })],
    [
      'objects of nonsense',
      (repository) => {
        for (const file of readdirSync(path.join(repository, 'objects'), {
          recursive: true,
          encoding: 'utf8',
        })) {
          const place = path.join(repository, 'objects', file);
          if (!statSync(place).isFile()) continue;
          chmodSync(place, 0o644);
          writeFileSync(place, 'nonsense');
        }
      },
    ],
    ['a lock left behind', (repository) => writeFileSync(path.join(repository, 'shallow.lock'), '')],
  ])('recreates a clone with %s', async (_what, damage) => {
    await server.push({ 'x.yaml': 'one' });
    const clone = await open();
    await clone.fetch();
    damage(path.join(own(), 'repository.git'));
    await server.push({ 'x.yaml': 'two' });
    expect((await clone.fetch()).repaired).toBe(true);
    expect(read(clone, 'x.yaml')).toBe('two');
  });

  it.each<[string, (folder: string) => void]>([
    ['changed', (folder) => writeFileSync(path.join(folder, 'x.yaml'), 'by hand')],
    ['lost', (folder) => rmSync(path.join(folder, 'x.yaml'))],
    ['added', (folder) => writeFileSync(path.join(folder, 'z.yaml'), 'by hand')],
  ])('repeats the checkout when a file of the commit was %s', async (_what, damage) => {
    const commit = await server.push({ 'x.yaml': 'one', 'y.yaml': 'two' });
    const clone = await open();
    await clone.fetch();
    damage(clone.directory);
    expect(await clone.fetch()).toMatchObject({ id: commit, before: commit, repaired: true });
    expect(read(clone, 'x.yaml')).toBe('one');
    expect(readdirSync(clone.directory).sort()).toEqual(['x.yaml', 'y.yaml']);
  });

  it('reports a full disk, removes partial files of git, and keeps the commit in force', async () => {
    await server.push({ 'x.yaml': 'one' });
    const clone = await open();
    await clone.fetch();
    const bin = path.join(server.folder, 'bin');
    mkdirSync(bin);
    // A git whose disk is full as soon as it fetches: what it prints is what the real one prints.
    const script = `#!/bin/sh
case "$*" in fetch*) echo "fatal: write error: No space left on device" >&2; exit 128;; esac
PATH='${PATH}' exec git "$@"
`;
    writeFileSync(path.join(bin, 'git'), script, { mode: 0o755 });
    await server.push({ 'x.yaml': 'two' });
    process.env.PATH = `${bin}:${PATH}`;
    expect(await failure(clone.fetch())).toMatchObject({ fault: 'disk full' });
    expect(existsSync(path.join(own(), 'repository.git'))).toBe(false);
    expect(read(clone, 'x.yaml')).toBe('one');
    process.env.PATH = PATH;
    await clone.fetch();
    expect(read(clone, 'x.yaml')).toBe('two');
  });
});

describe('loads', () => {
  const files = (clone: GitClone): DefinitionSource =>
    new DefinitionSource({ directory: clone.directory, kinds: testKinds, env: {} });

  it('are of one commit each, also during fetches, and keep their checkout until their end', async () => {
    const texts = (turn: number): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: 60 }, (_, at) => [`h${at}.yaml`, house(`h${at}`, `rooms: ${turn}`)]),
      );
    const first = await server.push(texts(0));
    const clone = await open();
    await clone.fetch();
    const source = files(clone);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reading = clone.using(async () => {
      await held;
      return readdirSync(path.join(own(), 'worktrees')).length;
    });
    const loads = [];
    const commits = new Map([[first, 0]]);
    for (let turn = 1; turn <= 3; turn += 1) {
      commits.set(await server.push(texts(turn)), turn);
      const loading = clone.using(() => source.load());
      await clone.fetch();
      loads.push(await loading, await clone.using(() => source.load()));
    }
    release();
    expect(await reading).toBe(4);
    await until(() => worktrees().length === 1, 'the old checkouts to go');
    for (const load of loads) {
      expect(load.problems).toEqual([]);
      const rooms = new Set(load.definitions.map(({ spec }) => spec.rooms));
      expect([...rooms]).toEqual([commits.get(load.revision)]);
    }
  });

  it('follow no link out of the checkout, and know a pointer of Git LFS for what it is', async () => {
    const secret = path.join(server.folder, 'secret.yaml');
    writeFileSync(secret, house('outside'));
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12\n`;
    mkdirSync(path.join(server.work), { recursive: true });
    symlinkSync(secret, path.join(server.work, 'link.yaml'));
    symlinkSync(server.folder, path.join(server.work, 'folder'));
    await server.push({ 'x.yaml': house('x'), 'big.yaml': pointer });
    const clone = await open();
    await clone.fetch();
    const load = await files(clone).load();
    expect(load.definitions.map(({ key }) => key)).toEqual(['House/x']);
    expect(load.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('Git LFS'),
      expect.stringContaining('leads out of'),
      expect.stringContaining('leads out of'),
    ]);
  });
});

describe('ssh', () => {
  /** An `ssh` that writes down how it was called and does what a server does, or says what the real one says. */
  function fakeSsh(body: string): string {
    const bin = path.join(server.folder, 'bin');
    const log = path.join(server.folder, 'ssh.log');
    mkdirSync(bin);
    writeFileSync(path.join(bin, 'ssh'), `#!/bin/sh\nprintf '%s\\n' "$@" > '${log}'\n${body}\n`, {
      mode: 0o755,
    });
    process.env.PATH = `${bin}:${PATH}`;
    return log;
  }

  const remote = (): Partial<GitOptions['remote']> => ({
    url: `git@git.example:config.git`,
    sshKeyFile: "/keys/it's %h/id",
    knownHostsFile: '/keys/known hosts',
  });

  it('offers the one key, trusts the given hosts only, and has no prompt', async () => {
    const commit = await server.push({ 'x.yaml': 'one' });
    const log = fakeSsh(`PATH='${PATH}' exec git upload-pack '${server.bare}'`);
    const clone = await open({ remote: remote() });
    expect((await clone.fetch()).id).toBe(commit);
    const words = readFileSync(log, 'utf8').split('\n');
    expect(words).toEqual(
      expect.arrayContaining([
        'BatchMode=yes',
        'StrictHostKeyChecking=yes',
        'UserKnownHostsFile="/keys/known hosts"',
        'GlobalKnownHostsFile=/dev/null',
        'IdentitiesOnly=yes',
        `IdentityFile="/keys/it's %%h/id"`,
        'git@git.example',
        "git-upload-pack 'config.git'",
      ]),
    );
    expect(words.slice(0, 2)).toEqual(['-F', '/dev/null']);
  });

  it.each([
    [
      'host key',
      'No ED25519 host key is known for git.example and you have requested strict checking.\nHost key verification failed.',
    ],
    [
      'host key',
      '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.',
    ],
    ['credentials', 'git@git.example: Permission denied (publickey).'],
    ['network', 'ssh: connect to host git.example port 22: Connection timed out'],
    ['network', 'ssh: Could not resolve hostname git.example: Name or service not known'],
  ])('recognises "%s" by the output of ssh', async (fault, said) => {
    fakeSsh(`cat >&2 <<'END'\n${said}\nEND\nexit 255`);
    expect((await failure((await open({ remote: remote() })).fetch())).fault).toBe(fault);
  });
});

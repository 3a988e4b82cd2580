import fs from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TerminalError } from '../../../src/core/model/errors.js';
import type { Intent, ObjectRecord } from '../../../src/core/model/record.js';
import { Secret, UnsetSecret } from '../../../src/core/model/secret.js';
import { type FileRecordStore, UNKEYED } from '../../../src/core/state/file-store.js';
import { openStore } from '../../../src/core/state/record-store.js';
import { until } from '../../support/wait.js';

let base: string;
let directory: string;
let stores: FileRecordStore[];

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'c1sync-store-'));
  directory = join(base, 'state');
  stores = [];
});

afterEach(async () => {
  vi.restoreAllMocks();
  for (const store of stores) await store.close();
  await rm(base, { recursive: true, force: true });
});

async function open(mode: 'write' | 'read', hashKey?: string): Promise<FileRecordStore> {
  const store = await openStore({
    directory,
    mode,
    ...(hashKey === undefined ? {} : { hashKey }),
  });
  stores.push(store);
  return store;
}

function record(key: string, more: Partial<ObjectRecord> = {}): ObjectRecord {
  return {
    key,
    id: `id-of-${key}`,
    displayName: key,
    origin: 'created',
    marked: true,
    sent: {},
    secrets: {},
    corrections: {},
    ...more,
  };
}

function intent(key: string): Intent {
  return { key, kind: 'App', natural: { displayName: key }, at: 1, knownIds: [], misses: 0 };
}

const file = (): string => join(directory, 'records.jsonl');

/** The records that another process would read now, sorted by key. */
async function onDisk(): Promise<{ objects: ObjectRecord[]; intents: Intent[] }> {
  const { objects, intents } = (await open('read')).records();
  const sorted = <T>(map: ReadonlyMap<string, T>): T[] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  return { objects: sorted(objects), intents: sorted(intents) };
}

/** The lines of the file, parsed. */
function lines(): unknown[] {
  return fs
    .readFileSync(file(), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe('openStore', () => {
  it('keeps records and intents for the next one that opens it', async () => {
    const first = await open('write');
    expect(first.existed).toBe(false);
    const full = record('App/a', {
      parentId: 'p',
      definitionHash: 'sha256:1',
      sent: { owners: { hash: 'h', at: 5 } },
      secrets: { config: { hash: 'h', stamp: '2026-01-01T00:00:00Z', key: 'k' } },
      corrections: { description: { hash: 'h', count: 2, at: 7, updatedAt: 'u' } },
      lastAttempt: 1,
      lastSuccess: 2,
    });
    await first.putObject(full);
    await first.putObject(record('App/gone'));
    await first.removeObject('App/gone');
    await first.putIntent(intent('App/b'));
    await first.putIntent(intent('App/c'));
    await first.removeIntent('App/c');
    await first.close();

    const second = await open('write');
    expect(second.existed).toBe(true);
    expect([...second.records().objects.values()]).toEqual([full]);
    expect([...second.records().intents.values()]).toEqual([intent('App/b')]);
  });

  it('reads a record with a member that it does not know', async () => {
    const store = await open('write');
    await store.putObject(record('App/a'));
    await store.close();
    fs.appendFileSync(
      file(),
      `${JSON.stringify({ objects: { 'App/a': { ...record('App/a'), replacing: 7 } } })}\n`,
    );
    expect((await onDisk()).objects).toEqual([{ ...record('App/a'), replacing: 7 }]);
  });

  it('keeps folder and files to its user', async () => {
    const store = await open('write');
    await store.putObject(record('App/a'));
    const mode = async (name: string): Promise<number> => (await stat(join(directory, name))).mode & 0o777;
    expect(await mode('.')).toBe(0o700);
    expect(await mode('records.jsonl')).toBe(0o600);
    expect(await mode('hash.key')).toBe(0o600);
  });

  it('has every change on disk when its promise resolves', async () => {
    const store = await open('write');
    await store.putIntent(intent('App/a'));
    expect(await onDisk()).toMatchObject({ intents: [{ key: 'App/a' }] });
    await Promise.all([store.putObject(record('App/a')), store.removeIntent('App/a')]);
    expect(await onDisk()).toMatchObject({ objects: [{ key: 'App/a' }], intents: [] });
  });

  it('writes nothing for a record that is on disk as it is', async () => {
    const store = await open('write');
    await Promise.all([store.putObject(record('App/a')), store.putObject(record('App/b'))]);
    const text = await readFile(file(), 'utf8');
    await store.putObject(record('App/a'));
    await store.removeObject('App/none');
    expect(await readFile(file(), 'utf8')).toBe(text);
    const changed = store.putObject(record('App/a', { marked: false }));
    await store.putObject(record('App/a', { marked: false }));
    expect((await onDisk()).objects).toMatchObject([{ marked: false }, { marked: true }]);
    await changed;
  });

  it('shows a change before it is on disk, and leaves earlier views as they were', async () => {
    const store = await open('write');
    const before = store.records();
    const written = store.putObject(record('App/a'));
    expect(store.records().objects.has('App/a')).toBe(true);
    expect(before.objects.size).toBe(0);
    await written;
  });

  it('writes a crowd of changes together', async () => {
    const store = await open('write');
    await store.putObject(record('App/first'));
    const before = lines().length;
    await Promise.all(Array.from({ length: 1000 }, (_, i) => store.putObject(record(`App/${i}`))));
    expect((await onDisk()).objects).toHaveLength(1001);
    expect(lines().length - before).toBeGreaterThan(0);
    expect(lines().length - before).toBeLessThanOrEqual(3);
  });

  it('writes a change in bounded time while others keep coming', async () => {
    const store = await open('write');
    let stop = false;
    const busy = (async () => {
      for (let i = 0; !stop; i += 1) await store.putObject(record(`App/${i % 5}`));
    })();
    await store.putIntent(intent('App/x'));
    expect(await onDisk()).toMatchObject({ intents: [{ key: 'App/x' }] });
    stop = true;
    await busy;
  });

  it('moves a record and an intent to another key', async () => {
    const store = await open('write');
    await store.putObject(record('App/old'));
    await store.putIntent(intent('App/old'));
    await store.move('App/old', 'App/new');
    await store.move('App/none', 'App/other');
    const moved = { key: 'App/new', movedFrom: 'App/old' };
    expect([...store.records().objects]).toEqual([['App/new', { ...record('App/old'), ...moved }]]);
    expect([...store.records().intents]).toEqual([['App/new', { ...intent('App/old'), ...moved }]]);
  });

  it('moves nothing of how long the former key has had no definition', async () => {
    const store = await open('write');
    await store.putObject({ ...record('App/old'), absentSince: 1 });
    await store.move('App/old', 'App/new');
    expect(store.object('App/new')).toMatchObject({ movedFrom: 'App/old' });
    expect(store.object('App/new')).not.toHaveProperty('absentSince');
  });

  it('passes on what it does not know of a file of its version', async () => {
    await (await open('write')).close();
    const known = [
      { format: 3, mood: ['calm'] },
      { objects: { 'App/a': { ...record('App/a'), colour: 'red' } } },
    ];
    await writeFile(file(), known.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const store = await open('write');
    await store.putObject(record('App/b'));
    await store.close();
    expect(lines()).toEqual([
      { ...known[0], clock: expect.anything() },
      ...known.slice(1),
      { objects: { 'App/b': record('App/b') } },
    ]);
  });

  const head = '{"format":3}\n';
  it.each([
    ['empty', '', /records\.jsonl is damaged \(it is empty\): restore it/],
    ['cut short in its first line', '{"format":3', /damaged \(its first line has no end\): restore it/],
    ['of another kind', 'hello\n', /damaged \(line 1 is no JSON\): restore it/],
    [
      'broken in the middle',
      `${head}{"objects":{"App/a"\n{"objects":{"App/b":null}}\n`,
      /damaged \(line 2 is no JSON\): restore it/,
    ],
    [
      'without an id',
      `${head}{"objects":{"App/b":null}}\n{"objects":{"App/a":{"key":"App/a"}}}\n`,
      /damaged \(line 3: objects\.App\/a\.id: /,
    ],
    ['of unknown collections', `${head}{"plans":{}}\n`, /damaged \(line 2: /],
    ['newer', '{"format":4}\n{"plans":{}}\n', /has format 4, written by a newer c1sync.*state\.path/],
  ])('refuses a file that is %s, and leaves it alone', async (_, text, message) => {
    await (await open('write')).close();
    await writeFile(file(), text);
    for (const mode of ['read', 'write'] as const) {
      const failure = await open(mode).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(TerminalError);
      expect(String(failure)).toMatch(message);
    }
    expect(await readFile(file(), 'utf8')).toBe(text);
    await rm(file());
    await open('write');
  });

  it('names a file that cannot be read', async () => {
    await (await open('write')).close();
    fs.mkdirSync(file());
    await expect(open('read')).rejects.toThrow(/cannot use the state in .*records\.jsonl: .*state\.path/);
  });

  it('reports a failed write and repeats it with the next one', async () => {
    const store = await open('write');
    fs.mkdirSync(file());
    await expect(store.putObject(record('App/a'))).rejects.toThrow(/cannot write .*records\.jsonl/);
    fs.rmdirSync(file());
    await store.putObject(record('App/b'));
    expect(await onDisk()).toMatchObject({ objects: [{ key: 'App/a' }, { key: 'App/b' }] });
  });

  it('repeats a failed write with the same record', async () => {
    const store = await open('write');
    fs.mkdirSync(file());
    await expect(store.putObject(record('App/a'))).rejects.toThrow(/cannot write/);
    await expect(store.putObject(record('App/a'))).rejects.toThrow(/cannot write/);
    fs.rmdirSync(file());
    await store.putObject(record('App/a'));
    expect(await onDisk()).toMatchObject({ objects: [{ key: 'App/a' }] });
  });

  it('clears away what a killed process left half-written', async () => {
    await (await open('write')).close();
    await writeFile(join(directory, 'records.jsonl.123456'), '{"for');
    await writeFile(join(directory, 'records.jsonl.bak'), 'of the user');
    await open('write');
    const names = await readdir(directory);
    expect(names).not.toContain('records.jsonl.123456');
    expect(names).toContain('records.jsonl.bak');
  });

  it('finishes pending writes before it closes, and refuses writes afterwards', async () => {
    const store = await open('write');
    const pending = store.putObject(record('App/a'));
    await store.close();
    await pending;
    expect(await onDisk()).toMatchObject({ objects: [{ key: 'App/a' }] });
    await expect(store.putObject(record('App/b'))).rejects.toThrow(/it is closed/);
  });

  it('refuses changes once its lock is lost', async () => {
    const store = await open('write');
    await store.putObject(record('App/a'));
    const lost = vi.fn();
    store.onLost(lost);
    await rm(join(directory, 'lock.1'));
    await until(() => lost.mock.calls.length > 0, 'the loss is reported');
    const failure = await store.putObject(record('App/b')).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TerminalError);
    expect(String(failure)).toMatch(/its lock was lost/);
    expect(await onDisk()).toMatchObject({ objects: { length: 1 } });
  });
});

describe('a store that reads', () => {
  it('reads beside one that writes, and changes nothing', async () => {
    const writer = await open('write');
    await writer.putObject(record('App/a'));
    const reader = await open('read');
    expect([...reader.records().objects.keys()]).toEqual(['App/a']);
    await expect(reader.putObject(record('App/b'))).rejects.toThrow(/opened for reading/);
    expect(reader.keyedHash('x')).toBe(writer.keyedHash('x'));
  });

  it('creates the key that a later writer uses', async () => {
    const reader = await open('read');
    expect(reader.hasKey).toBe(true);
    expect(reader.existed).toBe(false);
    expect((await open('write')).keyedHash('x')).toBe(reader.keyedHash('x'));
  });

  it('works without a key if it cannot create one', async () => {
    // Nothing can be made here, not even by the superuser.
    directory = '/proc';
    const reader = await openStore({ directory, mode: 'read' });
    expect(reader.hasKey).toBe(false);
    expect(reader.keyedHash('x')).toBe(UNKEYED);
    expect(reader.keyedHash('y')).toBe(UNKEYED);
    expect(reader.records().objects.size).toBe(0);
    await expect(open('write')).rejects.toThrow(/cannot use the state in \/proc: /);
  });
});

describe('keyedHash', () => {
  it('is stable for a folder, in any order of keys, and differs between folders', async () => {
    const store = await open('write');
    const hash = store.keyedHash({ b: 1, a: [2] });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    await store.close();
    expect((await open('write')).keyedHash({ a: [2], b: 1 })).toBe(hash);
    await stores.at(-1)?.close();
    await rm(join(directory, 'hash.key'));
    expect((await open('write')).keyedHash({ a: [2], b: 1 })).not.toBe(hash);
  });

  it('counts a secret by its text and distinguishes an unset one from any text', async () => {
    const store = await open('write');
    const hash = (token: unknown): string => store.keyedHash({ token });
    expect(hash(new Secret('one', 'env A'))).toBe(hash(new Secret('one', 'file /b')));
    expect(hash(new Secret('one', 'env A'))).not.toBe(hash(new Secret('two', 'env A')));
    expect(hash(new UnsetSecret('env A', 'not set'))).toBe(hash(new UnsetSecret('env A', 'empty')));
    expect(hash(new UnsetSecret('env A', 'not set'))).not.toBe(hash(new Secret('[secret]', 'env A')));
  });

  it('uses the given key, and then creates none', async () => {
    const store = await open('write', 'a key from the settings');
    expect(store.keyedHash('x')).not.toBe((await open('read')).keyedHash('x'));
    await store.close();
    await rm(join(directory, 'hash.key'));
    const again = await open('write', 'a key from the settings');
    expect(again.keyedHash('x')).toBe(store.keyedHash('x'));
    expect(await readdir(directory)).not.toContain('hash.key');
  });

  it('is one key when many create it at once', async () => {
    const readers = await Promise.all(Array.from({ length: 10 }, () => open('read')));
    expect(new Set(readers.map((reader) => reader.keyedHash('x'))).size).toBe(1);
    expect(await readdir(directory)).toEqual(['hash.key']);
  });

  it.each(['', 'short', 'z'.repeat(64)])('refuses a key file that holds %j', async (text) => {
    await (await open('write')).close();
    await writeFile(join(directory, 'hash.key'), text);
    await expect(open('read')).rejects.toThrow(/hash\.key holds no hash key: restore it/);
    await expect(open('write')).rejects.toThrow(TerminalError);
  });
});

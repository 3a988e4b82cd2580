import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/model/clock.js';
import type { ObjectRecord } from '../../../src/core/model/record.js';
import type { FileRecordStore } from '../../../src/core/state/file-store.js';
import { openStore } from '../../../src/core/state/record-store.js';
import { type Compiled, compile } from '../../support/compiled.js';
import { until } from '../../support/wait.js';

let directory: string;
let file: string;
let stores: FileRecordStore[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'c1sync-file-'));
  file = join(directory, 'records.jsonl');
  stores = [];
});

afterEach(async () => {
  for (const store of stores) await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function open(mode: 'write' | 'read'): Promise<FileRecordStore> {
  const store = await openStore({ directory, mode, clock: systemClock });
  stores.push(store);
  return store;
}

function record(key: string, lastSuccess = 0): ObjectRecord {
  const displayName = `The app 'é' named ${key}`;
  const facts = { origin: 'created', marked: true, sent: {}, secrets: {}, corrections: {} } as const;
  return { key, id: `id-of-${key}`, displayName, ...facts, lastSuccess };
}

async function stored(): Promise<[string, number | undefined][]> {
  const { objects } = (await open('read')).records();
  return [...objects]
    .map(([key, { lastSuccess }]): [string, number | undefined] => [key, lastSuccess])
    .sort();
}

const size = (): number => fs.statSync(file).size;

describe('a records file', () => {
  it('writes a change without a rewrite of the file, with any number of records', async () => {
    const store = await open('write');
    await Promise.all(Array.from({ length: 2000 }, (_, i) => store.putObject(record(`App/${i}`))));
    const before = { inode: fs.statSync(file).ino, size: size() };
    await store.putObject(record('App/7', 1));
    expect(fs.statSync(file).ino).toBe(before.inode);
    expect(size() - before.size).toBeLessThan(500);
  });

  it('does not grow beyond what is in force, and is in order when it is closed', async () => {
    const store = await open('write');
    let most = 0;
    for (let i = 0; i < 40; i += 1) {
      await Promise.all(Array.from({ length: 200 }, (_, n) => store.putObject(record(`App/${n % 100}`, i))));
      most = Math.max(most, size());
    }
    await store.close();
    const clean = fs.readFileSync(file, 'utf8');
    expect(most).toBeLessThan(20 * clean.length);
    expect(clean.trimEnd().split('\n')).toHaveLength(101);
    expect(await stored()).toHaveLength(100);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  it('loses nothing but the last change when that is cut short anywhere', async () => {
    const writer = await open('write');
    await writer.putObject(record('App/a', 1));
    await writer.putObject(record('App/b', 1));
    const before = size();
    await Promise.all([writer.putObject(record('App/c', 2)), writer.removeObject('App/a')]);
    const whole = fs.readFileSync(file);
    const after = await stored();
    await writer.close();
    expect(after).toEqual([
      ['App/b', 1],
      ['App/c', 2],
    ]);
    for (let length = before; length < whole.length; length += 1) {
      fs.writeFileSync(file, whole.subarray(0, length));
      expect(await stored()).toEqual([
        ['App/a', 1],
        ['App/b', 1],
      ]);
    }
    fs.writeFileSync(file, whole);
    expect(await stored()).toEqual(after);
  });

  it('goes on after a change that was cut short', async () => {
    const first = await open('write');
    await first.putObject(record('App/a', 1));
    await first.close();
    fs.appendFileSync(file, '{"objects":{"App/b":{"key":');
    const second = await open('write');
    await second.putObject(record('App/c', 3));
    expect(await stored()).toEqual([
      ['App/a', 1],
      ['App/c', 3],
    ]);
  });

  it.each([
    ['is gone', () => fs.rmSync(file)],
    ['was cut', () => fs.truncateSync(file, size() - 5)],
    ['was added to', () => fs.appendFileSync(file, 'what is this?\n')],
  ])('is whole again with the next change when it %s', async (_, harm) => {
    const store = await open('write');
    await store.putObject(record('App/a', 1));
    await store.putObject(record('App/b', 2));
    harm();
    await store.putObject(record('App/c', 3));
    expect(await stored()).toEqual([
      ['App/a', 1],
      ['App/b', 2],
      ['App/c', 3],
    ]);
  });
});

describe('a process that is killed', () => {
  let writer: Compiled;
  beforeAll(async () => {
    writer = await compile(join(import.meta.dirname, 'store-writer.ts'));
  });
  afterAll(() => writer.remove());

  it('leaves every change that was reported as durable', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const child = spawn(process.execPath, [writer.script, directory, String(turn * 1_000_000)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      // Another moment each time, by what was written and not by the clock.
      await until(() => output.length > 200 + 413 * turn, 'changes are written');
      const ended = new Promise((resolve) => child.on('close', resolve));
      child.kill('SIGKILL');
      await ended;
      const durable = new Map<string, number>();
      for (const line of output.split('\n').slice(0, -1))
        durable.set(`App/${Number(line) % 7}`, Number(line));
      const found = new Map(await stored());
      expect(durable.size).toBeGreaterThan(0);
      for (const [key, number] of durable) expect(found.get(key)).toBeGreaterThanOrEqual(number);
    }
  });
});

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore } from '../../../src/core/state/record-store.js';

const FIXTURE = path.resolve(import.meta.dirname, '../../fixtures/state-0.1.0');

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'c1sync-format-'));
  await cp(FIXTURE, directory, { recursive: true });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const text = (): Promise<string> => readFile(path.join(directory, 'records.jsonl'), 'utf8');

it('reads the records of version 0.1.0 whole, and changes nothing as long as it only reads', async () => {
  const before = await text();
  const store = await openStore({ directory, mode: 'read' });
  const { objects, intents, notes } = store.records();
  expect([...objects.keys()]).toEqual(['App/wiki', 'Connector/wiki-github']);
  expect([...intents.keys()]).toEqual(['App/lost']);
  expect(notes.size).toBe(3);
  expect(await text()).toBe(before);
});

it('writes them in its own format at once, so that version 0.1.0 is kept off, and names the key of each secret', async () => {
  const store = await openStore({ directory, mode: 'write' });
  expect(JSON.parse((await text()).split('\n')[0] ?? '')).toMatchObject({ format: 3 });
  expect(store.object('Connector/wiki-github')?.secrets.config).toMatchObject({
    stamp: '2026-11-26T12:04:33.446Z',
    key: store.keyId,
  });
  await store.close();
  await rm(path.join(directory, 'hash.key'));
  const later = await openStore({ directory, mode: 'write' });
  expect(later.keyId).not.toBe(store.keyId);
  expect(later.object('Connector/wiki-github')?.secrets.config?.key).toBe(store.keyId);
  await later.close();
});

it('reads the one unfinished write of a value that format 2 has as the first of several', async () => {
  const write = { at: 1, stamp: '2026-11-26T12:04:33.446Z', hash: 'h', key: 'k' };
  const record = {
    key: 'Connector/a',
    id: 'a',
    displayName: 'A',
    origin: 'created',
    marked: false,
    sent: {},
    secrets: {},
    corrections: {},
  };
  const lines = [
    { format: 2 },
    { objects: { 'Connector/a': { ...record, unsure: { config: write } } } },
    { objects: { 'Connector/b': { ...record, key: 'Connector/b', id: 'b', unsure: { config: [write] } } } },
  ];
  await writeFile(
    path.join(directory, 'records.jsonl'),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  const store = await openStore({ directory, mode: 'write' });
  expect(store.object('Connector/a')?.unsure).toEqual({ config: [write] });
  expect(store.object('Connector/b')?.unsure).toEqual({ config: [write] });
  await store.close();
});

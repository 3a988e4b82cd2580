import { appendFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderHistory } from '../../src/cli/render/history.js';
import { EventBus, type Reconciled } from '../../src/core/model/events.js';
import type { HistoryEntry } from '../../src/core/status/history.js';
import { History, type HistoryOptions } from '../../src/telemetry/history.js';
import { readHistory } from '../../src/telemetry/history-file.js';
import { VirtualClock } from '../support/virtual-clock.js';

let directory: string;
let events: EventBus;
let clock: VirtualClock;
let history: History;
let errors: unknown[];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'c1sync-history-'));
  clock = new VirtualClock();
  errors = [];
  await open();
});
afterEach(async () => {
  await history.close();
  await rm(directory, { recursive: true, force: true });
});

async function open(options: Partial<HistoryOptions> = {}): Promise<void> {
  events = new EventBus();
  history = await History.open({
    directory,
    events,
    clock,
    onError: (error) => errors.push(error),
    ...options,
  });
}

/** Closes the history and opens it again, as another process does. */
async function restart(options: Partial<HistoryOptions> = {}): Promise<void> {
  await history.close();
  await open(options);
}

function reconciled(name: string, facts: Partial<Reconciled> = {}): void {
  events.emit('reconciled', {
    reconcileId: `of ${name}`,
    kind: 'App',
    name,
    action: 'none',
    trigger: 'interval',
    fields: [],
    updateMask: '',
    outcome: 'unchanged',
    durationMs: 1,
    requests: 1,
    revision: 'abc',
    status: 'Synced',
    ...facts,
  });
}

const updated = (name: string, facts: Partial<Reconciled> = {}): void =>
  reconciled(name, { action: 'update', outcome: 'done', ...facts });
const held = (name: string, reason: string): void =>
  reconciled(name, { outcome: 'held', status: 'Held', reason });

const entries = async (limit = 1000): Promise<readonly HistoryEntry[]> =>
  (await history.page({ limit })).entries;
const recorded = async (): Promise<string[]> =>
  (await entries()).map((entry) =>
    entry.event === 'reconciled' ? `${entry.key} ${entry.status}` : entry.event,
  );

describe('a history', () => {
  it('records changes with cause, author and fields', async () => {
    const changes = [
      { path: 'description', from: 'old', to: 'new' },
      { path: 'config.token', sensitive: true as const },
    ];
    updated('a', { changes, actor: 'bob@acme.example', id: 'id-a', trigger: 'drift' });
    events.emit('attributed', { reconcileId: 'of a', kind: 'App', name: 'a', actor: 'carol@acme.example' });
    const command = {
      command: 'suspend',
      by: 'alice',
      via: 'dashboard',
      targets: ['App/a'],
      keys: [],
    } as const;
    events.emit('commanded', { ...command, reason: 'audit', until: clock.now() + 1000 });
    const at = '2026-01-01T00:00:00.000Z';
    expect(await entries()).toMatchObject([
      {
        at,
        event: 'commanded',
        command: 'suspend',
        by: 'alice',
        via: 'dashboard',
        until: '2026-01-01T00:00:01.000Z',
      },
      { at, event: 'attributed', key: 'App/a', actor: 'carol@acme.example', reconcileId: 'of a' },
      {
        at,
        event: 'reconciled',
        key: 'App/a',
        objectId: 'id-a',
        action: 'update',
        outcome: 'done',
        trigger: 'drift',
        revision: 'abc',
        fields: changes,
        actor: 'bob@acme.example',
      },
    ]);
  });

  it('records the health after a change, which is found as a failure and with its object', async () => {
    const event = { kind: 'Connector', name: 'c', id: 'id', health: 'Failing', reason: 'no access' } as const;
    events.emit('health after change', { ...event, waitedMs: 60_000 });
    events.emit('health after change', { ...event, health: 'Healthy', reason: undefined, waitedMs: 60_000 });
    const failed = { event: 'health', key: 'Connector/c', health: 'Failing', reason: 'no access' };
    expect((await history.page({ limit: 9, action: 'failed' })).entries).toMatchObject([failed]);
    expect((await history.page({ limit: 9, key: 'Connector/c' })).entries).toHaveLength(2);
    const page = await history.page({ limit: 9, key: 'Connector/c' });
    expect(renderHistory(page, { colour: false, width: 100 })).toContain(
      'Connector/c  health after the change: Failing, no access\n',
    );
  });

  it('records a status once', async () => {
    reconciled('calm');
    for (let time = 0; time < 3; time += 1) held('a', 'too many');
    held('a', 'another reason');
    reconciled('a');
    reconciled('a', { status: 'Settling' });
    expect(await recorded()).toEqual(['App/a Synced', 'App/a Held', 'App/a Held']);
  });

  it('continues after a restart, and repeats no entry', async () => {
    held('a', 'too many');
    updated('b');
    await restart();
    held('a', 'too many');
    reconciled('b');
    reconciled('a');
    expect(await recorded()).toEqual(['App/a Synced', 'App/b Synced', 'App/a Held']);
    const ids = (await entries()).map(({ id }) => id);
    expect([...ids].sort((a, b) => b - a)).toEqual(ids);
  });

  it('continues with higher ids when the clock was set back', async () => {
    updated('a');
    await history.close();
    clock = new VirtualClock(Date.parse('2020-01-01T00:00:00Z'));
    await open();
    updated('b');
    expect(await recorded()).toEqual(['App/b Synced', 'App/a Synced']);
  });

  it('skips half a line of a killed process, and loses nothing else', async () => {
    updated('a');
    await history.close();
    await appendFile(path.join(directory, 'history.jsonl'), '{"id":1795369763660000,"at":"2026-11-22T17:4');
    await open();
    updated('b');
    expect(await recorded()).toEqual(['App/b Synced', 'App/a Synced']);
    expect(errors).toEqual([]);
  });

  it('is read in pages, also of one object only', async () => {
    for (let time = 0; time < 25; time += 1) updated(time % 5 === 0 ? 'a' : 'b');
    events.emit('commanded', {
      command: 'approve',
      by: 'alice',
      via: 'api',
      targets: ['sha256:1'],
      keys: ['App/a', 'App/c'],
    });
    const seen: number[] = [];
    let before: number | undefined;
    do {
      const page = await history.page({
        limit: 4,
        key: 'App/a',
        ...(before === undefined ? {} : { before }),
      });
      expect(page.entries.length).toBeLessThanOrEqual(4);
      seen.push(...page.entries.map(({ id }) => id));
      before = page.next ?? undefined;
    } while (before !== undefined);
    expect(seen).toHaveLength(6);
    expect(new Set(seen).size).toBe(6);
  });

  it('is read in pages that end early for long entries, and completely over all pages', async () => {
    const changes = [{ path: 'description', from: 'x'.repeat(200_000), to: 'y'.repeat(200_000) }];
    for (let time = 0; time < 8; time += 1) updated(`app-${time}`, { changes });
    const first = await history.page({ limit: 100 });
    expect(first.entries).toHaveLength(3);
    const second = await history.page({ limit: 100, before: Number(first.next) });
    const third = await history.page({ limit: 100, before: Number(second.next) });
    expect([second.entries.length, third.entries.length, third.next]).toEqual([3, 2, null]);
  });

  it('is bounded in files and bytes, keeps the newest, and is readable by its owner only', async () => {
    await restart({ fileBytes: 2_000 });
    for (let time = 0; time < 500; time += 1) updated(`app-${time}`);
    const all = await entries();
    expect(all[0]).toMatchObject({ key: 'App/app-499' });
    expect(all.length).toBeGreaterThan(20);
    expect(all.length).toBeLessThan(200);
    const ids = all.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const files = await readdir(directory);
    expect(files.length).toBe(8);
    for (const name of files) {
      const facts = await stat(path.join(directory, name));
      expect(facts.size).toBeLessThan(3_000);
      expect(facts.mode & 0o777).toBe(0o600);
    }
    await restart({ fileBytes: 2_000 });
    expect((await entries())[0]).toMatchObject({ key: 'App/app-499' });
  });

  it('remembers the status of the last fifty thousand objects', async () => {
    held('a', 'too many');
    for (let index = 0; index < 50_000; index += 1) held(`b-${index}`, 'too many');
    held('b-49999', 'too many');
    expect(await recorded()).toEqual(
      Array.from({ length: 1000 }, (_, back) => `App/b-${49_999 - back} Held`),
    );
    held('a', 'too many');
    expect((await recorded())[0]).toBe('App/a Held');
  });

  it('is read from the folder alone', async () => {
    updated('a');
    await history.close();
    expect((await readHistory(directory, { limit: 1 })).entries).toMatchObject([{ key: 'App/a' }]);
    const empty = path.join(directory, 'nowhere');
    expect(await readHistory(empty, { limit: 1 })).toEqual({ entries: [], next: null });
  });

  it('reports a failed write once, and disturbs nothing', async () => {
    await history.close();
    await rm(directory, { recursive: true });
    await writeFile(directory, 'a file in the place of the folder');
    await open();
    updated('a');
    updated('b');
    await history.close();
    updated('c');
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(2);
  });
});

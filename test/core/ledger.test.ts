import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Backoff } from '../../src/core/backoff.js';
import { Ledger } from '../../src/core/ledger.js';
import { systemRandom } from '../../src/core/random.js';
import { type FileRecordStore, openStore } from '../../src/core/record-store.js';
import { VirtualClock } from '../support/virtual-clock.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const MINUTE = 60_000;

let directory: string;
let store: FileRecordStore;
let ledger: Ledger;
const clock = new VirtualClock(NOW);

async function open(): Promise<void> {
  store = await openStore({ directory, mode: 'write', clock });
  ledger = new Ledger(store);
}

async function restart(): Promise<void> {
  await store.close();
  await open();
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'c1sync-ledger-'));
  await open();
});

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

describe('the changes of the last hour', () => {
  it('count from before their note is durable, and survive a restart', async () => {
    const noted = ledger.begin({ sort: 'deletes', key: 'App/a', at: NOW });
    expect(ledger.executed(NOW)).toEqual([{ sort: 'deletes', key: 'App/a', at: NOW }]);
    await noted;
    await restart();
    expect(ledger.executed(NOW + 59 * MINUTE)).toEqual([{ sort: 'deletes', key: 'App/a', at: NOW }]);
    expect(ledger.executed(NOW + 60 * MINUTE)).toEqual([]);
  });

  it('leave no trace where nothing was done after all, but for an earlier one', async () => {
    await ledger.begin({ sort: 'updates', key: 'App/a', at: NOW });
    const takeBack = await ledger.begin({ sort: 'updates', key: 'App/a', at: NOW + MINUTE });
    const other = await ledger.begin({ sort: 'updates', key: 'App/b', at: NOW });
    await Promise.all([takeBack(), other()]);
    expect(ledger.executed(NOW)).toEqual([{ sort: 'updates', key: 'App/a', at: NOW }]);
    await restart();
    expect(ledger.executed(NOW)).toEqual([{ sort: 'updates', key: 'App/a', at: NOW }]);
  });

  it('are forgotten when they are over', async () => {
    await ledger.begin({ sort: 'updates', key: 'App/a', at: NOW - 60 * MINUTE });
    await ledger.begin({ sort: 'updates', key: 'App/b', at: NOW - 59 * MINUTE });
    await ledger.prune(NOW);
    expect([...store.records().notes.keys()]).toEqual(['executed/updates/App/b']);
  });
});

describe('an approval', () => {
  it('survives a restart and ends once', async () => {
    await ledger.approve([{ hash: 'sha256:aa', key: 'App/a', at: NOW }]);
    await restart();
    expect([...ledger.approvals]).toEqual([['sha256:aa', { hash: 'sha256:aa', key: 'App/a', at: NOW }]]);
    await ledger.endApproval('sha256:aa');
    expect(ledger.approvals.size).toBe(0);
    await restart();
    expect(ledger.approvals.size).toBe(0);
  });
});

describe('a suspension', () => {
  it('survives a restart, ends by itself and gives way to another one of its target', async () => {
    await ledger.suspend({ target: '*', reason: 'first', at: NOW });
    await ledger.suspend({ target: '*', reason: 'second', at: NOW, until: NOW + MINUTE });
    await ledger.suspend({ target: 'team=x', reason: 'third', at: NOW });
    await restart();
    expect(ledger.suspensions(NOW).map(({ reason }) => reason)).toEqual(['second', 'third']);
    expect(ledger.suspensions(NOW + MINUTE).map(({ reason }) => reason)).toEqual(['third']);
    await ledger.prune(NOW + MINUTE);
    expect([...store.records().notes.keys()]).toEqual(['suspension/team=x']);
    await ledger.endSuspension('team=x');
    expect(store.records().notes.size).toBe(0);
  });
});

describe('a wait after a failure', () => {
  const rested = (): Backoff => new Backoff(clock, { ...systemRandom, number: () => 1 }, ledger);

  it('survives a restart where the same attempt would fail again', async () => {
    const before = rested();
    const { until } = before.failed('App/a', 'h1', 'forbidden', true);
    before.failed('App/b', 'h1', 'down', false);
    await restart();
    const after = rested();
    expect(after.standing('App/a', 'h1')).toMatchObject({ until, reason: 'forbidden', terminal: true });
    expect(after.standing('App/a', 'h2')).toBeUndefined();
    expect(after.standing('App/b', 'h1')).toBeUndefined();
  });

  it.each<[string, (backoff: Backoff) => void]>([
    ['success', (backoff) => backoff.succeeded('App/a')],
    ['somebody asking for another try', (backoff) => backoff.clear()],
    ['a failure that may pass', (backoff) => void backoff.failed('App/a', 'h2', 'down', false)],
  ])('is forgotten for good by %s', async (_, end) => {
    const backoff = rested();
    backoff.failed('App/a', 'h1', 'forbidden', true);
    end(backoff);
    await restart();
    expect(rested().standing('App/a', 'h1')).toBeUndefined();
    expect(store.records().notes.size).toBe(0);
  });
});

describe('the sign of a recovery', () => {
  it('survives a restart', async () => {
    expect(ledger.recovering).toBe(false);
    await ledger.setRecovering(true);
    await restart();
    expect(ledger.recovering).toBe(true);
    await ledger.setRecovering(false);
    await restart();
    expect(ledger.recovering).toBe(false);
  });
});

describe('notes that cannot be understood', () => {
  it('count for nothing and stay where they are', async () => {
    const notes: Record<string, unknown> = {
      'executed/updates/App/a': 'long ago',
      'executed/rewrites/App/a': { at: NOW },
      'approval/sha256:aa': 7,
      'suspension/*': { reason: 'no target' },
      'wait/App/a': { until: 'tomorrow' },
      recovering: 'perhaps',
      'of/another/kind': { at: NOW },
    };
    for (const [key, value] of Object.entries(notes)) await store.putNote(key, value);
    await restart();
    expect(ledger.executed(NOW)).toEqual([]);
    expect(ledger.approvals.size).toBe(0);
    expect(ledger.suspensions(NOW)).toEqual([]);
    expect(ledger.waits.size).toBe(0);
    expect(ledger.recovering).toBe(false);
    await ledger.prune(NOW);
    expect(Object.fromEntries(store.records().notes)).toEqual(notes);
  });
});

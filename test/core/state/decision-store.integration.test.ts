import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Backoff } from '../../../src/core/apply/backoff.js';
import { steadyClock } from '../../../src/core/model/clock.js';
import { systemRandom } from '../../../src/core/model/random.js';
import { DecisionStore, namesakesIn, recoveryNotes } from '../../../src/core/state/decision-store.js';
import type { FileRecordStore } from '../../../src/core/state/file-store.js';
import { openStore } from '../../../src/core/state/record-store.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const MINUTE = 60_000;

let directory: string;
let store: FileRecordStore;
let decisions: DecisionStore;
const wall = new VirtualClock(NOW);
const clock = steadyClock(wall);

async function open(): Promise<void> {
  store = await openStore({ directory, mode: 'write', clock });
  decisions = new DecisionStore(store, clock);
}

async function restart(): Promise<void> {
  await store.close();
  await open();
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'c1sync-decisions-'));
  await open();
});

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const update = (name: string) => ({ sort: 'updates', key: `App/${name}` }) as const;
const deletion = { sort: 'deletes', key: 'App/a' } as const;

/** The counted times, as minutes before now. */
const counted = (): readonly [string, number][] =>
  decisions.executed().map(({ sort, key, at }) => [`${sort}/${key}`, (clock.now() - at) / MINUTE]);

describe('the changes of the last hour', () => {
  it('count from before their note is durable, and survive a restart', async () => {
    const noted = decisions.begin(deletion, undefined);
    expect(counted()).toEqual([['deletes/App/a', 0]]);
    await noted;
    await restart();
    await wall.advance(59 * MINUTE);
    expect(counted()).toEqual([['deletes/App/a', 59]]);
    await wall.advance(MINUTE);
    expect(counted()).toEqual([]);
  });

  it('count each deletion of a key, and the last update of an object', async () => {
    for (let round = 0; round < 3; round += 1) {
      await decisions.begin(deletion, undefined);
      await decisions.begin(update('a'), undefined);
      await wall.advance(MINUTE);
      await restart();
    }
    expect(counted()).toEqual([
      ['deletes/App/a', 3],
      ['deletes/App/a', 2],
      ['deletes/App/a', 1],
      ['updates/App/a', 1],
    ]);
    expect(decisions.begun).toBe(4);
    await wall.advance(57 * MINUTE);
    expect(counted()).toHaveLength(3);
  });

  it('leave no trace where nothing was done after all, but for an earlier one', async () => {
    await decisions.begin(update('a'), undefined);
    await wall.advance(MINUTE);
    const takeBack = await decisions.begin(update('a'), undefined);
    const other = await decisions.begin(update('b'), undefined);
    await Promise.all([takeBack(), other()]);
    expect(counted()).toEqual([['updates/App/a', 1]]);
    expect(decisions.begun).toBe(1);
    await restart();
    expect(counted()).toEqual([['updates/App/a', 1]]);
  });

  it('are forgotten when they are over', async () => {
    await decisions.begin(update('a'), undefined);
    await wall.advance(MINUTE);
    await decisions.begin(update('b'), undefined);
    await wall.advance(59 * MINUTE);
    await decisions.prune(wall.now());
    expect([...store.records().notes.keys()]).toEqual(['executed/updates/App/b']);
  });

  it.each([-120, 120])('make no room when the clock is moved by %i minutes', async (minutes) => {
    await decisions.begin(deletion, undefined);
    wall.step(minutes * MINUTE);
    expect(counted()).toEqual([['deletes/App/a', 0]]);
    await decisions.prune(wall.now());
    await wall.advance(59 * MINUTE);
    expect(counted()).toEqual([['deletes/App/a', 59]]);
    await wall.advance(MINUTE);
    expect(counted()).toEqual([]);
  });

  it('count as now if their recorded time is in the future', async () => {
    await decisions.begin(deletion, undefined);
    wall.step(-120 * MINUTE);
    await restart();
    expect(counted()).toEqual([['deletes/App/a', 0]]);
    await wall.advance(60 * MINUTE);
    expect(counted()).toEqual([]);
  });

  it('are read as version 0.1.0 wrote them', async () => {
    await store.putNote('executed/updates/App/a', { at: clock.now() - 10 * MINUTE });
    await restart();
    expect(counted()).toEqual([['updates/App/a', 10]]);
  });
});

describe('an approval', () => {
  const approval = { hash: 'sha256:aa', key: 'App/a', at: NOW, group: 'freeze', by: 'alice' };

  it('survives a restart with who gave it, and ends once', async () => {
    await decisions.approve([approval]);
    await restart();
    expect([...decisions.approvals]).toEqual([['sha256:aa', approval]]);
    await decisions.endApproval('sha256:aa');
    expect(decisions.approvals.size).toBe(0);
    await restart();
    expect(decisions.approvals.size).toBe(0);
  });

  it('is used up for good when its change begins, and given back whole', async () => {
    await decisions.approve([approval]);
    const takeBack = await decisions.begin(update('a'), approval);
    expect(decisions.approvals.size).toBe(0);
    expect(decisions.executed()).toMatchObject([{ approved: true }]);
    await takeBack();
    await restart();
    expect([...decisions.approvals]).toEqual([['sha256:aa', approval]]);
    expect(decisions.executed()).toEqual([]);
    await decisions.begin(update('a'), approval);
    await restart();
    expect(decisions.approvals.size).toBe(0);
    expect(decisions.executed()).toMatchObject([{ approved: true }]);
  });

  it('stays where its use cannot be written down', async () => {
    await decisions.approve([approval]);
    const full = { records: () => store.records(), putNote: () => Promise.reject(new Error('disk full')) };
    const failing = new DecisionStore(full, clock);
    await expect(failing.begin(update('a'), approval)).rejects.toThrow('disk full');
    expect([...failing.approvals.values()]).toEqual([approval]);
    expect(failing.executed()).toEqual([]);
  });
});

describe('a suspension', () => {
  it('survives a restart, ends by itself and is replaced by another one of its target', async () => {
    await decisions.suspend({ target: '*', reason: 'first', at: NOW });
    await decisions.suspend({ target: '*', reason: 'second', at: NOW, until: NOW + MINUTE });
    await decisions.suspend({ target: 'team=x', reason: 'third', at: NOW });
    await restart();
    expect(decisions.suspensions(NOW).map(({ reason }) => reason)).toEqual(['second', 'third']);
    expect(decisions.suspensions(NOW + MINUTE).map(({ reason }) => reason)).toEqual(['third']);
    await decisions.prune(NOW + MINUTE);
    expect([...store.records().notes.keys()]).toEqual(['suspension/team=x']);
    await decisions.endSuspension('team=x');
    expect(store.records().notes.size).toBe(0);
  });
});

describe('a wait after a failure', () => {
  const rested = (): Backoff => new Backoff(clock, { ...systemRandom, number: () => 1 }, decisions);

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
    const news = { undecided: ['one'], decided: [] };
    await store.commit({
      objects: new Map(),
      intents: new Map(),
      notes: recoveryNotes({ recovering: true, ...news }, false),
    });
    await restart();
    expect(decisions.recovering).toBe(true);
    expect(namesakesIn(store.records())).toEqual(['one']);
    const over = { recovering: false, undecided: [], decided: ['one'] };
    await store.commit({ objects: new Map(), intents: new Map(), notes: recoveryNotes(over, true) });
    await restart();
    expect(decisions.recovering).toBe(false);
    expect(namesakesIn(store.records())).toEqual([]);
  });
});

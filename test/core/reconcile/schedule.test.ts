import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../../src/core/apply/result.js';
import type { Standing, Status } from '../../../src/core/model/change.js';
import { CallError } from '../../../src/core/model/errors.js';
import { EventBus, type Trigger } from '../../../src/core/model/events.js';
import { systemRandom } from '../../../src/core/model/random.js';
import type { Intent } from '../../../src/core/model/record.js';
import type { SweepScope } from '../../../src/core/model/scope.js';
import type { Sweep } from '../../../src/core/reconcile/reconcile.js';
import { Scheduler } from '../../../src/core/reconcile/schedule.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const INTERVAL = 600_000;

/** The requested sweeps: seconds since the beginning, trigger, and scope. */
type Asked = [seconds: number, trigger: Trigger, scope: string];

let clock: VirtualClock;
let events: EventBus;
let scheduler: Scheduler;
let asked: Asked[];
let reported: string[];
let intents: Map<string, Intent>;
/** How the next sweeps end; what is not said ends well with nothing to do. */
let ends: (() => Promise<Partial<Sweep>> | Partial<Sweep>)[];

beforeEach(() => {
  clock = new VirtualClock(0);
  events = new EventBus();
  asked = [];
  reported = [];
  intents = new Map();
  ends = [];
  events.on('tenant unreachable', ({ reason }) => reported.push(`unreachable: ${reason}`));
  events.on('tenant reachable', ({ downMs }) => reported.push(`reachable after ${downMs}`));
  scheduler = new Scheduler({
    reconciler: {
      reconcileOnce: async ({ trigger, scope }) => {
        asked.push([clock.now() / 1000, trigger, scope === 'all' ? 'all' : [...scope].sort().join()]);
        const end = await (ends.shift() ?? (() => ({})))();
        return { ...sweepWith([]), ...end };
      },
    },
    store: { intent: (key) => intents.get(key) },
    events,
    clock,
    intervalMs: INTERVAL,
    random: { ...systemRandom, number: () => 1 },
  });
});
afterEach(() => scheduler.stop());

function sweepWith(
  standings: readonly [key: string, status: Status][],
  results: readonly Partial<Result>[] = [],
) {
  const plan = {
    changes: results.map(({ key }) => ({ key })),
    bookkeeping: [],
    standings: standings.map(([key, status]) => ({ key, status, reason: `why ${key}` }) as Standing),
  };
  return { plan, results: Promise.resolve(results) } as object as Sweep;
}

const keys = (...names: string[]): SweepScope => new Set(names);
const seconds = (count: number) => clock.advance(count * 1000);
const down = (): never => {
  throw new CallError('the tenant is down', { terminal: false, effect: 'none' });
};

describe('tickets', () => {
  it('stay open until a sweep that began afterwards has ended with its changes', async () => {
    let observed = (): void => {};
    let done = (_: readonly Result[]): void => {};
    ends.push(
      () =>
        new Promise((resolve) => {
          observed = () => resolve({});
        }),
      () => ({
        results: new Promise<readonly Result[]>((resolve) => {
          done = resolve;
        }),
      }),
    );
    const served: unknown[] = [];
    events.on('triggers served', () => served.push(scheduler.open));
    const first = scheduler.request('start', 'all');
    await seconds(1);
    const second = scheduler.request('command', keys('a'));
    expect(scheduler.request('file', keys('b'))).toBe(second);
    expect(scheduler.open).toEqual([first, second]);
    observed();
    await seconds(1);
    expect(asked.map(([, , scope]) => scope)).toEqual(['all', 'a,b']);
    expect(scheduler.open).toEqual([second]);
    done([]);
    await seconds(1);
    expect(scheduler.open).toEqual([]);
    // Whoever follows the events asks again when a ticket is no longer open.
    expect(served).toEqual([[second], []]);
  });

  it('stay open over failed sweeps, also while others succeed', async () => {
    ends.push(down, down);
    const ticket = scheduler.request('command', keys('a'));
    await seconds(0.5);
    const other = scheduler.request('file', keys('b'));
    await seconds(0.1);
    expect(scheduler.open).toEqual([ticket, other]);
    const third = scheduler.request('file', keys('c'));
    await seconds(0.1);
    expect(scheduler.open).toEqual([ticket, other]);
    expect(third).toBeGreaterThan(other);
    await seconds(60);
    expect(asked.at(-1)?.slice(1)).toEqual(['retry', 'a,b']);
    expect(scheduler.open).toEqual([]);
  });
});

describe('triggers', () => {
  it('become one sweep each while no sweep runs', async () => {
    scheduler.request('start', 'all');
    await seconds(1);
    scheduler.request('file', keys('a'));
    await seconds(1);
    expect(asked).toEqual([
      [0, 'start', 'all'],
      [1, 'file', 'a'],
    ]);
  });

  it('that come during a sweep are merged into the next: all they name, for what counts most', async () => {
    let finish = (): void => {};
    ends.push(() => new Promise((resolve) => (finish = () => resolve({}))));
    scheduler.request('interval', 'all');
    await seconds(1);
    scheduler.request('retry', keys('a'));
    scheduler.request('file', keys('b'));
    scheduler.request('signal', keys('a', 'c'));
    await seconds(1);
    expect(asked).toHaveLength(1);
    finish();
    await seconds(1);
    expect(asked.slice(1)).toEqual([[2, 'file', 'a,b,c']]);
  });

  it('that want everything swallow those that name something', async () => {
    let finish = (): void => {};
    ends.push(() => new Promise((resolve) => (finish = () => resolve({}))));
    scheduler.request('start', keys('x'));
    await seconds(1);
    scheduler.request('retry', keys('a'));
    scheduler.request('interval', 'all');
    finish();
    await seconds(1);
    expect(asked[1]).toEqual([1, 'retry', 'all']);
  });

  it('do nothing once it has stopped, and a running sweep is aborted', async () => {
    scheduler.request('start', 'all');
    await seconds(1);
    await scheduler.stop();
    scheduler.request('file', keys('a'));
    await clock.advance(10 * INTERVAL);
    expect(asked).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});

describe('time', () => {
  it('brings a full sweep an interval after the last one ended', async () => {
    scheduler.request('start', 'all');
    await seconds(300);
    scheduler.request('file', keys('a'));
    await seconds(700);
    expect(asked).toEqual([
      [0, 'start', 'all'],
      [300, 'file', 'a'],
      [600, 'interval', 'all'],
    ]);
    scheduler.request('command', 'all');
    await seconds(601);
    expect(asked.slice(3)).toEqual([
      [1000, 'command', 'all'],
      [1600, 'interval', 'all'],
    ]);
  });

  it('reports the end of the first full sweep with its changes', async () => {
    let finish = (): void => {};
    const results = new Promise<readonly Result[]>((resolve) => (finish = () => resolve([])));
    ends.push(() => ({ results }));
    let started = false;
    void scheduler.started.then(() => {
      started = true;
    });
    scheduler.request('file', keys('a'));
    await seconds(1);
    expect(started).toBe(false);
    ends.push(() => ({ results }));
    scheduler.request('start', 'all');
    await seconds(1);
    expect(started).toBe(false);
    finish();
    await seconds(1);
    expect(started).toBe(true);
  });
});

describe('a tenant that is down', () => {
  it('is retried with growing waits of at most a minute, and reported once', async () => {
    ends.push(...Array.from({ length: 9 }, () => down));
    scheduler.request('start', 'all');
    await seconds(1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 + 60 + 1);
    expect(asked.map(([at]) => at)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
    expect(reported).toEqual(['unreachable: the tenant is down', 'reachable after 243000']);
    ends.push(down);
    scheduler.request('command', 'all');
    await seconds(3);
    expect(reported.slice(2)).toEqual(['unreachable: the tenant is down', 'reachable after 1000']);
  });

  it('keeps the requested scope', async () => {
    ends.push(down, down);
    scheduler.request('file', keys('a'));
    await clock.advance(500);
    scheduler.request('file', keys('b'));
    await seconds(5);
    const scopes = asked.slice(2).flatMap(([, , scope]) => scope.split(','));
    expect(scopes.includes('all') || (scopes.includes('a') && scopes.includes('b'))).toBe(true);
  });

  it('is not what failing definitions are called', async () => {
    ends.push(() => {
      throw new Error('the directory is not there');
    });
    scheduler.request('start', 'all');
    await seconds(2);
    expect(asked).toHaveLength(2);
    expect(reported).toEqual([]);
  });
});

describe('an object', () => {
  it('whose change failed is requeued when its wait is over', async () => {
    ends.push(() => sweepWith([], [{ key: 'a', status: 'Failed', retryAt: 7_000 }]));
    scheduler.request('start', 'all');
    await seconds(8);
    expect(asked[1]).toEqual([7, 'retry', 'a']);
  });

  it('that fails repeatedly is requeued no more often for it', async () => {
    const failing = () => sweepWith([], [{ key: 'a', status: 'Failed', retryAt: 7_000 }]);
    ends.push(failing, failing, failing);
    for (let round = 0; round < 3; round += 1) {
      scheduler.request('file', keys('a'));
      await seconds(1);
    }
    await seconds(10);
    expect(asked.filter(([, trigger]) => trigger === 'retry')).toEqual([[7, 'retry', 'a']]);
  });

  it('that settles is observed every minute', async () => {
    const settling = () => sweepWith([['a', 'Settling']]);
    ends.push(settling, settling);
    scheduler.request('file', keys('a'));
    await seconds(200);
    expect(asked).toEqual([
      [0, 'file', 'a'],
      [60, 'retry', 'a'],
      [120, 'retry', 'a'],
    ]);
  });

  it('whose create was lost is searched for soon, then less and less often', async () => {
    intents.set('a', { key: 'a', kind: 'K', natural: {}, at: 0, knownIds: [], misses: 0 });
    ends.push(...Array.from({ length: 30 }, () => () => sweepWith([['a', 'Settling']])));
    scheduler.request('start', keys('a'));
    await seconds(130);
    expect(asked.map(([at]) => at)).toEqual([0, 1, 2, 4, 8, 16, 32, 62, 92, 122]);
  });

  it('that is unreadable or blocked by its parent is requeued soon, then with growing waits', async () => {
    ends.push(
      ...Array.from(
        { length: 30 },
        () => () =>
          sweepWith([
            ['a', 'Failed'],
            ['b', 'Synced'],
          ]),
      ),
    );
    scheduler.request('start', 'all');
    await seconds(70);
    expect(asked.slice(1)).toEqual([1, 3, 7, 15, 31, 63].map((at) => [at, 'retry', 'a']));
  });

  it('that is held until a moment is requeued then, many of them by one timer in one sweep', async () => {
    const standings = Array.from(
      { length: 500 },
      (_, n) => ({ key: `a${n}`, status: 'Held', reason: 'frozen', requeueAt: 60_000 }) as Standing,
    );
    const held = () => ({ plan: { ...sweepWith([]).plan, standings } });
    ends.push(held, held);
    scheduler.request('file', keys('a0'));
    await seconds(1);
    expect(clock.pending).toBe(1);
    await seconds(58);
    expect(asked).toHaveLength(1);
    // Still held, for a reason that time should have lifted by now: that is no cause for a busy loop.
    await seconds(2);
    expect(asked.map(([at, trigger]) => [at, trigger])).toEqual([
      [0, 'file'],
      [60, 'retry'],
      [61, 'retry'],
    ]);
    expect(asked[1]?.[2].split(',')).toHaveLength(500);
  });

  it('that is held or in sync is left to the next full sweep', async () => {
    ends.push(() =>
      sweepWith([
        ['a', 'Held'],
        ['b', 'Synced'],
        ['c', 'Gone'],
        ['d', 'TakenOver'],
        ['e', 'Orphaned'],
      ]),
    );
    scheduler.request('start', 'all');
    await clock.advance(INTERVAL - 1);
    expect(asked).toHaveLength(1);
  });
});

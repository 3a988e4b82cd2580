import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Scheduler } from '../../../src/core/reconcile/schedule.js';
import { type Doc, file } from '../../support/definitions.js';
import { passUntil, whileTimePasses } from '../../support/pace.js';
import { Rig, type RigOptions } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const MINUTE = 60_000;
const NAMES = ['one', 'two', 'three'];

let clock: VirtualClock;
let rig: Rig;
let scheduler: Scheduler;
/** Sweeps that ended, by trigger and scope. */
let sweeps: string[];
/** Sweeps that ended with a write. */
let writing: number;

beforeEach(() => {
  sweeps = [];
  writing = 0;
});
afterEach(async () => {
  await scheduler?.stop();
  await rig?.stop();
});

/** Managed apps in sync, and a scheduler that only time triggers. */
async function begin(settings: RigOptions['settings'], startAt = '2026-11-22T12:00:00Z'): Promise<void> {
  clock = new VirtualClock(Date.parse(startAt));
  rig = await Rig.start({ clock, ...(settings === undefined ? {} : { settings }) });
  rig.bus.on('sweep finished', ({ trigger, scope, summary }) => {
    sweeps.push(`${trigger} ${scope}`);
    if (summary.update > 0) writing += 1;
  });
  scheduler = new Scheduler({
    ...rig.core,
    store: rig.store,
    events: rig.bus,
    clock,
    intervalMs: 24 * 60 * MINUTE,
  });
  await define('First');
  scheduler.request('start', 'all');
  await whileTimePasses(clock, scheduler.started);
}

async function define(description: string): Promise<void> {
  const docs = NAMES.map((name): Doc => ({ kind: 'App', name, spec: { displayName: name, description } }));
  await rig.write('all.yaml', file(...docs));
}

/** How many of the apps have this description in the tenant. */
async function described(description: string): Promise<number> {
  const { apps } = await rig.tenant.state();
  return apps.filter((app) => app.description === description).length;
}

/** Sweeps the changed definitions like the trigger of a changed file. */
async function sweepFiles(): Promise<void> {
  sweeps.length = 0;
  scheduler.request('file', 'all');
  await passUntil(clock, () => sweeps.length === 1);
}

/** Moves to a moment; an earlier sweep fails the test. */
async function quietUntil(at: number): Promise<void> {
  sweeps.length = 0;
  await clock.advance(at - 1 - clock.now());
  expect(sweeps).toEqual([]);
  await clock.advance(1);
}

describe('without a trigger from outside', () => {
  it('the end of a freeze window releases its held changes', async () => {
    // Sundays from 12:30 for two hours.
    const freeze = [{ cron: '30 12 * * 0', durationMs: 120 * MINUTE, timezone: 'UTC' }];
    await begin({ freeze });
    await clock.advance(60 * MINUTE);
    await define('Second');
    await sweepFiles();
    expect(await described('Second')).toBe(0);
    await quietUntil(Date.parse('2026-11-22T14:30:00Z'));
    await passUntil(clock, async () => (await described('Second')) === NAMES.length);
    await passUntil(clock, () => sweeps.length > 0);
    expect(sweeps).toEqual(['retry targeted']);
  });

  it('a limit releases the next change as it allows, checked at most once a minute', async () => {
    await begin({ limits: { updates: { count: 1 } } });
    writing = 0;
    for (let done = 0; done < NAMES.length; done += 1) {
      const asked = clock.now();
      if (done === 0) {
        await define('Second');
        await sweepFiles();
      } else await quietUntil(Math.floor(asked / MINUTE) * MINUTE + 60 * MINUTE);
      await passUntil(clock, () => writing === done + 1);
      expect(sweeps.length).toBeLessThanOrEqual(2);
      expect(await described('Second')).toBe(done + 1);
    }
  });

  it('the end of a suspension releases its held changes, and shows its other objects as in sync', async () => {
    await begin({});
    await rig.suspend({ target: 'App/one', reason: 'a trial', forMs: 90 * MINUTE });
    await rig.suspend({ target: 'App/two', reason: 'another', forMs: 90 * MINUTE });
    const end = Math.ceil((clock.now() + 90 * MINUTE) / MINUTE) * MINUTE;
    const docs = NAMES.map(
      (name): Doc => ({
        kind: 'App',
        name,
        spec: { displayName: name, description: name === 'one' ? 'Second' : 'First' },
      }),
    );
    await rig.write('all.yaml', file(...docs));
    await sweepFiles();
    expect(rig.core.statusStore.get('App/two')?.status).toBe('Suspended');
    await quietUntil(end);
    await passUntil(clock, async () => (await described('Second')) === 1);
    await passUntil(clock, () => sweeps.length === 1);
    expect(sweeps).toEqual(['retry targeted']);
    expect(rig.core.statusStore.get('App/two')?.status).toBe('Synced');
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { steadyClock } from '../../../src/core/model/clock.js';
import { file } from '../../support/definitions.js';
import { type TestEmulator, testEmulator } from '../../support/emulator.js';
import { Rig } from '../../support/rig.js';
import { CLOCK_STEPS, VirtualClock } from '../../support/virtual-clock.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let clock: VirtualClock;
let tenant: TestEmulator;
let rig: Rig;
beforeEach(async () => {
  clock = new VirtualClock();
  // Nobody steps the clock of the tenant.
  tenant = await testEmulator({ clock: steadyClock(clock), ownerDelayMs: HOUR });
  rig = await Rig.start({
    clock,
    tenant,
    timeoutMs: 2 * SECOND,
    settings: { prune: true, onTakeover: 'once' },
  });
});
afterEach(async () => {
  await rig.stop();
  await tenant.close();
});

const app = (name: string, spec: object = {}) => ({
  kind: 'App',
  name,
  spec: { displayName: name.toUpperCase(), ...spec },
});

/** Sweeps; how often the tenant was asked with a method meanwhile. */
async function asked(method: string): Promise<number> {
  await rig.sweep();
  return (await rig.writes()).filter((write) => write.method === method).length;
}

/** Sweeps every few seconds until the tenant is asked with a method; how long after `begun` that is. */
async function timeUntil(method: string, begun: number, most = 3 * MINUTE): Promise<number> {
  while ((await asked(method)) === 0) {
    expect(clock.monotonic() - begun).toBeLessThan(most);
    await clock.advance(10 * SECOND);
  }
  return clock.monotonic() - begun;
}

describe.each([
  ['while it runs', async (ms: number) => clock.step(ms)],
  [
    'while it is down',
    async (ms: number) => {
      await rig.store.close();
      clock.step(ms);
      await rig.open();
    },
  ],
])('the time of day is set %s', (_when, set) => {
  it.each(CLOCK_STEPS)('%s: an interval lies between the two loads before a deletion', async (_name, ms) => {
    await rig.write('kept.yaml', file(app('kept')));
    await rig.write('gone.yaml', file(app('gone')));
    await rig.sweep();
    await rig.remove('gone.yaml');
    const begun = clock.monotonic();
    expect(await asked('DELETE')).toBe(0);
    await set(ms);
    expect(await timeUntil('DELETE', begun)).toBeGreaterThanOrEqual(MINUTE);
  });

  it.each(CLOCK_STEPS)(
    '%s: a lost create is repeated after its window, and not long after',
    async (_name, ms) => {
      await rig.write('new.yaml', file(app('new')));
      await tenant.faults({ match: 'POST /api/v1/apps', times: 1, status: 'reset' });
      const begun = clock.monotonic();
      expect(await asked('POST')).toBe(1);
      await set(ms);
      expect(await timeUntil('POST', begun)).toBeGreaterThanOrEqual(MINUTE);
    },
  );

  it.each(CLOCK_STEPS)('%s: an owner write has the time that it may take to show', async (_name, ms) => {
    await rig.write('app.yaml', file(app('app', { owners: ['alice@acme.example'] })));
    const begun = clock.monotonic();
    expect(await asked('PUT')).toBe(1);
    await set(ms);
    expect(await timeUntil('PUT', begun, 7 * MINUTE)).toBeGreaterThanOrEqual(5 * MINUTE);
  });

  it.each(CLOCK_STEPS)('%s: a second web edit within a day wins', async (_name, ms) => {
    await edited();
    await set(ms);
    await edit('theirs still');
    expect(await asked('POST')).toBe(0);
    expect(rig.core.statusStore.get('App/app')?.status).toBe('TakenOver');
  });

  it.each(CLOCK_STEPS)('%s: a web edit a day after the last one is reverted', async (_name, ms) => {
    await edited();
    await set(ms);
    await clock.advance(DAY);
    await edit('theirs again');
    expect(await asked('POST')).toBe(1);
  });
});

async function edit(description: string): Promise<void> {
  const [live] = await rig.apps('APP');
  await tenant.webEdit({ kind: 'App', id: String(live?.id), set: { description }, user: 'bob@acme.example' });
}

/** A web edit that was reverted. */
async function edited(): Promise<void> {
  await rig.write('app.yaml', file(app('app', { description: 'ours' })));
  await rig.sweep();
  await rig.writes();
  await edit('theirs');
  expect(await asked('POST')).toBe(1);
}

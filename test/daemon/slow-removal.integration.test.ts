import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/core/model/clock.js';
import { RunFollower } from '../../src/core/reconcile/run-follower.js';
import { Scheduler } from '../../src/core/reconcile/schedule.js';
import { runDaemon } from '../../src/daemon/daemon.js';
import { watchDefinitions } from '../../src/definitions/watch.js';
import { file } from '../support/definitions.js';
import { passTime } from '../support/pace.js';
import { Rig } from '../support/rig.js';
import { VirtualClock } from '../support/virtual-clock.js';

const MINUTE = 60_000;
const INTERVAL = 10 * MINUTE;
const NAMES = Array.from({ length: 8 }, (_, n) => `app-${n}`);

let clock: VirtualClock;
let rig: Rig;
let stop = (): void => {};
let ended: Promise<void> = Promise.resolve();
/** Sweeps that ended, by trigger. */
let sweeps: string[];

afterEach(async () => {
  stop();
  await passUntilEnded();
  await rig?.stop();
});

/** A poll each virtual minute instead of each second, through hours: events report the files. */
const withRarePolls = (time: VirtualClock): Clock => ({
  now: () => time.now(),
  monotonic: () => time.monotonic(),
  after: (ms, run) => time.after(ms < 1000 ? ms : MINUTE, run),
});

/** A daemon with pruning and a limit of three, whose apps are in sync, one file each. Watches real files in virtual time. */
async function begin(): Promise<void> {
  clock = new VirtualClock();
  sweeps = [];
  const settings = { prune: true, pruneAfterMs: MINUTE, limits: { deletes: { count: 3 } } };
  rig = await Rig.start({ clock, settings });
  for (const name of NAMES)
    await rig.write(`${name}.yaml`, file({ kind: 'App', name, spec: { displayName: name } }));
  rig.bus.on('sweep finished', ({ trigger }) => sweeps.push(trigger));
  const { core, store, bus: events } = rig;
  const scheduler = new Scheduler({ ...core, store, events, clock, intervalMs: INTERVAL });
  const signal = new Promise<string>((resolve) => {
    stop = () => resolve('SIGTERM');
  });
  ended = runDaemon({
    ...core,
    scheduler,
    follower: undefined,
    runs: new RunFollower({ ...core, events, clock }),
    clock,
    watch: (onChange) =>
      watchDefinitions({
        directory: path.join(rig.root, 'definitions'),
        extraFiles: () => [],
        debounceMs: 200,
        clock: withRarePolls(clock),
        onChange,
        onError: (error) => {
          throw error;
        },
      }),
    log: () => {},
    signals: { stop: signal, onReload: () => {} },
  });
  await passUntil(() => sweeps.includes('start'));
}

/** Waits for what takes real time, with virtual time going hardly faster. */
async function passUntil(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > giveUp) throw new Error('a minute has passed and it is not so');
    await clock.advance(5);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function passUntilEnded(): Promise<void> {
  let isEnded = false;
  void ended.then(() => {
    isEnded = true;
  });
  await passUntil(() => isEnded);
}

async function left(): Promise<string[]> {
  const { apps } = await rig.tenant.state();
  const names = apps.filter(({ deletedAt }) => !deletedAt).map(({ displayName }) => String(displayName));
  return names.filter((name) => NAMES.includes(name)).sort();
}

/** Removes the file of a definition, and waits until the daemon has seen it. */
async function remove(name: string): Promise<void> {
  const before = sweeps.length;
  await rm(path.join(rig.root, 'definitions', `${name}.yaml`));
  await passUntil(() => sweeps.length > before);
}

describe('a folder of definitions that is removed file by file while the daemon runs', {
  timeout: 180_000,
}, () => {
  // A deletion needs two full sweeps, a minute apart, that both find the definition absent and others present.
  it('deletes nothing when it is gone within a minute', async () => {
    await begin();
    for (const name of NAMES) await remove(name);
    await passTime(clock, 30 * MINUTE);
    expect(await left()).toEqual(NAMES);
  });

  it('deletes up to the limit when it is removed slowly, and nothing after it is empty', async () => {
    await begin();
    for (const name of NAMES.slice(0, -1)) {
      await remove(name);
      await passTime(clock, 5 * MINUTE);
    }
    const spared = NAMES.slice(3);
    expect(await left()).toEqual(spared);
    expect(rig.core.statusStore.get('App/app-3')?.status).toBe('Held');
    await remove(NAMES.at(-1) ?? '');
    // The hour of the limit is over, more than once.
    await passTime(clock, 130 * MINUTE);
    expect(await left()).toEqual(spared);
    expect(rig.core.statusStore.get('App/app-3')?.status).toBe('Invalid');
  });
});

import type { World } from './world.js';

/** How long requests that are under way are left alone between two looks, milliseconds. */
const LOOK_MS = 1_000;

/** By this time only one of several daemons is left, milliseconds. */
const CLEAR_MS = 45_000;

/** Ends every disturbance: from here on, all that processes do is to come to rest. */
export async function calmDown(world: World): Promise<void> {
  world.network.faults.length = 0;
  world.network.latency = [1, 20];
  world.healDisk();
  await world.tenantHas({ ownerDelayMs: 0, requestsPerSecond: 0, names: 'kept' });
  if (world.refuses) {
    for (const { causes } of world.model.things) causes.set('Failed', 'the tenant refused what we may not');
  }
  world.refuses = false;
  world.network.pageSize = undefined;
  world.repair();
  if (world.broken.size > 0) world.publish([...world.broken], []);
  for (const process of world.stopped) process.wake();
  for (const process of world.running) if (!process.isDaemon || process.isEnding) world.kill(process);
  if (world.daemons.length > 1) await world.loop.pass(CLEAR_MS);
  const unseenMs = world.ownersShowAt - world.loop.now;
  if (unseenMs > 0) await world.loop.pass(unseenMs);
  while (world.network.underWay > 0) await world.loop.pass(LOOK_MS);
}

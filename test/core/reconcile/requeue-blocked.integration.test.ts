import { afterEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../../src/core/model/events.js';
import { systemRandom } from '../../../src/core/model/random.js';
import { Scheduler } from '../../../src/core/reconcile/schedule.js';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let scheduler: Scheduler;
afterEach(async () => {
  await scheduler.stop();
  await rig.stop();
});

const app = { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } };
const connector = {
  kind: 'Connector',
  name: 'widgets-cloud',
  spec: { app: 'widgets', catalog: 'github-v2', displayName: 'Widgets Cloud' },
};

async function start(clock: VirtualClock): Promise<void> {
  rig = await Rig.start({ clock, timeoutMs: 2_000 });
  await rig.write('widgets.yaml', file(app, connector));
  scheduler = new Scheduler({
    reconciler: rig.core.reconciler,
    store: rig.store,
    events: new EventBus(),
    clock,
    intervalMs: 3_600_000,
    random: { ...systemRandom, number: () => 0.5 },
  });
}

/** Passes time until the condition holds; fails after ten minutes, long before the next sweep. */
async function passUntil(clock: VirtualClock, isSo: () => Promise<boolean>): Promise<void> {
  const until = clock.now() + 600_000;
  while (!(await isSo())) {
    expect(clock.now()).toBeLessThan(until);
    await clock.advance(1_000);
  }
}

describe('what could not be done for a reason that passes', () => {
  it('is made soon after its parent appears, before the next sweep', async () => {
    const clock = new VirtualClock();
    await start(clock);
    await rig.tenant.faults({
      match: 'POST /api/v1/apps',
      status: 'timeout',
      after: 'apply',
      delayMs: 10_000,
    });
    scheduler.request('start', 'all');
    await passUntil(clock, async () => (await rig.connectors('Widgets Cloud')).length === 1);
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });

  it('is observed again after a failed list', async () => {
    const clock = new VirtualClock();
    await start(clock);
    await rig.sweep();
    const [made] = await rig.connectors('Widgets Cloud');
    await rig.tenant.api('POST', `/api/v1/apps/${made?.appId}/connectors/${made?.id}/delegated`, {
      connector: { displayName: 'Widgets Cloud', description: 'drift' },
      updateMask: 'description',
    });
    await rig.write(
      'widgets.yaml',
      file(app, { ...connector, spec: { ...connector.spec, description: 'declared' } }),
    );
    await rig.tenant.faults({ match: 'GET /api/v1/apps/*/connectors', status: 500, times: 3 });
    scheduler.request('start', 'all');
    await passUntil(
      clock,
      async () => (await rig.connectors('Widgets Cloud'))[0]?.description === 'declared',
    );
  });
});

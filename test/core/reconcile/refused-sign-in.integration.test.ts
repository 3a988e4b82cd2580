import { afterEach, describe, expect, it } from 'vitest';
import type { SweepFinished } from '../../../src/core/model/events.js';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const app = { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } };
const MINUTE = 60_000;

async function begin(): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({ clock });
  await rig.write('widgets.yaml', file(app));
}

describe('a write that the tenant refuses', () => {
  it('for the sign-in is retried within minutes, since it is independent of the write', async () => {
    await begin();
    await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 401 });
    const { done } = await rig.sweep();
    expect(done).toMatchObject([
      { status: 'Failed', reason: expect.stringContaining('does not accept the access token') },
    ]);
    expect(Number(done[0]?.retryAt) - clock.now()).toBeLessThanOrEqual(5 * MINUTE);
    await clock.advance(5 * MINUTE);
    await rig.sweep('all', 'interval');
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });

  it('for itself is not', async () => {
    await begin();
    await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 403 });
    const { done } = await rig.sweep();
    expect(Number(done[0]?.retryAt) - clock.now()).toBeGreaterThan(20 * MINUTE);
  });
});

describe('the end of a sweep', () => {
  it.each([
    ['done', 'with an unresolved name', { grantPolicy: 'No such policy' }, []],
    ['done', 'without differences', {}, []],
    ['done', 'with a refused write', {}, [{ match: 'POST /api/v1/apps', status: 403 }]],
  ])('is %s %s', async (outcome, _, spec, faults) => {
    await begin();
    for (const fault of faults) await rig.tenant.faults(fault);
    await rig.write('widgets.yaml', file({ ...app, spec: { ...app.spec, ...spec } }));
    const ends: SweepFinished[] = [];
    rig.bus.on('sweep finished', (event) => ends.push(event));
    await rig.sweep();
    expect(ends.map((end) => end.outcome)).toEqual([outcome]);
  });

  it('is failed where the tenant refuses the credentials, also without definitions', async () => {
    rig = await Rig.start();
    await rig.tenant.faults({ match: 'GET /api/v1/auth/introspect', status: 401 });
    const ends: SweepFinished[] = [];
    rig.bus.on('sweep finished', (event) => ends.push(event));
    await expect(rig.sweep()).rejects.toThrow('does not accept the access token');
    expect(ends.map((end) => end.outcome)).toEqual(['failed']);
  });

  it('is done where the tenant does not say whose the credentials are', async () => {
    rig = await Rig.start();
    await rig.tenant.faults({ match: 'GET /api/v1/auth/introspect', status: 403 });
    expect((await rig.sweep()).plan.changes).toEqual([]);
  });

  it('asks again whose the credentials are in the next full sweep, until the tenant says it', async () => {
    rig = await Rig.start();
    await rig.tenant.faults({ match: 'GET /api/v1/auth/introspect', status: 403, times: 1 });
    const asked = async (): Promise<number> => {
      await rig.tenant.clearRequests();
      await rig.sweep();
      const requests = await rig.tenant.requests();
      return requests.filter(({ path }) => path === '/api/v1/auth/introspect').length;
    };
    expect([await asked(), await asked(), await asked()]).toEqual([1, 1, 0]);
  });
});

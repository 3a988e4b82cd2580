import { afterEach, describe, expect, it } from 'vitest';
import type { AdoptMode } from '../../../src/core/observe/matching.js';
import { crashing } from '../../support/crash.js';
import { file } from '../../support/definitions.js';
import { passTime, passUntil } from '../../support/pace.js';
import { Rig } from '../../support/rig.js';
import { says } from '../../support/says.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const app = {
  kind: 'App',
  name: 'widgets',
  spec: { displayName: 'Widgets', owners: ['alice@acme.example'] },
};
const connector = {
  kind: 'Connector',
  name: 'widgets-cloud',
  spec: {
    app: 'widgets',
    catalog: 'github-v2',
    displayName: 'Widgets Cloud',
    config: {
      C1_selected_field_group_name: 'github_personal_access_token_group',
      github_access_token: { valueFrom: { env: 'TOKEN' } },
    },
  },
};
const CREATES = ['POST /api/v1/apps', 'POST /api/v1/apps/*/connectors'];
const MODES: readonly AdoptMode[] = ['matching', 'marked', 'never'];

async function begin(adopt: AdoptMode): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({
    clock,
    adopt,
    timeoutMs: 2_000,
    env: { TOKEN: 'planted' },
    settings: { settleMs: 0 },
  });
  await rig.write('widgets.yaml', file(app, connector));
}

/** Sweeps every quarter of a minute until everything is in sync; gives the statuses on the way and when creates were sent. */
async function converge(
  seconds = 600,
): Promise<{ statuses: Set<string>; creates: string[]; times: number[] }> {
  const statuses = new Set<string>();
  const until = clock.now() + seconds * 1000;
  for (;;) {
    const { plan, done } = await rig.sweep();
    for (const { status } of [...plan.standings, ...done]) statuses.add(status);
    if (plan.standings.every(({ status }) => status === 'Synced')) break;
    expect(
      clock.now(),
      plan.standings.map(({ key, status, reason }) => [key, status, reason].join(' ')).join('\n'),
    ).toBeLessThan(until);
    await clock.advance(15_000);
  }
  const calls = (await rig.tenant.requests()).filter(
    ({ method, path }) => method === 'POST' && /^\/api\/v1\/apps(\/\w+\/connectors)?$/.test(path),
  );
  return {
    statuses,
    creates: calls.map(({ path }) => (path.endsWith('connectors') ? 'Connector' : 'App')),
    times: calls.map(({ time }) => Date.parse(time)),
  };
}

async function expectOneOfEach(): Promise<void> {
  expect(await rig.apps('Widgets')).toHaveLength(1);
  expect(await rig.connectors('Widgets Cloud')).toHaveLength(1);
  expect(rig.store.records().intents.size).toBe(0);
  expect([...rig.store.records().objects.values()].map(({ key, origin }) => [key, origin])).toEqual([
    ['App/widgets', 'created'],
    ['Connector/widgets-cloud', 'created'],
  ]);
  await rig.writes();
  const { plan } = await rig.sweep();
  expect(plan.changes).toEqual([]);
  expect(await rig.writes()).toEqual([]);
}

describe.each(MODES)('under adopt: %s', (adopt) => {
  it.each([
    ['never comes', { status: 'timeout' }],
    ['breaks off', { status: 'reset' }],
    ['is an error', { status: 500 }],
    ['is a page of HTML', { status: 'html' }],
    ['never comes, and the object only seconds later', { status: 'timeout', delayMs: 4_000 }],
    ['is an error, and the object comes only much later', { status: 500, delayMs: 25_000 }],
  ] as const)('finds what it made when the answer %s', async (_, fault) => {
    await begin(adopt);
    for (const match of CREATES) await rig.tenant.faults({ match, after: 'apply', ...fault });
    const { creates, statuses } = await converge();
    expect(creates).toEqual(['App', 'Connector']);
    expect(statuses).toContain(fault.status === 500 ? 'Failed' : 'Settling');
    const passing = fault.status === 500 ? ['Failed', 'Pending', 'Settling'] : ['Pending', 'Settling'];
    expect([...statuses].sort()).toEqual([...passing, 'Synced']);
    await expectOneOfEach();
  });

  it.each([
    ['never comes', 'timeout'],
    ['is an error', 500],
  ] as const)('makes it again, once, when the answer %s and nothing was made', async (_, status) => {
    await begin(adopt);
    for (const match of CREATES) await rig.tenant.faults({ match, status });
    const { creates, times } = await converge();
    expect(creates).toEqual(['App', 'App', 'Connector', 'Connector']);
    expect(Number(times[1]) - Number(times[0])).toBeGreaterThan(60_000);
    expect(Number(times[3]) - Number(times[2])).toBeGreaterThan(60_000);
    await expectOneOfEach();
  });

  it.each([
    ['killed between the call and the record', { at: 'putObject', how: 'hang' }],
    ['killed before the call', { at: 'putIntent', how: 'hang' }],
    ['killed between the record and the end of the intent', { at: 'removeIntent', how: 'hang' }],
    ['unable to write the record', { at: 'putObject', how: 'throw' }],
  ] as const)('makes exactly one after it was %s', async (_, crash) => {
    await begin(adopt);
    for (const after of [0, 1]) {
      let struck = Promise.resolve();
      await rig.restart({
        wrap: (store) => {
          const broken = crashing(store, { ...crash });
          struck = broken.struck;
          return broken.store;
        },
      });
      const dying = rig.core.reconciler
        .reconcileOnce({ trigger: 'command', scope: 'all' })
        .then(async (sweep) => {
          await sweep.results;
        });
      await rig.timed(Promise.race([struck, dying]));
      if (crash.how === 'throw') await rig.timed(dying);
      await rig.restart();
      if (after === 0) await converge();
    }
    const { creates } = await converge();
    expect(creates).toEqual(['App', 'Connector']);
    await expectOneOfEach();
  });
});

describe('what an intent means', () => {
  it('counts from the loss of the answer, not from the entry of the call into the queue', async () => {
    await begin('matching');
    const [match = ''] = CREATES;
    await rig.tenant.faults({ match, status: 429, retryAfter: 100 });
    await rig.tenant.faults({ match, status: 'timeout', after: 'apply', delayMs: 20_000 });
    await rig.sweep();
    for (let sweep = 0; sweep < 3; sweep += 1) await rig.sweep();
    const { creates } = await converge();
    expect(creates).toEqual(['App', 'App', 'Connector']);
    await expectOneOfEach();
  });

  it('counts from the first sweep after a kill, since it is unknown when the call was sent', async () => {
    await begin('never');
    await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 429, retryAfter: 19 });
    const dying = rig.core.reconciler.reconcileOnce({ trigger: 'command', scope: 'all' });
    await rig.timed(dying);
    await passUntil(clock, () => rig.store.intent('App/widgets') !== undefined);
    await passUntil(clock, async () => (await rig.tenant.requests()).some(({ status }) => status === 429));
    await passTime(clock, 10_000);
    clock.drop();
    await passTime(clock, 90_000);
    await rig.restart();
    const { plan } = await rig.sweep();
    await rig.sweep();
    expect(plan.standings.map(({ status, reason }) => [status, reason])).toEqual([
      ['Settling', says('create call was lost')],
      ['Pending', says('App/widgets', 'create call was lost')],
    ]);
    expect(rig.store.intent('App/widgets')).toBeDefined();
    await converge();
    await expectOneOfEach();
  });

  it('ends with two complete lists that agree, of after the window, and not before', async () => {
    await begin('matching');
    await rig.write('widgets.yaml', file(app));
    await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 'timeout' });
    const { done } = await rig.sweep();
    expect(done[0]).toMatchObject({
      status: 'Settling',
      reason: says('create call was lost', 'POST /api/v1/apps timed out after 2000 ms'),
    });
    await rig.sweep();
    await clock.advance(61_000);
    await rig.writes();
    await rig.tenant.faults({ match: 'GET /api/v1/apps', status: 500, times: 6 });
    await expect(rig.sweep()).rejects.toThrow('500');
    await expect(rig.sweep()).rejects.toThrow('500');
    for (let sweep = 0; sweep < 2; sweep += 1) {
      expect((await rig.sweep()).plan.standings[0]?.status).toBe('Settling');
      expect(await rig.writes()).toEqual([]);
    }
    expect((await rig.sweep()).plan.summary.create).toBe(1);
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });

  it('stays with the object when the definition is renamed meanwhile', async () => {
    await begin('never');
    for (const match of CREATES) {
      await rig.tenant.faults({ match, status: 'timeout', after: 'apply', delayMs: 30_000 });
    }
    await rig.sweep();
    const renamed = { ...connector, spec: { ...connector.spec, app: 'gadgets' } };
    await rig.write('widgets.yaml', file({ ...app, name: 'gadgets' }, renamed));
    await rig.sweep();
    expect(await rig.apps('Widgets')).toEqual([]);
    await clock.advance(31_000);
    await rig.sweep();
    await rig.write('widgets.yaml', file({ ...app, name: 'gadgets' }, { ...renamed, name: 'gadgets-cloud' }));
    const { creates } = await converge();
    expect(creates).toEqual(['App', 'Connector']);
    expect(rig.store.records().intents.size).toBe(0);
    expect([...rig.store.records().objects.keys()]).toEqual(['App/gadgets', 'Connector/gadgets-cloud']);
    expect((await rig.apps('Widgets'))[0]?.annotations).toMatchObject({
      iac_resource_address: 'App/gadgets',
    });
  });

  it('is no claim on a connector whose name another definition has by that time', async () => {
    await begin('matching');
    await rig.write('widgets.yaml', file(app));
    await converge();
    await rig.tenant.faults({ match: 'POST /api/v1/apps/*/connectors', status: 'timeout', after: 'apply' });
    await rig.write('widgets.yaml', file(app, connector));
    await rig.sweep();
    const [made] = await rig.connectors('Widgets Cloud');
    const other = { ...connector, spec: { ...connector.spec, displayName: 'Other Cloud' } };
    await rig.write('widgets.yaml', file(app, other, { ...connector, name: 'successor' }));
    const { plan } = await rig.sweep();
    expect(plan.standings).toContainEqual(
      expect.objectContaining({
        key: 'Connector/widgets-cloud',
        status: 'Failed',
        reason: says('Connector/successor', 'metadata.id'),
      }),
    );
    await converge();
    expect(rig.store.object('Connector/successor')?.id).toBe(made?.id);
    expect(await rig.connectors('Widgets Cloud')).toHaveLength(1);
    expect(await rig.connectors('Other Cloud')).toHaveLength(1);
  });

  it('does not outlive its object: what is made by hand afterwards is not taken for it', async () => {
    await begin('never');
    let struck = Promise.resolve();
    await rig.restart({
      wrap: (store) => {
        const crash = crashing(store, { at: 'removeIntent', how: 'hang' });
        struck = crash.struck;
        return crash.store;
      },
    });
    void rig.core.reconciler.reconcileOnce({ trigger: 'command', scope: 'all' });
    await rig.timed(struck);
    await rig.restart();
    await converge();
    const [made] = await rig.apps('Widgets');
    await rig.timed(rig.tenant.api('DELETE', `/api/v1/apps/${made?.id}`));
    await rig.timed(rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets' }));
    await rig.store.removeObject('App/widgets');
    const { plan } = await rig.sweep();
    expect(plan.standings[0]).toMatchObject({ key: 'App/widgets', status: 'Held' });
  });
});

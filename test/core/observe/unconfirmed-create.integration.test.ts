import { afterEach, describe, expect, it } from 'vitest';
import type { AdoptMode } from '../../../src/core/observe/matching.js';
import { type Doc, file } from '../../support/definitions.js';
import { testEmulator } from '../../support/emulator.js';
import { Rig, type RigOptions } from '../../support/rig.js';
import { says } from '../../support/says.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const MINUTE = 60_000;
const APPS = 'POST /api/v1/apps';
const CONNECTORS = 'POST /api/v1/apps/*/connectors';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const app: Doc = { kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } };
const connector: Doc = {
  kind: 'Connector',
  name: 'cloud',
  spec: { app: 'widgets', catalog: 'github-v2', displayName: 'Widgets Cloud', description: 'Ours' },
};

async function begin(docs: readonly Doc[], options: RigOptions = {}): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, timeoutMs: 2_000, ...options });
  await rig.write('all.yaml', file(...docs));
}

async function call(method: string, path: string, body?: unknown): Promise<string> {
  const { body: answer } = await rig.timed(rig.tenant.api(method, path, body));
  const { connector: inView } = (answer.connectorView ?? {}) as { connector?: { id?: unknown } };
  return String(inView?.id ?? (answer.app as { id?: unknown } | undefined)?.id);
}

/** Everything that was created or changed since the last call. */
async function written(): Promise<string[]> {
  return (await rig.writes()).map(({ method, path }) => `${method} ${path}`);
}

/** Sweeps for six minutes; gives how the object stood at the end. */
async function wait(key: string) {
  for (let at = 0; at < 6 * MINUTE; at += 30_000) {
    await clock.advance(30_000);
    await rig.sweep();
  }
  return rig.core.statusStore.get(key);
}

async function userId(email: string): Promise<unknown> {
  return (await rig.tenant.state()).users.find((user) => user.email === email)?.id;
}

describe.each<AdoptMode>(['never', 'matching'])('after a lost create, under adopt: %s', (adopt) => {
  it('holds an app without marks that appeared since, and repeats nothing while it is there', async () => {
    await begin([app], { adopt });
    await rig.tenant.faults({ match: APPS, status: 'timeout' });
    await rig.sweep();
    const id = await call('POST', '/api/v1/apps', { displayName: 'Widgets', description: 'By a person' });
    await rig.writes();
    expect(await wait('App/widgets')).toMatchObject({
      status: 'Held',
      reason: expect.stringMatching(
        new RegExp(`'Widgets' \\(${id}\\) may be its result.*metadata\\.id: ${id}`),
      ),
    });
    expect(await written()).toEqual([]);
    expect(rig.store.object('App/widgets')).toBeUndefined();
    // Once it is gone, the create is repeated.
    await call('DELETE', `/api/v1/apps/${id}`);
    await wait('App/widgets');
    expect(await rig.apps('Widgets')).toMatchObject([{ annotations: { managed_by: 'c1sync' } }]);
  });

  it('has that status in a sweep of one object, too, if it replaces another one', async () => {
    await begin([app, connector], { adopt, settings: { onDeleted: 'recreate' } });
    await rig.sweep();
    await rig.tenant.settings({ connectorCreatorOwns: false });
    const [made] = await rig.connectors('Widgets Cloud');
    await call('DELETE', `/api/v1/apps/${String(made?.appId)}/connectors/${String(made?.id)}`);
    await rig.tenant.faults({ match: CONNECTORS, status: 'timeout', after: 'apply' });
    await rig.sweep();
    expect(await wait('Connector/cloud')).toMatchObject({ status: 'Held' });
    await rig.sweep(new Set(['Connector/cloud']));
    expect(rig.core.statusStore.get('Connector/cloud')).toMatchObject({
      status: 'Held',
      reason: expect.stringContaining('may be its result'),
    });
  });

  it('manages it after an approval', async () => {
    await begin([app], { adopt });
    await rig.tenant.faults({ match: APPS, status: 'timeout' });
    await rig.sweep();
    const id = await call('POST', '/api/v1/apps', { displayName: 'Widgets' });
    const { plan } = await rig.sweep();
    expect(plan.changes).toMatchObject([{ action: 'adopt', id, held: { status: 'Held' } }]);
    await rig.approve(String(plan.changes[0]?.held?.approval));
    await rig.sweep();
    expect(rig.store.object('App/widgets')).toMatchObject({ id, marked: true });
    expect(rig.store.records().intents.size).toBe(0);
    expect((await rig.sweep()).plan.standings).toMatchObject([{ status: 'Synced' }]);
  });

  it('holds a connector of other people that appeared since, once its owners must show', async () => {
    await begin([app, connector], { adopt, settings: { settleMs: 2 * MINUTE } });
    await rig.tenant.faults({ match: CONNECTORS, status: 'timeout' });
    await rig.sweep();
    const [parent] = await rig.apps('Widgets');
    const id = await call('POST', `/api/v1/apps/${parent?.id}/connectors`, {
      catalogId: (await catalogOf('github-v2')) ?? '',
      displayName: 'Widgets Cloud',
      userIds: [await userId('bob@acme.example')],
    });
    await rig.writes();
    await rig.sweep();
    expect(rig.core.statusStore.get('Connector/cloud')?.status).toBe('Settling');
    expect(await wait('Connector/cloud')).toMatchObject({
      status: 'Held',
      reason: expect.stringContaining(`'Widgets Cloud' (${id}) may be its result`),
    });
    expect(await written()).toEqual([]);
    expect(await rig.connectors('Widgets Cloud')).toHaveLength(1);
  });
});

async function catalogOf(_slug: string): Promise<unknown> {
  const { connectorTypes } = await rig.tenant.state();
  return connectorTypes.find(({ displayName }) => displayName === 'GitHub v2')?.catalogId;
}

describe('a name that the tenant spells otherwise', () => {
  it.each(['widgets  cloud', ' Widgets Cloud ', 'WIDGETS CLOUD'])(
    'still matches the create whose answer was lost: %j',
    async (displayName) => {
      await begin([app, connector], { adopt: 'never' });
      await rig.tenant.faults({ match: CONNECTORS, status: 'timeout', after: 'apply' });
      await rig.sweep();
      const [made] = await rig.connectors('Widgets Cloud');
      await call('POST', `/api/v1/apps/${made?.appId}/connectors/${made?.id}`, {
        connector: { displayName },
        updateMask: 'displayName',
      });
      await wait('Connector/cloud');
      expect(rig.store.object('Connector/cloud')).toMatchObject({ id: made?.id, origin: 'created' });
      expect((await rig.tenant.state()).connectors.filter(({ appId }) => appId === made?.appId)).toHaveLength(
        1,
      );
    },
  );

  it.each(['trimmed', 'folded'] as const)('creates no second object if names are %s', async (names) => {
    const spelt = (displayName: string): object => ({ displayName: ` ${displayName}  X ` });
    await begin([
      { ...app, spec: { ...app.spec, ...spelt('WIDGETS') } },
      { ...connector, spec: { ...connector.spec, ...spelt('CLOUD') } },
    ]);
    await rig.tenant.settings({ names });
    for (const match of [APPS, CONNECTORS])
      await rig.tenant.faults({ match, status: 'timeout', after: 'apply' });
    const before = await rig.tenant.state();
    await wait('Connector/cloud');
    expect(rig.store.records().intents.size).toBe(0);
    for (const key of ['App/widgets', 'Connector/cloud']) await rig.store.removeObject(key);
    await wait('Connector/cloud');
    const after = await rig.tenant.state();
    expect(after.apps.length - before.apps.length).toBe(1);
    expect(after.connectors.length - before.connectors.length).toBe(1);
  });

  it.each(['App', 'Connector'])('creates no second %s if one appeared after the plan', async (kind) => {
    await begin([app]);
    await rig.sweep();
    const [parent] = await rig.apps('Widgets');
    const second: Doc = { kind: 'App', name: 'gadgets', spec: { displayName: 'Gadgets' } };
    await rig.write('all.yaml', file(app, kind === 'App' ? second : connector));
    const planned = await rig.timed(rig.core.reconciler.plan('all'));
    expect(planned.plan.summary.create).toBe(1);
    if (kind === 'App') await call('POST', '/api/v1/apps', { displayName: 'GADGETS' });
    else {
      const body = { displayName: 'widgets  cloud', catalogId: await catalogOf('github-v2') };
      await call('POST', `/api/v1/apps/${parent?.id}/connectors`, body);
    }
    await rig.writes();
    const { results } = await rig.core.reconciler.execute(planned, { trigger: 'command', scope: 'all' });
    expect(await rig.timed(results)).toMatchObject([{ outcome: 'failed', reason: says('there already') }]);
    expect(await written()).toEqual([]);
  });

  it('is held after a lost state, with the object named, and never adopted', async () => {
    await begin([app, connector]);
    await rig.sweep();
    const [made] = await rig.connectors('Widgets Cloud');
    await call('POST', `/api/v1/apps/${made?.appId}/connectors/${made?.id}`, {
      connector: { displayName: 'widgets cloud' },
      updateMask: 'displayName',
    });
    for (const key of ['App/widgets', 'Connector/cloud']) await rig.store.removeObject(key);
    await rig.writes();
    await rig.sweep();
    await rig.sweep();
    expect(rig.core.statusStore.get('Connector/cloud')).toMatchObject({
      status: 'Held',
      reason: expect.stringMatching(/'widgets cloud' .*differs only in spaces, case or composition/),
    });
    expect(await written()).toEqual([]);
  });
});

describe('a create that the tenant answers with an error', () => {
  it.each([409, 408, 499, 500])('%d may have been carried out: what it made is ours', async (status) => {
    await begin([app], { adopt: 'never' });
    await rig.tenant.faults({ match: APPS, status, after: 'apply', message: 'user_id is required' });
    const { done } = await rig.sweep();
    expect(done).toMatchObject([
      { status: 'Failed', reason: expect.stringMatching(/: user_id is required; correct the definition/) },
    ]);
    await rig.sweep();
    await rig.sweep();
    expect(rig.core.statusStore.get('App/widgets')).toMatchObject({ status: 'Synced' });
    expect(rig.store.object('App/widgets')?.origin).toBe('created');
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });

  it('is Failed at once and stays so, and is repeated only when the window has passed', async () => {
    await begin([app]);
    await rig.tenant.faults({ match: APPS, status: 500, message: 'user_id is required', times: 2 });
    await rig.sweep();
    for (let at = 0; at < 45_000; at += 15_000) {
      await clock.advance(15_000);
      await rig.sweep('all', 'interval');
      expect(rig.core.statusStore.get('App/widgets')).toMatchObject({
        status: 'Failed',
        reason: expect.stringContaining('user_id is required'),
      });
    }
    expect(await written()).toEqual([APPS]);
    await wait('App/widgets');
    expect(await written()).toEqual([APPS, APPS]);
  });
});

describe('the rest of a begun create', () => {
  const owned: Doc = { ...app, spec: { ...app.spec, owners: ['bob@acme.example'] } };

  it('sets the first owners, although our own user is not among them and is no administrator', async () => {
    const emulator = await testEmulator();
    await begin([owned], { adopt: 'never', tenant: { ...emulator, accessToken: emulator.userAccessToken } });
    try {
      await rig.tenant.faults({ match: APPS, status: 'timeout', after: 'apply' });
      await rig.sweep();
      await rig.sweep();
      const [made] = await rig.apps('Widgets');
      expect(await written()).toContain(`PUT /api/v1/apps/${made?.id}/owners`);
      expect(rig.core.statusStore.get('App/widgets')?.status).not.toBe('Held');
    } finally {
      await emulator.close();
    }
  });

  it.each<[string, Partial<NonNullable<RigOptions['settings']>>]>([
    ['a freeze window', { freeze: [{ cron: '* * * * *', durationMs: 60 * MINUTE, timezone: 'UTC' }] }],
    ['a limit', { limits: { updates: { count: 0 } } }],
  ])('is made in %s that came meanwhile', async (_, settings) => {
    await begin([owned]);
    await rig.tenant.faults({ match: APPS, status: 'timeout', after: 'apply' });
    await rig.sweep();
    await rig.restart({ settings });
    await rig.sweep();
    const [made] = await rig.apps('Widgets');
    expect(await written()).toContain(`PUT /api/v1/apps/${made?.id}/owners`);
  });
});

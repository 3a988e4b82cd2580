import { afterEach, describe, expect, it } from 'vitest';
import { idOf } from '../../../src/emulator/ids.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
afterEach(() => rig?.stop());

const app = (name: string, spec = {}): Doc => ({
  kind: 'App',
  name,
  spec: { displayName: `The ${name}`, ...spec },
});
const connector = (name: string, under: string, spec = {}): Doc => ({
  kind: 'Connector',
  name,
  spec: { app: under, catalog: 'salesforce', displayName: `The ${name}`, ...spec },
});
const all = (description: string): string =>
  file(
    app('one', { description, owners: ['alice@acme.example'] }),
    app('two', { description, owners: ['alice@acme.example'] }),
    connector('one', 'one', { description }),
    connector('two', 'two', { description }),
  );

/** Everything in sync, then every definition asks for another description. */
async function begin(): Promise<void> {
  rig = await Rig.start({ clock: new VirtualClock(), timeoutMs: 2_000, settings: { settleMs: 0 } });
  await rig.write('all.yaml', all('First'));
  await rig.sweep();
  await rig.sweep();
  await rig.write('all.yaml', all('Second'));
  await rig.writes();
}

const idIn = async (name: string) => String((await rig.apps(`The ${name}`))[0]?.id);
/** A call that may be tried again is tried three times. */
const break3 = (match: string, status: number | 'html' | 'reset' | 'timeout') =>
  rig.tenant.faults({ match, status, times: 3 });

async function descriptions(): Promise<Record<string, unknown>> {
  const { apps, connectors } = await rig.tenant.state();
  return Object.fromEntries([
    ...apps
      .filter(({ displayName }) => /^The /.test(String(displayName)))
      .map((item) => [`App ${item.displayName}`, item.description]),
    ...connectors.map((item) => [`Connector ${item.displayName}`, item.description]),
  ]);
}

/** The blocked changes are made after the reads succeed: nothing was forgotten or treated as gone. */
async function expectRecovery(): Promise<void> {
  await rig.sweep();
  expect(await descriptions()).toMatchObject({
    'App The one': 'Second',
    'App The two': 'Second',
    'Connector The one': 'Second',
    'Connector The two': 'Second',
  });
  const { plan } = await rig.sweep();
  expect(plan.summary).toMatchObject({ unchanged: 4, held: 0, failed: 0 });
}

describe('a list of apps that fails', () => {
  it.each([500, 401, 403, 'html', 'reset', 'timeout'] as const)(
    'with %s ends the sweep before anything is written or remembered',
    async (status) => {
      await begin();
      const before = await rig.stateText();
      await break3('GET /api/v1/apps', status);
      await expect(rig.sweep()).rejects.toThrow(/GET \/api\/v1\/apps (answered|timed out|failed)/);
      expect(await rig.writes()).toEqual([]);
      expect(await rig.stateText()).toBe(before);
      await rig.tenant.clearFaults();
      await expectRecovery();
    },
  );

  it('on its second page is no list at all', async () => {
    await begin();
    for (let index = 0; index < 100; index += 1) {
      await rig.timed(rig.tenant.api('POST', '/api/v1/apps', { displayName: `Filler ${index}` }));
    }
    await rig.writes();
    await break3('GET /api/v1/apps?*page_token=*', 500);
    await expect(rig.sweep()).rejects.toThrow('GET /api/v1/apps answered 500');
    expect(await rig.writes()).toEqual([]);
    await expectRecovery();
  });
});

describe('a part that cannot be read', () => {
  it('of the connectors blocks those of one app and no others', async () => {
    await begin();
    await break3(`GET /api/v1/apps/${await idIn('one')}/connectors`, 500);
    const { plan } = await rig.sweep();
    expect(plan.standings.find(({ key }) => key === 'Connector/one')).toMatchObject({
      status: 'Failed',
      reason: expect.stringMatching(
        /^it could not be read: GET \/api\/v1\/apps\/\w+\/connectors answered 500: a fault was asked for; no change until a read succeeds$/,
      ),
    });
    expect(await descriptions()).toMatchObject({
      'Connector The one': 'First',
      'Connector The two': 'Second',
    });
    expect(await rig.connectors('The one')).toHaveLength(1);
    await expectRecovery();
  });

  it('of the connectors creates none that may exist', async () => {
    await begin();
    await rig.write('more.yaml', file(connector('three', 'one'), connector('four', 'two')));
    await break3(`GET /api/v1/apps/${await idIn('one')}/connectors`, 'html');
    await rig.sweep();
    expect(await rig.connectors('The three')).toEqual([]);
    expect(await rig.connectors('The four')).toHaveLength(1);
    await rig.sweep();
    expect(await rig.connectors('The three')).toHaveLength(1);
  });

  it('of the owners blocks that app, also its other differences', async () => {
    await begin();
    await break3(`GET /api/v1/apps/${await idIn('one')}/ownerids`, 500);
    const { plan } = await rig.sweep();
    expect(plan.standings.find(({ key }) => key === 'App/one')).toMatchObject({
      status: 'Failed',
      reason: expect.stringMatching(/read.*: GET \/api\/v1\/apps\/\w+\/ownerids answered 500/),
    });
    expect(await descriptions()).toMatchObject({
      'App The one': 'First',
      'App The two': 'Second',
      'Connector The one': 'Second',
    });
    await expectRecovery();
  });

  it('of one recorded object blocks only that one, and new ones are created', async () => {
    await begin();
    const id = await idIn('one');
    await rig.timed(rig.tenant.api('DELETE', `/api/v1/apps/${id}`));
    await rig.write('more.yaml', file(app('three')));
    await break3(`GET /api/v1/apps/${id}`, 403);
    const { plan } = await rig.sweep();
    expect(plan.standings.find(({ key }) => key === 'App/one')).toMatchObject({
      status: 'Failed',
      reason: expect.stringMatching(/read.*: GET \/api\/v1\/apps\/\w+ answered 403/),
    });
    expect(await rig.apps('The three')).toHaveLength(1);
    await rig.tenant.clearFaults();
    const again = await rig.sweep();
    expect(again.plan.standings.find(({ key }) => key === 'App/one')?.status).toBe('Gone');
  });

  it('of a parent that is named by id has the cause, not that it is missing', async () => {
    await begin();
    await rig.write('more.yaml', file(connector('three', 'one', { app: { id: idOf('app/GitHub') } })));
    await break3(`GET /api/v1/apps/${idOf('app/GitHub')}`, 500);
    const { plan } = await rig.sweep();
    expect(plan.standings.find(({ key }) => key === 'Connector/three')).toMatchObject({
      status: 'Failed',
      reason: expect.stringMatching(/App .*read.*: GET \/api\/v1\/apps\/\w+ answered 500/),
    });
    expect(await rig.connectors('The three')).toEqual([]);
  });
});

describe('a failed lookup of names', () => {
  it.each([
    [
      'POST /api/v1/search/users',
      'owners',
      /^spec\.owners: 'bob@acme\.example' could not be looked up: POST .* answered 500/,
    ],
    [
      'POST /api/v1/search/policies',
      'grantPolicy',
      /^spec\.grantPolicy: 'Auto-approve' could not be looked up: POST/,
    ],
    [
      'GET /api/v1/catalogs',
      'defaultRequestCatalog',
      /^spec\.defaultRequestCatalog: 'Company-wide' could not be looked up: GET/,
    ],
  ])('because %s fails hold up those that use them, and no others', async (match, path, reason) => {
    await begin();
    const values: Record<string, unknown> = {
      owners: ['bob@acme.example'],
      grantPolicy: 'Auto-approve',
      defaultRequestCatalog: 'Company-wide',
    };
    await rig.write('more.yaml', file(app('three', { [path]: values[path] }), app('four')));
    await break3(match, 500);
    const { plan } = await rig.sweep();
    expect(plan.standings.find(({ key }) => key === 'App/three')).toMatchObject({
      status: 'UnresolvedReference',
      reason: expect.stringMatching(reason),
    });
    expect(await rig.apps('The three')).toEqual([]);
    expect(await rig.apps('The four')).toHaveLength(1);
    expect((await descriptions())['App The two']).toBe('Second');
    await rig.sweep();
    expect(await rig.apps('The three')).toHaveLength(1);
  });

  it('of a connector type hold up the configuration of connectors of that type', async () => {
    await begin();
    const config = { salesforce_instance_url: 'https://acme.example' };
    await rig.write('more.yaml', file(connector('three', 'one', { config }), connector('four', 'one')));
    await break3('POST /api/v1/connectorcatalog', 500);
    const { plan } = await rig.sweep();
    expect(plan.standings.find(({ key }) => key === 'Connector/three')).toMatchObject({
      status: 'UnresolvedReference',
      reason: expect.stringMatching(
        /^spec\.config: the configuration schema of the connector type could not be read: POST \/api\/v1\/connectorcatalog/,
      ),
    });
    expect(await rig.connectors('The three')).toEqual([]);
    expect(await rig.connectors('The four')).toHaveLength(1);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { idOf } from '../../../src/emulator/ids.js';
import { isObject } from '../../../src/emulator/json.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig, type RigOptions } from '../../support/rig.js';
import { says } from '../../support/says.js';

let rig: Rig;
afterEach(() => rig?.stop());

const DATADOG = idOf('connector/Datadog Datadog v2');
const app: Doc = { kind: 'App', name: 'datadog', spec: { displayName: 'Datadog' } };
const from = (env: string) => ({ valueFrom: { env } });
const connector = (spec: Record<string, unknown>, metadata: Partial<Doc> = {}): Doc => ({
  kind: 'Connector',
  name: 'datadog',
  spec: { app: 'datadog', catalog: 'datadog-v2', displayName: 'Datadog v2', ...spec },
  ...metadata,
});

let env: Record<string, string>;

async function begin(spec: Record<string, unknown>, metadata: Partial<Doc> = {}, options: RigOptions = {}) {
  env = { KEY: 'key-1', APP_KEY: 'app-key-1' };
  rig = await Rig.start({ env, ...options });
  await rig.write('all.yaml', file(app, connector(spec, metadata)));
  return rig.sweep();
}

async function configOf(id = DATADOG): Promise<Record<string, unknown>> {
  const live = (await rig.tenant.state()).connectors.find((item) => item.id === id);
  const config =
    isObject(live?.config) && isObject(live.config.configuration) ? live.config.configuration : {};
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, isObject(value) ? value.stringValue : value]),
  );
}

const masks = async () =>
  (await rig.writes()).flatMap(({ mask }) => mask ?? []).filter((m) => m !== 'annotations');
const standing = async () =>
  (await rig.sweep()).plan.standings.find(({ key }) => key === 'Connector/datadog');

async function expectQuiet(): Promise<void> {
  await rig.writes();
  const { plan } = await rig.sweep();
  expect([plan.changes, plan.bookkeeping, await rig.writes()]).toEqual([[], [], []]);
}

const secrets = { datadog_api_key: from('KEY'), datadog_application_key: from('APP_KEY') };
const seeded = {
  datadog_site: 'datadoghq.eu',
  datadog_api_key: 'made-up-datadog-key',
  datadog_application_key: 'made-up-datadog-application-key',
};

describe('a configuration that comes under management', () => {
  it('keeps the readable values that the definition leaves out, and gets its secrets once', async () => {
    const { plan } = await begin({ config: secrets });
    expect(plan.changes.map(({ action }) => action)).toEqual(['adopt', 'adopt']);
    expect(plan.changes[1]?.fields).toEqual([
      { path: 'config.datadog_api_key', sensitive: true, unverified: true },
      { path: 'config.datadog_application_key', sensitive: true, unverified: true },
    ]);
    expect(plan.summary.unverified).toBe(1);
    expect(await masks()).toEqual(['config']);
    expect(await configOf()).toEqual({
      datadog_site: 'datadoghq.eu',
      datadog_api_key: 'key-1',
      datadog_application_key: 'app-key-1',
    });
    await expectQuiet();
  });

  it('is held as long as a write would erase a secret that it does not name', async () => {
    const { plan } = await begin({ description: 'New', config: { datadog_api_key: from('KEY') } });
    expect(plan.changes[1]?.held).toMatchObject({
      status: 'Held',
      reason: expect.stringMatching(
        /^writing the configuration would erase datadog_application_key, whose current value cannot be read: declare each with valueFrom, or as { unset: true } to remove it; to apply it as planned, run 'c1sync approve sha256:/,
      ),
    });
    expect(await masks()).toEqual([]);
    expect(await configOf()).toEqual(seeded);
    const unset = { datadog_api_key: from('KEY'), datadog_application_key: { unset: true } };
    await rig.write('all.yaml', file(app, connector({ config: unset })));
    await rig.sweep();
    expect(await masks()).toEqual(['config']);
    expect(await configOf()).toEqual({ datadog_site: 'datadoghq.eu', datadog_api_key: 'key-1' });
    await expectQuiet();
  });

  it('is not written when it names no secret and nothing readable differs', async () => {
    await begin({ config: { datadog_site: 'datadoghq.eu' } });
    expect(await masks()).toEqual([]);
    await expectQuiet();
  });

  it('is held for a pinned object without a type', async () => {
    const spec = { catalog: undefined, displayName: undefined, config: { datadog_site: 'datadoghq.com' } };
    await begin(spec, { id: DATADOG });
    const { status, reason } = (await standing()) ?? {};
    expect(status).toBe('Held');
    expect(reason).toEqual(says('erase', 'datadog_api_key', 'datadog_application_key'));
    expect(await masks()).toEqual([]);
    expect(await configOf()).toEqual(seeded);
  });
});

describe('a secret', () => {
  it('that is rotated at its source is one config write', async () => {
    await begin({ config: secrets });
    await rig.writes();
    env.KEY = 'key-2';
    const { plan } = await rig.sweep();
    expect(plan.changes.map(({ fields }) => fields)).toEqual([
      [
        { path: 'config.datadog_api_key', sensitive: true },
        { path: 'config.datadog_application_key', sensitive: true },
      ],
    ]);
    expect(await masks()).toEqual(['config']);
    expect(await configOf()).toMatchObject({
      datadog_api_key: 'key-2',
      datadog_application_key: 'app-key-1',
    });
    await expectQuiet();
  });

  it('that another writer changes is held until its source changes', async () => {
    await begin({ description: 'Ours', config: secrets });
    const live = (await rig.tenant.state()).connectors.find(({ id }) => id === DATADOG);
    await rig.tenant.api('POST', `/api/v1/apps/${live?.appId}/connectors/${DATADOG}`, {
      connector: {
        config: { configuration: { datadog_api_key: { stringValue: 'rotated' } } },
      },
      updateMask: 'config',
    });
    await rig.writes();
    const held = await standing();
    expect(held).toMatchObject({ status: 'Held' });
    expect(held?.reason).toMatch(
      /^the configuration was last written by someone else \(2\d{3}-\S+\), perhaps to rotate/,
    );
    expect(await masks()).toEqual([]);
    env.KEY = 'rotated';
    await rig.sweep();
    expect(await masks()).toEqual(['config']);
    await expectQuiet();
  });

  it('goes into the other connector when the definition is pinned to another one', async () => {
    await begin({ config: secrets });
    const live = (await rig.tenant.state()).connectors.find(({ id }) => id === DATADOG);
    const made = await rig.tenant.api('POST', `/api/v1/apps/${live?.appId}/connectors/create`, {
      catalogId: live?.catalogId,
      config: {
        configuration: { datadog_site: { stringValue: 'x' }, datadog_api_key: { stringValue: 'old' } },
      },
    });
    const view = isObject(made.body.connectorView) ? made.body.connectorView.connector : undefined;
    const id = isObject(view) ? String(view.id) : '';
    await rig.writes();
    await rig.write('all.yaml', file(app, connector({ displayName: 'Other', config: secrets }, { id })));
    await rig.sweep();
    expect((await masks()).sort()).toEqual(['displayName,config']);
    expect(await configOf(id)).toEqual({
      datadog_site: 'x',
      datadog_api_key: 'key-1',
      datadog_application_key: 'app-key-1',
    });
    expect(rig.store.object('Connector/datadog')?.id).toBe(id);
    await expectQuiet();
  });

  it('is written again, once, after a crash that hides whether it was written', async () => {
    await begin({ config: secrets });
    const record = rig.store.object('Connector/datadog');
    if (record === undefined) throw new Error('no record');
    await rig.store.putObject({ ...record, secrets: {} });
    await rig.writes();
    const { plan } = await rig.sweep();
    expect(plan.changes).toEqual([]);
    expect(plan.summary.unverified).toBe(1);
    expect(await masks()).toEqual(['config']);
    await expectQuiet();
  });

  it('shows the write of a stale secret beside another change, and its hash covers it', async () => {
    await begin({ config: secrets });
    const record = rig.store.object('Connector/datadog');
    if (record === undefined) throw new Error('no record');
    await rig.write('all.yaml', file(app, connector({ config: secrets, paused: true })));
    const planned = async () => {
      const [change] = (await rig.plan()).plan.changes;
      return {
        hash: change?.hash,
        keyless: change?.keylessHash,
        paths: change?.fields.map(({ path }) => path),
      };
    };
    const paused = await planned();
    expect(paused.paths).toEqual(['paused']);
    await rig.store.putObject({ ...record, secrets: {} });
    const unverified = await planned();
    expect(unverified.paths).toEqual(['config.datadog_api_key', 'config.datadog_application_key', 'paused']);
    env.KEY = 'a-stale-key';
    const stale = await planned();
    expect(stale.paths).toEqual(unverified.paths);
    expect(new Set([paused.hash, unverified.hash, stale.hash]).size).toBe(3);
    // Without the hash key, the path and the reason count, and the value does not.
    expect(stale.keyless).toBe(unverified.keyless);
    expect(stale.keyless).not.toBe(paused.hash);
  });

  it('whose write was lost is written again, with any later value of its source', async () => {
    await begin({ config: secrets });
    env.KEY = 'key-2';
    await rig.tenant.faults({ match: 'POST /api/v1/apps/*', status: 'reset', after: 'apply' });
    const { done } = await rig.sweep();
    expect(done).toMatchObject([{ outcome: 'failed' }]);
    expect(await configOf()).toMatchObject({ datadog_api_key: 'key-2' });
    // Taken back meanwhile: what was recorded of the first value must not pass for the present state.
    env.KEY = 'key-1';
    await rig.writes();
    await rig.sweep();
    expect(await masks()).toEqual(['config']);
    expect(await configOf()).toMatchObject({ datadog_api_key: 'key-1' });
    await expectQuiet();
  });

  it('whose write was refused is not forgotten: the one before still holds', async () => {
    await begin({ config: secrets });
    env.KEY = 'key-2';
    await rig.tenant.faults({ match: 'POST /api/v1/apps/*', status: 400 });
    await rig.sweep();
    env.KEY = 'key-1';
    await expectQuiet();
    expect(await configOf()).toMatchObject({ datadog_api_key: 'key-1' });
  });

  it('is in neither the records nor a plan', async () => {
    const { plan } = await begin({ config: secrets });
    env.KEY = 'key-2';
    const again = await rig.plan();
    for (const text of [await rig.stateText(), JSON.stringify(plan), JSON.stringify(again.plan)]) {
      expect(text).not.toMatch(/key-1|key-2/);
    }
  });
});

describe('under an app without marks', () => {
  const APP = idOf('app/Datadog');

  it.each(['matching', 'marked', 'never'] as const)(
    'a connector is held under %s until it is pinned',
    async (adopt) => {
      rig = await Rig.start({ adopt });
      await rig.write('all.yaml', file(connector({ app: { id: APP }, description: 'Ours' })));
      expect(await standing()).toMatchObject({ status: 'Held', reason: expect.stringContaining(DATADOG) });
      expect(await masks()).toEqual([]);
      await rig.write(
        'all.yaml',
        file(connector({ app: { id: APP }, description: 'Pinned' }, { id: DATADOG })),
      );
      await rig.sweep();
      expect(await masks()).toEqual(['description']);
    },
  );
});

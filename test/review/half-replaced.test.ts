import { afterEach, describe, expect, it } from 'vitest';
import type { CoreSettings } from '../../src/core/reconcile.js';
import { type Doc, file } from '../support/definitions.js';
import { Rig } from '../support/rig.js';
import { VirtualClock } from '../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const KEY = 'Connector/cloud';
const app: Doc = { kind: 'App', name: 'one', spec: { displayName: 'One' } };
const connector = (spec: object): Doc => ({
  kind: 'Connector',
  name: 'cloud',
  annotations: { 'c1sync/replace': 'true' },
  spec: { app: 'one', displayName: 'Cloud', ...spec },
});
const slack = connector({ catalog: 'slack', config: { slack_api_key: { valueFrom: { env: 'TOKEN' } } } });
const datadog = connector({
  catalog: 'datadog-v2',
  config: { datadog_api_key: { valueFrom: { env: 'TOKEN' } } },
});

async function begin(): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, env: { TOKEN: 'planted' } });
  await rig.write('app.yaml', file(app));
  await rig.write('cloud.yaml', file(slack));
  await rig.sweep();
  await rig.sweep();
  await rig.write('cloud.yaml', file(datadog));
}

const hold = async () => (await rig.plan()).plan.changes.find(({ key }) => key === KEY)?.held ?? undefined;

/** Deletes the former connector and fails to make the new one. */
async function half(): Promise<void> {
  await rig.tenant.faults({ match: 'POST /api/v1/apps/*/connectors', status: 403 });
  const { done } = await rig.sweep();
  expect(done).toMatchObject([{ outcome: 'failed', replaced: { path: 'catalog' } }]);
  expect(await rig.connectors('Cloud')).toEqual([]);
}

async function expectMade(): Promise<void> {
  await rig.sweep();
  expect(await rig.connectors('Cloud')).toHaveLength(1);
}

const frozen = (): Partial<CoreSettings> => ({
  freeze: [{ cron: '* * * * *', durationMs: 24 * 60 * 60_000, timezone: 'UTC' }],
});

describe('an object that was deleted to be made anew is made', () => {
  it('in a freeze that begins in between', async () => {
    await begin();
    await half();
    await rig.restart({ settings: frozen() });
    expect(await hold()).toBeUndefined();
    await expectMade();
  });

  it('with the approval that the whole change had', async () => {
    await begin();
    await rig.restart({ settings: frozen() });
    await rig.sweep();
    await rig.core.reconciler.approve((await hold())?.approval ?? '');
    await half();
    expect(await hold()).toBeUndefined();
    await expectMade();
  });

  it('over a limit that was lowered in between', async () => {
    await begin();
    await half();
    await clock.advance(61 * 60_000);
    await rig.restart({ settings: { limits: { creates: { count: 0 } } } });
    await expectMade();
  });

  it('but not while it is suspended', async () => {
    await begin();
    await half();
    await rig.core.reconciler.suspend({ target: KEY, reason: 'an incident' });
    expect(await hold()).toMatchObject({ status: 'Suspended' });
  });
});

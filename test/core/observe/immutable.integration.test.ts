import { afterEach, describe, expect, it } from 'vitest';
import { planToJson } from '../../../src/cli/render/json.js';
import { renderPlan } from '../../../src/cli/render/text.js';
import type { CoreSettings } from '../../../src/core/reconcile/reconcile.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const KEY = 'Connector/cloud';
const app = (name: string): Doc => ({ kind: 'App', name, spec: { displayName: name.toUpperCase() } });
const connector = (spec: Record<string, unknown> = {}, metadata: Partial<Doc> = {}): Doc => ({
  kind: 'Connector',
  name: 'cloud',
  spec: { app: 'one', catalog: 'slack', displayName: 'Cloud', ...spec },
  ...metadata,
});
const config = { slack_api_key: { valueFrom: { env: 'TOKEN' } } };
const datadog = { catalog: 'datadog-v2', config: { datadog_api_key: { valueFrom: { env: 'TOKEN' } } } };
const elsewhere = { app: 'two', config };

/** Two apps, the first with a connector, all of them in sync. */
async function begin(settings: Partial<CoreSettings> = {}): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, env: { TOKEN: 'planted-secret' }, settings });
  await rig.write('apps.yaml', file(app('one'), app('two')));
  await rig.write('cloud.yaml', file(connector({ config })));
  await rig.sweep();
  await rig.sweep();
  await rig.writes();
}

const ask = (spec: Record<string, unknown>, metadata: Partial<Doc> = {}): Promise<void> =>
  rig.write('cloud.yaml', file(connector(spec, metadata)));

/** Two sweeps that write nothing; gives the plan after them. */
async function untouched() {
  await rig.sweep();
  await rig.sweep();
  expect(await rig.writes()).toEqual([]);
  return (await rig.plan()).plan;
}

describe('a change that cannot be made in place', () => {
  it.each([
    ['catalog', datadog, { from: '2O43lWTqeK6kY25TBMLDyIRU00o', to: '2bPWKbmyHA62BAdao3oYlXB5cm5' }],
    ['app', elsewhere, { to: 'two' }],
  ])('is held: %s', async (path, spec, field) => {
    await begin();
    await ask(spec);
    const plan = await untouched();
    expect(plan.summary).toMatchObject({ create: 0, update: 0, delete: 0, held: 1 });
    expect(plan.changes).toMatchObject([
      { key: KEY, action: 'update', writes: [], fields: [{ path, ...field }] },
    ]);
    const reason = expect.stringMatching(
      new RegExp(`^spec\\.${path} cannot change in place.*; revert it, or give .* another metadata.name`),
    );
    expect(plan.standings).toContainEqual(expect.objectContaining({ key: KEY, status: 'Held', reason }));
    for (const shown of [renderPlan(plan, { colour: false, width: 120 }), JSON.stringify(planToJson(plan))]) {
      expect(shown).toContain('another metadata.name');
      expect(shown).not.toContain('planted-secret');
    }
  });

  it('names the pin that would mean the same object under every name', async () => {
    await begin();
    const [live] = await rig.connectors('Cloud');
    await ask(datadog, { id: String(live?.id) });
    const { standings } = await untouched();
    expect(standings).toContainEqual(
      expect.objectContaining({ key: KEY, reason: expect.stringContaining('without metadata.id') }),
    );
  });

  const wasCloud = { 'c1sync/renamed-from': 'cloud' };
  const identities: readonly { readonly by: string; readonly metadata: (id: string) => Partial<Doc> }[] = [
    { by: 'a pin', metadata: (id) => ({ id }) },
    { by: 'a former name', metadata: () => ({ name: 'sky', annotations: wasCloud }) },
    { by: 'a pin and a former name', metadata: (id) => ({ id, name: 'sky', annotations: wasCloud }) },
  ];
  it.each(identities)(
    'is held under another app, however the object is known: by $by',
    async ({ metadata }) => {
      await begin();
      const [live] = await rig.connectors('Cloud');
      const id = String(live?.id);
      await ask(elsewhere, metadata(id));
      const { standings } = await untouched();
      const reason = expect.stringContaining('spec.app cannot change in place');
      expect(standings).toContainEqual(expect.objectContaining({ id, status: 'Held', reason }));
    },
  );

  it.each([
    ['catalog', datadog],
    ['app', elsewhere],
  ])('has another metadata.name for a way: %s', async (_, spec) => {
    await begin();
    const [before] = await rig.connectors('Cloud');
    await ask(spec, { name: 'sky' });
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ create: 1, delete: 0, held: 0 });
    expect(plan.standings).toContainEqual(expect.objectContaining({ key: KEY, status: 'Orphaned' }));
    expect((await rig.connectors('Cloud')).map(({ id }) => id)).toContain(before?.id);
    expect(await rig.connectors('Cloud')).toHaveLength(2);
  });

  it('has the old object pruned under the guards of deleting', async () => {
    await begin({ prune: true });
    const [before] = await rig.connectors('Cloud');
    await ask(elsewhere, { name: 'sky' });
    await rig.sweep();
    expect(await rig.connectors('Cloud')).toHaveLength(2);
    await clock.advance(2 * 60_000);
    await rig.sweep();
    const left = await rig.connectors('Cloud');
    expect(left).toHaveLength(1);
    expect(left[0]?.id).not.toBe(before?.id);
  });

  it('yields to a rule of higher precedence', async () => {
    await begin();
    await ask(datadog, { annotations: { 'c1sync/suspend': 'audit' } });
    expect((await untouched()).standings).toContainEqual(
      expect.objectContaining({ key: KEY, status: 'Suspended' }),
    );
  });

  it.each([
    ['a name that no connector type has', { catalog: 'slakc' }, 'UnresolvedReference', 'slakc'],
    ['an app that is not there', { app: { id: 'nothing' } }, 'UnresolvedReference', 'nothing'],
  ])('does not hide %s', async (_, spec, status, reason) => {
    await begin();
    await ask(spec);
    expect((await untouched()).standings).toContainEqual(
      expect.objectContaining({ key: KEY, status, reason: expect.stringContaining(reason) }),
    );
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { planToJson } from '../../src/cli/render/json.js';
import { renderPlanMarkdown } from '../../src/cli/render/markdown.js';
import { renderPlan } from '../../src/cli/render/text.js';
import type { CoreSettings } from '../../src/core/reconcile.js';
import { isObject } from '../../src/emulator/json.js';
import { type Doc, file } from '../support/definitions.js';
import { Rig } from '../support/rig.js';
import { VirtualClock } from '../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
let env: Record<string, string>;
afterEach(() => rig?.stop());

const KEY = 'Connector/cloud';
const DATADOG = '2bPWKbmyHA62BAdao3oYlXB5cm5';
const app = (name: string, metadata: Partial<Doc> = {}): Doc => ({
  kind: 'App',
  name,
  spec: { displayName: name.toUpperCase() },
  ...metadata,
});
const config = { slack_api_key: { valueFrom: { env: 'TOKEN' } } };
const connector = (spec: Record<string, unknown> = {}, metadata: Partial<Doc> = {}): Doc => ({
  kind: 'Connector',
  name: 'cloud',
  spec: { app: 'one', catalog: 'slack', displayName: 'Cloud', ...spec },
  ...metadata,
});
const replace = { annotations: { 'c1sync/replace': 'true' } };
const datadog = { catalog: 'datadog-v2', config: { datadog_api_key: { valueFrom: { env: 'TOKEN' } } } };

/** Two apps, the first with a connector, all of them in line. */
async function begin(settings: Partial<CoreSettings> = {}, spec: Record<string, unknown> = {}) {
  clock = new VirtualClock();
  env = { TOKEN: 'planted-secret' };
  rig = await Rig.start({ clock, env, settings });
  await rig.write('apps.yaml', file(app('one'), app('two')));
  await rig.write('cloud.yaml', file(connector({ config, ...spec })));
  await rig.sweep();
  await rig.sweep();
  await rig.writes();
  rig.events.length = 0;
}

const ask = (spec: Record<string, unknown>, metadata: Partial<Doc> = replace) =>
  rig.write('cloud.yaml', file(connector(spec, metadata)));
const changes = async () => (await rig.writes()).map(({ method, path }) => [method, path.split('/').at(-1)]);
const standing = async () => (await rig.plan()).plan.standings.find(({ key }) => key === KEY);
const only = async () => {
  const found = await rig.connectors('Cloud');
  expect(found).toHaveLength(1);
  return found[0] ?? {};
};
const appId = async (name: string) => (await rig.apps(name))[0]?.id;

async function expectQuiet(): Promise<void> {
  await rig.writes();
  const { plan } = await rig.sweep();
  expect([plan.changes, plan.upkeep, await rig.writes()]).toEqual([[], [], []]);
  expect(rig.store.records().intents.size).toBe(0);
}

/** Two sweeps that write nothing; gives where the connector stands. */
async function expectUntouched() {
  const before = await only();
  await rig.writes();
  await rig.sweep();
  const { plan } = await rig.sweep();
  expect(await changes()).toEqual([]);
  expect(await only()).toEqual(before);
  return plan.standings.find(({ key }) => key === KEY);
}

describe('a change that cannot be made in place', () => {
  it.each([
    ['catalog', datadog],
    ['app', { app: 'two', config }],
  ])('is held without the annotation: %s', async (path, spec) => {
    await begin();
    await ask(spec, {});
    expect(await expectUntouched()).toMatchObject({
      status: 'Held',
      reason: expect.stringMatching(
        new RegExp(
          `^spec\\.${path} cannot change in place.* set metadata.annotations c1sync/replace: "true"`,
        ),
      ),
    });
    const { plan } = await rig.plan();
    expect(plan.summary).toMatchObject({ create: 0, delete: 0, held: 1 });
  });

  it('is shown as what it is: a deletion and a creation', async () => {
    await begin();
    const { id } = await only();
    await ask(datadog);
    const { plan } = await rig.plan();
    expect(plan.summary).toMatchObject({ create: 1, delete: 1, update: 0 });
    const json = planToJson(plan);
    expect(json.changes.map(({ action, id: of, replacedFor }) => [action, of, replacedFor])).toEqual([
      ['delete', id, 'catalog'],
      ['create', null, undefined],
    ]);
    expect(new Set(json.changes.map(({ hash }) => hash)).size).toBe(1);
    const text = renderPlan(plan, { colour: false, width: 120 });
    expect(text).toContain(`-/+ ${KEY}`);
    expect(text).toContain(`(deletes ${id} and makes it anew: spec.catalog cannot change in place)`);
    expect(text).toContain('1 to create, 0 to update, 0 to adopt, 1 to delete');
    const markdown = renderPlanMarkdown(plan);
    expect(markdown).toContain('delete and create');
    expect(markdown).toContain(`Deletes <code>${id}</code> and makes it anew`);
    for (const shown of [text, markdown, JSON.stringify(json)]) expect(shown).not.toContain(env.TOKEN);
  });

  it('hashes what is deleted: the same wish for another object is another change', async () => {
    await begin();
    await ask(datadog);
    const first = (await rig.plan()).plan.changes[0]?.hash;
    await rig.tenant.api('DELETE', `/api/v1/apps/${await appId('ONE')}/connectors/${(await only()).id}`, {});
    await rig.core.reconciler.load();
    await rig.restart({ settings: { onDeleted: 'recreate' } });
    const second = (await rig.plan()).plan.changes[0];
    expect(second?.action).toBe('create');
    expect(second?.hash).not.toBe(first);
  });

  it('is made by deleting first, with everything that the definition asks for', async () => {
    await begin();
    const before = await only();
    await ask(datadog);
    const { plan, done } = await rig.sweep();
    expect(done).toMatchObject([
      { key: KEY, outcome: 'done', status: 'Synced', replaced: { id: before.id } },
    ]);
    expect(done[0]?.requests).toBe(plan.cost.requests);
    expect(await changes()).toEqual([
      ['DELETE', before.id],
      ['POST', 'connectors'],
      ['POST', expect.anything()],
    ]);
    const after = await only();
    expect(after).toMatchObject({ catalogId: DATADOG });
    expect(isObject(after.config) && after.config.configuration).toEqual({
      datadog_api_key: { stringValue: env.TOKEN },
    });
    expect(rig.store.object(KEY)).toMatchObject({ id: after.id, origin: 'created' });
    expect(rig.store.object(KEY)?.replacing).toBeUndefined();
    expect(rig.events.map(({ action, outcome, id }) => [action, outcome, id])).toEqual([
      ['delete', 'done', before.id],
      ['create', 'done', after.id],
    ]);
    expect(new Set(rig.events.map(({ reconcileId }) => reconcileId)).size).toBe(1);
    await expectQuiet();
  });

  it('moves to another app, be it one that is made in the same sweep', async () => {
    await begin();
    await rig.write('more.yaml', file(app('three')));
    await ask({ app: 'three', config });
    expect((await rig.plan()).plan.summary).toMatchObject({ create: 2, delete: 1 });
    await rig.sweep();
    expect(await only()).toMatchObject({ appId: await appId('THREE') });
    await expectQuiet();
  });

  it('waits for its new app, and is not deleted for one that is refused', async () => {
    await begin();
    await rig.write('more.yaml', file(app('three')));
    await ask({ app: 'three', config });
    await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 403, times: 2 });
    const before = await only();
    await rig.sweep();
    expect(await only()).toEqual(before);
    expect((await changes()).some(([method]) => method === 'DELETE')).toBe(false);
  });
});

describe('nothing is deleted', () => {
  it('while a secret of the new one has no value', async () => {
    await begin();
    await ask({ ...datadog, config: { datadog_api_key: { valueFrom: { env: 'NOBODY' } } } });
    expect(await expectUntouched()).toMatchObject({
      status: 'Failed',
      reason: expect.stringContaining('NOBODY'),
    });
  });

  it.each([
    ['a name that no connector type has', { catalog: 'slakc' }, 'UnresolvedReference', 'slakc'],
    ['an id that the tenant does not know', { catalog: undefined, catalogId: 'nothing' }, 'Held', 'nothing'],
    ['an app that is not there', { app: { id: 'nothing' } }, 'UnresolvedReference', 'nothing'],
    ['an app without a definition', { app: 'nobody' }, 'Invalid', 'nobody'],
    ['a configuration of another type', { ...datadog, config }, 'Held', 'slack_api_key'],
  ])('for %s', async (_, spec, status, reason) => {
    await begin();
    await ask(spec);
    expect(await expectUntouched()).toMatchObject({ status, reason: expect.stringContaining(reason) });
  });

  it('that nobody recorded', async () => {
    await begin();
    await rig.tenant.api('POST', `/api/v1/apps/${await appId('TWO')}/connectors`, {
      catalogId: DATADOG,
      displayName: 'By hand',
    });
    const [other] = await rig.connectors('By hand');
    const doc = connector({ app: 'two' }, { ...replace, name: 'other', id: String(other?.id) });
    await rig.write('other.yaml', file(doc));
    await rig.writes();
    const { plan } = await rig.sweep();
    expect(plan.standings.find(({ key }) => key === 'Connector/other')).toMatchObject({ status: 'Held' });
    expect(await changes()).toEqual([]);
  });

  it('that another definition means as well', async () => {
    await begin();
    const { id } = await only();
    await rig.write('other.yaml', file(connector({}, { name: 'other', id: String(id) })));
    await ask({ app: 'two', config });
    expect(await expectUntouched()).toMatchObject({
      status: 'Failed',
      reason: expect.stringContaining('both'),
    });
  });

  it.each<[string, Partial<CoreSettings>, string]>([
    ['frozen', { freeze: [{ cron: '* * * * *', durationMs: 3_600_000, timezone: 'UTC' }] }, 'freeze window'],
    ['over the limit of deletions', { limits: { deletes: { count: 0 } } }, 'sync.limits.deletes'],
    ['over the limit of creations', { limits: { creates: { count: 0 } } }, 'sync.limits.creates'],
  ])('while it is %s, until it is approved', async (_, settings, reason) => {
    await begin();
    await clock.advance(2 * 60 * 60_000);
    await ask(datadog);
    await rig.restart({ settings });
    expect(await expectUntouched()).toMatchObject({
      status: 'Held',
      reason: expect.stringContaining(reason),
    });
    const approval = (await rig.plan()).plan.changes[0]?.held?.approval ?? '';
    await rig.core.reconciler.approve(approval);
    await rig.sweep();
    expect(await only()).toMatchObject({ catalogId: DATADOG });
  });

  it('while it is suspended, be it by the app that it leaves', async () => {
    await begin();
    await ask({ app: 'two', config }, { annotations: { ...replace.annotations, 'c1sync/suspend': 'audit' } });
    expect(await expectUntouched()).toMatchObject({ status: 'Suspended' });
    await ask({ app: 'two', config });
    await rig.core.reconciler.suspend({ target: 'App/one', reason: 'audit' });
    expect(await expectUntouched()).toMatchObject({ status: 'Suspended' });
    await rig.core.reconciler.resume('App/one');
    await rig.write(
      'apps.yaml',
      file(app('one', { annotations: { 'c1sync/suspend': 'audit' } }), app('two')),
    );
    expect(await expectUntouched()).toMatchObject({ status: 'Suspended' });
  });

  it.each([
    ['that somebody else manages', { managed_by: 'terraform' }, 'ForeignOwner'],
    ['that a person took over', {}, 'TakenOver'],
  ])('under an app %s', async (_, annotations, status) => {
    await begin();
    const id = String(await appId('ONE'));
    const set = { annotations, description: 'mine' };
    await rig.tenant.webEdit({ kind: 'App', id, set: { description: 'mine' }, user: 'bob@acme.example' });
    await rig.tenant.api('POST', `/api/v1/apps/${id}`, { app: set, updateMask: 'annotations,description' });
    await ask({ app: 'two', config });
    expect(await expectUntouched()).toMatchObject({ status });
  });

  it('where the new place is taken', async () => {
    await begin();
    await rig.tenant.api('POST', `/api/v1/apps/${await appId('TWO')}/connectors`, {
      catalogId: '2O43lWTqeK6kY25TBMLDyIRU00o',
      displayName: 'Cloud',
    });
    await rig.writes();
    await ask({ app: 'two', config });
    const { done } = await rig.sweep();
    expect(done).toMatchObject([{ outcome: 'failed', reason: expect.stringContaining('there already') }]);
    expect(await changes()).toEqual([]);
  });
});

describe('a creation that fails after the deletion', () => {
  it.each([
    ['with an error', { status: 503, times: 3 }],
    ['with a refusal', { status: 400 }],
  ])('%s is tried again soon, and told of as it is', async (_, fault) => {
    await begin();
    const before = await only();
    await ask(datadog);
    await rig.tenant.faults({ match: 'POST /api/v1/apps/*/connectors', ...fault });
    const { done } = await rig.sweep();
    const [failed] = done;
    if (failed?.status !== 'Settling') {
      expect(failed).toMatchObject({
        status: 'Failed',
        reason: expect.stringContaining('the former object was deleted'),
      });
      expect(Number(failed?.retryAt) - clock.now()).toBeLessThan(5 * 60_000);
    }
    expect(failed?.replaced?.id).toBe(before.id);
    expect(rig.events.map(({ action, outcome }) => [action, outcome])).toContainEqual(['delete', 'done']);
    for (let look = 0; look < 20 && (await rig.connectors('Cloud')).length === 0; look += 1) {
      expect((await standing())?.status).not.toBe('Gone');
      await clock.advance(15_000);
      await rig.sweep('all', 'interval');
    }
    expect(await only()).toMatchObject({ catalogId: DATADOG });
    await rig.sweep();
    await expectQuiet();
  });

  it('leaves a deletion that failed to be made again', async () => {
    await begin();
    await ask(datadog);
    await rig.tenant.faults({ match: 'DELETE /api/v1/apps/*/connectors/*', status: 403 });
    const { done } = await rig.sweep();
    expect(done).toMatchObject([{ status: 'Failed' }]);
    expect(done[0]?.replaced).toBeUndefined();
    expect((await only()).catalogId).not.toBe(DATADOG);
    await rig.sweep();
    expect(await only()).toMatchObject({ catalogId: DATADOG });
  });

  it('does not take a deletion by hand, long after, for its own', async () => {
    await begin();
    await ask(datadog);
    await rig.tenant.faults({ match: 'DELETE /api/v1/apps/*/connectors/*', status: 403 });
    await rig.sweep();
    await ask({ config }, {});
    await clock.advance(120_000);
    await rig.sweep();
    await rig.tenant.api('DELETE', `/api/v1/apps/${await appId('ONE')}/connectors/${(await only()).id}`, {});
    await rig.writes();
    await rig.sweep();
    expect((await standing())?.status).toBe('Gone');
    expect(await changes()).toEqual([]);
  });
});

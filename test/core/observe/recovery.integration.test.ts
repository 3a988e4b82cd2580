import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CoreEvents } from '../../../src/core/model/events.js';
import type { AdoptMode } from '../../../src/core/observe/matching.js';
import { namesakesIn } from '../../../src/core/state/decision-store.js';
import { crashing } from '../../support/crash.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { says } from '../../support/says.js';

let rig: Rig;
afterEach(() => rig?.stop());

const env = { TOKEN: 'planted' };
const app = (name: string): Doc => ({
  kind: 'App',
  name,
  spec: { displayName: name.toUpperCase(), description: 'Ours', owners: ['alice@acme.example'] },
});
const withSecret: Doc = {
  kind: 'Connector',
  name: 'secret',
  spec: {
    app: 'one',
    catalog: 'github-v2',
    displayName: 'With a secret',
    config: {
      C1_selected_field_group_name: 'github_personal_access_token_group',
      github_org_list: ['acme'],
      github_access_token: { valueFrom: { env: 'TOKEN' } },
    },
  },
};
const open: Doc = {
  kind: 'Connector',
  name: 'open',
  spec: {
    app: 'one',
    catalog: 'salesforce',
    displayName: 'Without secrets',
    config: { salesforce_instance_url: 'https://acme.example' },
    schedule: { cron: '0 4 * * *', timezone: 'UTC' },
    owners: ['alice@acme.example'],
  },
};

async function begin(adopt: AdoptMode): Promise<void> {
  rig = await Rig.start({ env, adopt, settings: { settleMs: 0 } });
  await rig.write('all.yaml', file(app('one'), app('two'), withSecret, open));
  await rig.sweep();
  await rig.sweep();
  await rig.writes();
}

/** As after the loss of a volume: what was remembered is gone, and so is the hash key. */
async function loseState(): Promise<void> {
  await rig.store.close();
  await rm(path.join(rig.root, 'state'), { recursive: true });
  await rig.open();
}

describe.each<AdoptMode>(['matching', 'marked', 'never'])('lost records under adopt: %s', (adopt) => {
  it('cost one config write for each connector with secrets, and nothing else', async () => {
    await begin(adopt);
    await loseState();
    const first = await rig.sweep();
    expect(first.plan.changes).toEqual([]);
    expect(first.plan.summary).toMatchObject({ unverified: 1, adopt: 0, create: 0, held: 0, unchanged: 4 });
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['config']);
    expect(rig.store.records().objects.size).toBe(4);
    expect(rig.store.object('Connector/open')?.origin).toBe('recovered');
    await loseState();
    await rig.sweep();
    await rig.writes();
    const { plan } = await rig.sweep();
    expect([plan.changes, plan.bookkeeping, await rig.writes()]).toEqual([[], [], []]);
    expect(plan.summary).toMatchObject({ unverified: 0, unchanged: 4 });
  });

  it('do not keep what drifted meanwhile from being reverted', async () => {
    await begin(adopt);
    const [live] = await rig.connectors('Without secrets');
    const target = `/api/v1/apps/${live?.appId}/connectors/${live?.id}`;
    const connector = { description: 'drift', profileIgnoreList: ['ssn'] };
    await rig.tenant.api('POST', target, { connector, updateMask: 'description,profileIgnoreList' });
    await rig.write(
      'all.yaml',
      file(app('one'), app('two'), { ...open, spec: { ...open.spec, description: '' } }),
    );
    await loseState();
    await rig.writes();
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ update: 1, adopt: 0 });
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['description']);
  });

  it('do not recreate an object that has another name by now', async () => {
    await begin(adopt);
    await rig.write(
      'all.yaml',
      file({ ...app('one'), spec: { displayName: 'New name' } }, app('two'), withSecret),
    );
    await loseState();
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ create: 0, update: 1 });
    expect(await rig.apps('New name')).toHaveLength(1);
    expect(await rig.apps('ONE')).toEqual([]);
  });

  it('do not double a connector that has another name by now, also when the recovery is over', async () => {
    await begin(adopt);
    const renamed = { ...withSecret, spec: { ...withSecret.spec, displayName: 'New name' } };
    await rig.write('all.yaml', file(app('one'), app('two'), renamed));
    await loseState();
    const [id] = (await rig.connectors(String(withSecret.spec?.displayName))).map((made) => String(made.id));
    for (const _ of [1, 2, 3]) {
      const { plan } = await rig.sweep();
      expect(plan.standings.find(({ key }) => key.startsWith('Connector/'))).toMatchObject({
        status: 'Held',
        reason: expect.stringMatching(`${id}.*former name.*metadata\\.id.*approve`),
      });
    }
    expect(await rig.connectors('New name')).toEqual([]);
    await rig.write('all.yaml', file(app('one'), app('two'), { ...renamed, id: id ?? '' }));
    await rig.sweep();
    expect(await rig.connectors('New name')).toMatchObject([{ id }]);
  });

  it('leave what its definition suspends alone, also when its creation was approved before', async () => {
    await begin(adopt);
    const renamed = { ...withSecret, spec: { ...withSecret.spec, displayName: 'New name' } };
    const suspended = { ...renamed, annotations: { 'c1sync/suspend': 'incident 12' } };
    await loseState();
    await rig.write('all.yaml', file(app('one'), app('two'), renamed));
    const { plan } = await rig.sweep();
    const held = plan.changes.find(({ key }) => key === 'Connector/secret')?.held;
    await rig.approve(String(held?.approval));
    await rig.writes();
    for (const docs of [
      [app('one'), suspended],
      [{ ...app('one'), annotations: suspended.annotations }, renamed],
    ]) {
      await rig.write('all.yaml', file(...docs, app('two')));
      const later = await rig.sweep();
      expect(later.plan.standings.find(({ key }) => key === 'Connector/secret')).toMatchObject({
        status: 'Suspended',
        reason: expect.stringMatching(/incident 12/),
      });
      const left = later.plan.changes.find(({ key }) => key === 'Connector/secret');
      expect(left?.held?.approval).toBeUndefined();
    }
    expect(await rig.writes()).toEqual([]);
    await rig.write('all.yaml', file(app('one'), app('two'), renamed));
    await rig.sweep();
    expect(await rig.connectors('New name')).toHaveLength(1);
  });

  it('do not double a connector that gets another name while a second one has its former name', async () => {
    await begin(adopt);
    const [first] = await rig.connectors('Without secrets');
    const { catalogId, displayName } = first ?? {};
    await rig.tenant.api('POST', `/api/v1/apps/${first?.appId}/connectors`, { catalogId, displayName });
    await loseState();
    const { plan } = await rig.sweep();
    expect(plan.standings.find(({ key }) => key === 'Connector/open')).toMatchObject({ status: 'Failed' });
    const renamed = { ...open, spec: { ...open.spec, displayName: 'New name' } };
    await rig.write('all.yaml', file(app('one'), app('two'), withSecret, renamed));
    for (const _ of [1, 2]) {
      const later = await rig.sweep();
      expect(later.plan.standings.find(({ key }) => key === 'Connector/open')).toMatchObject({
        status: 'Held',
        reason: expect.stringMatching(`${first?.id}.*former name`),
      });
    }
    expect(await rig.connectors('New name')).toEqual([]);
  });
});

/** Hears of recoveries from now on. */
function recoveries(): unknown[] {
  const heard: unknown[] = [];
  const hear =
    (name: 'recovery begun' | 'recovery ended') =>
    (event: CoreEvents[typeof name]): void =>
      void heard.push([name, event]);
  rig.bus.on('recovery begun', hear('recovery begun'));
  rig.bus.on('recovery ended', hear('recovery ended'));
  return heard;
}

/** App `two` with a connector, taken over by a person, which takes its marks off; and then the records are lost. */
async function loseTakenOver(adopt: AdoptMode = 'matching', docs: readonly Doc[] = [app('two'), below]) {
  rig = await Rig.start({ env, adopt, settings: { settleMs: 0 } });
  await rig.write('all.yaml', file(app('one'), app('two'), below));
  await rig.sweep();
  const [two] = await rig.apps('TWO');
  const id = String(two?.id);
  await rig.tenant.webEdit({ kind: 'App', id, set: { description: 'Mine' }, user: 'bob@acme.example' });
  const [connector] = await rig.connectors('Below');
  const target = `/api/v1/apps/${id}/connectors/${connector?.id}`;
  const edit = { connector: { description: 'Mine too' }, updateMask: 'description' };
  await rig.tenant.api('POST', target, edit);
  await rig.write('all.yaml', file(app('one'), ...docs));
  await loseState();
  await rig.writes();
  return id;
}

const below: Doc = {
  kind: 'Connector',
  name: 'below',
  spec: { app: 'two', catalog: 'slack', displayName: 'Below', description: '' },
};

type Swept = Awaited<ReturnType<Rig['sweep']>>;
const statuses = ({ plan }: Pick<Swept, 'plan'>) =>
  plan.standings.map(({ key, status }) => [key, status] as const);
const HELD = [
  ['App/one', 'Synced'],
  ['App/two', 'Held'],
  ['Connector/below', 'Held'],
];

describe('an app without marks whose records were lost', () => {
  it('is held with what is under it, over sweeps and restarts, though the recovery ends', async () => {
    const id = await loseTakenOver();
    expect(statuses(await rig.plan())).toEqual(HELD);
    const heard = recoveries();
    const { plan } = await rig.sweep();
    expect(statuses({ plan })).toEqual(HELD);
    expect(plan.standings[1]?.reason).toEqual(
      says('records were lost', `'TWO' (${id})`, `metadata.id: ${id}`, "'c1sync approve'"),
    );
    expect(plan.standings[2]?.reason).toEqual(says('App/two'));
    expect(heard).toEqual([
      ['recovery begun', { marked: 1 }],
      ['recovery ended', { undecided: 1 }],
    ]);
    expect(rig.core.decisions.recovering).toBe(false);
    expect(statuses(await rig.sweep())).toEqual(HELD);
    expect(statuses(await rig.sweep(new Set(['Connector/below'])))).toEqual(HELD.slice(1));
    await rig.restart();
    const again = recoveries();
    expect(statuses(await rig.sweep())).toEqual(HELD);
    expect(again).toEqual([]);
    expect(await rig.writes()).toEqual([]);
  });

  it('comes under management when that is approved, and what is under it with it', async () => {
    const id = await loseTakenOver();
    const { plan } = await rig.sweep();
    const held = plan.changes.find(({ key }) => key === 'App/two')?.held;
    await rig.approve(String(held?.approval));
    await rig.restart();
    await rig.sweep();
    const [first, ...others] = await rig.writes();
    expect(first).toMatchObject({ path: `/api/v1/apps/${id}`, mask: 'description,annotations' });
    expect(others.map(({ mask }) => mask)).toEqual(['description']);
    expect(statuses(await rig.sweep()).map(([, status]) => status)).toEqual(['Synced', 'Synced', 'Synced']);
    expect(namesakesIn(rig.store.records())).toEqual([]);
    expect([await rig.apps('TWO'), await rig.connectors('Below')].map(({ length }) => length)).toEqual([
      1, 1,
    ]);
  });

  it('comes under management when it is pinned', async () => {
    const id = await loseTakenOver();
    await rig.sweep();
    await rig.write('all.yaml', file(app('one'), { ...app('two'), id }, below));
    await rig.sweep();
    expect(statuses(await rig.sweep()).map(([, status]) => status)).toEqual(['Synced', 'Synced', 'Synced']);
    expect(namesakesIn(rig.store.records())).toEqual([]);
  });

  it('is held for its owners too, if an approval would remove us from them', async () => {
    await loseTakenOver();
    const self = (await rig.tenant.api('GET', '/api/v1/auth/introspect')).body.userId;
    const [two] = await rig.apps('TWO');
    await rig.tenant.api('PUT', `/api/v1/apps/${two?.id}/owners`, { userIds: [self] });
    const { plan } = await rig.sweep();
    expect(plan.standings[1]?.reason).toMatch(/records were lost.*; .*owner/);
  });

  it.each<AdoptMode>(['marked', 'never'])('is held by the rules of adopt: %s alone', async (adopt) => {
    await loseTakenOver(adopt);
    const { plan } = await rig.sweep();
    expect(statuses({ plan })).toEqual(HELD);
    expect(plan.standings[1]?.reason).toMatch(/may not adopt here/);
    expect(namesakesIn(rig.store.records())).toEqual([]);
    expect(await rig.writes()).toEqual([]);
  });
});

describe('a recovery', () => {
  it('is none when nothing carries our marks', async () => {
    rig = await Rig.start({ env });
    const heard = recoveries();
    await rig.write('all.yaml', file({ kind: 'App', name: 'github', spec: { displayName: 'GitHub' } }));
    expect((await rig.sweep()).plan.summary).toMatchObject({ adopt: 1, held: 0 });
    await rig.sweep();
    expect(heard).toEqual([]);
  });

  it('is begun by a sweep of few objects too, even pinned ones, and lasts until a full sweep', async () => {
    const id = await loseTakenOver();
    const heard = recoveries();
    const github: Doc = { kind: 'App', name: 'github', spec: { displayName: 'GitHub' } };
    await rig.write('all.yaml', file(app('one'), { ...app('two'), id }, github));
    await rig.sweep(new Set(['App/two']));
    expect(heard).toEqual([['recovery begun', { marked: 1 }]]);
    await rig.restart();
    expect(rig.core.decisions.recovering).toBe(true);
    expect(statuses(await rig.sweep())[0]).toEqual(['App/github', 'Held']);
    expect(rig.core.decisions.recovering).toBe(false);
    expect(namesakesIn(rig.store.records())).toHaveLength(1);
  });

  it('is noted with the first record that it brings, or neither is', async () => {
    await loseTakenOver();
    await rig.closeStore();
    let struck = Promise.resolve();
    await rig.open({
      wrap: (store) => {
        const crash = crashing(store, { at: 'putObject', how: 'hang' });
        struck = crash.struck;
        return crash.store;
      },
    });
    // A second object to be recognised.
    await rig.tenant.api('POST', '/api/v1/apps', {
      displayName: 'Three',
      annotations: { managed_by: 'c1sync', iac_workspace: 'test', iac_resource_address: 'App/three' },
    });
    void rig.core.reconciler.reconcileOnce({ trigger: 'command', scope: 'all' });
    await struck;
    await rig.restart();
    expect(rig.store.records().objects.size).toBe(0);
    expect(statuses(await rig.sweep()).slice(0, 3)).toEqual(HELD);
    expect(rig.core.decisions.recovering).toBe(false);
  });

  it('lasts while a definition is invalid, which may be the one of an app that a person took over', async () => {
    await loseTakenOver();
    await rig.write('all.yaml', file(app('one')));
    await rig.write('two.yaml', file({ ...app('two'), spec: { displayName: 'TWO', wrong: 1 } }));
    await rig.sweep();
    expect(rig.core.decisions.recovering).toBe(true);
    await rig.write('two.yaml', file(app('two')));
    expect(statuses(await rig.sweep())).toEqual(HELD.slice(0, 2));
    expect(rig.core.decisions.recovering).toBe(false);
  });

  it('finds a connector below an app that is named by its id, if that carries our marks', async () => {
    rig = await Rig.start({ env, adopt: 'never' });
    await rig.write('apps.yaml', file(app('one')));
    await rig.sweep();
    const [one] = await rig.apps('ONE');
    await rig.write('connector.yaml', file({ ...below, spec: { ...below.spec, app: { id: one?.id } } }));
    await rig.sweep();
    await loseState();
    await rig.writes();
    expect(statuses(await rig.sweep())).toEqual([
      ['App/one', 'Synced'],
      ['Connector/below', 'Synced'],
    ]);
    expect(await rig.writes()).toEqual([]);
    expect(rig.store.object('Connector/below')?.origin).toBe('recovered');
  });

  it('remembers neither of two apps with the marks of a definition that is gone', async () => {
    rig = await Rig.start({ settings: { prune: true, pruneAfterMs: 0 } });
    await rig.write('all.yaml', file(app('one'), app('two')));
    await rig.sweep();
    const annotations = (await rig.apps('ONE'))[0]?.annotations;
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Copy', annotations });
    await loseState();
    await rig.write('all.yaml', file(app('two')));
    await rig.writes();
    for (const _ of [1, 2, 3]) await rig.sweep();
    await rig.write('all.yaml', file(app('one'), app('two')));
    const { plan } = await rig.sweep(new Set(['App/one']));
    expect(plan.standings).toMatchObject([{ key: 'App/one', status: 'Failed' }]);
    expect(await rig.writes()).toEqual([]);
  });

  it('recreates no connector below an app that is pinned and not marked', async () => {
    const id = await loseTakenOver('never');
    await rig.write('all.yaml', file(app('one'), { ...app('two'), id }, below));
    expect(statuses(await rig.sweep())[2]).toEqual(['Connector/below', 'Held']);
    expect(statuses(await rig.sweep())[2]).toEqual(['Connector/below', 'Held']);
    expect(await rig.connectors('Below')).toHaveLength(1);
  });
});

describe('an unset secret', () => {
  it('is tolerated by a plan and refused by a sweep, for its object alone', async () => {
    await begin('matching');
    await rig.store.close();
    delete (env as { TOKEN?: string }).TOKEN;
    try {
      await rig.open({ settings: { refuseUnset: false } });
      const { plan } = await rig.plan();
      expect(plan.summary).toMatchObject({ failed: 0, held: 0 });
      await rig.restart();
      await rig.write(
        'all.yaml',
        file({ ...app('one'), spec: { ...app('one').spec, description: 'New' } }, withSecret),
      );
      const swept = await rig.sweep();
      expect(swept.plan.standings.find(({ key }) => key === 'Connector/secret')).toMatchObject({
        status: 'Failed',
        reason: says('secret', 'env TOKEN', 'not set'),
      });
      expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['description']);
    } finally {
      env.TOKEN = 'planted';
    }
  });
});

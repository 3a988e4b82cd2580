import { afterEach, describe, expect, it } from 'vitest';
import { lessonsOf } from '../../../src/core/reconcile/lessons.js';
import type { CoreSettings } from '../../../src/core/reconcile/reconcile.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const app: Doc = { kind: 'App', name: 'one', spec: { displayName: 'One' } };
const connector = (spec: object): Doc => ({
  kind: 'Connector',
  name: 'cloud',
  spec: { app: 'one', displayName: 'Cloud', ...spec },
});
const slack = connector({ catalog: 'slack', config: { slack_api_key: { valueFrom: { env: 'TOKEN' } } } });
async function begin(settings: Partial<CoreSettings> = {}): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, env: { TOKEN: 'planted' }, settings });
  await rig.write('app.yaml', file(app));
  await rig.write('cloud.yaml', file(slack));
  await rig.sweep();
  await rig.sweep();
}

async function expectOneInLine(): Promise<void> {
  const { plan } = await rig.sweep();
  expect(plan.changes).toEqual([]);
  expect(plan.standings.map(({ key, status }) => [key, status])).toEqual([
    ['App/one', 'Synced'],
    ['Connector/cloud', 'Synced'],
  ]);
  expect(await rig.connectors('Cloud')).toHaveLength(1);
}

describe('an observation from before a change', () => {
  it('does not bring back the record of what was deleted meanwhile', async () => {
    await begin({ prune: true });
    const observed = await rig.timed(rig.core.reconciler.plan('all'));
    await rig.write('cloud.yaml', '# empty on purpose');
    await rig.remove('cloud.yaml');
    await rig.sweep();
    await clock.advance(60_000);
    await rig.sweep();
    expect(await rig.connectors('Cloud')).toEqual([]);
    await rig.core.reconciler.commitLessons(observed);
    await rig.write('cloud.yaml', file(slack));
    await rig.sweep();
    await expectOneInLine();
  });

  it('does not forget an object that was recreated under the name of one that was gone', async () => {
    await begin({ prune: true, onDeleted: 'recreate' });
    const [before] = await rig.connectors('Cloud');
    await rig.tenant.api('DELETE', `/api/v1/apps/${before?.appId}/connectors/${before?.id}`, {});
    await rig.remove('cloud.yaml');
    const observed = await rig.timed(rig.core.reconciler.plan('all'));
    await rig.write('cloud.yaml', file(slack));
    await rig.sweep();
    await rig.core.reconciler.commitLessons(observed);
    expect([...rig.store.records().objects.keys()]).toEqual(['App/one', 'Connector/cloud']);
    await expectOneInLine();
  });
});

describe('a definition that is back since the observation', () => {
  const named = (name: string, annotations: Doc['annotations'] = {}): string =>
    file({ ...app, name, annotations });

  /** An app whose definition is gone, and what was observed then with that of another name. */
  async function observedWithout(text: string) {
    clock = new VirtualClock();
    rig = await Rig.start({ clock });
    await rig.write('one.yaml', file(app));
    await rig.sweep();
    await rig.write('one.yaml', text);
    return rig.plan();
  }

  /** Commits the lessons of the observation, after the definition is back. */
  async function commitLate(observed: Awaited<ReturnType<typeof observedWithout>>): Promise<void> {
    await rig.write('back.yaml', file(app));
    await rig.core.reconciler.load();
    await rig.core.reconciler.commitLessons(observed);
  }

  it('keeps its object from a suspended one of its name', async () => {
    const observed = await observedWithout(named('two', { 'c1sync/suspend': 'an incident' }));
    await commitLate(observed);
    expect([...rig.store.records().objects.keys()]).toEqual(['App/one']);
  });

  it('keeps its record beside that of one with its object', async () => {
    await observedWithout(named('two'));
    const record = rig.store.object('App/one');
    if (record === undefined) throw new Error('no record of App/one');
    await rig.store.putObject({ ...record, key: 'App/two', movedFrom: 'App/one' });
    await commitLate(await rig.plan());
    expect([...rig.store.records().objects.keys()].sort()).toEqual(['App/one', 'App/two']);
  });

  it('keeps the create whose answer was lost', async () => {
    await observedWithout(named('two'));
    const intent = {
      key: 'App/gone',
      kind: 'App',
      natural: { displayName: 'Gone' },
      at: 0,
      knownIds: [],
      misses: 0,
      reason: 'timed out',
    };
    await rig.store.putIntent(intent);
    const observed = await rig.plan();
    await rig.write('gone.yaml', file({ kind: 'App', name: 'gone', spec: { displayName: 'Gone' } }));
    await rig.core.reconciler.load();
    await rig.core.reconciler.commitLessons(observed);
    expect([...rig.store.records().intents.keys()]).toEqual(['App/gone']);
  });

  it('keeps its object from a rename that was planned without it', async () => {
    clock = new VirtualClock();
    rig = await Rig.start({ clock });
    await rig.write('one.yaml', file(app));
    await rig.sweep();
    await rig.writes();
    await rig.write('one.yaml', named('two'));
    await rig.tenant.faults({ match: 'GET /api/v1/apps', status: 429, retryAfter: 5 });
    const loaded = new Promise((resolve) => rig.bus.on('definitions loaded', resolve));
    const sweep = rig.core.reconciler.reconcileOnce({ trigger: 'command', scope: 'all' });
    await loaded;
    await rig.write('back.yaml', file(app));
    await rig.core.reconciler.load();
    await rig.timed(sweep.then(({ results }) => results));
    expect(await rig.writes()).toEqual([]);
    expect([...rig.store.records().objects.keys()]).toEqual(['App/one']);
  });
});

it.each([
  ['ended before a search for it', undefined],
  ['ended after a search for it', 'timed out'],
])('an old observation does not restore the intent of a create that %s', async (_, reason) => {
  rig = await Rig.start();
  await rig.write('widgets.yaml', file({ kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } }));
  await rig.store.putIntent({
    key: 'App/widgets',
    kind: 'App',
    natural: { displayName: 'Widgets' },
    at: 0,
    knownIds: [],
    misses: 0,
    ...(reason === undefined ? {} : { reason }),
  });
  const observed = await rig.plan();
  expect(observed.plan.standings[0]?.status).toBe('Settling');
  await rig.store.removeIntent('App/widgets');
  const { patch } = lessonsOf({
    ...observed,
    latest: await rig.core.reconciler.load(),
    records: rig.store.records(),
    workspace: 'test',
    settleMs: 0,
    callWindowMs: 60_000,
    actorOf: () => undefined,
  });
  expect(patch.intents.get('App/widgets') ?? null).toBeNull();
});

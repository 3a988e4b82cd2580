import { afterEach, expect, it } from 'vitest';
import { remember } from '../../src/core/reconcile/remember.js';
import { file } from '../support/definitions.js';
import { Rig } from '../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

it.each([
  ['ended while it was not looked for yet', undefined],
  ['ended after it was looked for', 'timed out'],
])('an old look does not bring back the intent of a create that %s', async (_, reason) => {
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
  const look = await rig.plan();
  expect(look.plan.standings[0]?.status).toBe('Settling');
  await rig.store.removeIntent('App/widgets');
  await remember({
    ...look,
    load: await rig.core.reconciler.load(),
    store: rig.store,
    workspace: 'test',
    settleMs: 0,
    createWindowMs: 60_000,
    actorOf: () => undefined,
  });
  expect(rig.store.intent('App/widgets')).toBeUndefined();
});

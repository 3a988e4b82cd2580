import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RecordStore } from '../../../src/core/model/record.js';
import { bound } from '../../support/bound-store.js';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

const app = (name: string) => file({ kind: 'App', name, spec: { displayName: 'Widgets' } });

let reached: Promise<void>;
let goOn: () => void;

/** A store that keeps the first intent waiting. */
function slow(store: RecordStore): RecordStore {
  let resolveBegun = (): void => {};
  reached = new Promise((resolve) => {
    resolveBegun = resolve;
  });
  let gate: Promise<void> | undefined = new Promise((resolve) => {
    goOn = resolve;
  });
  return {
    ...bound(store),
    putIntent: async (intent) => {
      const wait = gate;
      gate = undefined;
      resolveBegun();
      await wait;
      await store.putIntent(intent);
    },
  };
}

let first: Promise<unknown>;
beforeEach(async () => {
  rig = await Rig.start();
  await rig.restart({ wrap: slow });
  await rig.write('app.yaml', app('widgets'));
  first = rig.sweep();
  await reached;
  await rig.write('app.yaml', app('gadgets'));
});

async function expectOne(): Promise<void> {
  await rig.sweep();
  expect(await rig.apps('Widgets')).toHaveLength(1);
  expect([...rig.store.records().objects.keys()]).toEqual(['App/gadgets']);
  expect(rig.store.records().intents.size).toBe(0);
}

it('a definition that is renamed while its object is being created does not get a second one', async () => {
  const { done } = await rig.sweep();
  expect(done.map(({ key, outcome }) => [key, outcome])).toEqual([['App/gadgets', 'failed']]);
  goOn();
  await first;
  await expectOne();
});

it('nor when the first create ends between the observation and the create under the new name', async () => {
  const planned = await rig.core.reconciler.plan('all');
  expect(planned.plan.changes.map(({ key, action }) => [key, action])).toEqual([['App/gadgets', 'create']]);
  goOn();
  await first;
  await (await rig.core.reconciler.execute(planned, { trigger: 'command', scope: 'all' })).results;
  await expectOne();
});

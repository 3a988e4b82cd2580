import { afterEach, expect, it } from 'vitest';
import type { RecordStore } from '../../../src/core/model/record.js';
import { bound } from '../../support/bound-store.js';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

/** A store whose first intent reaches the memory and not the disk. */
function fullOnce(store: RecordStore): RecordStore {
  let isFull = true;
  return {
    ...bound(store),
    putIntent: async (intent) => {
      await store.putIntent(intent);
      if (!isFull) return;
      isFull = false;
      throw new Error('cannot write: no space left on device');
    },
  };
}

it('a create that was never sent because its intent could not be written is made when the disk has room again', async () => {
  rig = await Rig.start();
  await rig.restart({ wrap: fullOnce });
  await rig.write('widgets.yaml', file({ kind: 'App', name: 'widgets', spec: { displayName: 'Widgets' } }));
  const { done } = await rig.sweep();
  expect(done.map(({ status, reason }) => [status, reason])).toEqual([
    ['Failed', 'cannot write: no space left on device'],
  ]);
  expect(await rig.writes()).toEqual([]);
  expect((await rig.sweep()).done.map(({ outcome }) => outcome)).toEqual(['done']);
  expect(await rig.apps('Widgets')).toHaveLength(1);
});

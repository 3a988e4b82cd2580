import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Commanded } from '../../../src/core/model/events.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

const CALLER = { by: 'alice', via: 'api' } as const;
const app = (name: string): Doc => ({ kind: 'App', name, spec: { displayName: name } });

let rig: Rig;
let commands: Commanded[];

beforeEach(async () => {
  rig = await Rig.start();
  commands = [];
  rig.bus.on('commanded', (event) => commands.push(event));
  await rig.write('all.yaml', file(app('one'), app('two')));
  await rig.sweep();
});
afterEach(() => rig.stop());

describe('a repair of the records beside a daemon', () => {
  it('comes between the changes of an object, and names the person', async () => {
    let end = (): void => {};
    const change = new Promise<void>((resolve) => {
      end = resolve;
    });
    void rig.core.queue.add({ key: 'App/one', priority: 0, run: () => change });
    const forgotten = rig.control.forget('App/one', CALLER);
    await rig.control.move('App/two', 'App/three', CALLER);
    expect(rig.store.object('App/one')).toBeDefined();
    end();
    await forgotten;
    expect([...rig.store.records().objects.keys()]).toEqual(['App/three']);
    expect(commands.map(({ command, by, targets }) => [command, by, targets])).toEqual([
      ['move', 'alice', ['App/two', 'App/three']],
      ['forget', 'alice', ['App/one']],
    ]);
  });

  it.each([
    ['no record', () => rig.control.forget('App/on', CALLER), 'there is no record of App/on.'],
    [
      'a name that is taken',
      () => rig.control.move('App/one', 'App/two', CALLER),
      'already; forget it first',
    ],
    ['another kind', () => rig.control.move('App/one', 'Connector/one', CALLER), 'give the new name as App/'],
  ])('is refused for %s, and is no command then', async (_what, act, message) => {
    await expect(act()).rejects.toThrow(message);
    expect(commands).toEqual([]);
    expect(rig.store.records().objects.size).toBe(2);
  });
});

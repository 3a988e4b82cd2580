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

  it('takes the marks off an object without a definition, so that it stays forgotten', async () => {
    const marks = async (name: string): Promise<unknown> => (await rig.apps(name))[0]?.annotations;
    expect(await marks('one')).toMatchObject({ managed_by: 'c1sync' });
    await rig.write('all.yaml', file(app('two')));
    await rig.sweep();
    await rig.control.forget('App/one', CALLER);
    await rig.control.forget('App/two', CALLER);
    await rig.sweep();
    await rig.sweep();
    expect([...rig.store.records().objects.keys()]).toEqual(['App/two']);
    expect(await marks('one')).not.toHaveProperty('managed_by');
    expect(await marks('two')).toMatchObject({ managed_by: 'c1sync' });
    expect(rig.core.statusStore.get('App/one')).toBeUndefined();
  });

  it('forgets nothing where the marks cannot be taken off', async () => {
    await rig.write('all.yaml', file(app('two')));
    await rig.sweep();
    await rig.tenant.faults({ match: 'POST /api/v1/apps/*', status: 403 });
    await expect(rig.control.forget('App/one', CALLER)).rejects.toThrow(/the marks of App\/one .* 403/);
    expect(rig.store.object('App/one')).toBeDefined();
    expect(commands).toEqual([]);
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

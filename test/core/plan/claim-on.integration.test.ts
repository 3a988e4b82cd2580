import { afterEach, describe, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { says } from '../../support/says.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const app = (name: string): Doc => ({ kind: 'App', name, spec: { displayName: name.toUpperCase() } });
const chat = (name: string, spec: Readonly<Record<string, unknown>> = {}): Doc => ({
  kind: 'Connector',
  name,
  spec: { app: 'one', catalog: 'slack', displayName: 'Chat', ...spec },
});

/** A managed connector, `chat`. */
async function managed(): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, settings: { prune: true } });
  await define(app('one'), app('two'), chat('chat'));
  await rig.sweep();
}

const define = (...docs: readonly Doc[]) => rig.write('all.yaml', file(...docs));

/** Where the orphan stands after sweeps that lie far enough apart for its definition to count as gone. */
async function standing() {
  for (let round = 0; round < 3; round += 1) {
    await rig.sweep();
    await clock.advance(120_000);
  }
  await rig.sweep();
  return rig.core.statusStore.get('Connector/chat');
}

/** Another app with the marks of `one`: the owner is ambiguous. */
async function doubleMarks(): Promise<void> {
  const { annotations } = (await rig.apps('ONE'))[0] ?? {};
  await rig.timed(rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Copy', annotations }));
}

describe('an orphan that a definition may mean is not deleted', () => {
  it('where the app of the definition is ambiguous', async () => {
    await managed();
    await doubleMarks();
    await define(app('one'), app('two'), chat('renamed'));
    expect(await standing()).toMatchObject({
      status: 'Held',
      reason: says('Connector/renamed', "'Chat'"),
    });
    expect(await rig.connectors('Chat')).toHaveLength(1);
  });

  it('where the definition has a name in it that resolves to nothing', async () => {
    await managed();
    await define(app('one'), app('two'), chat('renamed', { catalog: 'slakc' }));
    expect(await standing()).toMatchObject({
      status: 'Held',
      reason: says('Connector/renamed', "'Chat'"),
    });
    expect(await rig.connectors('Chat')).toHaveLength(1);
  });

  it.each<readonly [string, (id: string) => Partial<Doc>]>([
    ['a pin', (id) => ({ id })],
    ['a former name', () => ({ annotations: { 'c1sync/renamed-from': 'chat' } })],
  ])('where the definition means it under another app, by %s', async (_, metadata) => {
    await managed();
    const [{ id } = {}] = await rig.connectors('Chat');
    await define(app('one'), app('two'), { ...chat('renamed', { app: 'two' }), ...metadata(String(id)) });
    expect(await standing()).toMatchObject({
      status: 'Held',
      reason: says('Connector/renamed', 'claims the same object'),
    });
    expect((await rig.connectors('Chat')).map((one) => one.id)).toEqual([id]);
  });

  it('where two definitions say that it was theirs, so that neither has it', async () => {
    await managed();
    const [{ id } = {}] = await rig.connectors('Chat');
    const annotations = { 'c1sync/renamed-from': 'chat' };
    const heir = (name: string): Doc => ({ ...chat(name, { displayName: name }), annotations });
    await define(app('one'), app('two'), heir('first'), heir('second'));
    expect(await standing()).toMatchObject({ status: 'Held', reason: says('claims the same object') });
    expect((await rig.connectors('Chat')).map((one) => one.id)).toEqual([id]);
  });

  it.each([
    ['another name', () => define(app('one'), app('two'), chat('other', { displayName: 'Other' }))],
    ['it under another app', () => define(app('one'), app('two'), chat('other', { app: 'two' }))],
    [
      'it under an app that is yet to be created',
      () => define(app('three'), chat('other', { app: 'three' })),
    ],
  ])('but is where they ask for %s', async (_, edit) => {
    await managed();
    const [{ id } = {}] = await rig.connectors('Chat');
    await edit();
    await standing();
    expect((await rig.tenant.state()).connectors.filter((one) => one.id === id)).toEqual([]);
  });

  it('but is where another connector of its name has a record of its own', async () => {
    await managed();
    await define(app('one'), app('two'), chat('chat'), chat('other', { app: 'two' }));
    await rig.sweep();
    await define(app('one'), app('two'), chat('other', { app: 'two' }));
    await standing();
    expect(await rig.connectors('Chat')).toHaveLength(1);
  });
});

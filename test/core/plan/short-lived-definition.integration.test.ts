import { afterEach, describe, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const keep = { 'c1sync/prune': 'false' };
const app = (name: string, metadata: Partial<Doc> = {}): Doc => ({
  kind: 'App',
  name,
  spec: { displayName: 'Widgets' },
  ...metadata,
});
const other: Doc = { kind: 'App', name: 'other', spec: { displayName: 'Other' } };

async function begin(...docs: Doc[]): Promise<void> {
  clock = new VirtualClock();
  rig = await Rig.start({ clock, settings: { prune: true } });
  await rig.write('all.yaml', file(other, ...docs));
}

/** Removes the definition and sweeps for some minutes. */
async function withoutDefinition(): Promise<void> {
  await rig.write('all.yaml', file(other));
  for (let sweep = 0; sweep < 4; sweep += 1) {
    await rig.sweep();
    await clock.advance(60_000);
  }
}

describe('a definition that was there for one sweep only', () => {
  it('has its word on pruning, for what it had made', async () => {
    await begin(app('widgets', { annotations: keep }));
    await rig.sweep();
    await withoutDefinition();
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });

  it('has its word on pruning, for what it had adopted', async () => {
    await begin(app('widgets', { annotations: keep }));
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets' });
    await rig.sweep();
    await withoutDefinition();
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });

  it('has its word on pruning, for what it had under a new name', async () => {
    await begin(app('widgets'));
    await rig.sweep();
    await rig.write(
      'all.yaml',
      file(other, app('gadgets', { annotations: { ...keep, 'c1sync/renamed-from': 'widgets' } })),
    );
    await rig.sweep();
    await withoutDefinition();
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });

  it('has to be gone for a while, however long the former one has been', async () => {
    await begin(app('widgets', { annotations: keep }));
    await rig.sweep();
    await rig.sweep();
    await withoutDefinition();
    await rig.write(
      'all.yaml',
      file(other, app('gadgets', { annotations: { 'c1sync/renamed-from': 'widgets' } })),
    );
    await rig.sweep();
    await rig.write('all.yaml', file(other));
    const { plan } = await rig.sweep();
    expect(plan.changes).toEqual([]);
    expect(await rig.apps('Widgets')).toHaveLength(1);
  });
});

it('an object whose definition is gone is shown with the place where that was', async () => {
  await begin(app('widgets'));
  await rig.sweep();
  await rig.write('all.yaml', file(other));
  const { plan } = await rig.sweep();
  expect(plan.standings).toMatchObject([
    { key: 'App/other' },
    { position: { file: expect.stringContaining('all.yaml') } },
  ]);
});

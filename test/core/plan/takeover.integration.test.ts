import { cp } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Rig, type RigOptions } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
afterEach(() => rig?.stop());

const HOUR = 60 * 60_000;

const definition = (description: string, comment = '', labels = ''): string => `
apiVersion: c1sync/v1
kind: App
metadata: { name: widgets, labels: { ${labels} } }   ${comment}
spec:
  displayName: Widgets
  description: ${description}
`;

/** A managed app, and what a person does to it in the web app. */
async function managed(mode: 'once' | 'always' | 'hold', options: RigOptions = {}) {
  const clock = new VirtualClock();
  rig = await Rig.start({ clock, ...options, settings: { onTakeover: mode, ...options.settings } });
  await rig.write('widgets.yaml', definition('First'));
  await rig.sweep();
  await rig.writes();
  const app = async () =>
    (await rig.tenant.state()).apps.find(({ displayName }) => displayName === 'Widgets');
  const id = String((await app())?.id);
  const edit = (set: Record<string, string>) =>
    rig.tenant.webEdit({ kind: 'App', id, set, user: 'bob@acme.example' });
  return { clock, app, edit, id };
}

async function statusOf(): Promise<string | undefined> {
  await rig.sweep();
  const { plan } = await rig.plan();
  return plan.standings.find(({ key }) => key === 'App/widgets')?.status;
}

describe('an edit in the web app', () => {
  it('is reverted once, marks included, and the second within a day yields the object', async () => {
    const { clock, app, edit } = await managed('once');
    await edit({ description: 'Mine' });
    expect(await statusOf()).toBe('Synced');
    expect(await app()).toMatchObject({ description: 'First', annotations: { managed_by: 'c1sync' } });
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['description,annotations']);

    await clock.advance(23 * HOUR);
    await edit({ description: 'Mine, really' });
    expect(await statusOf()).toBe('TakenOver');
    expect(await app()).toMatchObject({ description: 'Mine, really' });
    expect(await rig.writes()).toEqual([]);
  });

  it('is reverted again when the last one is more than a day ago', async () => {
    const { clock, app, edit } = await managed('once');
    await edit({ description: 'Mine' });
    await rig.sweep();
    await clock.advance(25 * HOUR);
    await edit({ description: 'Mine again' });
    expect(await statusOf()).toBe('Synced');
    expect(await app()).toMatchObject({ description: 'First' });
  });

  it('is always reverted where that is wanted', async () => {
    const { app, edit } = await managed('always');
    for (const description of ['One', 'Two', 'Three']) {
      await edit({ description });
      expect(await statusOf()).toBe('Synced');
      expect(await app()).toMatchObject({ description: 'First' });
    }
  });

  it('is yielded to at once where that is wanted, also after a restart', async () => {
    const { app, edit } = await managed('hold');
    await edit({ description: 'Mine' });
    expect(await statusOf()).toBe('TakenOver');
    await rig.closeStore();
    await rig.open();
    expect(await statusOf()).toBe('TakenOver');
    expect(await app()).toMatchObject({ description: 'Mine' });
  });

  it('of an undeclared field also takes the object over', async () => {
    const { edit } = await managed('hold');
    await edit({ instructions: 'Ask Bob' });
    expect(await statusOf()).toBe('TakenOver');
  });
});

describe('a yielded object', () => {
  it('is reclaimed by another definition, but not by another comment or label', async () => {
    const { app, edit } = await managed('hold');
    await edit({ description: 'Mine' });
    expect(await statusOf()).toBe('TakenOver');
    await rig.write('widgets.yaml', definition('First', '# reviewed'));
    expect(await statusOf()).toBe('TakenOver');
    await rig.write('widgets.yaml', definition('First', '', 'team: first'));
    expect(await statusOf()).toBe('TakenOver');
    await rig.write('widgets.yaml', definition('Second'));
    expect(await statusOf()).toBe('Synced');
    expect(await app()).toMatchObject({ description: 'Second', annotations: { managed_by: 'c1sync' } });
    await edit({ description: 'Mine once more' });
    expect(await statusOf()).toBe('TakenOver');
  });

  it('is not reclaimed by a rotated secret of its connector, which stays blocked', async () => {
    const env = { KEY: 'one' };
    const { edit } = await managed('hold', { env });
    await rig.write(
      'cloud.yaml',
      `
apiVersion: c1sync/v1
kind: Connector
metadata: { name: cloud }
spec:
  app: widgets
  catalog: slack
  displayName: Cloud
  config: { slack_api_key: { valueFrom: { env: KEY } } }
`,
    );
    await rig.sweep();
    await edit({ description: 'Mine' });
    expect(await statusOf()).toBe('TakenOver');
    await rig.writes();
    env.KEY = 'two';
    await rig.restart();
    expect(await statusOf()).toBe('TakenOver');
    const { plan } = await rig.plan();
    expect(plan.standings.map(({ status }) => status)).toEqual(['TakenOver', 'TakenOver']);
    expect(await rig.writes()).toEqual([]);
    await rig.resume('App/widgets');
    await rig.sweep();
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['description,annotations', 'config']);
  });

  it('is managed where it carries our marks again, though the state is from before that', async () => {
    const { app, edit } = await managed('hold');
    await edit({ description: 'Mine' });
    expect(await statusOf()).toBe('TakenOver');
    const state = path.join(rig.root, 'state');
    const backup = path.join(rig.root, 'backup');
    await cp(state, backup, { recursive: true });
    await rig.resume('App/widgets');
    expect(await statusOf()).toBe('Synced');
    await rig.store.close();
    await cp(backup, state, { recursive: true });
    await rig.open();
    expect(await statusOf()).toBe('Synced');
    expect(rig.store.object('App/widgets')).not.toHaveProperty('yielded');
    await edit({ description: 'Mine once more' });
    expect(await statusOf()).toBe('TakenOver');
    expect(await app()).toMatchObject({ description: 'Mine once more' });
  });

  it('is not reclaimed by a definition that was merged just before the edit', async () => {
    const { app, edit } = await managed('hold');
    await rig.write('widgets.yaml', definition('Second'));
    await edit({ description: 'Mine' });
    expect(await statusOf()).toBe('TakenOver');
    expect(await statusOf()).toBe('TakenOver');
    expect(await app()).toMatchObject({ description: 'Mine' });
  });
});

describe('an object deleted in the tenant', () => {
  it('is recreated, with what is under it, where that is wanted', async () => {
    const { id } = await managed('hold', { settings: { onDeleted: 'recreate' } });
    await rig.write(
      'cloud.yaml',
      `
apiVersion: c1sync/v1
kind: Connector
metadata: { name: cloud }
spec: { app: widgets, catalog: slack, displayName: Cloud }
`,
    );
    await rig.sweep();
    await rig.tenant.api('DELETE', `/api/v1/apps/${id}`, {});
    await rig.sweep();
    const { plan } = await rig.plan();
    expect(plan.standings.map(({ key, status }) => [key, status])).toEqual([
      ['App/widgets', 'Synced'],
      ['Connector/cloud', 'Synced'],
    ]);
    const again = plan.standings.find(({ key }) => key === 'App/widgets')?.id;
    expect(again).not.toBe(id);
  });

  it('is recreated, once, when a person names it, and not for one who resumes everything', async () => {
    const { id } = await managed('hold');
    await rig.tenant.api('DELETE', `/api/v1/apps/${id}`, {});
    await rig.sweep();
    await expect(rig.resume('*')).rejects.toThrow('there is nothing to resume');
    expect(await rig.resume('App/widgets')).toEqual({ suspensions: [], reclaimed: ['App/widgets'] });
    await rig.sweep();
    const { plan } = await rig.plan();
    expect(plan.summary).toMatchObject({ unchanged: 1, held: 0, create: 0 });
    const again = plan.standings.find(({ key }) => key === 'App/widgets')?.id;
    expect(again).not.toBe(id);
    await expect(rig.resume('App/widgets')).rejects.toThrow('there is nothing to resume');
  });
});

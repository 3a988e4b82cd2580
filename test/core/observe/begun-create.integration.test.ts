import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CoreSettings } from '../../../src/core/reconcile/reconcile.js';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';

const FROZEN: Partial<CoreSettings> = {
  freeze: [{ cron: '* * * * *', durationMs: 60 * 60_000, timezone: 'UTC' }],
};
const FULL: Partial<CoreSettings> = { limits: { updates: { count: 0 }, creates: { count: 0 } } };

let rig: Rig;

async function define(description: string, owner = 'alice'): Promise<void> {
  const spec = { displayName: 'Ours', description, owners: [`${owner}@acme.example`] };
  await rig.write('all.yaml', file({ kind: 'App', name: 'ours', spec }));
}

/** An app that was created, and whose owners the tenant refused. */
beforeEach(async () => {
  rig = await Rig.start();
  await define('First');
  await rig.tenant.faults({ match: 'PUT /api/v1/apps/*', status: 503, times: 20 });
  await rig.sweep();
  await rig.tenant.clearFaults();
  expect(await rig.apps('Ours')).toHaveLength(1);
  await rig.writes();
});
afterEach(() => rig.stop());

describe('a create of which calls are left', () => {
  it.each([
    ['a freeze window opens', FROZEN],
    ['no limit has room', FULL],
  ])('goes on though %s, and counts no more', async (_, settings) => {
    await rig.restart({ settings });
    const { done } = await rig.sweep();
    expect(done).toMatchObject([{ outcome: 'done', change: { action: 'update', completes: true } }]);
    expect((await rig.writes()).map(({ method }) => method)).toEqual(['PUT']);
    expect(rig.core.decisions.executed().map(({ sort }) => sort)).toEqual(['creates']);
    expect(rig.store.object('App/ours')).not.toHaveProperty('unfinished');
  });

  it.each([
    ['another value', () => define('First', 'bob')],
    ['more than the create left', () => define('Second')],
  ])('is held by a freeze window where its definition asks for %s', async (_, edit) => {
    await rig.restart({ settings: FROZEN });
    await edit();
    const { plan } = await rig.sweep();
    expect(plan.changes).toMatchObject([{ action: 'update', held: { status: 'Held' } }]);
    expect(await rig.writes()).toEqual([]);
  });

  it('goes on in a freeze window where its answer was lost', async () => {
    const spec = { displayName: 'Lost', owners: ['alice@acme.example'] };
    await rig.write('all.yaml', file({ kind: 'App', name: 'lost', spec }));
    await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 500, after: 'apply' });
    expect((await rig.sweep()).done).toMatchObject([{ change: { action: 'create' } }]);
    await rig.writes();
    await rig.restart({ settings: FROZEN });
    await rig.sweep();
    expect((await rig.writes()).map(({ method }) => method)).toEqual(['PUT']);
  });

  it('continues after a lost answer if it replaces a deleted object', async () => {
    await rig.restart({ settings: { onDeleted: 'recreate' } });
    await rig.sweep();
    const before = String((await rig.apps('Ours'))[0]?.id);
    await rig.tenant.api('DELETE', `/api/v1/apps/${before}`, {});
    await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 500, after: 'apply' });
    expect((await rig.sweep()).done).toMatchObject([{ change: { action: 'create' } }]);
    await rig.writes();
    await rig.restart({ settings: { onDeleted: 'recreate', ...FROZEN } });
    const { done } = await rig.sweep();
    expect(done).toMatchObject([{ outcome: 'done', change: { action: 'update', completes: true } }]);
    expect((await rig.writes()).map(({ method }) => method)).toEqual(['PUT']);
    expect(rig.store.object('App/ours')).toMatchObject({ origin: 'created' });
  });

  it('goes on where its answer was lost and its definition was away for one sweep', async () => {
    const spec = { displayName: 'Lost', owners: ['alice@acme.example'] };
    const lost = file({ kind: 'App', name: 'lost', spec });
    await rig.write('lost.yaml', lost);
    await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 500, after: 'apply' });
    await rig.sweep();
    await rig.remove('lost.yaml');
    await rig.sweep();
    expect(rig.store.object('App/lost')).toMatchObject({ origin: 'created' });
    await rig.writes();
    await rig.write('lost.yaml', lost);
    await rig.restart({ settings: FROZEN });
    const { done } = await rig.sweep();
    expect(done).toMatchObject([{ outcome: 'done', change: { action: 'update', completes: true } }]);
    expect((await rig.writes()).map(({ method }) => method)).toEqual(['PUT']);
  });

  it('is held if another client changed the object meanwhile', async () => {
    const id = String((await rig.apps('Ours'))[0]?.id);
    await rig.tenant.api('POST', `/api/v1/apps/${id}`, {
      app: { description: 'Other' },
      updateMask: 'description',
    });
    await rig.writes();
    await rig.restart({ settings: FROZEN });
    await rig.sweep();
    expect(await rig.writes()).toEqual([]);
  });
});

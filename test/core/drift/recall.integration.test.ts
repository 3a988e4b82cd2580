import { afterEach, describe, expect, it } from 'vitest';
import { createReader } from '../../../src/c1/client.js';
import { connect } from '../../../src/c1/connection.js';
import { systemLog } from '../../../src/c1/systemlog.js';
import { recallActors } from '../../../src/core/drift/recall.js';
import { Redactor } from '../../../src/core/redact/redactor.js';
import { Following, inSync } from '../../support/following.js';

let following: Following;
afterEach(() => following?.stop());

/** A tenant without a log follower, and its plan with the names of the log. */
async function start() {
  following = await Following.start({ count: 5 });
  await following.follower.stop();
  const { rig, clock } = following;
  const connection = connect({
    url: rig.tenant.url,
    auth: { kind: 'token', accessToken: rig.tenant.accessToken },
    requestsPerSecond: 100,
    concurrency: 5,
    timeoutMs: 30_000,
    version: 'test',
    clock,
  });
  const source = systemLog(createReader(connection), new Redactor(), ['Connector']);
  const actors = async (): Promise<Record<string, string | undefined>> => {
    const planned = await rig.plan();
    await rig.tenant.clearRequests();
    const { plan } = await recallActors(planned, { source, store: rig.store, clock });
    expect(plan.planHash).toBe(planned.plan.planHash);
    return Object.fromEntries(plan.changes.map(({ key, drift }) => [key, drift?.actor]));
  };
  return { rig, clock, actors };
}

describe('a plan', () => {
  it('names the last author of each reverted change, with one request', async () => {
    const { rig, clock, actors } = await start();
    await following.edit('App', 1, 'first', rig.tenant.userAccessToken);
    await clock.advance(60_000);
    const set = { description: 'second' };
    await rig.tenant.webEdit({ kind: 'Connector', id: 'connector-2', set, user: 'bob@acme.example' });
    await following.edit('App', 3, 'by our credentials');
    await rig.tenant.api('GET', '/api/v1/apps/app-1');
    expect(await actors()).toEqual({
      'App/app-1': 'alice@acme.example',
      'Connector/connector-2': 'bob@acme.example',
      'App/app-3': 'c1sync@acme.example',
    });
    expect((await following.requests()).polls).toHaveLength(1);
  });

  it('sends no request without a revert', async () => {
    const { rig, actors } = await start();
    expect(await actors()).toEqual({});
    await rig.write('all.yaml', inSync(5).text.replace('as defined', 'changed'));
    expect(await actors()).toEqual({ 'App/app-1': undefined });
    expect((await following.requests()).polls).toEqual([]);
  });

  it('names no author for the effects of our own last write, or for old events', async () => {
    const { rig, clock, actors } = await start();
    await following.scheduler.stop();
    await following.edit('App', 1, 'drift', rig.tenant.userAccessToken);
    await rig.sweep();
    expect(following.reverted()).toHaveLength(1);
    await following.edit('App', 1, 'again', rig.tenant.userAccessToken);
    const event = {
      uid: 'ours',
      at: clock.now(),
      activity: 'update',
      operation: 'c1.api.app.v1.Apps.Update',
      actor: 'c1sync@acme.example',
      actorId: 'u-sync',
      ids: ['app-1'],
    } as const;
    const source = { read: async () => ({ events: [event] }), skewMs: () => 0 };
    const { plan } = await recallActors(await rig.plan(), { source, store: rig.store, clock });
    expect(plan.changes.map(({ drift }) => drift)).toEqual([{}]);
    expect(await actors()).toEqual({ 'App/app-1': 'alice@acme.example' });
    await clock.advance(25 * 60 * 60_000);
    expect(await actors()).toEqual({ 'App/app-1': undefined });
  });
});

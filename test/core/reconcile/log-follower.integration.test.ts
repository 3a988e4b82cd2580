import { afterEach, describe, expect, it } from 'vitest';
import { LogFollower } from '../../../src/core/reconcile/log-follower.js';
import { Following, type FollowingOptions, inSync, POLL_MS } from '../../support/following.js';

let following: Following;
afterEach(() => following?.stop());

async function start(options: Partial<FollowingOptions> = {}): Promise<Following> {
  following = await Following.start({ count: 3, ...options });
  return following;
}

const user = (): string => following.rig.tenant.userAccessToken;

describe('a tenant with 1,000 apps and 1,000 connectors', () => {
  it('costs 12 requests in a quiet minute, and an edit by any client is reverted within two polls', async () => {
    const { rig } = await start({ count: 1_000 });
    await following.pass(60_000 + 1_000);
    expect(await following.requests()).toMatchObject({ polls: { length: 12 }, reads: [], writes: [] });

    for (const [kind, token] of [
      ['App', user()],
      ['Connector', user()],
      ['App', rig.tenant.accessToken],
      ['Connector', rig.tenant.accessToken],
    ] as const) {
      await following.edit(kind, 500, 'by somebody else', token);
      await rig.tenant.clearRequests();
      const before = following.reverted().length;
      await following.passUntil(() => following.reverted().length > before);
      expect(await following.description(kind, 500)).toBe('as defined');
      const { polls, reads, writes } = await following.requests();
      expect(polls.length).toBeLessThanOrEqual(2);
      // The object, and for a connector its app.
      expect(reads).toHaveLength(kind === 'App' ? 1 : 2);
      expect(writes).toHaveLength(1);
      await following.pass(2 * POLL_MS);
    }
    expect(following.sweeps).toEqual(Array(4).fill('drift targeted'));
    expect(following.reverted().map(({ name, trigger, actor }) => [name, trigger, actor])).toEqual([
      ['app-500', 'drift', 'alice@acme.example'],
      ['connector-500', 'drift', 'alice@acme.example'],
      ['app-500', 'drift', 'c1sync@acme.example'],
      ['connector-500', 'drift', 'c1sync@acme.example'],
    ]);
  }, 120_000);
});

describe('what is in the log', () => {
  it('causes nothing when it is a read, of ours or of others', async () => {
    const { rig } = await start();
    await rig.tenant.settings({ logReads: true });
    for (let n = 1; n <= 3; n += 1) {
      await rig.tenant.api('GET', `/api/v1/apps/app-${n}`, undefined, user());
      await rig.tenant.api('GET', `/api/v1/apps/app-${n}/connectors`);
    }
    await rig.tenant.clearRequests();
    await following.pass(4 * POLL_MS);
    expect(await following.requests()).toMatchObject({ reads: [], writes: [] });
    expect(following.sweeps).toEqual([]);
  });

  it('costs nothing when it is of objects that are not managed', async () => {
    const { rig } = await start();
    const { body } = await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Not ours' });
    const { id } = body.app as { id: string };
    await rig.tenant.api('POST', `/api/v1/apps/${id}`, {
      app: { description: 'x' },
      updateMask: 'description',
    });
    // A connector without a definition, under a managed app.
    await rig.tenant.api('POST', '/api/v1/apps/app-1/connectors', {
      catalogId: '2gkeVHQ9u8BtFpouw5jRmbnxjkW',
      displayName: 'Not ours either',
    });
    await rig.tenant.clearRequests();
    await following.pass(3 * POLL_MS);
    expect(await following.requests()).toMatchObject({ reads: [], writes: [] });
  });

  it('causes no second sweep when it is of our own writes', async () => {
    const { rig } = await start();
    await rig.write('all.yaml', inSync(3).text.replaceAll('as defined', 'changed'));
    following.scheduler.request('file', 'all');
    await following.passUntil(() => following.reverted().length === 6);
    await following.pass(POLL_MS);
    await rig.tenant.clearRequests();
    following.sweeps.length = 0;
    await following.pass(4 * POLL_MS);
    expect(await following.requests()).toMatchObject({ reads: [], writes: [] });
    expect(following.sweeps).toEqual([]);
  });

  it('causes one full sweep when it is more than can be followed', async () => {
    const { rig } = await start();
    const { body } = await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Busy' });
    const { id } = body.app as { id: string };
    const fill = (description: string) =>
      rig.tenant.api('POST', `/api/v1/apps/${id}`, { app: { description }, updateMask: 'description' });
    for (let round = 0; round < 6; round += 1)
      await Promise.all(Array.from({ length: 100 }, (_, n) => fill(`${n}`)));
    await following.edit('App', 2, 'lost in the crowd', user());
    await rig.tenant.clearRequests();
    await following.passUntil(async () => (await following.description('App', 2)) === 'as defined');
    expect((await following.requests()).polls.length).toBeLessThanOrEqual(11);
    await following.pass(4 * POLL_MS);
    expect(following.sweeps).toEqual(['drift full']);
  });
});

describe('a log that stays too full to follow', () => {
  it('is answered with a sweep every five minutes, not at every poll', async () => {
    const { clock } = await start();
    await following.follower.stop();
    const asked: number[] = [];
    const follower = new LogFollower({
      ...following.rig.core,
      store: following.rig.store,
      events: following.rig.bus,
      clock,
      intervalMs: POLL_MS,
      log: { poll: async () => ({ changed: new Map(), behind: true }) },
      scheduler: { request: (_trigger, scope) => (scope === 'all' ? asked.push(clock.now()) : 0) },
    });
    follower.start();
    await clock.advance(20 * 60_000);
    await follower.stop();
    expect(asked).toHaveLength(4);
  });
});

describe('clocks that differ', () => {
  it.each([3 * 60_000, -3 * 60_000, 1_500])('by %i ms change nothing', async (skewMs) => {
    const { rig } = await start({ skewMs });
    await following.edit('App', 1, 'by somebody else', rig.tenant.accessToken);
    await rig.tenant.clearRequests();
    await following.passUntil(async () => (await following.description('App', 1)) === 'as defined');
    expect((await following.requests()).polls.length).toBeLessThanOrEqual(2);
    await following.pass(2 * POLL_MS);
    await rig.tenant.clearRequests();
    await following.pass(3 * POLL_MS);
    // Neither the edit nor our own write is reported again.
    expect(await following.requests()).toMatchObject({ reads: [], writes: [] });
  });
});

describe('a log that cannot be read', () => {
  it('for want of leave, is announced once, and retried an hour later', async () => {
    const { rig } = await start();
    await rig.tenant.faults({ match: 'POST /api/v1/systemlog/events', status: 403, times: 1 });
    await following.pass(5 * POLL_MS);
    expect(following.notices).toEqual([expect.stringMatching(/^closed: .*403.*systemLogInterval/)]);
    expect((await following.requests()).polls).toHaveLength(1);
    await following.edit('App', 1, 'by somebody else', user());
    await following.clock.advance(60 * 60_000);
    await following.passUntil(async () => (await following.description('App', 1)) === 'as defined');
    expect(following.notices).toEqual([expect.any(String), 'readable']);
  });

  it('for a reason that passes, is retried with growing waits, and nothing is missed or announced', async () => {
    const { rig } = await start();
    await rig.tenant.faults({ match: 'POST /api/v1/systemlog/events', status: 500, times: 9 });
    await following.edit('App', 1, 'by somebody else', user());
    await following.pass(90_000);
    expect(await following.description('App', 1)).toBe('as defined');
    expect(following.notices).toEqual([]);
    expect(following.sweeps).toEqual(['drift targeted']);
  });

  it('from its last position is read by time, after one full sweep', async () => {
    const { rig } = await start();
    await following.edit('App', 1, 'one', user());
    await following.passUntil(async () => (await following.description('App', 1)) === 'as defined');
    await following.pass(2 * POLL_MS);
    following.sweeps.length = 0;
    await rig.tenant.faults({ match: 'POST /api/v1/systemlog/events', status: 400, times: 1 });
    await following.pass(2 * POLL_MS);
    expect(following.sweeps).toEqual(['drift full']);
    await following.edit('App', 1, 'two', user());
    await following.passUntil(async () => (await following.description('App', 1)) === 'as defined');
    await following.pass(4 * POLL_MS);
    expect(following.sweeps).toEqual(['drift full', 'drift targeted']);
  });

  it('does not keep the daemon from stopping', async () => {
    const { rig } = await start();
    await rig.tenant.faults({ match: 'POST /api/v1/systemlog/events', status: 'timeout', times: 5 });
    await following.clock.advance(POLL_MS);
    await following.follower.stop();
  });
});

describe('a queued change', () => {
  it('is observed again when another client has changed the object meanwhile', async () => {
    const { rig, clock } = await start();
    const { queue, reconciler } = rig.core;
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (let n = 0; n < 5; n += 1) void queue.add({ key: `busy-${n}`, priority: 9, run: () => gate });
    await following.edit('App', 1, 'drift', user());
    const sweep = await rig.timed(reconciler.reconcileOnce({ trigger: 'interval', scope: 'all' }));
    expect(sweep.plan.changes).toHaveLength(1);
    await following.edit('App', 1, 'as defined', user());
    await rig.writes();
    await following.pass(2 * POLL_MS);
    expect(clock.now() - sweep.observation.at).toBeLessThan(30_000);
    release();
    await rig.timed(sweep.results);
    expect(await rig.writes()).toEqual([]);
  });

  it('and was refused, is not retried at every event', async () => {
    const { rig } = await start();
    await rig.tenant.faults({ match: 'POST /api/v1/apps/app-1', status: 422, times: 9 });
    await rig.write('all.yaml', inSync(3).text.replace('as defined', 'refused'));
    following.scheduler.request('file', 'all');
    await following.passUntil(() => rig.events.some(({ outcome }) => outcome === 'failed'));
    await rig.tenant.clearFaults();
    await rig.writes();
    const cost = { app: { monthlyCostUsd: 3 }, updateMask: 'monthlyCostUsd' };
    await rig.tenant.api('POST', '/api/v1/apps/app-1', cost, user());
    await following.passUntil(() => following.sweeps.includes('drift targeted'));
    await following.pass(POLL_MS);
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['monthlyCostUsd']);
  });
});

describe('who did it', () => {
  it('is logged in a second line when it is known only after the correction', async () => {
    await start();
    await following.rig.tenant.webEdit({
      kind: 'Connector',
      id: 'connector-1',
      set: { description: 'by hand' },
      user: 'bob@acme.example',
    });
    await following.rig.timed(
      following.rig.core.reconciler.reconcileOnce({ trigger: 'interval', scope: 'all' }),
    );
    await following.passUntil(() => following.reverted().length === 1);
    const [line] = following.reverted();
    expect(line).toMatchObject({ name: 'connector-1', actor: undefined });
    await following.pass(2 * POLL_MS);
    expect(following.attributed).toEqual([
      {
        reconcileId: line?.reconcileId,
        kind: 'Connector',
        name: 'connector-1',
        id: 'connector-1',
        actor: 'bob@acme.example',
      },
    ]);
    // Our own correction is not a change of others.
    expect(following.reverted()).toHaveLength(1);
  });

  it('is named where a change is held', async () => {
    await start({ settings: { onTakeover: 'hold' } });
    const edit = {
      kind: 'App',
      id: 'app-1',
      set: { description: 'by hand' },
      user: 'bob@acme.example',
    } as const;
    await following.rig.tenant.webEdit(edit);
    await following.passUntil(() => following.rig.events.some(({ status }) => status === 'TakenOver'));
    const held = following.rig.events.find(({ status }) => status === 'TakenOver');
    expect(held?.reason).toContain('bob@acme.example');
  });

  it('does not stick to an object that was found in sync', async () => {
    await start();
    // A field that the definition leaves out: a change, but no drift.
    await following.rig.tenant.api(
      'POST',
      '/api/v1/apps/app-1',
      { app: { monthlyCostUsd: 3 }, updateMask: 'monthlyCostUsd' },
      user(),
    );
    await following.passUntil(() => following.sweeps.length === 1);
    expect(following.rig.core.attributions.of('App/app-1')).toBeUndefined();
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { groupHash } from '../../../src/core/guard/group.js';
import type { Plan } from '../../../src/core/model/change.js';
import type { RecordStore } from '../../../src/core/model/record.js';
import { bound } from '../../support/bound-store.js';
import { type Doc, file } from '../../support/definitions.js';
import { Rig, type RigOptions } from '../../support/rig.js';
import { says } from '../../support/says.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
let clock: VirtualClock;
afterEach(() => rig?.stop());

const MINUTE = 60_000;
const HALF = { updates: { share: 0.5 } };

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `app-${String(index).padStart(2, '0')}`);

/** Definitions of apps, all with one description but for those that say otherwise. */
async function define(
  count: number,
  description: string,
  others: Record<string, string> = {},
): Promise<void> {
  const docs = names(count).map(
    (name): Doc => ({
      kind: 'App',
      name,
      labels: { team: Number(name.slice(4)) < 5 ? 'first' : 'second' },
      spec: { displayName: name, description: others[name] ?? description },
    }),
  );
  await rig.write('all.yaml', file(...docs));
}

/** Managed apps in sync. */
async function begin(count: number, options: RigOptions = {}): Promise<void> {
  clock = new VirtualClock(Date.parse('2026-11-22T12:00:00Z'));
  rig = await Rig.start({ clock, ...options });
  await define(count, 'First');
  await rig.sweep();
  await rig.writes();
}

const heldIn = ({ changes }: Plan) => changes.filter(({ held }) => held !== null);
const approvalsIn = (plan: Plan): string[] => [
  ...new Set(heldIn(plan).flatMap(({ held }) => held?.approval ?? [])),
];
const statusOf = ({ standings }: Plan, key: string) => standings.find((standing) => standing.key === key);
const writes = async (): Promise<number> => (await rig.writes()).length;

/** Objects whose update counts in the limits now. */
function updated(): string[] {
  const executed = rig.core.decisions.executed();
  return executed.filter(({ sort }) => sort === 'updates').map(({ key }) => key);
}

/** Names of the apps that have this description in the tenant. */
async function described(description: string): Promise<string[]> {
  const { apps } = await rig.tenant.state();
  const found = apps.filter((app) => app.description === description);
  return found.map((app) => String(app.displayName)).sort();
}

describe('twenty apps that change at once under a limit of half of them', () => {
  it('go by halves: ten at once, ten as one group when it is approved, and no group twice', async () => {
    await begin(20, { settings: { limits: HALF } });
    await define(20, 'Second');
    const first = await rig.sweep();
    expect(first.plan.summary).toMatchObject({ update: 10, held: 10 });
    expect(await writes()).toBe(10);
    const held = heldIn(first.plan);
    const [approval = '', ...more] = approvalsIn(first.plan);
    expect(more).toEqual([]);
    expect(approval).toBe(groupHash(held.map(({ hash }) => hash)));

    // Another sweep changes nothing, and shows the same group.
    expect(approvalsIn((await rig.sweep()).plan)).toEqual([approval]);
    expect(approvalsIn((await rig.sweep(new Set(['App/app-15']))).plan)).toEqual([approval]);
    expect(await writes()).toBe(0);

    expect(await rig.approve(approval)).toHaveLength(10);
    expect((await rig.sweep()).plan.summary).toMatchObject({ update: 10, held: 0 });
    expect(await writes()).toBe(10);
    expect(await described('Second')).toEqual(names(20));

    // It was good for one time, and the objects that it released have no room of their own.
    await expect(rig.approve(approval)).rejects.toThrow(/no held changes have the hash/);
    await define(20, 'First');
    const again = await rig.sweep();
    expect(again.plan.summary).toMatchObject({ update: 10, held: 10 });
    expect(heldIn(again.plan).map(({ key }) => key)).toEqual(held.map(({ key }) => key));
  });

  it('stay approved over a restart, by the beginning of the hash', async () => {
    await begin(20, { settings: { limits: HALF } });
    await define(20, 'Second');
    const [approval = ''] = approvalsIn((await rig.sweep()).plan);
    await rig.approve(approval.slice('sha256:'.length, 19));
    await rig.restart();
    await rig.writes();
    expect((await rig.sweep()).plan.summary).toMatchObject({ update: 10, held: 0 });
    expect(await writes()).toBe(10);
    await rig.restart();
    expect([...rig.core.decisions.approvals]).toEqual([]);
  });

  it('are held again where the changes are different later', async () => {
    await begin(20, { settings: { limits: HALF } });
    await define(20, 'Second');
    const { plan } = await rig.sweep();
    const [approval = ''] = approvalsIn(plan);
    await rig.approve(approval);
    const lapsed = names(20).slice(-1);
    await define(20, 'Second', { [lapsed[0] ?? '']: 'Third' });
    const next = await rig.sweep();
    expect(heldIn(next.plan).map(({ name }) => name)).toEqual(lapsed);
    expect(await described('Second')).toEqual(names(19));
    // Going back does not bring the approval back.
    await define(20, 'Second');
    expect(heldIn((await rig.sweep()).plan).map(({ name }) => name)).toEqual(lapsed);
  });

  it.each(['', 'sha256:', 'sha256:00', `sha256:${'0'.repeat(64)}`, '*'])(
    'are not approved by "%s"',
    async (hash) => {
      await begin(10, { settings: { limits: { updates: { count: 0 } } } });
      await define(10, 'Second');
      await rig.sweep();
      await expect(rig.approve(hash)).rejects.toThrow(/run 'c1sync plan'/);
    },
  );

  it('go on when the hour is over, also after restarts', async () => {
    await begin(20, { settings: { limits: HALF } });
    await define(20, 'Second');
    for (let sweep = 0; sweep < 5; sweep += 1) {
      await rig.sweep();
      await rig.restart();
      await clock.advance(10 * MINUTE);
    }
    expect(await writes()).toBe(10);
    await clock.advance(15 * MINUTE);
    await rig.sweep();
    expect(await writes()).toBe(10);
    expect(await described('Second')).toEqual(names(20));
  });

  it('keep to the limit though two sweeps overlap, and though the process is killed between', async () => {
    await begin(20, { settings: { limits: HALF } });
    await define(20, 'Second');
    const { reconciler } = rig.core;
    const halves = [names(20).slice(0, 10), names(20).slice(10)].map(
      (half) => new Set(half.map((name) => `App/${name}`)),
    );
    // Both are planned before anything is carried out, and each by itself is within the limit.
    const plans = await Promise.all(halves.map((scope) => rig.plan(scope)));
    expect(plans.map(({ plan }) => plan.summary.update)).toEqual([10, 10]);
    const load = await reconciler.load();
    const sweeps = plans.map((planned) =>
      reconciler.execute({ ...planned, load }, { trigger: 'interval', scope: 'all' }),
    );
    const ended = Promise.all(sweeps.map(async (sweep) => (await sweep).results));
    const results = (await rig.timed(ended)).flat();
    expect(results.filter(({ outcome }) => outcome === 'done')).toHaveLength(10);
    expect(await writes()).toBe(10);

    await clock.advance(61 * MINUTE);
    await define(20, 'Third');
    await rig.timed(reconciler.reconcileOnce({ trigger: 'interval', scope: 'all' }));
    await rig.restart();
    await rig.sweep();
    await rig.sweep();
    // A call that was under way when the process died may be repeated; what counts is how many objects were touched.
    const touched = new Set((await rig.writes()).map(({ path }) => path));
    expect(touched.size).toBeLessThanOrEqual(10);
    expect(await described('Third')).toHaveLength(touched.size);
    expect(updated().length).toBeGreaterThanOrEqual(touched.size);
  });

  it('count as changed where the process dies in the middle of a write', async () => {
    await begin(20);
    await define(20, 'Second');
    const dying = (store: RecordStore): RecordStore => ({
      ...bound(store),
      putObject: () => new Promise(() => {}),
    });
    const settings = { limits: { updates: { count: 5 } } };
    await rig.restart({ settings, wrap: dying });
    await rig.timed(rig.core.reconciler.reconcileOnce({ trigger: 'interval', scope: 'all' }));
    await rig.timed(clock.advance(1_000));
    await rig.restart({ settings });
    await rig.sweep();
    expect(await writes()).toBe(5);
    expect(updated()).toHaveLength(5);
  });

  it('do not count where the tenant refused them', async () => {
    await begin(10, { settings: { limits: { updates: { count: 1 } } } });
    await define(10, 'Second');
    await rig.tenant.faults({ match: 'POST /api/v1/apps/*', status: 403 });
    const refused = await rig.sweep();
    expect(refused.done.map(({ outcome }) => outcome)).toEqual(['failed']);
    expect(updated()).toEqual([]);
    await rig.writes();
    expect((await rig.sweep()).done.map(({ outcome }) => outcome)).toEqual(['done']);
    expect(await writes()).toBe(1);
  });
});

describe('an approved update', () => {
  const none = { settings: { limits: { updates: { count: 0 } } } };

  /** Defines one app with a description that the limit holds, and approves that. */
  async function approved(description: string): Promise<void> {
    await define(1, description);
    const [approval = ''] = approvalsIn((await rig.sweep()).plan);
    await rig.approve(approval, 'alice');
    expect([...rig.core.decisions.approvals.values()]).toMatchObject([{ key: 'App/app-00', by: 'alice' }]);
  }

  it('opens its object for no other change of the hour', async () => {
    await begin(1, none);
    await approved('Second');
    await rig.sweep();
    expect(await writes()).toBe(1);
    await define(1, 'Third');
    expect((await rig.sweep()).plan.summary).toMatchObject({ update: 0, held: 1 });
    // Nor for the same change once more.
    await rig.tenant.webEdit({
      kind: 'App',
      id: String((await rig.apps('app-00'))[0]?.id),
      set: { description: 'First' },
      user: 'bob@acme.example',
    });
    await define(1, 'Second');
    expect((await rig.sweep()).plan.summary).toMatchObject({ update: 0, held: 1 });
    expect(await writes()).toBe(0);
  });

  it.each([
    ['before the call', 'before'],
    ['after the call', 'after'],
  ] as const)('is not carried out again where the process dies right %s', async (_, moment) => {
    await begin(1, none);
    await approved('Second');
    // The record is written once before the call and once after it.
    let left = moment === 'before' ? 0 : 1;
    let reach = (): void => {};
    const reached = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const dying = (store: RecordStore): RecordStore => ({
      ...bound(store),
      putObject: (record) => {
        if (left-- > 0) return store.putObject(record);
        reach();
        return new Promise(() => {});
      },
    });
    await rig.restart({ wrap: dying });
    await rig.timed(rig.core.reconciler.reconcileOnce({ trigger: 'interval', scope: 'all' }));
    await rig.timed(reached);
    const sent = await writes();
    expect(sent).toBe(moment === 'before' ? 0 : 1);
    const [app] = await rig.apps('app-00');
    const id = String(app?.id);
    await rig.tenant.webEdit({ kind: 'App', id, set: { description: 'First' }, user: 'bob@acme.example' });
    await rig.restart();
    expect((await rig.sweep()).plan.summary).toMatchObject({ update: 0, held: 1 });
    expect(await writes()).toBe(0);
  });

  it.each([
    ['is given back where the tenant refused it', 403, 1],
    ['needs another approval if its effect is unknown', 500, 0],
  ])('%s', async (_, status, left) => {
    await begin(1, none);
    await approved('Second');
    await rig.tenant.faults({ match: 'POST /api/v1/apps/*', status, times: 10 });
    await rig.sweep();
    await rig.tenant.clearFaults();
    await rig.restart();
    expect(rig.core.decisions.approvals.size).toBe(left);
    await rig.writes();
    await rig.sweep();
    expect(await writes()).toBe(left);
    expect(rig.core.decisions.approvals.size).toBe(0);
  });
});

describe('a key that is deleted again and again', () => {
  it('is held when the limit of deletions is reached', async () => {
    const settings = { prune: true, pruneAfterMs: MINUTE, limits: { deletes: { count: 3 } } };
    await begin(2, { settings });
    for (let round = 0; round < 5; round += 1) {
      await define(1, 'First');
      await rig.sweep();
      await clock.advance(MINUTE);
      await rig.sweep();
      await define(2, 'First');
      await rig.sweep();
    }
    const deleted = (await rig.writes()).filter(({ method }) => method === 'DELETE');
    expect(deleted).toHaveLength(3);
  });
});

describe('deletions under a limit of three', () => {
  it('go on for three objects in an hour, however many sweeps they are spread over', async () => {
    const settings = { prune: true, pruneAfterMs: MINUTE, limits: { deletes: { count: 3 } } };
    await begin(10, { settings });
    const count = async (): Promise<number> => (await described('First')).length;
    for (let left = 9; left >= 4; left -= 1) {
      await define(left, 'First');
      await rig.sweep();
      await clock.advance(MINUTE);
      await rig.sweep();
      if (left % 2 === 0) await rig.restart();
    }
    expect(await count()).toBe(7);
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ delete: 0, held: 3 });
    const [approval = '', ...more] = approvalsIn(plan);
    expect(more).toEqual([]);
    expect(await rig.approve(approval)).toHaveLength(3);
    await rig.sweep();
    expect(await count()).toBe(4);
  });
});

describe('a freeze window', () => {
  // Saturdays from 22:00 for eight hours; on 29 March 2026 the clock goes forward in between.
  const freeze = [{ cron: '0 22 * * 6', durationMs: 8 * 60 * MINUTE, timezone: 'Europe/Berlin' }];

  it('holds everything until it closes, and admits approved changes', async () => {
    clock = new VirtualClock(Date.parse('2026-03-28T20:00:00Z'));
    rig = await Rig.start({ clock, settings: { freeze } });
    await define(3, 'First');
    await rig.sweep();
    expect(await writes()).toBe(3);

    await clock.advance(61 * MINUTE);
    await define(3, 'Second');
    const frozen = await rig.sweep();
    expect(frozen.plan.summary).toMatchObject({ update: 0, held: 3 });
    expect(statusOf(frozen.plan, 'App/app-00')).toMatchObject({
      status: 'Held',
      reason: says('freeze window', '2026-03-29 05:00 UTC', "'c1sync approve'"),
    });
    expect(await writes()).toBe(0);

    const one = await rig.plan(new Set(['App/app-00']));
    const [approval = ''] = approvalsIn(one.plan);
    expect(approval).toBe(approvalsIn(frozen.plan)[0]);
    expect(await rig.approve(approval)).toHaveLength(3);
    await rig.sweep();
    expect(await writes()).toBe(3);

    await define(3, 'Third');
    await rig.sweep();
    expect(await writes()).toBe(0);
    await clock.advance(Date.parse('2026-03-29T05:00:00Z') - clock.now());
    await rig.sweep();
    expect(await writes()).toBe(3);
  });
});

describe('a suspension', () => {
  const suspended = ({ standings }: Plan): string[] =>
    standings.filter(({ status }) => status === 'Suspended').map(({ name }) => name);

  it.each([
    ['App/app-03', ['app-03']],
    ['team=first', names(5)],
    ['*', names(10)],
  ])('of %s holds that and nothing else, over a restart, until it is resumed', async (target, covered) => {
    await begin(10);
    await rig.suspend({ target, reason: 'incident 12' });
    await rig.restart();
    await define(10, 'Second');
    const { plan } = await rig.sweep();
    expect(suspended(plan)).toEqual(covered);
    expect(await writes()).toBe(10 - covered.length);
    const resumed = await rig.resume(target);
    expect(resumed.suspensions.map(({ reason }) => reason)).toEqual(['incident 12']);
    await rig.sweep();
    expect(await writes()).toBe(covered.length);
  });

  it.each(['*', 'App/app-01', 'team=first'])(
    'of %s is in force, and ends, though no definitions could ever be read',
    async (target) => {
      await begin(3);
      await rig.remove('');
      await rig.restart();
      await expect(rig.sweep()).rejects.toThrow();
      await rig.suspend({ target, reason: 'incident 12' });
      await expect(rig.suspend({ target: 'all', reason: 'x' })).rejects.toThrow(/names nothing/);
      await rig.restart();
      await define(3, 'Second');
      const covered = target.startsWith('App/') ? ['app-01'] : names(3);
      expect(suspended((await rig.sweep()).plan)).toEqual(covered);
      await rig.remove('');
      await rig.restart();
      const { suspensions } = await rig.resume(target);
      expect(suspensions.map((suspension) => suspension.target)).toEqual([target]);
    },
  );

  it('shows on objects in sync too, and ends by itself', async () => {
    await begin(3);
    const scopes: unknown[] = [];
    rig.core.reconciler.onRequeue((scope) => scopes.push(scope));
    await rig.suspend({ target: 'App/app-01', reason: 'a trial', forMs: 5 * MINUTE });
    expect(scopes).toEqual(['all']);
    const { plan } = await rig.sweep();
    expect(statusOf(plan, 'App/app-01')).toMatchObject({
      status: 'Suspended',
      reason: says('a trial', "'c1sync resume App/app-01'", '2026-11-22 12:06 UTC'),
    });
    expect(plan.summary).toMatchObject({ unchanged: 2, held: 1 });
    await clock.advance(5 * MINUTE);
    expect((await rig.sweep()).plan.summary).toMatchObject({ unchanged: 3, held: 0 });
    await expect(rig.resume('App/app-01')).rejects.toThrow(
      /nothing to resume for App\/app-01: nothing is suspended/,
    );
  });

  it('also covers the connectors of an app', async () => {
    await begin(0);
    const app: Doc = { kind: 'App', name: 'github', spec: { displayName: 'Ours', description: 'First' } };
    const connector = (description: string): Doc => ({
      kind: 'Connector',
      name: 'cloud',
      spec: { app: 'github', catalog: 'github-v2', displayName: 'Ours Cloud', description },
    });
    await rig.write('all.yaml', file(app, connector('First')));
    await rig.sweep();
    await rig.writes();
    await rig.suspend({ target: 'App/github', reason: 'incident 12' });
    await rig.write('all.yaml', file(app, connector('Second')));
    const { plan } = await rig.sweep();
    expect(statusOf(plan, 'Connector/cloud')).toMatchObject({
      status: 'Suspended',
      reason: expect.stringMatching(/^App\/github is held with everything under it: it is suspended/),
    });
    expect(await writes()).toBe(0);
  });

  it('also holds queued changes', async () => {
    await begin(10);
    await define(10, 'Second');
    const sweep = await rig.timed(rig.core.reconciler.reconcileOnce({ trigger: 'interval', scope: 'all' }));
    await rig.suspend({ target: '*', reason: 'stop' });
    const results = await rig.timed(sweep.results);
    const held = results.filter(({ status }) => status === 'Suspended');
    expect(held.length).toBeGreaterThan(0);
    expect(await writes()).toBe(10 - held.length);
  });

  it('is for a thousand targets at most; a new reason for one of them is accepted, and an ended one no longer counts', async () => {
    const clock = new VirtualClock();
    rig = await Rig.start({ clock });
    const suspend = (index: number, forMs?: number): Promise<unknown> =>
      rig.suspend({
        target: `App/app-${index}`,
        reason: 'x',
        ...(forMs === undefined ? {} : { forMs }),
      });
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) => suspend(index, index === 7 ? MINUTE : undefined)),
    );
    await expect(suspend(1000)).rejects.toThrow(
      /^1000 targets are suspended, which is the limit: resume some with 'c1sync resume'/,
    );
    await suspend(999);
    await clock.advance(MINUTE);
    await suspend(1000);
  });

  it.each([
    ['App/app-99', /App\/app-99 names nothing.*Did you mean "App\/app-0/],
    ['team=nobody', /no object has the labels team=nobody/],
    ['everything', /everything names nothing/],
  ])('of %s is refused', async (target, message) => {
    await begin(3);
    await expect(rig.suspend({ target, reason: 'x' })).rejects.toThrow(message);
  });
});

describe('resuming', () => {
  it('has an app managed again that a person took over', async () => {
    await begin(1, { settings: { onTakeover: 'hold' } });
    const [app] = await rig.apps('app-00');
    const id = String(app?.id);
    await rig.tenant.webEdit({ kind: 'App', id, set: { description: 'Mine' }, user: 'bob@acme.example' });
    await rig.sweep();
    const { plan } = await rig.sweep();
    expect(statusOf(plan, 'App/app-00')?.status).toBe('TakenOver');
    await rig.writes();
    await expect(rig.resume('App/app-00')).resolves.toEqual({
      suspensions: [],
      reclaimed: ['App/app-00'],
    });
    await rig.restart();
    await rig.sweep();
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['description,annotations']);
    expect((await rig.sweep()).plan.summary).toMatchObject({ unchanged: 1, held: 0 });
  });
});

describe('what the tenant refuses for good', () => {
  it('rests over a restart, until its definition changes or a command requests it', async () => {
    await begin(1);
    await define(1, 'Second');
    await rig.tenant.faults({ match: 'POST /api/v1/apps/*', status: 403, times: 2 });
    const refused = await rig.sweep('all', 'interval');
    expect(refused.done[0]).toMatchObject({ status: 'Failed' });
    expect(await writes()).toBe(1);
    await rig.restart();
    const resting = await rig.sweep('all', 'start');
    expect(resting.done[0]).toMatchObject({ status: 'Failed', reason: refused.done[0]?.reason, requests: 0 });
    expect(resting.done[0]?.retryAt).toBeGreaterThan(clock.now() + 20 * MINUTE);
    expect(await writes()).toBe(0);
    await rig.sweep('all', 'command');
    expect(await writes()).toBe(1);
    await rig.restart();
    await define(1, 'Third');
    await rig.sweep('all', 'start');
    expect(await writes()).toBe(1);
    expect(await described('Third')).toEqual(names(1));
  });
});

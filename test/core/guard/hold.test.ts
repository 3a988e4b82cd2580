import { describe, expect, it } from 'vitest';
import { groupHash } from '../../../src/core/guard/group.js';
import { holdChange, holdPlan, type PlanHoldInput } from '../../../src/core/guard/hold.js';
import { covers } from '../../../src/core/guard/target.js';
import type { Change, Plan } from '../../../src/core/model/change.js';
import type { Approval, Suspension } from '../../../src/core/model/decision.js';
import { changeOf, planOf, standingOf } from '../../support/changes.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const HOUR = 60 * 60_000;

function input(more: Partial<PlanHoldInput> = {}): PlanHoldInput {
  return {
    limits: {},
    frozenUntil: undefined,
    suspensions: [],
    approvals: new Map(),
    reserved: [],
    inFlight: new Set(),
    executed: [],
    managed: 100,
    now: NOW,
    aheadMs: 0,
    labelsOf: () => ({}),
    parentsOf: () => [],
    pending: new Map(),
    requestsPerSecond: 10,
    ...more,
  };
}

function held(plan: Plan, more: Partial<PlanHoldInput> = {}): Plan {
  return holdPlan(plan, input(more)).plan;
}

function statuses({ standings }: Plan): Record<string, string> {
  return Object.fromEntries(standings.map(({ key, status }) => [key, status]));
}

function approvalsOf(changes: readonly Change[], group?: string): ReadonlyMap<string, Approval> {
  const shown = group === undefined ? {} : { group };
  return new Map(changes.map(({ key, hash }) => [hash, { key, hash, at: NOW, ...shown }]));
}

function suspension(target: string, more: Partial<Suspension> = {}): Suspension {
  return { target, reason: 'incident 12', at: NOW - HOUR, ...more };
}

const apps = (count: number): Change[] => Array.from({ length: count }, (_, i) => changeOf(`App/a${i}`));
const free = ({ changes }: Plan): string[] =>
  changes.filter((change) => change.held === null).map(({ key }) => key);

describe('a plan', () => {
  it('that nothing holds stays as it is', () => {
    const plan = planOf(apps(3), [standingOf('App/calm', 'Synced')]);
    expect(held(plan)).toEqual(plan);
  });

  it('keeps held changes in the plan, and counts it again', () => {
    const plan = held(planOf(apps(5), [standingOf('App/calm', 'Synced')]), {
      limits: { updates: { count: 2 } },
    });
    expect(plan.changes).toHaveLength(5);
    expect(plan.summary).toMatchObject({ update: 2, held: 3, unchanged: 1 });
    expect(plan.cost).toEqual({ requests: 2, seconds: 0.2 });
    expect(free(plan)).toEqual(['App/a0', 'App/a1']);
    expect(statuses(plan)).toMatchObject({ 'App/a1': 'Pending', 'App/a2': 'Held', 'App/calm': 'Synced' });
  });
});

describe('a limit', () => {
  it('holds what is over it as one group, with the ways on', () => {
    const executed = [{ sort: 'updates', key: 'App/old', at: NOW - 20 * 60_000 } as const];
    const plan = held(planOf(apps(4)), { limits: { updates: { count: 2 } }, executed });
    const group = groupHash(plan.changes.slice(1).map(({ hash }) => hash));
    expect(plan.changes.map((change) => change.held?.approval)).toEqual([undefined, group, group, group]);
    expect(plan.changes[1]?.held).toEqual({
      status: 'Held',
      approval: group,
      remedies: [{ type: 'review' }, { type: 'approve', hash: group, mayForce: true }],
      reason: `sync.limits.updates allows 2 in an hour, and more are pending; review them with 'c1sync plan', then run 'c1sync approve ${group.slice(0, 19)}', or wait until 2026-11-22 12:40 UTC`,
      requeueAt: NOW + 40 * 60_000,
    });
    expect(plan.standings.find(({ key }) => key === 'App/a1')?.reason).toBe(
      "sync.limits.updates allows 2 in an hour, and more are pending; review them with 'c1sync plan', then run 'c1sync approve' with the hash that 'c1sync status' shows, or wait an hour",
    );
  });

  it('forms a group of each type, and never stops another type', () => {
    const changes = [
      changeOf('App/c1', 'create'),
      changeOf('App/u1'),
      changeOf('App/u2'),
      changeOf('App/x1', 'delete'),
      changeOf('App/x2', 'delete'),
      changeOf('App/p1', 'adopt'),
    ];
    const plan = held(planOf(changes), {
      limits: { updates: { count: 1 }, deletes: { count: 0 }, adopts: { count: 5 } },
    });
    expect(free(plan)).toEqual(['App/c1', 'App/u1', 'App/p1']);
    const groups = new Set(plan.changes.flatMap((change) => change.held?.approval ?? []));
    expect(groups.size).toBe(2);
    expect(plan.changes[3]?.held?.reason).toContain('sync.limits.deletes allows none in an hour');
  });

  it('shows the same group in a plan of a few objects', () => {
    const whole = holdPlan(planOf(apps(4)), input({ limits: { updates: { count: 0 } } }));
    const few = holdPlan(
      planOf(apps(1)),
      input({ limits: { updates: { count: 0 } }, pending: whole.pending }),
    );
    expect(few.plan.changes[0]?.held?.approval).toBe(whole.plan.changes[0]?.held?.approval);
  });

  it('holds what is made under something that is held, in the same group', () => {
    const changes = [
      changeOf('App/a', 'create'),
      changeOf('App/b', 'create'),
      changeOf('Connector/a', 'create', { parent: 'App/a' }),
      changeOf('Connector/b', 'create', { parent: 'App/b' }),
    ];
    const plan = held(planOf(changes), { limits: { creates: { count: 2 } } });
    expect(free(plan)).toEqual(['App/a', 'App/b']);
    const one = held(planOf(changes), { limits: { creates: { count: 1 } } });
    expect(free(one)).toEqual(['App/a']);
    const group = groupHash(changes.slice(1).map(({ hash }) => hash));
    expect(one.changes[3]?.held?.approval).toBe(group);
    const approvals = approvalsOf(changes.slice(1));
    const after = held(planOf(changes.slice(1)), { limits: { creates: { count: 1 } }, approvals });
    expect(free(after)).toHaveLength(3);
  });

  it('holds the deletion of what holds something whose deletion is held', () => {
    const parentsOf = (key: string) => (key.startsWith('Connector/') ? ['App/a'] : []);
    const children = [1, 2, 3].map((index) => changeOf(`Connector/c${index}`, 'delete'));
    for (const changes of [
      [...children, changeOf('App/a', 'delete')],
      [changeOf('App/a', 'delete'), ...children],
    ]) {
      const plan = held(planOf(changes), { parentsOf, limits: { deletes: { count: 3 } } });
      expect(free(plan)).not.toContain('App/a');
      expect(plan.summary.delete + plan.summary.held).toBe(4);
    }
  });

  it('does not count writes without a visible effect', () => {
    const update = changeOf('App/marks');
    if (update.action !== 'update') throw new Error('an update was expected');
    const plan = { ...planOf(apps(1)), bookkeeping: [{ ...update, bookkeeping: true }] };
    const result = held(plan, { limits: { updates: { count: 1 } } });
    expect(result.bookkeeping[0]?.held).toBeNull();
    expect(free(result)).toEqual(['App/a0']);
  });
});

describe('an approval', () => {
  it('lets its changes go over the limit, and they count', () => {
    const changes = apps(4);
    const approvals = approvalsOf(changes.slice(2));
    expect(free(held(planOf(changes), { limits: { updates: { count: 3 } }, approvals }))).toEqual([
      'App/a0',
      'App/a2',
      'App/a3',
    ]);
  });

  it('does not help a change that is another one', () => {
    const [change] = apps(1);
    const approvals = approvalsOf(change === undefined ? [] : [change]);
    const other = changeOf('App/a0', 'update', { hash: 'sha256:other' });
    expect(free(held(planOf([other]), { limits: { updates: { count: 0 } }, approvals }))).toEqual([]);
  });

  it('lifts a hold on one object that may be approved, and no other', () => {
    const lockOut = { status: 'Held', reason: 'we would lose it', approval: 'own' } as const;
    const foreign = { status: 'ForeignOwner', reason: 'terraform manages it' } as const;
    const changes = [
      changeOf('App/a', 'update', { held: lockOut }),
      changeOf('App/b', 'update', { held: foreign }),
    ];
    const before = held(planOf(changes));
    const approval = groupHash([changes[0]?.hash ?? '']);
    expect(before.changes[0]?.held).toEqual({
      status: 'Held',
      approval,
      remedies: [{ type: 'approve', hash: approval }],
      reason: `we would lose it; to apply it as planned, run 'c1sync approve ${approval.slice(0, 19)}'`,
    });
    expect(before.changes[1]?.held).toEqual(foreign);
    const after = held(planOf(changes), { approvals: approvalsOf(changes) });
    expect(free(after)).toEqual(['App/a']);
    expect(statuses(after)).toEqual({ 'App/a': 'Pending', 'App/b': 'ForeignOwner' });
    expect(after.summary).toMatchObject({ update: 1, held: 1 });
  });
});

describe('a freeze window', () => {
  const frozenUntil = NOW + HOUR + 1;

  it('holds everything as one group but what was approved', () => {
    const changes = [...apps(2), changeOf('App/new', 'create'), changeOf('App/old', 'delete')];
    const plan = held(planOf(changes), { frozenUntil });
    const group = groupHash(changes.map(({ hash }) => hash));
    expect(new Set(plan.changes.map((change) => change.held?.approval))).toEqual(new Set([group]));
    expect(plan.changes[0]?.held?.reason).toBe(
      `a freeze window is open until 2026-11-22 13:01 UTC; wait, or run 'c1sync approve ${group.slice(0, 19)}'`,
    );
    const approvals = approvalsOf(changes.slice(2, 3));
    expect(free(held(planOf(changes), { frozenUntil, approvals }))).toEqual(['App/new']);
  });

  it('goes before limits', () => {
    const plan = held(planOf(apps(2)), { frozenUntil, limits: { updates: { count: 0 } } });
    expect(plan.changes[0]?.held?.reason).toContain('a freeze window is open');
  });

  it('leaves objects in sync as they are, and holds bookkeeping writes', () => {
    const update = changeOf('App/calm');
    if (update.action !== 'update') throw new Error('an update was expected');
    const plan = {
      ...planOf([], [standingOf('App/calm', 'Synced')]),
      bookkeeping: [{ ...update, bookkeeping: true }],
    };
    const result = held(plan, { frozenUntil });
    expect(result.bookkeeping[0]?.held).toMatchObject({
      status: 'Held',
      reason: 'a freeze window is open until 2026-11-22 13:01 UTC; wait',
    });
    expect(result.summary).toMatchObject({ unchanged: 1, held: 0 });
    expect(result.cost.requests).toBe(0);
  });
});

describe('a suspension', () => {
  it('covers an object and what is under it, in sync or not, and has the remedy', () => {
    const plan = planOf(
      [changeOf('App/a'), changeOf('Connector/a'), changeOf('App/b')],
      [standingOf('Connector/a2', 'Synced')],
    );
    const result = held(plan, {
      suspensions: [suspension('App/a', { until: NOW + 90_000 })],
      parentsOf: (key) => (key.startsWith('Connector/') ? ['App/a'] : []),
    });
    expect(statuses(result)).toEqual({
      'App/a': 'Suspended',
      'App/b': 'Pending',
      'Connector/a': 'Suspended',
      'Connector/a2': 'Suspended',
    });
    expect(result.summary).toMatchObject({ update: 1, held: 3, unchanged: 0 });
    const own = `it is suspended: incident 12; run 'c1sync resume App/a', or wait until 2026-11-22 12:02 UTC`;
    expect(result.changes[0]?.held).toEqual({
      status: 'Suspended',
      reason: own,
      remedies: [{ type: 'resume', target: 'App/a' }],
      requeueAt: Date.parse('2026-11-22T12:02:00Z'),
    });
    expect(result.changes[1]?.held?.reason).toBe(`App/a is held with everything under it: ${own}`);
  });

  it('goes before freeze windows, approvals and other holds', () => {
    const changes = [changeOf('App/a', 'update', { held: { status: 'Held', reason: 'x' } }), ...apps(1)];
    const result = held(planOf(changes), {
      suspensions: [suspension('*')],
      approvals: approvalsOf(changes),
      frozenUntil: NOW + HOUR,
    });
    expect(statuses(result)).toEqual({ 'App/a': 'Suspended', 'App/a0': 'Suspended' });
    expect(result.changes[0]?.held?.reason).toContain(`run 'c1sync resume "*"'`);
  });

  it('hides no error', () => {
    const plan = planOf([], [standingOf('App/a', 'Failed', 'no'), standingOf('App/b', 'Invalid', 'no')]);
    expect(statuses(held(plan, { suspensions: [suspension('*')] }))).toEqual({
      'App/a': 'Failed',
      'App/b': 'Invalid',
    });
  });

  it.each([
    ['*', 'App/a', {}, true],
    ['App/a', 'App/a', {}, true],
    ['App/a', 'App/ab', {}, false],
    ['team=x', 'App/a', { team: 'x' }, true],
    ['team=x', 'App/a', { team: 'y' }, false],
    ['team=x,tier=1', 'App/a', { team: 'x', tier: '1', more: 'z' }, true],
    ['team=x,tier=1', 'App/a', { team: 'x' }, false],
    ['toString=x', 'App/a', {}, false],
    ['acme.example/team=x', 'App/a', { 'acme.example/team': 'x' }, true],
    ['team=x', 'App/a', undefined, true],
    ['App/b', 'App/a', undefined, false],
  ])('of %s and %s with the labels %o: %s', (target, key, labels, expected) => {
    expect(covers(target, key, labels as Record<string, string> | undefined)).toBe(expected);
  });
});

describe('the last check before a write', () => {
  const [change] = apps(1);
  if (change === undefined) throw new Error('a change was expected');
  const executed = [{ sort: 'updates', key: 'App/old', at: NOW - 1 } as const];

  it.each<[string, Partial<PlanHoldInput>, string | undefined]>([
    ['nothing', {}, undefined],
    ['room within a limit', { limits: { updates: { count: 2 } }, executed }, undefined],
    ['a limit reached', { limits: { updates: { count: 1 } }, executed }, 'Held'],
    [
      'a limit reached by an approved change',
      { limits: { updates: { count: 1 } }, executed, approvals: approvalsOf([change]) },
      undefined,
    ],
    ['a freeze window', { frozenUntil: NOW + 1 }, 'Held'],
    ['a suspension', { suspensions: [suspension('App/a0')] }, 'Suspended'],
  ])('meets %s', (_, more, status) => expect(holdChange(change, input(more))?.status).toBe(status));
});

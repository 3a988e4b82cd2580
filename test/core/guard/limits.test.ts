import { describe, expect, it } from 'vitest';
import { allowance, hasRoom, type Limits, Tally } from '../../../src/core/guard/limits.js';
import {
  afterOneMore,
  type Counted,
  type Executed,
  LIMIT_WINDOW_MS,
} from '../../../src/core/model/decision.js';
import { changeOf } from '../../support/changes.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');

function executed(sort: Counted, count: number, minutesAgo = 30, from = 0): Executed[] {
  return Array.from({ length: count }, (_, index) => ({
    sort,
    key: `App/old${from + index}`,
    at: NOW - minutesAgo * 60_000,
  }));
}

function tally(limits: Limits, more: Partial<ConstructorParameters<typeof Tally>[0]> = {}): Tally {
  return new Tally({ limits, executed: [], managed: 100, now: NOW, ...more });
}

/** How many of `count` updates there is room for. */
function room(counter: Tally, count: number): number {
  return Array.from({ length: count }, (_, index) => counter.take(changeOf(`App/new${index}`))).filter(
    (exhausted) => exhausted === undefined,
  ).length;
}

describe('an allowance', () => {
  it.each([
    ['no limit', undefined, 100, undefined],
    ['a count', { count: 3 }, 100, 3],
    ['a count of few objects', { count: 3 }, 1, 3],
    ['a count of none', { count: 0 }, 100, 0],
    ['a share of nine objects', { share: 0.5 }, 9, undefined],
    ['a share of ten objects', { share: 0.5 }, 10, 5],
    ['a share that does not come out even', { share: 0.5 }, 21, 10],
    ['a share that floating point makes smaller', { share: 0.29 }, 100, 29],
    ['a share of less than one object', { share: 0.01 }, 20, 1],
    ['a share of none', { share: 0 }, 100, 0],
    ['the whole', { share: 1 }, 20, 20],
  ])('of %s', (_, limit, managed, expected) => expect(allowance(limit, managed)).toBe(expected));
});

it('does not count a change that sends nothing', () => {
  const rename = { ...changeOf('App/renamed'), writes: [] };
  const counter = tally({ updates: { count: 1 } });
  counter.count(rename);
  expect(counter.take(rename)).toBeUndefined();
  expect(room(counter, 3)).toBe(1);
  expect(counter.take(rename)).toBeUndefined();
});

describe('what counts of an object', () => {
  const at = (minutes: number, sort: Counted, isApproved = false): Executed => ({
    sort,
    key: 'App/a',
    at: NOW + minutes * 60_000,
    ...(isApproved ? { approved: true } : {}),
  });
  it.each([
    ['the last update', [at(0, 'updates')], at(5, 'updates'), [at(5, 'updates')]],
    ['the last adoption', [at(0, 'adopts')], at(5, 'adopts'), [at(5, 'adopts')]],
    [
      'the last update of each way to be admitted',
      [at(0, 'updates'), at(1, 'updates', true)],
      at(5, 'updates', true),
      [at(0, 'updates'), at(5, 'updates', true)],
    ],
    ['every deletion', [at(0, 'deletes')], at(5, 'deletes'), [at(0, 'deletes'), at(5, 'deletes')]],
    ['every creation', [at(0, 'creates')], at(5, 'creates'), [at(0, 'creates'), at(5, 'creates')]],
    ['nothing that is an hour old', [at(0, 'deletes')], at(60, 'deletes'), [at(60, 'deletes')]],
  ])('is %s', (_, earlier, added, expected) => expect(afterOneMore(earlier, added)).toEqual(expected));
});

describe('room for a change', () => {
  const update = changeOf('App/new');
  it.each([
    ['without a limit', {}, 500, true],
    ['with a limit of another sort', { deletes: { count: 0 } }, 500, true],
    ['below its limit', { updates: { count: 3 } }, 2, true],
    ['below a share', { updates: { share: 0.5 } }, 49, true],
    ['at its limit', { updates: { count: 3 } }, 3, false],
    ['at a share', { updates: { share: 0.5 } }, 50, false],
  ])('is certain %s: %j after %i changes', (_, limits: Limits, begun, expected) => {
    const counts = { limits, managed: 100, executed: executed('deletes', begun) };
    expect(hasRoom(update, counts)).toBe(expected);
  });
});

describe('a tally', () => {
  it('leaves room for as many as the limit allows, together with what the last hour saw', () => {
    expect(room(tally({ updates: { count: 5 } }), 9)).toBe(5);
    expect(room(tally({ updates: { count: 5 } }, { executed: executed('updates', 3) }), 9)).toBe(2);
    expect(room(tally({ updates: { share: 0.5 } }, { managed: 20 }), 20)).toBe(10);
    expect(room(tally({ updates: { share: 0.5 } }, { managed: 9 }), 20)).toBe(20);
  });

  it('forgets what is an hour old, to the millisecond', () => {
    const old = (at: number) => ({ executed: [{ sort: 'updates', key: 'App/x', at } as const] });
    expect(room(tally({ updates: { count: 1 } }, old(NOW - LIMIT_WINDOW_MS + 1)), 1)).toBe(0);
    expect(room(tally({ updates: { count: 1 } }, old(NOW - LIMIT_WINDOW_MS)), 1)).toBe(1);
  });

  it('counts each sort by itself', () => {
    const counter = tally(
      { deletes: { count: 1 }, adopts: { count: 0 } },
      { executed: executed('updates', 50) },
    );
    expect(counter.take(changeOf('App/a'))).toBeUndefined();
    expect(counter.take(changeOf('App/a', 'create'))).toBeUndefined();
    expect(counter.take(changeOf('App/a', 'delete'))).toBeUndefined();
    expect(counter.take(changeOf('App/b', 'delete'))).toMatchObject({ sort: 'deletes', most: 1 });
    expect(counter.take(changeOf('App/a', 'adopt'))).toEqual({ sort: 'adopts', most: 0 });
  });

  it('counts an adoption that sends nothing, and no other change of that kind', () => {
    const counter = tally({ updates: { count: 0 }, adopts: { count: 0 } });
    expect(counter.take({ ...changeOf('Connector/a', 'update'), writes: [] })).toBeUndefined();
    expect(counter.take({ ...changeOf('Connector/a', 'adopt'), writes: [] })).toMatchObject({
      sort: 'adopts',
    });
  });

  it('counts an object once', () => {
    const counter = tally({ updates: { count: 3 } }, { executed: executed('updates', 3) });
    expect(counter.take(changeOf('App/old1'))).toBeUndefined();
    expect(counter.take(changeOf('App/new'))).toBeDefined();
  });

  it.each(['creates', 'deletes'] as const)('counts %s each time', (sort) => {
    const again = [0, 1, 2].flatMap((minutes) => executed(sort, 1, minutes));
    const action = sort === 'creates' ? 'create' : 'delete';
    const counter = tally({ [sort]: { count: 4 } }, { executed: again });
    expect(counter.take(changeOf('App/old0', action))).toBeUndefined();
    expect(counter.take(changeOf('App/old0', action))).toMatchObject({ sort, most: 4 });
  });

  const approved = executed('updates', 1).map((one) => ({ ...one, approved: true as const }));
  const rooms: readonly [string, number, readonly Executed[], string, boolean][] = [
    ['leaves no room for its own object where it took the last', 1, approved, 'App/old0', false],
    ['leaves room for its own object where there is some', 2, approved, 'App/old0', true],
    ['takes room from others', 1, approved, 'App/new', false],
    ['takes nothing from an object with room', 1, [...executed('updates', 1), ...approved], 'App/old0', true],
    [
      'counts once with a change within the limit',
      2,
      [...executed('updates', 1), ...approved],
      'App/new',
      true,
    ],
  ];
  it.each(rooms)('lets an approved change that %s', (_, count, before, key, isFree) => {
    const counter = tally({ updates: { count } }, { executed: before });
    expect(counter.take(changeOf(key)) === undefined).toBe(isFree);
  });

  it('uses a reservation once', () => {
    const reserved: readonly Executed[] = [
      { sort: 'deletes', key: 'App/a', at: NOW },
      { sort: 'deletes', key: 'App/b', at: NOW, approved: true },
    ];
    const counter = tally({ deletes: { count: 3 } }, { reserved });
    counter.count(changeOf('App/b', 'delete'));
    const keys = ['App/a', 'App/c', 'App/d'];
    const free = keys.filter((key) => counter.take(changeOf(key, 'delete')) === undefined);
    expect(free).toEqual(['App/a', 'App/c']);
  });

  it('counts what passes it by', () => {
    const counter = tally({ updates: { count: 2 } });
    counter.count(changeOf('App/approved'));
    expect(room(counter, 5)).toBe(1);
  });

  it('returns the time at which its first change is an hour old', () => {
    const two = [...executed('updates', 1, 20), ...executed('updates', 1, 50, 1)];
    expect(tally({ updates: { count: 2 } }, { executed: two }).take(changeOf('App/new'))).toEqual({
      sort: 'updates',
      most: 2,
      freeAt: NOW + 10 * 60_000,
    });
    const fresh = tally({ updates: { count: 1 } });
    fresh.take(changeOf('App/a'));
    expect(fresh.take(changeOf('App/b'))).toEqual({ sort: 'updates', most: 1 });
  });
});

import { describe, expect, it } from 'vitest';
import {
  allowance,
  type Counted,
  type Executed,
  LIMIT_WINDOW_MS,
  type Limits,
  Tally,
} from '../../src/core/limits.js';
import { changeOf } from '../support/changes.js';

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

  it('counts an object once', () => {
    const counter = tally({ updates: { count: 3 } }, { executed: executed('updates', 3) });
    expect(counter.take(changeOf('App/old1'))).toBeUndefined();
    expect(counter.take(changeOf('App/new'))).toBeDefined();
  });

  it('counts what passes it by', () => {
    const counter = tally({ updates: { count: 2 } });
    counter.count(changeOf('App/approved'));
    expect(room(counter, 5)).toBe(1);
  });

  it('says when the first of what it counted is an hour old', () => {
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

import { expect, it } from 'vitest';
import { cached } from '../../../src/core/observe/lookup-cache.js';
import { CLOCK_STEPS, VirtualClock } from '../../support/virtual-clock.js';

const none = async () => new Map();
const silent = { name: 'n', noun: 'n', find: none, names: none, titles: none };

it('keeps the titles of ids for ten minutes, of those without one too', async () => {
  const clock = new VirtualClock();
  const asked: string[][] = [];
  const titles = async (ids: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> => {
    asked.push([...ids]);
    return new Map([['a', 'A']]);
  };
  const lookup = cached({ ...silent, titles }, clock);
  const ask = async (...ids: string[]) => Object.fromEntries(await lookup.titles(new Set(ids)));
  expect(await ask('a', 'b')).toEqual({ a: 'A' });
  await clock.advance(10 * 60_000 - 1);
  expect(await ask('a', 'b', 'c')).toEqual({ a: 'A' });
  expect(asked).toEqual([['a', 'b'], ['c']]);
  await clock.advance(1);
  await ask('b');
  expect(asked.at(-1)).toEqual(['b']);
});

it('remembers fifty thousand names, those that were found last', async () => {
  const asked: string[] = [];
  const find = async (keys: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly unknown[]>> => {
    asked.push(...keys);
    return new Map([...keys].map((key) => [key, ['id']]));
  };
  const lookup = cached({ ...silent, find }, new VirtualClock());
  await lookup.find(new Set(Array.from({ length: 50_001 }, (_, index) => `name ${index}`)));
  asked.length = 0;
  await lookup.find(new Set(['name 0', 'name 1', 'name 50000']));
  expect(asked).toEqual(['name 0']);
});

it.each(CLOCK_STEPS)('keeps a name that was found as long when the clock is stepped %s', async (_, step) => {
  const clock = new VirtualClock();
  let asked = 0;
  const find = async (): Promise<ReadonlyMap<string, readonly unknown[]>> => {
    asked += 1;
    return new Map([['a', ['1']]]);
  };
  const lookup = cached({ ...silent, find }, clock);
  await lookup.find(new Set(['a']));
  clock.step(step);
  await clock.advance(9 * 60_000);
  await lookup.find(new Set(['a']));
  expect(asked).toBe(1);
  await clock.advance(60_000);
  await lookup.find(new Set(['a']));
  expect(asked).toBe(2);
});

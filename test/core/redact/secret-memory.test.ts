import { expect, it } from 'vitest';
import { Secret } from '../../../src/core/model/secret.js';
import { Redactor } from '../../../src/core/redact/redactor.js';
import { MOST_FORMER, MOST_VALUES, SecretMemory } from '../../../src/core/redact/secret-memory.js';

const value = (index: number): string => `planted-value-${index}-end`;
const load = (secrets: Readonly<Record<string, number>>): object[] =>
  Object.entries(secrets).map(([origin, index]) => ({ config: { key: new Secret(value(index), origin) } }));

function start(): { memory: SecretMemory; hides: (index: number) => boolean } {
  const redactor = new Redactor();
  return {
    memory: new SecretMemory(redactor),
    hides: (index) => redactor.text(value(index)) === '[secret]',
  };
}

it('hides the values that a source had last, and forgets those before them', () => {
  const { memory, hides } = start();
  for (let index = 0; index < 3 * MOST_VALUES; index += 1) memory.learn(load({ 'env ROTATED': index }));
  const hidden = Array.from({ length: 3 * MOST_VALUES }, (_, index) => hides(index));
  expect(hidden).toEqual(hidden.map((_, index) => index >= 2 * MOST_VALUES));
});

it('keeps secrets in use over any loads and changes of other sources', () => {
  const { memory, hides } = start();
  for (let index = 1; index < 5 * MOST_VALUES; index += 1) {
    memory.learn(load({ 'env STEADY': 0, 'file rotated': index, 'env BACK': index % 2 === 0 ? -1 : -2 }));
  }
  expect([hides(0), hides(-1), hides(-2)]).toEqual([true, true, true]);
});

it('keeps a text that a second source still has', () => {
  const { memory, hides } = start();
  memory.learn(load({ 'env A': 0, 'env B': 0 }));
  for (let index = 1; index <= MOST_VALUES; index += 1) memory.learn(load({ 'env A': index, 'env B': 0 }));
  expect(hides(0)).toBe(true);
  for (let index = 1; index <= MOST_VALUES; index += 1)
    memory.learn(load({ 'env A': index, 'env B': index }));
  expect(hides(0)).toBe(false);
});

it('forgets the sources that no definition has named for the longest time', () => {
  const { memory, hides } = start();
  memory.learn(load({ 'env STEADY': -1, 'env GONE': 0 }));
  for (let index = 1; index <= MOST_FORMER; index += 1)
    memory.learn(load({ 'env STEADY': -1, [`env S${index}`]: index }));
  expect([hides(-1), hides(0), hides(1)]).toEqual([true, true, true]);
  memory.learn(load({ 'env STEADY': -1, 'env NEXT': MOST_FORMER + 1 }));
  expect([hides(-1), hides(0), hides(1)]).toEqual([true, false, true]);
});

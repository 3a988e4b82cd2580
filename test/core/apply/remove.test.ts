import { expect, it } from 'vitest';
import { remove } from '../../../src/core/apply/remove.js';

it('deletes no object whose definition came back during the last refresh', async () => {
  const calls: string[] = [];
  const defined = new Set<string>();
  const key = 'App/one';
  const removing = remove(
    {
      children: async () => {
        defined.add(key);
        return [];
      },
      writer: { delete: async ({ id }) => void calls.push(`delete ${id}`) },
    },
    { removeObject: async (key) => void calls.push(`forget ${key}`) },
    { key, id: 'one' },
    { defines: (asked) => defined.has(asked) },
  );
  await expect(removing).rejects.toThrow('its definition is back');
  expect(calls).toEqual([]);
});

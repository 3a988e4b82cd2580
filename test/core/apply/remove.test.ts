import { expect, it } from 'vitest';
import { remove } from '../../../src/core/apply/remove.js';

it('deletes no object where the definitions changed during the last read', async () => {
  const calls: string[] = [];
  let isInForce = true;
  const removing = remove(
    {
      children: async () => {
        isInForce = false;
        return [];
      },
      writer: { delete: async ({ id }) => void calls.push(`delete ${id}`) },
    },
    { removeObject: async (key) => void calls.push(`forget ${key}`) },
    { key: 'App/one', id: 'one' },
    () => isInForce,
  );
  await expect(removing).rejects.toThrow('the definitions have changed');
  expect(calls).toEqual([]);
});

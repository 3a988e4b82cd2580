import { asObject } from '../tenant.js';
import type { World } from '../world.js';
import { type Action, action } from './action.js';

const traits = action({
  name: 'the tenant has other traits',
  weight: 3,
  propose: (_world, random) => ({
    connectorCreatorOwns: random.chance(0.6),
    deletedReads: random.chance(0.5) ? '404' : 'deletedAt',
    names: random.weighted([
      [3, 'kept'],
      [1, 'trimmed'],
      [1, 'folded'],
    ] as const),
  }),
  run: (world, given) => world.tenantHas(given),
});

const pages = action<{ readonly size: number | undefined }>({
  name: 'the tenant gives smaller pages',
  weight: 2,
  propose: (_world, random) => ({ size: random.chance(0.3) ? undefined : random.int(5, 8) }),
  run: (world, { size }) => {
    world.network.pageSize = size;
  },
});

/** Objects that come and go at once move others from one page to another while they are read. */
const shift = action<{ readonly names: readonly string[]; readonly ms: number }>({
  name: 'objects come and go while pages are read',
  weight: 2,
  propose: (world, random) => ({
    names: Array.from({ length: random.int(1, 3) }, () => `Passing ${world.model.unique()}`),
    ms: random.int(1, 400),
  }),
  async run(world, { names, ms }) {
    world.network.pageSize ??= 5;
    for (const name of names) await comeAndGo(world, name, ms);
  },
});

async function comeAndGo(world: World, displayName: string, ms: number): Promise<void> {
  const answer = await world.people.call('POST', '/api/v1/apps', { displayName }, 'person');
  if (answer === undefined) return;
  const id = String(asObject(answer.app).id);
  world.later(ms, 'an app goes', () => world.people.call('DELETE', `/api/v1/apps/${id}`, {}, 'person'));
}

/** What tenants do and nobody wrote down. */
export const traitActions: readonly Action[] = [traits, pages, shift];

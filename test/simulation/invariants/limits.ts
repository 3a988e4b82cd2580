import type { Effect } from '../effects.js';
import type { World } from '../world.js';
import type { Invariant } from './invariant.js';

/** An hour without the little time that a change may take from its admission to its request, milliseconds. */
const HOUR_MS = 58 * 60_000;

/** What is counted, for how much of each: creates and deletes every time, the others once an object. */
const SORTS = [
  { action: 'create', limit: 'creates', each: true },
  { action: 'update', limit: 'updates', each: false },
  { action: 'adopt', limit: 'adopts', each: false },
  { action: 'delete', limit: 'deletes', each: true },
] as const;

interface Counted {
  readonly memory: string;
  /** How many effects were looked at. */
  seen: number;
  /** Ids of objects of which c1sync may still be making the first calls. */
  readonly unfinished: Set<string>;
  readonly effects: Effect[];
}

const counts = new WeakMap<World, Counted>();

/** True for marks alone, and for a configuration that nobody could tell from the one that is there. */
function isBookkeeping({ mask }: Effect): boolean {
  return mask === 'annotations' || mask === 'config';
}

/** The remaining calls of a create that was begun are part of it. */
function isPartOfCreate({ action, id, isPart }: Effect, { unfinished }: Counted): boolean {
  return isPart || (action === 'update' && unfinished.has(id));
}

function finish(world: World, { unfinished }: Counted): void {
  const ids = world.daemons.flatMap(({ session }) =>
    [...(session?.store.records().objects.values() ?? [])].filter(
      ({ unfinished: open }) => open === undefined,
    ),
  );
  for (const { id } of ids) unfinished.delete(id);
}

function numberOf(effects: readonly Effect[], each: boolean): number {
  return each ? effects.length : new Set(effects.map(({ thing, id }) => thing?.uid ?? id)).size;
}

/** What is counted is kept with the state, by the clock of the machine: neither is the same after a loss or a step. */
function memoryOf({ losses, wall, loop }: World): string {
  return `${losses} ${wall.now() - loop.now}`;
}

function countsOf(world: World): Counted {
  const memory = memoryOf(world);
  const known = counts.get(world) ?? { memory, seen: 0, unfinished: new Set(), effects: [] };
  const counted = known.memory === memory ? known : { ...known, memory, effects: [] };
  counts.set(world, counted);
  return counted;
}

/** What is too much now that one more change was made. */
function excess(
  effects: readonly Effect[],
  last: Effect,
  allowed: NonNullable<World['modes']['limits']>,
): string[] {
  const sort = SORTS.find(({ action }) => action === last.action);
  if (sort === undefined || last.isReleased) return [];
  const recent = effects.filter(
    ({ action, sentAt }) => action === last.action && sentAt > last.sentAt - HOUR_MS,
  );
  const number = numberOf(recent, sort.each);
  const most = allowed[sort.limit];
  return number > most
    ? [`${number} ${sort.limit} within an hour with that of ${last.id}, and the limit is ${most}`]
    : [];
}

const limits: Invariant = {
  name: 'limits are kept',
  check(world) {
    const { limits: allowed } = world.modes;
    if (allowed === undefined) return [];
    const counted = countsOf(world);
    const fresh = world.judge.effects.all.slice(counted.seen);
    counted.seen = world.judge.effects.all.length;
    const out: string[] = [];
    for (const effect of fresh) {
      if (effect.action === 'create') counted.unfinished.add(effect.id);
      if (isBookkeeping(effect) || isPartOfCreate(effect, counted)) continue;
      counted.effects.push(effect);
      out.push(...excess(counted.effects, effect, allowed));
    }
    if (fresh.length > 0) finish(world, counted);
    return out;
  },
};

/** What no hour may see more of than the settings allow. */
export const limitInvariants: readonly Invariant[] = [limits];

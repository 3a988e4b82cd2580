import type { Json } from '../../model/client.js';
import { canonical, configOf } from '../../model/fields.js';
import { catalogOf, fieldsOf, keyOf, type Thing } from '../model.js';
import type { State } from '../tenant.js';
import type { World } from '../world.js';
import { causeOf, explains } from './explained.js';
import type { Invariant } from './invariant.js';

/** The objects of a thing that are there. */
function liveOf(thing: Thing, { apps, connectors }: State): Json[] {
  const siblings =
    thing.kind === 'App' ? apps : connectors.filter(({ catalogId }) => catalogId === catalogOf(thing));
  return siblings.filter(({ id }) => thing.ids.has(String(id)));
}

function fieldFaults(thing: Thing, object: Json): string[] {
  const faults = fieldsOf(thing).flatMap((field) => {
    if (!thing.declared.has(field.path)) return [];
    const declared = thing.declared.get(field.path);
    const wanted = canonical(field.path === 'owners' ? [...(declared as string[])].sort() : declared);
    const found = canonical(field.live(object));
    return wanted === found ? [] : [`${field.path} is declared as ${wanted} and is ${found}`];
  });
  if (thing.secret === undefined) return faults;
  return configOf(object).token === thing.secret.value
    ? faults
    : [...faults, 'it does not hold the present secret'];
}

/** What is wrong with a thing, now that all had time to come to rest. */
function faultsOf(thing: Thing, world: World, state: State): string[] {
  const session = world.daemons.find(({ session: one }) => one !== undefined)?.session;
  const entry = session?.statusStore.get(keyOf(thing));
  // After its records were lost, a connector under a former app of its definition is nobody's.
  const isUnderItsApp = ({ appId }: Json): boolean => thing.app?.ids.has(String(appId)) !== false;
  const live = liveOf(thing, state).filter(isUnderItsApp);
  if (live.length > 1 && causeOf(thing, 'Held') === undefined) {
    return [`it is there ${live.length} times: ${live.map(({ id }) => id).join(', ')}`];
  }
  if (thing.file === undefined) {
    const isDue = entry?.status === 'Orphaned' && entry.requeueAt !== undefined;
    return isDue ? ['it is still to be deleted'] : [];
  }
  if (entry === undefined) return ['the daemon does not know it'];
  if (entry.status !== 'Synced') {
    const isExplained = explains({ world, state, thing, entry });
    return isExplained ? [] : [`it is ${entry.status} without a cause: ${entry.reason}`];
  }
  const { id } = entry;
  if (id !== undefined && !thing.ids.has(id)) return [`it is Synced with ${id}, which is not its object`];
  const object = liveOf(thing, state).find((one) => one.id === id);
  if (object === undefined) return ['it is Synced, and no object of its own is there'];
  return fieldFaults(thing, object);
}

const converged: Invariant = {
  name: 'everything converges',
  async check(world) {
    const state = await world.people.state();
    const out = world.model.things.flatMap((thing) =>
      faultsOf(thing, world, state).map((message) => `${keyOf(thing)} (${thing.uid}): ${message}`),
    );
    return world.daemons.length === 0 ? ['no daemon works', ...out] : out;
  },
};

/** What must hold once nothing has disturbed the world for a while. */
export const atRest: readonly Invariant[] = [converged];

import { CONFIG, configWith } from '../../model/fields.js';
import type { Random } from '../../model/random.js';
import { fieldsOf, isConfig, keyOf, noteConfigured, noteContested, type Thing } from '../model.js';
import type { World } from '../world.js';
import { type Action, action } from './action.js';
import { makeApp } from './rivals.js';

/** Longest time that the tenant takes to show owners, milliseconds. */
const MOST_OWNER_DELAY_MS = 150_000;

/** The object of a thing that is there, if there is one. */
export function objectOf(
  world: World,
  thing: Thing,
): { readonly id: string; readonly appId?: string; readonly at: string } | undefined {
  const id = [...thing.ids].find((one) => world.model.origins.has(one));
  if (id === undefined) return undefined;
  if (thing.app === undefined) return { id, at: `/api/v1/apps/${id}` };
  const { appId } = world.people.connector(id);
  return appId === undefined
    ? undefined
    : { id, appId: String(appId), at: `/api/v1/apps/${String(appId)}/connectors/${id}` };
}

function there(world: World, random: Random): Thing | undefined {
  return random.pick(world.model.things.filter((thing) => objectOf(world, thing) !== undefined));
}

const someone = (random: Random): 'daemon' | 'person' => (random.chance(0.3) ? 'daemon' : 'person');

const edit = action({
  name: 'another client edits',
  weight: 7,
  propose(world, random) {
    const thing = there(world, random);
    const field = thing && random.pick(fieldsOf(thing).filter(({ path }) => path !== 'displayName'));
    if (thing === undefined || field === undefined) return undefined;
    return {
      uid: thing.uid,
      path: field.path,
      value: field.make(random, world.model.unique()),
      as: someone(random),
    };
  },
  async run(world, { uid, path, value, as }) {
    const thing = world.model.thing(uid);
    const object = thing && objectOf(world, thing);
    const field = thing && fieldsOf(thing).find((one) => one.path === path);
    if (thing === undefined || object === undefined || field === undefined) return;
    await field.edit(world.people, object.at, value, as);
    if (path === 'owners') world.ownersShowAt = world.loop.now + MOST_OWNER_DELAY_MS;
    if (field.repeats === true) noteContested(thing, path);
    if (isConfig(path)) noteConfigured(thing);
  },
});

const webEdit = action({
  name: 'a person edits in the web app',
  weight: 4,
  propose(world, random) {
    const isReverted = ({ ids }: Thing): boolean =>
      [...ids].some((id) => world.judge.takeovers.isReverted(id));
    const again = random.chance(0.6) ? random.pick(world.model.things.filter(isReverted)) : undefined;
    const thing = again ?? there(world, random);
    return thing && { uid: thing.uid, description: `As a person likes it ${world.model.unique()}` };
  },
  async run(world, { uid, description }) {
    const thing = world.model.thing(uid);
    const object = thing && objectOf(world, thing);
    if (thing === undefined || object === undefined) return;
    const { kind } = thing;
    const { id, appId } = object;
    await world.people.webEdit({
      kind,
      ...(appId === undefined ? {} : { appId }),
      id,
      set: { description },
      user: 'bob@acme.example',
    });
    if (kind !== 'App') return;
    if (thing.syncedAt > Math.max(thing.forgottenAt, world.model.origins.get(id)?.since ?? 0))
      world.judge.takeovers.edits(id, keyOf(thing), world.loop.now, world.wall.now());
    if (world.modes.onTakeover !== 'always') thing.causes.set('TakenOver', 'a person edited it');
  },
});

const writeConfig = action({
  name: 'a person writes a configuration',
  weight: 2,
  propose(world, random) {
    const thing = random.pick(
      world.model.things.filter((one) => one.secret !== undefined && objectOf(world, one) !== undefined),
    );
    return thing && { uid: thing.uid, token: `foreign-${world.model.unique()}` };
  },
  async run(world, { uid, token }) {
    const thing = world.model.thing(uid);
    const object = thing && objectOf(world, thing);
    if (thing === undefined || object === undefined) return;
    const config = configWith({ site: 'https://site.example', token });
    await world.people.call('POST', object.at, { connector: { config }, updateMask: CONFIG }, 'person');
    thing.rotatedAt = world.loop.now;
    noteContested(thing, CONFIG);
    noteConfigured(thing);
  },
});

const remove = action({
  name: 'another client deletes',
  weight: 2,
  propose(world, random) {
    const thing = there(world, random);
    return thing && { uid: thing.uid, as: someone(random) };
  },
  async run(world, { uid, as }) {
    const thing = world.model.thing(uid);
    const object = thing && objectOf(world, thing);
    if (thing === undefined || object === undefined) return;
    await world.people.call('DELETE', object.at, {}, as);
    const { apps, connectors } = await world.people.state();
    const left = new Set([...apps, ...connectors].map(({ id }) => String(id)));
    for (const one of [thing, ...world.model.under(thing)]) {
      for (const id of one.ids) if (!left.has(id)) world.model.origins.delete(id);
      one.causes.set('Gone', 'it was deleted');
    }
  },
});

const namesake = action({
  name: 'a person makes an object of the same name',
  weight: 1,
  propose(world, random) {
    const thing = random.pick(world.model.defined.filter(({ kind }) => kind === 'App'));
    return thing && { uid: thing.uid };
  },
  async run(world, { uid }) {
    const thing = world.model.thing(uid);
    if (thing === undefined) return;
    await makeApp(world, thing, {}, 'person');
  },
});

const behaviour = action({
  name: 'the tenant behaves otherwise',
  weight: 2,
  propose: (_world, random) => ({
    ownerDelayMs: random.chance(0.5) ? 0 : random.int(1_000, MOST_OWNER_DELAY_MS),
    requestsPerSecond: random.chance(0.7) ? 0 : random.int(5, 40),
  }),
  run: (world, settings) => world.people.settings(settings),
});

/** What people and other clients do in the tenant. */
export const tenantActions: readonly Action[] = [edit, webEdit, writeConfig, remove, namesake, behaviour];

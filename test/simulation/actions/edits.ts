import type { Random } from '../../model/random.js';
import { catalogOf, type Thing } from '../model.js';
import type { World } from '../world.js';
import { type Action, action } from './action.js';

function pickUid(world: World, random: Random): { readonly uid: string } | undefined {
  const thing = random.pick(world.model.defined);
  return thing && { uid: thing.uid };
}

/** Files of a thing and of what lies under it: those name it. */
function filesOf(world: World, thing: Thing): string[] {
  return [thing, ...world.model.under(thing)].flatMap(({ file }) => file ?? []);
}

const flap = action<{ readonly uid: string; readonly ms: number }>({
  name: 'a definition goes and comes back at once',
  weight: 3,
  propose(world, random) {
    const picked = pickUid(world, random);
    return (
      picked && {
        ...picked,
        ms: random.weighted([
          [3, random.int(1, 3_000)],
          [1, random.int(3_000, 90_000)],
        ] as const),
      }
    );
  },
  run(world, { uid, ms }) {
    const thing = world.model.thing(uid);
    if (thing?.file === undefined) return;
    const gone = [...world.model.under(thing).filter(({ file }) => file !== undefined), thing];
    const places = gone.map(({ file }) => file);
    for (const one of gone) one.file = undefined;
    const files = places.flatMap((file) => file ?? []);
    world.publish(files, gone);
    world.later(ms, 'definitions come back', () => {
      const isBack = ({ app }: Thing): boolean =>
        app === undefined || app.file !== undefined || gone.includes(app);
      const back = gone.filter((one) => one.file === undefined && isBack(one));
      for (const one of back) one.file = places[gone.indexOf(one)];
      world.publish(files, back);
    });
  },
});

const renameKey = action<{ readonly uid: string; readonly name: string; readonly says: boolean }>({
  name: 'change metadata.name',
  weight: 2,
  propose(world, random) {
    const picked = pickUid(world, random);
    return picked && { ...picked, name: `${picked.uid}-${world.model.unique()}`, says: random.chance(0.5) };
  },
  run(world, { uid, name, says }) {
    const thing = world.model.thing(uid);
    if (thing?.file === undefined) return;
    thing.renamedFrom = says ? thing.name : undefined;
    thing.name = name;
    world.publish(filesOf(world, thing), [thing]);
  },
});

const swapNames = action<{ readonly one: string; readonly other: string }>({
  name: 'two objects exchange their display names',
  weight: 2,
  propose(world, random) {
    const named = world.model.defined.filter(({ isForeign, ids }) => !isForeign && ids.size > 0);
    const one = random.pick(named);
    const other = one && random.pick(named.filter((two) => two !== one && isAlike(one, two)));
    return one && other && { one: one.uid, other: other.uid };
  },
  run(world, params) {
    const one = world.model.thing(params.one);
    const other = world.model.thing(params.other);
    if (one?.file === undefined || other?.file === undefined) return;
    const [first, second] = [one, other].map(({ declared }) => declared.get('displayName'));
    one.declared.set('displayName', second);
    other.declared.set('displayName', first);
    for (const thing of [one, other]) {
      thing.causes.set('Held', 'two objects exchanged their names');
      thing.causes.set('Failed', 'two objects exchanged their names');
    }
    world.publish([one.file, other.file], [one, other]);
  },
});

function isAlike(one: Thing, other: Thing): boolean {
  return one.kind === other.kind && one.app === other.app && catalogOf(one) === catalogOf(other);
}

const merge = action<{ readonly file: string }>({
  name: 'merge all definitions into one file',
  weight: 1,
  propose: (world) =>
    world.model.defined.length > 1 ? { file: `all-${world.model.unique()}.yaml` } : undefined,
  run(world, { file }) {
    const things = world.model.defined;
    const before = things.flatMap((thing) => thing.file ?? []);
    for (const thing of things) thing.file = file;
    world.publish([file, ...before], []);
  },
});

const revert = action<{ readonly uid: string; readonly version: number }>({
  name: 'a definition says again what it said',
  weight: 2,
  propose(world, random) {
    const thing = random.pick(world.model.defined.filter(({ versions }) => versions.length > 1));
    return thing && { uid: thing.uid, version: random.int(0, thing.versions.length - 2) };
  },
  run(world, { uid, version }) {
    const thing = world.model.thing(uid);
    const before = thing?.versions[version]?.declared;
    if (thing?.file === undefined || before === undefined) return;
    const displayName = thing.declared.get('displayName');
    thing.declared.clear();
    for (const [path, value] of before) thing.declared.set(path, value);
    // A name of long ago may be another object's by this time.
    thing.declared.set('displayName', displayName);
    thing.rotatedAt = undefined;
    world.publish([thing.file], [thing]);
  },
});

const suspend = action<{ readonly uid: string }>({
  name: 'a definition suspends its object, or does no more',
  weight: 2,
  propose: pickUid,
  run(world, { uid }) {
    const thing = world.model.thing(uid);
    if (thing?.file === undefined) return;
    thing.suspended = !thing.suspended;
    world.publish([thing.file], [thing]);
  },
});

const pin = action<{ readonly uid: string }>({
  name: 'a definition pins its object, or does no more',
  weight: 1,
  propose: pickUid,
  run(world, { uid }) {
    const thing = world.model.thing(uid);
    const id = thing && [...thing.ids].find((one) => world.model.origins.has(one));
    if (thing?.file === undefined || (thing.pinned === undefined && id === undefined)) return;
    thing.pinned = thing.pinned === undefined ? id : undefined;
    if (thing.pinned !== undefined) {
      for (const one of [thing, ...world.model.under(thing)]) one.causes.set('Gone', 'it is pinned');
    }
    world.publish([thing.file], [thing]);
  },
});

/** What people do to definitions that are there. */
export const editActions: readonly Action[] = [flap, renameKey, swapNames, merge, revert, suspend, pin];

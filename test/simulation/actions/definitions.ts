import type { Random } from '../../model/random.js';
import { adoptable, FOREIGN } from '../../model/seed.js';
import { fieldsOf, isConfig, noteReconfigured, type Thing } from '../model.js';
import { DEFINITIONS } from '../settings.js';
import type { World } from '../world.js';
import { type Action, action } from './action.js';

/** Most things that one run defines: more only make it slow. */
export const MOST_THINGS = 20;
const folders = ['', 'team/', 'team/deep/', 'other/'] as const;

interface Values {
  readonly [path: string]: unknown;
}

/** Values for some of the fields of a new thing. */
function someValues(
  world: World,
  random: Random,
  thing: Pick<Thing, 'kind'> & { readonly hasSecret: boolean },
): Values {
  const secret = thing.hasSecret ? { file: '', value: '' } : undefined;
  const fields = fieldsOf({ ...blank, kind: thing.kind, secret });
  const chosen = random.some(fields).filter(({ required }) => required !== true);
  return Object.fromEntries(chosen.map((field) => [field.path, field.make(random, world.model.unique())]));
}

const blank: Thing = {
  uid: '',
  kind: 'App',
  app: undefined,
  name: '',
  renamedFrom: undefined,
  suspended: false,
  pinned: undefined,
  declared: new Map(),
  secret: undefined,
  file: undefined,
  versions: [],
  ids: new Set(),
  isForeign: false,
  causes: new Map(),
  isForgotten: false,
  forgottenAt: 0,
  syncedAt: 0,
  rotatedAt: undefined,
  isReconfigured: false,
  configuredAt: Number.NEGATIVE_INFINITY,
};

function someFile({ model }: World, random: Random): string {
  const files = [...new Set(model.defined.flatMap(({ file }) => file ?? []))];
  const shared = random.chance(0.5) ? random.pick(files) : undefined;
  return shared ?? `${random.pick(folders)}${model.unique()}.yaml`;
}

const defineApp = action({
  name: 'define an app',
  weight: 4,
  propose(world, random) {
    if (world.model.things.length >= MOST_THINGS) return undefined;
    const taken = new Set(world.model.things.map(({ declared }) => declared.get('displayName')));
    const free = adoptable.filter((name) => !taken.has(name));
    const isForeign = !taken.has(FOREIGN) && random.chance(0.1);
    const adopted = random.chance(0.3) ? random.pick(free) : undefined;
    const displayName = isForeign ? FOREIGN : (adopted ?? `App ${world.model.unique()}`);
    return {
      number: world.model.unique(),
      displayName,
      isForeign,
      file: someFile(world, random),
      values: someValues(world, random, { kind: 'App', hasSecret: false }),
    };
  },
  run(world, { number, displayName, isForeign, file, values }) {
    const thing = world.model.add({ number, kind: 'App', app: undefined, displayName, isForeign });
    for (const [path, value] of Object.entries(values)) thing.declared.set(path, value);
    thing.file = file;
    if (isForeign) thing.causes.set('ForeignOwner', 'another tool marked it');
    if (adoptable.some((name) => name === displayName) && world.modes.adopt !== 'matching') {
      thing.causes.set('Held', 'it may not be adopted');
    }
    if (world.recovering !== undefined) thing.causes.set('Held', world.recovering);
    world.publish([file], [thing]);
  },
});

const defineConnector = action({
  name: 'define a connector',
  weight: 5,
  propose(world, random) {
    const app = random.pick(world.model.defined.filter(({ kind }) => kind === 'App'));
    if (app === undefined || world.model.things.length >= MOST_THINGS) return undefined;
    const hasSecret = random.chance(0.5);
    return {
      number: world.model.unique(),
      app: app.uid,
      displayName: `Connector ${world.model.unique()}`,
      hasSecret,
      file: someFile(world, random),
      values: someValues(world, random, { kind: 'Connector', hasSecret }),
    };
  },
  run(world, { number, app: uid, displayName, hasSecret, file, values }) {
    const app = world.model.thing(uid);
    if (app?.file === undefined) return;
    const thing = world.model.add({
      number,
      kind: 'Connector',
      app,
      displayName,
      hasSecret,
      isForeign: false,
    });
    for (const [path, value] of Object.entries(values)) thing.declared.set(path, value);
    // Nobody can tell that it is none of those that were recorded.
    thing.isForgotten = world.recovering !== undefined;
    world.publishSecret(thing);
    thing.file = file;
    world.publish([file], [thing]);
  },
});

const change = action({
  name: 'change a field',
  weight: 8,
  propose(world, random) {
    const thing = random.pick(world.model.defined);
    const field = thing && random.pick(fieldsOf(thing).filter(({ path }) => path !== 'displayName'));
    if (thing === undefined || field === undefined) return undefined;
    const drops = thing.declared.has(field.path) && random.chance(0.3);
    return {
      uid: thing.uid,
      path: field.path,
      ...(drops ? {} : { value: field.make(random, world.model.unique()) }),
    };
  },
  run(world, { uid, path, value }) {
    const thing = world.model.thing(uid);
    if (thing?.file === undefined) return;
    if (value === undefined) thing.declared.delete(path);
    else thing.declared.set(path, value);
    if (isConfig(path)) thing.rotatedAt = undefined;
    world.publish([thing.file], [thing]);
  },
});

const rename = action({
  name: 'change the display name',
  weight: 2,
  propose(world, random) {
    const thing = random.pick(world.model.defined.filter(({ isForeign, ids }) => !isForeign && ids.size > 0));
    return thing && { uid: thing.uid, displayName: `${thing.kind} ${world.model.unique()}` };
  },
  run(world, { uid, displayName }) {
    const thing = world.model.thing(uid);
    if (thing?.file === undefined) return;
    thing.declared.set('displayName', displayName);
    world.publish([thing.file], [thing]);
  },
});

/** What leaves with a thing: it, and everything under it. */
function leaving(world: World, thing: Thing): Thing[] {
  return [...world.model.under(thing).filter(({ file }) => file !== undefined), thing];
}

const remove = action({
  name: 'remove a definition',
  weight: 3,
  propose(world, random) {
    const thing = random.pick(world.model.defined);
    return thing && { uid: thing.uid };
  },
  run(world, { uid }) {
    const thing = world.model.thing(uid);
    if (thing?.file === undefined) return;
    const gone = leaving(world, thing);
    const files = gone.flatMap(({ file }) => file ?? []);
    for (const one of gone) one.file = undefined;
    world.publish(files, gone);
  },
});

const bringBack = action({
  name: 'bring a definition back',
  weight: 4,
  propose(world, random) {
    const thing = random.pick(
      world.model.things.filter(
        ({ file, app }) => file === undefined && (app === undefined || app.file !== undefined),
      ),
    );
    return thing && { uid: thing.uid, file: someFile(world, random) };
  },
  run(world, { uid, file }) {
    const thing = world.model.thing(uid);
    if (
      thing === undefined ||
      thing.file !== undefined ||
      (thing.app !== undefined && thing.app.file === undefined)
    )
      return;
    thing.file = file;
    world.publish([file], [thing]);
  },
});

const move = action({
  name: 'move a definition to another file',
  weight: 2,
  propose(world, random) {
    const thing = random.pick(world.model.defined);
    return thing && { uid: thing.uid, file: someFile(world, random) };
  },
  run(world, { uid, file }) {
    const thing = world.model.thing(uid);
    if (thing?.file === undefined) return;
    const before = thing.file;
    thing.file = file;
    world.publish([file, before], []);
  },
});

const breakFile = action({
  name: 'break a file',
  weight: 2,
  propose(world, random) {
    const file = random.pick([...new Set(world.model.defined.flatMap((thing) => thing.file ?? []))]);
    const text = random.pick(['', 'kind: [App', 'apiVersion: c1sync/v1\nkind: App\nspec: 7\n', '\0\0\0']);
    return file === undefined || text === undefined ? undefined : { file, text };
  },
  run(world, { file, text }) {
    if (!world.model.defined.some((thing) => thing.file === file)) return;
    world.broken.add(file);
    world.folder.write(`${DEFINITIONS}/${file}`, text);
  },
});

const mend = action({
  name: 'repair all files',
  weight: 1,
  propose: (world) => (world.broken.size > 0 ? {} : undefined),
  run: (world) => world.publish([...world.broken], []),
});

const rotate = action({
  name: 'rotate a secret in its file',
  weight: 3,
  propose(world, random) {
    const thing = random.pick(world.model.defined.filter(({ secret }) => secret !== undefined));
    return thing && { uid: thing.uid, number: world.model.unique() };
  },
  run(world, { uid, number }) {
    const thing = world.model.thing(uid);
    if (thing?.secret === undefined || thing.file === undefined) return;
    thing.secret.value = world.model.plant(number);
    // Where nobody can tell secrets apart, this is no change.
    if ([...thing.ids].every((id) => world.judge.configurations.tells(id))) noteReconfigured(thing);
    world.publishSecret(thing);
  },
});

/** What happens to the definitions. */
export const definitionActions: readonly Action[] = [
  defineApp,
  defineConnector,
  change,
  rename,
  remove,
  bringBack,
  move,
  breakFile,
  mend,
  rotate,
];

/** What a run begins with, so that there is something to disturb. */
export const firstActions: readonly Action[] = [
  defineApp,
  defineApp,
  defineApp,
  defineConnector,
  defineConnector,
];

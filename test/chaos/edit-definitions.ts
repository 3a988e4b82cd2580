import type { Manner } from './folder.js';
import type { Action, Stage } from './stage.js';
import { freeFieldsOf, keyOf, type Thing } from './world.js';

const manners: readonly (readonly [number, Manner])[] = [
  [3, 'at once'],
  [2, 'in place'],
  [2, 'truncated first'],
];

/** Folders that definitions are in. */
export const folders = ['', 'team/', 'team/deep/', 'other/'] as const;

/** Most things that one run defines: more only make it slow. */
const MOST_THINGS = 24;

async function write({ random, folder }: Stage, files: Iterable<string>): Promise<void> {
  for (const file of new Set(files)) await folder.write(file, random.weighted(manners));
}

/** A file for a definition: an existing or a new one. */
function someFile({ random, world }: Stage): string {
  const shared = random.chance(0.5) ? random.pick(world.files) : undefined;
  return shared ?? `${random.pick(folders)}${world.unique()}.${random.chance(0.5) ? 'yaml' : 'yml'}`;
}

/** Defines an app. */
export const addApp: Action = async (stage) => {
  const { random, world } = stage;
  if (world.things.length >= MOST_THINGS) return undefined;
  const thing = world.addApp(random);
  thing.file = someFile(stage);
  await write(stage, [thing.file]);
  return `define ${keyOf(thing)} in ${thing.file}`;
};

/** Defines a connector below an app that is defined. */
export const addConnector: Action = async (stage) => {
  const { random, world, folder } = stage;
  const app = random.pick(world.defined.filter(({ kind }) => kind === 'App'));
  if (app === undefined || world.things.length >= MOST_THINGS) return undefined;
  const thing = world.addConnector(random, app);
  thing.file = someFile(stage);
  await folder.writeSecret(thing);
  await write(stage, [thing.file]);
  return `define ${keyOf(thing)} below ${keyOf(app)} in ${thing.file}`;
};

const change: Action = async (stage) => {
  const { random, world } = stage;
  const thing = random.pick(world.defined);
  const field = thing && random.pick(freeFieldsOf(thing));
  if (thing?.file === undefined || field === undefined) return undefined;
  const { declared } = thing;
  const drops = declared.has(field.path) && random.chance(0.3);
  if (drops) declared.delete(field.path);
  else declared.set(field.path, field.make(random, world.unique()));
  await write(stage, [thing.file]);
  return drops
    ? `${keyOf(thing)}: leave out ${field.path}`
    : `${keyOf(thing)}: set ${field.path} to ${JSON.stringify(declared.get(field.path))}`;
};

const move: Action = async (stage) => {
  const { random, world } = stage;
  const thing = random.pick(world.defined);
  if (thing?.file === undefined) return undefined;
  const from = thing.file;
  thing.file = someFile(stage);
  // Where objects are deleted with their definitions, one that moves is never gone.
  const isGoneMeanwhile = !world.prunes && random.chance(0.5);
  await write(stage, isGoneMeanwhile ? [from, thing.file] : [thing.file, from]);
  return `move ${keyOf(thing)} from ${from} to ${thing.file}`;
};

/** Removes a definition and those of everything below it. What is on its way may stay, so only what is calm goes. */
const remove: Action = async (stage) => {
  const { random, world } = stage;
  const leavingWith = (thing: Thing): Thing[] =>
    [...world.under(thing), thing].filter(({ file }) => file !== undefined);
  const thing = random.pick(world.calm.filter((one) => leavingWith(one).every(({ isCalm }) => isCalm)));
  const leaving = thing === undefined ? [] : leavingWith(thing);
  // Where no definition is left, nothing is deleted.
  if (leaving.length === 0 || leaving.length === world.defined.length) return undefined;
  const files = leaving.flatMap(({ file }) => file ?? []);
  for (const one of leaving) world.noteRemoved(one);
  await write(stage, files);
  return `remove ${leaving.map(keyOf).join(', ')} from ${files.join(', ')}`;
};

const bringBack: Action = async (stage) => {
  const { random, world } = stage;
  const thing = random.pick(
    world.things.filter(
      ({ file, app }) => file === undefined && (app === undefined || app.file !== undefined),
    ),
  );
  if (thing === undefined) return undefined;
  thing.file = someFile(stage);
  await write(stage, [thing.file]);
  return `bring ${keyOf(thing)} back, in ${thing.file}`;
};

const breakFile: Action = async ({ random, world, folder }) => {
  const file = random.pick(world.files);
  if (file === undefined || world.broken.has(file)) return undefined;
  await folder.breakFile(file, random);
  return `break ${file}`;
};

const repair: Action = async ({ world, folder }) => {
  if (world.broken.size === 0) return undefined;
  const broken = [...world.broken].join(', ');
  await folder.repair();
  return `repair ${broken}`;
};

const rotate: Action = async ({ random, world, folder }) => {
  const thing = random.pick(world.defined.filter(({ secret }) => secret !== undefined));
  if (thing?.secret === undefined) return undefined;
  thing.secret.value = world.plant();
  await folder.writeSecret(thing);
  return `rotate the secret of ${keyOf(thing)}`;
};

/** The actions on definitions, by weight. */
export const definitionActions: readonly (readonly [number, Action])[] = [
  [4, addApp],
  [5, addConnector],
  [8, change],
  [2, move],
  [4, remove],
  [5, bringBack],
  [2, breakFile],
  [1, repair],
  [3, rotate],
];

/** The first actions of a run. */
export const firstActions: readonly Action[] = [
  ...Array<Action>(4).fill(addApp),
  ...Array<Action>(4).fill(addConnector),
];

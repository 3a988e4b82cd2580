import { CONFIG } from '../model/fields.js';
import { adoptable } from '../model/seed.js';
import type { Manner } from './folder.js';
import type { Action, Stage } from './stage.js';
import { fateOf, fieldsOf, keyOf, type Thing, type World } from './world.js';

const manners: readonly (readonly [number, Manner])[] = [
  [3, 'at once'],
  [2, 'in place'],
  [2, 'truncated first'],
];

const folders = ['', 'team/', 'team/deep/', 'other/'] as const;

/** Most things that one run defines: more only make it slow. */
const MOST_THINGS = 30;

async function write({ random, folder, world }: Stage, ...things: readonly Thing[]): Promise<void> {
  for (const thing of things) world.allow(thing);
  const files = new Set(things.flatMap(({ file }) => file ?? []));
  for (const file of files) await folder.write(file, random.weighted(manners));
}

/** A file for a thing: one that is there already, or a new one. */
function someFile({ random, world }: Stage): string {
  const files = [...new Set(world.defined.flatMap(({ file }) => file ?? []))];
  const shared = random.chance(0.5) ? random.pick(files) : undefined;
  return shared ?? `${random.pick(folders)}${world.unique()}.${random.chance(0.5) ? 'yaml' : 'yml'}`;
}

/** Defines an app: a new one, or one that the tenant has already. */
export const addApp: Action = async (stage) => {
  if (stage.world.things.length >= MOST_THINGS) return undefined;
  const thing = stage.world.addApp(stage.random);
  thing.file = someFile(stage);
  thing.round.isMoved = true;
  await write(stage, thing);
  return `define ${keyOf(thing)} ('${thing.declared.get('displayName')}') in ${thing.file}`;
};

/** Defines a connector below an app that is defined. */
export const addConnector: Action = async (stage) => {
  const { random, world, folder } = stage;
  const app = random.pick(
    world.defined.filter(
      ({ kind, fate, round, isUndecided }) =>
        kind === 'App' && (fate === 'managed' || fate === 'foreign') && !round.webEdited && !isUndecided,
    ),
  );
  if (app === undefined || world.things.length >= MOST_THINGS) return undefined;
  const thing = world.addConnector(random, app);
  thing.file = someFile(stage);
  thing.round.isMoved = true;
  await folder.writeSecret(thing);
  await write(stage, thing);
  return `define ${keyOf(thing)} below ${keyOf(app)} in ${thing.file}`;
};

const change: Action = async (stage) => {
  const { random, world } = stage;
  const thing = random.pick(world.defined);
  if (thing === undefined) return undefined;
  const field = random.pick(fieldsOf(thing).filter(({ path }) => isFree(world, thing, path)));
  if (field === undefined) return undefined;
  // Another wish than when a person took it over has it managed again, if the daemon saw the two in this order.
  if (thing.fate === 'takenOver') world.leaveOpen(thing);
  if (field.mask === CONFIG) thing.round.configChanged = true;
  const drops = field.required !== true && thing.declared.has(field.path) && random.chance(0.3);
  if (drops) thing.declared.delete(field.path);
  else world.declare(thing, field, field.make(random, world.unique()));
  await write(stage, thing);
  return drops
    ? `${keyOf(thing)}: leave out ${field.path}`
    : `${keyOf(thing)}: set ${field.path} to ${JSON.stringify(thing.declared.get(field.path))}`;
};

/** An object that is left alone is found again by its name, so that must stay. */
function isFree(world: World, thing: Thing, path: string): boolean {
  if (path === 'owners') return !thing.ownersAreOurs;
  if (path.startsWith(CONFIG)) return !thing.round.configChanged;
  if (path !== 'displayName') return true;
  // Whether what was there is adopted before the name changes, nobody can tell.
  if (thing.id === undefined && adoptable.some((title) => thing.titles.has(title))) return false;
  return (
    fateOf(thing) === 'managed' &&
    thing.twins.size === 0 &&
    !thing.round.renamed &&
    !thing.round.webEdited &&
    !isOpen(thing) &&
    (thing.id === undefined || !mayBeLimited(world, thing))
  );
}

/** True where nobody can tell yet whether it is managed. */
function isOpen({ isUndecided, app }: Thing): boolean {
  return isUndecided || app?.isUndecided === true;
}

/** By its name an object is found again: it gets no second one while a limit may keep the first from its record. */
function mayBeLimited({ modes }: World, { round }: Thing): boolean {
  return modes.limits !== undefined && (!round.wasCalm || round.renamed || round.displayNameChanged);
}

const rename: Action = async (stage) => {
  const { random, world, folder } = stage;
  const thing = random.pick(
    world.defined.filter(
      (one) =>
        fateOf(one) === 'managed' &&
        !isOpen(one) &&
        !one.round.webEdited &&
        !one.app?.round.webEdited &&
        !mayBeLimited(world, one),
    ),
  );
  if (thing === undefined) return undefined;
  const { round } = thing;
  const says = round.displayNameChanged || thing.twins.size > 0 || random.chance(0.5);
  if (says && round.renamed && round.displayNameChanged) return undefined;
  const before = keyOf(thing);
  thing.renamedFrom = says ? thing.name : undefined;
  thing.name = `${thing.kind.toLowerCase()}-${world.unique()}`;
  round.renamed = true;
  round.isMoved = true;
  const children = world.under(thing).filter(({ file }) => file !== undefined);
  const files = new Set([thing, ...children].flatMap(({ file }) => file ?? []));
  for (const one of [thing, ...children]) world.allow(one);
  for (const file of files) await folder.write(file, random.weighted(manners));
  return `rename ${before} to ${keyOf(thing)}${says ? ', saying so' : ''}`;
};

const move: Action = async (stage) => {
  const { random, world, folder } = stage;
  const thing = random.pick(world.defined);
  if (thing?.file === undefined) return undefined;
  const from = thing.file;
  thing.file = someFile(stage);
  // Where a definition that is gone for a second takes its object along, it is never gone.
  const files = world.modes.prune || random.chance(0.5) ? [thing.file, from] : [from, thing.file];
  for (const file of files) await folder.write(file, random.weighted(manners));
  return `move ${keyOf(thing)} from ${from} to ${thing.file}`;
};

/** Takes away one of these definitions, and those of everything under it. */
async function takeAway(stage: Stage, things: readonly Thing[]): Promise<string | undefined> {
  const { random, world, folder } = stage;
  const withAll = (one: Thing): Thing[] => [
    ...world.under(one).filter(({ file }) => file !== undefined),
    one,
  ];
  const thing = random.pick(things.filter((one) => withAll(one).every(({ fate }) => fate !== 'suspended')));
  if (thing === undefined) return undefined;
  const leaving = withAll(thing);
  const files = new Set(leaving.flatMap(({ file }) => file ?? []));
  for (const one of leaving) world.noteRemoved(one);
  for (const file of files) await folder.write(file, random.weighted(manners));
  return `take ${leaving.map(keyOf).join(', ')} out of ${[...files].join(', ')}`;
}

const remove: Action = (stage) => takeAway(stage, stage.world.defined);

/** The same with what must stay in the tenant all the same. */
const removeHeld: Action = (stage) =>
  takeAway(
    stage,
    stage.world.defined.filter(({ strangers, fate }) => strangers.size > 0 || fate === 'takenOver'),
  );

const putBack: Action = async (stage) => {
  const { random, world } = stage;
  const thing = random.pick(
    world.things.filter(
      ({ file, app, twins, fate, absences }) =>
        file === undefined &&
        (app === undefined ||
          (app.file !== undefined && app.fate === 'managed' && !app.round.webEdited && !app.isUndecided)) &&
        // Where its object may be gone, its name must lead to no other one; and whether it was forgotten, to one end.
        (!world.modes.prune ||
          (twins.size === 0 && (fate !== 'gone' || (absences.at(-1)?.from ?? 0) < stage.roundBegan))),
    ),
  );
  if (thing === undefined) return undefined;
  world.noteBack(thing, someFile(stage));
  await write(stage, thing);
  return `put ${keyOf(thing)} back, in ${thing.file}`;
};

const breakFile: Action = async ({ random, world, folder }) => {
  const file = random.pick([...new Set(world.defined.flatMap((thing) => thing.file ?? []))]);
  if (file === undefined || world.broken.has(file)) return undefined;
  await folder.breakFile(file, random);
  return `break ${file}`;
};

const mend: Action = async ({ world, folder }) => {
  if (world.broken.size === 0) return undefined;
  const broken = [...world.broken].join(', ');
  await folder.mend();
  return `mend ${broken}`;
};

const rotate: Action = async ({ random, world, folder }) => {
  const thing = random.pick(world.defined.filter(({ secret }) => secret !== undefined));
  if (thing?.secret === undefined) return undefined;
  thing.secret.former.push(thing.secret.value);
  thing.secret.value = world.plant();
  thing.round.configChanged = true;
  if (thing.fate === 'configHeld') thing.fate = 'managed';
  world.allow(thing);
  await folder.writeSecret(thing);
  return `rotate the secret of ${keyOf(thing)}`;
};

const suspend: Action = async (stage) => {
  const { random, world } = stage;
  const isStill = ({ round }: Thing): boolean => round.wasCalm && !round.isMoved && !round.webEdited;
  const thing = random.pick(
    world.defined.filter(
      (one) => fateOf(one) === 'managed' && !isOpen(one) && isStill(one) && world.under(one).every(isStill),
    ),
  );
  if (thing === undefined) return undefined;
  thing.fate = 'suspended';
  await write(stage, thing);
  return `suspend ${keyOf(thing)}`;
};

const resume: Action = async (stage) => {
  const { random, world } = stage;
  const thing = random.pick(world.defined.filter(({ fate }) => fate === 'suspended'));
  if (thing === undefined) return undefined;
  thing.fate = 'managed';
  for (const one of [thing, ...world.under(thing)]) {
    Object.assign(one.round, { wasCalm: false, isMoved: true });
    world.allow(one);
  }
  await write(stage, thing);
  return `resume ${keyOf(thing)}`;
};

/** What is done to the definitions, by weight. */
export const definitionActions: readonly (readonly [number, Action])[] = [
  [4, addApp],
  [5, addConnector],
  [8, change],
  [3, rename],
  [2, move],
  [3, remove],
  [4, removeHeld],
  [5, putBack],
  [2, breakFile],
  [1, mend],
  [3, rotate],
  [1, suspend],
  [2, resume],
];

/** What a run begins with, so that there is something to disturb. */
export const firstActions: readonly Action[] = [
  ...Array<Action>(4).fill(addApp),
  ...Array<Action>(4).fill(addConnector),
];

import {
  CONFIG,
  canonical,
  configOf,
  configWith,
  type FieldModel,
  imageOf,
  REGION,
  regionWith,
} from '../model/fields.js';
import { PLAIN } from '../model/seed.js';
import type { Action, Stage } from './stage.js';
import { catalogOf, fateOf, fieldsOf, keyOf, type Thing, type World } from './world.js';

/** The path of a thing's object. */
function at({ kind, id, app }: Thing): string {
  return kind === 'App' ? `/api/v1/apps/${id}` : `/api/v1/apps/${app?.id}/connectors/${id}`;
}

/** Things whose object is there for certain. */
function there({ world }: Stage): Thing[] {
  return world.things.filter(({ id, app }) => isThere(id) && (app === undefined || isThere(app.id)));
  function isThere(id: string | undefined): boolean {
    return id !== undefined && !world.deleted.has(id);
  }
}

/** Those of them that a definition names, that were in order when all was calm, and that did not move since. */
function calm(stage: Stage): Thing[] {
  return there(stage).filter(
    (thing) =>
      thing.file !== undefined &&
      fateOf(thing) === 'managed' &&
      thing.round.wasCalm &&
      !thing.round.isMoved &&
      !thing.round.webEdited,
  );
}

function someone({ random }: Stage): 'daemon' | 'person' {
  return random.chance(0.3) ? 'daemon' : 'person';
}

/** Notes what an object holds now, as far as nobody manages it. */
function note({ world }: Stage, id: string, path: string, value: unknown): void {
  world.images.get(id)?.set(path, canonical(value));
}

const edit: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const thing = random.pick(there(stage));
  if (thing?.id === undefined) return undefined;
  const field = random.pick(fieldsOf(thing).filter((one) => mayEdit(stage, thing, one)));
  if (field === undefined) return undefined;
  if (field.repeats === true) world.repeated.add(`${thing.id} ${field.path}`);
  if (field.path === 'displayName') thing.round.displayNameChanged = true;
  const value = field.make(random, world.unique());
  await field.edit(tenant, at(thing), value, someone(stage));
  note(stage, thing.id, field.path, field.path === 'owners' ? [...(value as string[])].sort() : value);
  if (field.mask === CONFIG) {
    note(stage, thing.id, REGION, regionWith(value));
    thing.round.configChanged = true;
  }
  return `another client sets ${field.path} of ${keyOf(thing)} to ${JSON.stringify(value)}`;
};

function mayEdit(stage: Stage, thing: Thing, { path, mask, repeats }: FieldModel): boolean {
  // A configuration is written whole: of two who write it at the same time, one loses.
  if (mask === CONFIG) return calm(stage).includes(thing) && !thing.round.configChanged;
  if (repeats === true) return !stage.world.repeated.has(`${thing.id} ${path}`);
  // By its name an object is found again; only of one that is managed by its record may others change it.
  return (
    path !== 'displayName' || (calm(stage).includes(thing) && !thing.round.renamed && thing.twins.size === 0)
  );
}

const editBystander: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const owned = new Set(world.things.map(({ id }) => id));
  const ids = [...world.images.keys()].filter((id) => id.startsWith('bystander') && !owned.has(id));
  const id = random.pick(ids.filter((one) => !one.endsWith('-connector')));
  if (id === undefined) return undefined;
  const description = `Nobody's business ${world.unique()}`;
  const body = { app: { description }, updateMask: 'description' };
  await tenant.call('POST', `/api/v1/apps/${id}`, body, someone(stage));
  note(stage, id, 'description', description);
  return `another client edits ${id}`;
};

/** Apps that were edited in this round already may be edited once more: the two may be seen as one. */
function isAgain({ modes }: World, { kind, round, fate, putBacks }: Thing): boolean {
  return (
    modes.onTakeover === 'once' && kind === 'App' && round.webEdited && fate === 'managed' && putBacks === 1
  );
}

const webEdit: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const still = calm(stage).filter(
    (one) =>
      !one.round.displayNameChanged && world.under(one).every(({ round }) => round.wasCalm && !round.isMoved),
  );
  const again = there(stage).filter((one) => one.file !== undefined && isAgain(world, one));
  const thing = random.pick([...still, ...again]);
  if (thing?.id === undefined) return undefined;
  const description = `As a person likes it ${world.unique()}`;
  const { kind, id } = thing;
  await tenant.webEdit({
    kind,
    ...(thing.app?.id === undefined ? {} : { appId: thing.app.id }),
    id,
    set: { description },
    user: 'bob@acme.example',
  });
  note(stage, id, 'description', description);
  // Connectors carry no marks: there it is drift like any other.
  if (kind === 'App') noteWebEdit(world, thing);
  return `a person edits ${keyOf(thing)} in the web app`;
};

/** An edit of an app in the web app takes its marks off: it is put back, or yielded to. */
function noteWebEdit(world: World, thing: Thing): void {
  const { onTakeover } = world.modes;
  const { round, putBacks } = thing;
  const isFirst = !round.webEdited;
  round.webEdited = true;
  if (onTakeover === 'hold' || (onTakeover === 'once' && isFirst && putBacks === 1)) {
    thing.fate = 'takenOver';
    return;
  }
  round.isMoved = true;
  if (onTakeover === 'always') return;
  if (isFirst && putBacks === 0) thing.putBacks = 1;
  else world.leaveOpen(thing);
}

const writeConfig: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const thing = random.pick(
    calm(stage).filter(({ secret, round }) => secret !== undefined && !round.configChanged),
  );
  if (thing?.id === undefined) return undefined;
  const config = configWith({ site: 'https://site.example', token: `foreign-${world.unique()}` });
  await tenant.call('POST', at(thing), { connector: { config }, updateMask: CONFIG }, 'person');
  note(stage, thing.id, CONFIG, configOf({ config }));
  if (world.modes.onSecretDrift === 'hold') thing.fate = 'configHeld';
  thing.round.configChanged = true;
  return `another client writes the configuration of ${keyOf(thing)}`;
};

const remove: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const thing = random.pick(
    calm(stage).filter(
      (one) =>
        world.under(one).every(({ round }) => round.wasCalm && !round.isMoved) &&
        // Another one of its name would be taken for it.
        (world.modes.onDeleted === 'hold' || one.twins.size === 0),
    ),
  );
  if (thing === undefined) return undefined;
  stage.excuse += 8 * world.under(thing).length;
  await tenant.call('DELETE', at(thing), {}, someone(stage));
  world.noteDeleted(thing);
  return `another client deletes ${keyOf(thing)} (${catalogName(thing)})`;
};

function catalogName(thing: Thing): string {
  return thing.kind === 'App' ? 'App' : catalogOf(thing);
}

const twin: Action = async (stage) => {
  const { random, tenant } = stage;
  const thing = random.pick(
    calm(stage).filter(({ kind, round }) => kind === 'App' && !round.displayNameChanged),
  );
  if (thing === undefined) return undefined;
  const body = { displayName: thing.declared.get('displayName'), description: 'Another of this name' };
  const app = (await tenant.call('POST', '/api/v1/apps', body, 'person'))?.app as { id: string } | undefined;
  if (app === undefined) return undefined;
  thing.twins.add(app.id);
  return `another client makes a second app of the name of ${keyOf(thing)}`;
};

/** A connector that nobody defines, under an app that is: the app is not to be deleted. */
const settle: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const app = random.pick(
    calm(stage).filter(({ kind, strangers }) => kind === 'App' && strangers.size === 0),
  );
  if (app === undefined) return undefined;
  const body = { catalogId: PLAIN, displayName: `Stranger ${world.unique()}` };
  await tenant.call('POST', `${at(app)}/connectors`, body, 'person');
  const { connectors } = await tenant.state();
  for (const connector of connectors.filter(({ displayName }) => displayName === body.displayName)) {
    const id = String(connector.id);
    app.strangers.add(id);
    world.images.set(id, imageOf('Connector', connector));
  }
  return `another client puts a connector under ${keyOf(app)}`;
};

/** What other clients and people do in the tenant, by weight. */
export const tenantActions: readonly (readonly [number, Action])[] = [
  [9, edit],
  [1, editBystander],
  [3, webEdit],
  [2, writeConfig],
  [2, remove],
  [1, twin],
  [1, settle],
];

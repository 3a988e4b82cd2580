import { answers } from './fates.js';
import { CONFIG, canonical, configOf, type FieldModel } from './fields.js';
import type { Action, Stage } from './stage.js';
import { catalogOf, fateOf, fieldsOf, keyOf, type Thing } from './world.js';

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
  return `another client sets ${field.path} of ${keyOf(thing)} to ${JSON.stringify(value)}`;
};

function mayEdit(stage: Stage, thing: Thing, { path, repeats }: FieldModel): boolean {
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

const webEdit: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const thing = random.pick(
    calm(stage).filter(
      (one) =>
        !one.round.displayNameChanged &&
        world.under(one).every(({ round }) => round.wasCalm && !round.isMoved),
    ),
  );
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
  thing.fate = kind === 'App' ? answers.webEditOfApp : answers.webEditOfConnector;
  if (kind === 'App') thing.round.webEdited = true;
  return `a person edits ${keyOf(thing)} in the web app`;
};

const writeConfig: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const thing = random.pick(
    calm(stage).filter(({ secret, round }) => secret !== undefined && !round.configChanged),
  );
  if (thing?.id === undefined) return undefined;
  const values = { site: 'https://site.example', token: `foreign-${world.unique()}` };
  const configuration = Object.fromEntries(
    Object.entries(values).map(([name, stringValue]) => [name, { stringValue }]),
  );
  const config = { '@type': 'type.googleapis.com/c1.api.app.v1.EnvConfig', configuration };
  await tenant.call('POST', at(thing), { connector: { config }, updateMask: 'config' }, 'person');
  note(stage, thing.id, CONFIG, configOf({ config }));
  thing.fate = answers.foreignConfig;
  thing.round.configChanged = true;
  return `another client writes the configuration of ${keyOf(thing)}`;
};

const remove: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const thing = random.pick(
    calm(stage).filter((one) => world.under(one).every(({ round }) => round.wasCalm && !round.isMoved)),
  );
  if (thing === undefined) return undefined;
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

/** What other clients and people do in the tenant, by weight. */
export const tenantActions: readonly (readonly [number, Action])[] = [
  [9, edit],
  [1, editBystander],
  [2, webEdit],
  [1, writeConfig],
  [2, remove],
  [1, twin],
];

import { configWith } from '../model/fields.js';
import type { Action, Stage } from './stage.js';
import { freeFieldsOf, keyOf, type Thing } from './world.js';

/** The path of a thing's object. */
function at({ kind, id, app }: Thing): string {
  return kind === 'App' ? `/api/v1/apps/${id}` : `/api/v1/apps/${app?.id}/connectors/${id}`;
}

function someone({ random }: Stage): 'daemon' | 'person' {
  return random.chance(0.3) ? 'daemon' : 'person';
}

const edit: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const thing = random.pick(world.calm);
  const field = thing && random.pick(freeFieldsOf(thing));
  if (thing === undefined || field === undefined || !world.mayEdit(thing, field)) return undefined;
  const value = field.make(random, world.unique());
  await field.edit(tenant, at(thing), value, someone(stage));
  return `another client sets ${field.path} of ${keyOf(thing)} to ${JSON.stringify(value)}`;
};

/** It takes the marks of an app off, too. */
const webEdit: Action = async ({ random, world, tenant }) => {
  const thing = random.pick(world.calm);
  if (thing === undefined) return undefined;
  const { kind, id, app } = thing;
  await tenant.webEdit({
    kind,
    ...(app === undefined ? {} : { appId: app.id }),
    id,
    set: { description: `As a person likes it ${world.unique()}` },
    user: 'bob@acme.example',
  });
  thing.isCalm = false;
  return `a person edits ${keyOf(thing)} in the web app`;
};

const writeConfig: Action = async ({ random, world, tenant }) => {
  const thing = random.pick(world.calm.filter(({ secret }) => secret !== undefined));
  if (thing === undefined || !world.mayConfigure(thing)) return undefined;
  const config = configWith({ site: 'https://site.example', token: `foreign-${world.unique()}` });
  await tenant.call('POST', at(thing), { connector: { config }, updateMask: 'config' }, 'person');
  return `another client writes the configuration of ${keyOf(thing)}`;
};

const remove: Action = async (stage) => {
  const { random, world, tenant } = stage;
  const thing = random.pick(world.calm);
  if (thing === undefined) return undefined;
  await tenant.call('DELETE', at(thing), {}, someone(stage));
  world.noteDeleted(thing);
  return `another client deletes ${keyOf(thing)}`;
};

/** The actions of other clients and people in the tenant, by weight. */
export const tenantActions: readonly (readonly [number, Action])[] = [
  [9, edit],
  [3, webEdit],
  [2, writeConfig],
  [2, remove],
];

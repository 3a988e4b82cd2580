import type { Field, Kind } from '../../src/core/model/kind.js';
import { idOf } from '../../src/emulator/ids.js';
import type { Json, JsonObject } from '../../src/emulator/json.js';
import { kindModules } from '../../src/kinds/index.js';
import { type Doc, file } from '../support/definitions.js';
import type { Rig, SeenWrite } from '../support/rig.js';
import { type Sample, samples } from './samples.js';

/** The name of the object whose life is driven. */
export const NAME = 'subject';

/** How a kind is defined, found and edited besides c1sync. */
export interface Stage {
  readonly kind: Kind;
  /** The common fields of all definitions of the object. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Other documents that it needs. */
  readonly others: readonly Doc[];
  /** The object in the tenant; undefined when it is not there. */
  find(rig: Rig): Promise<JsonObject | undefined>;
  /** Sets a field as another API client. */
  edit(rig: Rig, object: JsonObject, field: Field, value: Json): Promise<void>;
  /** Deletes the object as another API client. */
  remove(rig: Rig, object: JsonObject): Promise<void>;
}

const parent: Doc = { kind: 'App', name: 'parent', spec: { displayName: 'Parent' } };

function kindNamed(name: string): Kind {
  const kind = kindModules.map((module) => module.kind).find((candidate) => candidate.name === name);
  if (kind === undefined) throw new Error(`there is no kind ${name}`);
  return kind;
}

async function call(rig: Rig, method: string, path: string, body?: unknown): Promise<void> {
  const answer = await rig.timed(rig.tenant.api(method, path, body));
  if (answer.status !== 200) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
}

const app: Stage = {
  kind: kindNamed('App'),
  spec: { displayName: 'Subject' },
  others: [],
  find: async (rig) => {
    const known = new Set(SEEDED);
    return (await rig.tenant.state()).apps.find(({ id }) => !known.has(String(id)));
  },
  edit: async (rig, { id, ownerIds }, field, value) => {
    if (field.path === 'appEntitlementRefs') {
      return call(rig, 'PUT', `/api/v2/apps/${id}/owners`, ownersOf(ownerIds, value));
    }
    if (field.write === 'owners') return call(rig, 'PUT', `/api/v1/apps/${id}/owners`, { userIds: value });
    await call(rig, 'POST', `/api/v1/apps/${id}`, { app: { [field.wire]: value }, updateMask: field.wire });
  },
  remove: (rig, { id }) => call(rig, 'DELETE', `/api/v1/apps/${id}`),
};

const SEEDED = ['Okta', 'GitHub', 'Slack', 'Salesforce', 'Datadog', 'NetSuite'].map((name) =>
  idOf(`app/${name}`),
);

function ownersOf(users: Json | undefined, appEntitlementRefs: Json): JsonObject {
  const userRefs = (Array.isArray(users) ? users : []).map((id) => ({ id }));
  return { roleSlug: 'owner', userRefs, appEntitlementRefs };
}

const connector: Stage = {
  kind: kindNamed('Connector'),
  spec: { app: 'parent', catalog: 'salesforce', displayName: 'Subject' },
  others: [parent],
  find: async (rig) => {
    const [under] = await rig.apps('Parent');
    return (await rig.tenant.state()).connectors.find(({ appId }) => appId === under?.id);
  },
  edit: async (rig, { id, appId, userIds }, field, value) => {
    const path = `/api/v1/apps/${appId}/connectors/${id}`;
    switch (field.write) {
      case 'owners': {
        const body = field.path === 'userIds' ? ownersOf(value, []) : ownersOf(userIds, value);
        return call(rig, 'PUT', `/api/v2/apps/${appId}/connectors/${id}/owners`, body);
      }
      case 'schedule':
        return call(rig, 'POST', `${path}/schedule`, { cron: value });
      case 'pause':
        return call(rig, 'POST', `${path}/${value === true ? 'pause' : 'resume'}`, {});
      default:
        return call(rig, 'POST', path, { connector: { [field.wire]: value }, updateMask: field.wire });
    }
  },
  remove: (rig, { id, appId }) => call(rig, 'DELETE', `/api/v1/apps/${appId}/connectors/${id}`),
};

/** How to drive each kind, by its name. */
export const stages: Readonly<Record<string, Stage>> = { App: app, Connector: connector };

/** One field of one kind with its sample. */
export interface FieldLife {
  readonly title: string;
  readonly stage: Stage;
  readonly field: Field;
  readonly sample: Sample;
}

/** Every field of every kind. Throws for one without a sample or a kind without a stage. */
export function fieldLives(): FieldLife[] {
  return kindModules.flatMap(({ kind }) =>
    kind.fields.map((field) => {
      const title = `${kind.name}.${field.path}`;
      const stage = stages[kind.name];
      const sample = samples[title];
      if (stage === undefined) throw new Error(`no stage for the kind ${kind.name}: add it to life.ts`);
      if (sample === undefined) throw new Error(`no sample for ${title}: add it to samples.ts`);
      return { title, stage, field, sample };
    }),
  );
}

/** Writes the definition of the subject, with `declared` on top of what it always says. */
export async function define(
  rig: Rig,
  stage: Stage,
  declared: Readonly<Record<string, unknown>>,
  metadata: Partial<Doc> = {},
): Promise<void> {
  const spec = Object.fromEntries(
    Object.entries({ ...stage.spec, ...declared }).filter(([, value]) => value !== undefined),
  );
  const doc: Doc = { kind: stage.kind.name, name: NAME, spec, ...metadata };
  await rig.write('subject.yaml', file(...stage.others, doc));
}

/** The object, which must be there. */
export async function found(rig: Rig, stage: Stage): Promise<JsonObject> {
  const object = await stage.find(rig);
  if (object === undefined) throw new Error(`the tenant has no ${stage.kind.name} of this test`);
  return object;
}

/** The live value of a field, in the declared form, sets in order. */
export function seen({ field, sample }: FieldLife, object: JsonObject): unknown {
  const value = sample.seen === undefined ? object[field.wire] : sample.seen(object);
  return inOrder(value);
}

/** Sets compare without order. */
export function inOrder(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const PATHS: Readonly<Record<string, RegExp>> = {
  owners: /\/owners$/,
  schedule: /\/schedule$/,
  pause: /\/(pause|resume)$/,
};

/** True for the one call that a field is to be written with, carrying nothing else. */
export function carriesOnly(field: Field, write: SeenWrite | undefined): boolean {
  if (write === undefined || write.status !== 200) return false;
  if (field.write === 'update') return write.method === 'POST' && write.mask === field.wire;
  return write.mask === undefined && PATHS[field.write]?.test(write.path) === true;
}

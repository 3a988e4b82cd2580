import type { Client, Json } from './client.js';
import type { Random } from './random.js';
import { PLAIN, people, policies } from './seed.js';

/** One thing that a definition may say of an object, as the model knows it. */
export interface FieldModel {
  /** In `spec`; one entry of a map is named below it: `annotations.team`. */
  readonly path: string;
  /** The name in update masks; undefined where a call of its own writes it. */
  readonly mask: string | undefined;
  /** The end of the path of the call of its own. */
  readonly call?: RegExp;
  /** True where a definition cannot be without it. */
  readonly required?: true;
  /** True for repeating values: repeated reverts of the same value would be Contested. */
  readonly repeats?: true;
  /** A value to declare. `unique` is never the same twice. */
  readonly make: (random: Random, unique: number) => unknown;
  /** The live value in the declared form, sets in order. */
  readonly live: (object: Json) => unknown;
  /** Sets it as another API client; `path` is that of the object. */
  readonly edit: (tenant: Client, path: string, value: unknown, as: 'daemon' | 'person') => Promise<unknown>;
}

const address = (id: unknown): string => `${String(id)}@acme.example`;
const idAt = (email: string): string => email.replace('@acme.example', '');
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};

type Traits = Partial<FieldModel> & Pick<FieldModel, 'make'>;

function appField(path: string, traits: Traits, wire = path): FieldModel {
  return {
    path,
    mask: wire,
    live: (object) => object[wire],
    edit: (tenant, at, value, as) =>
      tenant.call('POST', at, { app: { [wire]: value }, updateMask: wire }, as),
    ...traits,
  };
}

function connectorField(path: string, traits: Traits): FieldModel {
  return {
    path,
    mask: path,
    live: (object) => object[path],
    edit: (tenant, at, value, as) =>
      tenant.call('POST', at, { connector: { [path]: value }, updateMask: path }, as),
    ...traits,
  };
}

function annotation(key: string): FieldModel {
  return {
    path: `annotations.${key}`,
    mask: 'annotations',
    make: (_random, unique) => `value-${unique}`,
    live: ({ annotations }) => objectOf(annotations)[key],
    edit: (tenant, at, value, as) =>
      tenant.call('POST', at, { app: { annotations: { [key]: value } }, updateMask: 'annotations' }, as),
  };
}

const text = (word: string): Traits => ({ make: (_random, unique) => `${word} ${unique}` });
const name = (word: string): Traits => ({ ...text(word), required: true });

const policyId = (displayName: unknown): string => String(displayName).toLowerCase().replaceAll(' ', '-');

/** The modelled fields of an app. */
const appFields: readonly FieldModel[] = [
  appField('displayName', name('App')),
  appField('description', text('Description')),
  appField('instructions', text('Instructions')),
  appField('monthlyCostUsd', { make: (_random, unique) => unique }),
  appField('isManuallyManaged', { make: (random) => random.chance(0.5), repeats: true }),
  appField(
    'grantPolicy',
    {
      make: (random) => random.pick(policies),
      live: ({ grantPolicyId }) => policies.find((policy) => policyId(policy) === grantPolicyId) ?? '',
      edit: (tenant, at, value, as) =>
        tenant.call('POST', at, { app: { grantPolicyId: policyId(value) }, updateMask: 'grantPolicyId' }, as),
      repeats: true,
    },
    'grantPolicyId',
  ),
  annotation('team'),
  annotation('note'),
  {
    path: 'owners',
    mask: undefined,
    call: /\/owners$/,
    make: (random) => random.some(people).map(address),
    live: ({ ownerIds }) => texts(ownerIds).map(address).sort(),
    edit: (tenant, at, value, as) =>
      tenant.call('PUT', `${at}/owners`, { userIds: texts(value).map(idAt) }, as),
  },
];

/** The modelled fields of every connector. */
const connectorFields: readonly FieldModel[] = [
  connectorField('displayName', name('Connector')),
  connectorField('description', text('Description')),
  connectorField('profileIgnoreList', {
    make: (_random, unique) => ['ssn', `x${unique}`],
    live: ({ profileIgnoreList }) => texts(profileIgnoreList).sort(),
  }),
  {
    path: 'schedule',
    mask: undefined,
    call: /\/schedule$/,
    make: (_random, unique) => ({ cron: `${unique % 60} ${unique % 24} * * *`, timezone: 'UTC' }),
    live: ({ connectorSyncCronSchedule }) => {
      const { cronSpec, timezone } = objectOf(connectorSyncCronSchedule);
      return cronSpec === undefined ? {} : { cron: cronSpec, timezone };
    },
    edit: (tenant, at, value, as) => {
      const { cron, timezone } = objectOf(value);
      return tenant.call('POST', `${at}/schedule`, { cron: { cronSpec: cron, timezone } }, as);
    },
  },
  {
    path: 'paused',
    mask: undefined,
    call: /\/(pause|resume)$/,
    repeats: true,
    make: (random) => random.chance(0.5),
    live: ({ syncDisabledAt }) => typeof syncDisabledAt === 'string',
    edit: (tenant, at, value, as) =>
      tenant.call('POST', `${at}/${value === true ? 'pause' : 'resume'}`, {}, as),
  },
  {
    path: 'owners',
    mask: undefined,
    call: /\/owners$/,
    make: (random) => random.some(people).map(address),
    live: ({ userIds }) => texts(userIds).map(address).sort(),
    edit: (tenant, at, value, as) => {
      const userRefs = texts(value).map((email) => ({ id: idAt(email) }));
      return tenant.call('PUT', `${at.replace('/v1/', '/v2/')}/owners`, { roleSlug: 'owner', userRefs }, as);
    },
  },
];

/** The path of the call that writes a configuration. */
export const CONFIG = 'config';

/** A declared field of a configuration. An edit of it also writes the other readable field. */
const site: FieldModel = {
  path: `${CONFIG}.site`,
  mask: CONFIG,
  make: (_random, unique) => `https://site-${unique}.example`,
  live: (object) => configOf(object).site,
  edit: (tenant, at, value, as) => {
    const config = configWith({ site: String(value), region: regionWith(value) });
    return tenant.call('POST', at, { connector: { config }, updateMask: CONFIG }, as);
  },
};

/** The path of what no definition says of a configuration: it is carried over into every write. */
const REGION = `${CONFIG}.region`;

/** The values that an edit of the configuration sets beside `site`. */
function regionWith(value: unknown): string {
  return `region of ${String(value)}`;
}

/** A configuration as clients send it. */
export function configWith(values: Readonly<Record<string, string>>): Json {
  const configuration = Object.fromEntries(
    Object.entries(values).map(([name, stringValue]) => [name, { stringValue }]),
  );
  return { '@type': 'type.googleapis.com/c1.api.app.v1.EnvConfig', configuration };
}

/** The field models of an object; the configuration of a connector with a secret is a matter of its own. */
export function modelsOf(kind: 'App' | 'Connector', catalog: unknown): readonly FieldModel[] {
  if (kind === 'App') return appFields;
  return catalog === PLAIN ? [...connectorFields, site] : connectorFields;
}

/** The texts of a live configuration, secrets included: the emulator's state shows them. */
export function configOf({ config }: Json): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(objectOf(objectOf(config).configuration)).map(([field, value]) => [
      field,
      objectOf(value).stringValue,
    ]),
  );
}

/** The compared values of an object at rest, one text a path. */
export function imageOf(kind: 'App' | 'Connector', object: Json): Map<string, string> {
  const fields = modelsOf(kind, object.catalogId);
  const image = new Map(fields.map((field) => [field.path, canonical(field.live(object))]));
  if (kind === 'App') return image;
  const config = configOf(object);
  if (object.catalogId === PLAIN) image.set(REGION, canonical(config.region));
  else image.set(CONFIG, canonical(config));
  return image;
}

/** A value in a form in which equal ones are equal; sets come in order already. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}

import fc from 'fast-check';
import { type Definition, keyOf, type Load } from '../../src/core/model/definition.js';
import { canonicalJson, sha256 } from '../../src/core/model/hash.js';
import type { Field, Kind } from '../../src/core/model/kind.js';
import { defaultSeed } from '../../src/emulator/default-seed.js';
import { idOf } from '../../src/emulator/ids.js';
import type { SeedInput } from '../../src/emulator/index.js';
import type { JsonObject } from '../../src/emulator/json.js';
import { appKind } from '../../src/kinds/app/schema.js';
import { connectorKind } from '../../src/kinds/connector/schema.js';
import { type Sample, samples } from '../conformance/samples.js';

/** The workspace of every life. */
export const WORKSPACE = 'properties';

/** Few names, so that objects meet. */
const APP_NAMES = ['alpha', 'beta', 'gamma', 'delta'] as const;
const APP_TITLES = ['One', 'Two', 'Three', 'Four'] as const;
const CONNECTOR_NAMES = ['left', 'right', 'up'] as const;
const CONNECTOR_TITLES = ['Red', 'Green'] as const;
const CATALOGS = ['28zk77RJfZcvY7PQ1sBXoH4qoQi', '2k4W58EZuLALKVuoMIaFKRHvx9p'] as const;

/** Ids of apps that the tenant may hold at first. */
const appIds = [0, 1, 2, 3, 4].map((index) => idOf(`live app ${index}`));

/** Something that another client does. */
export type Edit =
  | { readonly do: 'set'; readonly at: number; readonly field: string }
  | { readonly do: 'delete'; readonly at: number }
  | { readonly do: 'make'; readonly title: string };

/** Definitions, and the edits of other clients right before the sweep. */
export interface Step {
  readonly definitions: readonly Definition[];
  readonly edits: readonly Edit[];
}

/** A tenant and what happens to it. */
export interface Life {
  readonly seed: SeedInput;
  readonly steps: readonly Step[];
}

function sampleOf(kind: Kind, field: Field): Sample {
  const sample = samples[`${kind.name}.${field.path}`];
  if (sample === undefined) throw new Error(`no sample for ${kind.name}.${field.path}: add it to samples.ts`);
  return sample;
}

/** A declared field: absent, or one of its values, by id or by name. */
function declared(kind: Kind, field: Field): fc.Arbitrary<readonly [string, unknown] | undefined> {
  const { first, second, empty, names } = sampleOf(kind, field);
  const values = [first, second, ...(empty === undefined ? [] : [empty])];
  const plain = values.map((value) => [field.path, value] as const);
  const sugar = field.sugar?.path;
  const named =
    names === undefined || sugar === undefined
      ? []
      : [names.first, names.second].map((value) => [sugar, value] as const);
  return fc.option(fc.constantFrom(...plain, ...named), { nil: undefined, freq: 2 });
}

function spec(kind: Kind): fc.Arbitrary<Record<string, unknown>> {
  // Entitlements go with their apps, which edits delete.
  const free = kind.fields.filter(
    ({ path, sugar }) => !kind.naturalKey.includes(path) && sugar?.lookup !== 'entitlement',
  );
  return fc
    .tuple(...free.map((field) => declared(kind, field)))
    .map((entries) => Object.fromEntries(entries.filter((entry) => entry !== undefined)));
}

function steering(kind: Kind, names: readonly string[]): fc.Arbitrary<Partial<Definition['steering']>> {
  const paths = kind.fields.map(({ path }) => path);
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.subarray(paths, { maxLength: 3 }).map((ignore) => ({ ignore })) },
    { weight: 1, arbitrary: fc.constantFrom(...names).map((renamedFrom) => ({ renamedFrom })) },
    { weight: 1, arbitrary: fc.constant({ takeFrom: 'terraform' }) },
    { weight: 1, arbitrary: fc.constant({ suspend: 'on leave' }) },
  );
}

function definition(
  kind: Kind,
  names: readonly string[],
  identity: fc.Arbitrary<Record<string, unknown>>,
  id: fc.Arbitrary<string | undefined>,
): fc.Arbitrary<Definition> {
  return fc
    .tuple(fc.constantFrom(...names), identity, spec(kind), steering(kind, names), id)
    .map(([name, who, rest, steered, pinned]) => {
      const whole = { ...rest, ...who };
      return {
        key: keyOf(kind.name, name),
        kind: kind.name,
        name,
        ...(pinned === undefined ? {} : { id: pinned }),
        labels: {},
        steering: { ignore: [], ...steered },
        spec: whole,
        position: { file: `${name}.yaml`, line: 1, column: 1 },
        source: { root: '/definitions', path: `${name}.yaml` },
        hash: sha256(canonicalJson(whole)),
      };
    });
}

const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc
    .option(arbitrary, { nil: undefined, freq: 1 })
    .chain((value) => fc.constantFrom(value, undefined, undefined));

const appDefinition = definition(
  appKind,
  APP_NAMES,
  fc.record({ displayName: fc.constantFrom(...APP_TITLES) }),
  rarely(fc.constantFrom(...appIds, 'no-such-id')),
);

const connectorDefinition = definition(
  connectorKind,
  CONNECTOR_NAMES,
  fc.record({
    app: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<unknown>(...APP_NAMES) },
      { weight: 1, arbitrary: fc.constantFrom(...appIds).map((id) => ({ id })) },
    ),
    displayName: fc.constantFrom(...CONNECTOR_TITLES),
    catalogId: fc.constantFrom(...CATALOGS),
  }),
  fc.constant(undefined),
);

/** Definitions of one load: each key once, sorted. */
const definitions = fc
  .tuple(
    fc.uniqueArray(appDefinition, { selector: ({ key }) => key, maxLength: 4 }),
    fc.uniqueArray(connectorDefinition, { selector: ({ key }) => key, maxLength: 3 }),
  )
  .map((lists) => lists.flat().sort((a, b) => (a.key < b.key ? -1 : 1)));

/** Values that a live object is planted with: those whose declared form is also that of the API. */
function planted(kind: Kind): fc.Arbitrary<JsonObject> {
  const fields = kind.fields.filter(
    ({ path, shape, write }) =>
      write === 'update' && shape !== 'entries' && path !== 'config' && !kind.naturalKey.includes(path),
  );
  return fc
    .tuple(
      ...fields.map((field) => {
        const { first, second, foreign } = sampleOf(kind, field);
        return fc.option(fc.constantFrom(first, second, foreign), { nil: undefined, freq: 1 });
      }),
    )
    .map(
      (values) =>
        Object.fromEntries(
          fields.flatMap(({ wire }, index) => (values[index] === undefined ? [] : [[wire, values[index]]])),
        ) as JsonObject,
    );
}

const marks = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...APP_NAMES).map((name) => ({
      managed_by: 'c1sync',
      iac_workspace: WORKSPACE,
      iac_resource_address: keyOf('App', name),
    })),
  },
  { weight: 1, arbitrary: fc.constant({ managed_by: 'terraform', iac_resource_address: 'app.one' }) },
  { weight: 1, arbitrary: fc.constant({ managed_by: 'c1sync', iac_workspace: 'other' }) },
);

const liveApp = fc
  .tuple(fc.constantFrom(...APP_TITLES), planted(appKind), marks, fc.boolean())
  .map(([displayName, values, marked, isTeamed]) => ({
    ...values,
    displayName,
    annotations: { ...marked, ...(isTeamed ? { team: 'first' } : {}), note: 'theirs' },
    ownerIds: [idOf('user/carol')],
  }));

const liveConnector = fc.tuple(
  fc.nat(4),
  fc.constantFrom(...CONNECTOR_TITLES),
  fc.constantFrom(...CATALOGS),
  planted(connectorKind),
);

const seed: fc.Arbitrary<SeedInput> = fc
  .tuple(fc.array(liveApp, { maxLength: 5 }), fc.array(liveConnector, { maxLength: 4 }))
  .map(([apps, connectors]) => {
    const { users, policies, catalogs } = defaultSeed();
    return {
      users,
      policies,
      catalogs,
      apps: apps.map((app, index) => ({ ...app, id: appIds[index] ?? '' })),
      connectors: connectors
        .filter(([at]) => at < apps.length)
        .map(([at, displayName, catalogId, values], index) => ({
          ...values,
          id: idOf(`live connector ${index}`),
          appId: appIds[at] ?? '',
          displayName,
          catalogId,
          userIds: [idOf('user/carol')],
        })),
    };
  });

const editable = appKind.fields
  .filter(({ write, path }) => write === 'update' && path !== 'displayName')
  .map(({ path }) => path);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      at: fc.nat(6),
      field: fc.constantFrom(...editable),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), at: fc.nat(6) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('make' as const), title: fc.constantFrom(...APP_TITLES) }),
  },
);

/** A tenant, and a few loads of definitions with edits by others between them. */
export const lives: fc.Arbitrary<Life> = fc
  .record({
    seed,
    steps: fc.array(fc.record({ definitions, edits: fc.array(edit, { maxLength: 4 }) }), {
      minLength: 1,
      maxLength: 3,
    }),
  })
  .map((life) => ({ ...life, [fc.toStringMethod]: () => shown(life) }));

/** A life without what is the same in all of them. */
function shown({ seed: { apps, connectors }, steps }: Life): string {
  const printed = steps.map(({ definitions: all, edits }) => ({
    edits,
    definitions: all.map(({ key, id, steering: steered, spec: says }) => ({ key, id, steered, says })),
  }));
  return JSON.stringify({ apps, connectors, steps: printed }, null, 1);
}

/** The value that another client sets a field of an app to, in the form of the API. */
export function foreignValue(path: string): unknown {
  return samples[`App.${path}`]?.foreign;
}

/** A load of these definitions, all in order. */
export function loadOf(all: readonly Definition[]): Load {
  return {
    definitions: all,
    problems: [],
    invalid: new Map(),
    revision: 'revision',
    complete: true,
    lost: new Map(),
    seen: {
      root: '/definitions',
      shownRoot: '',
      folders: new Map([['', false]]),
      files: new Map(),
      unread: new Map(),
    },
    hasNameless: false,
    secretFiles: [],
  };
}

import { connectorCatalog } from '../c1/catalog.js';
import { idOf } from './ids.js';
import { isObject, type Json, type JsonObject, textOf, textsOf } from './json.js';
import { appFields, connectorFields } from './schema.js';
import { SeedError, type SeedInput } from './seed.js';

/** The fields of a definition that name a policy, with the type of the policy. */
const policySugar = { grantPolicy: 'GRANT', revokePolicy: 'REVOKE', certifyPolicy: 'CERTIFY' } as const;

/**
 * The seed of definitions in the form of an export, each `{kind, metadata: {name, id}, spec}`. An object keeps its
 * `metadata.id`; without one, its id depends on its name alone. The seed adds the policies, request catalogs, users and
 * entitlements that definitions name. Exports and their seeds hold no secrets.
 * Throws a {@link SeedError} that names an invalid document.
 */
export function seedFromExport(documents: readonly unknown[]): SeedInput {
  return new Reader(documents.map(checked)).seed();
}

interface Definition {
  readonly kind: 'App' | 'Connector';
  readonly name: string;
  readonly id: string;
  readonly spec: JsonObject;
}

function checked(document: unknown, index: number): Definition {
  const where = `document ${index + 1}`;
  if (!isObject(document)) throw new SeedError(`${where} is no definition: a mapping is expected`);
  const { kind, metadata, spec } = document;
  if (kind !== 'App' && kind !== 'Connector') {
    throw new SeedError(`${where}: kind must be App or Connector`);
  }
  const facts = isObject(metadata) ? metadata : {};
  const name = textOf(facts, 'name');
  if (name === '') throw new SeedError(`${where}: metadata.name is missing`);
  const id = textOf(facts, 'id') || idOf(`${kind}/${name}`);
  return { kind, name, id, spec: isObject(spec) ? spec : {} };
}

class Reader {
  readonly #definitions: readonly Definition[];
  readonly #users = new Map<string, JsonObject>();
  readonly #policies = new Map<string, JsonObject>();
  readonly #catalogs = new Map<string, JsonObject>();
  readonly #entitlements = new Map<string, JsonObject>();
  /** Apps of entitlements that no definition is about. */
  readonly #otherApps = new Map<string, JsonObject>();

  constructor(definitions: readonly Definition[]) {
    this.#definitions = definitions;
  }

  seed(): SeedInput {
    const apps = this.#of('App').map((definition) => this.#app(definition));
    const connectors = this.#of('Connector').map((definition) => this.#connector(definition));
    return {
      users: [...this.#users.values()],
      policies: [...this.#policies.values()],
      catalogs: [...this.#catalogs.values()],
      apps: [...apps, ...this.#otherApps.values()],
      connectors,
      entitlements: [...this.#entitlements.values()],
    };
  }

  #of(kind: Definition['kind']): Definition[] {
    return this.#definitions.filter((definition) => definition.kind === kind);
  }

  #app({ name, id, spec }: Definition): JsonObject {
    const app: JsonObject = { displayName: name, ...known(spec, appFields), id };
    for (const [sugar, type] of Object.entries(policySugar)) {
      const field = `${sugar}Id`;
      const policy = this.#policy(type, textOf(spec, sugar), textOf(spec, field));
      if (policy !== '') app[field] = policy;
    }
    const catalog = this.#catalog(
      textOf(spec, 'defaultRequestCatalog'),
      textOf(spec, 'defaultRequestCatalogId'),
    );
    if (catalog !== '') app.defaultRequestCatalogId = catalog;
    app.ownerIds = this.#people(spec, 'ownerIds');
    app.ownerEntitlements = this.#holders(spec);
    return app;
  }

  #connector({ name, id, spec }: Definition): JsonObject {
    const schedule = isObject(spec.schedule) ? textOf(spec.schedule, 'cron') : '';
    const connector: JsonObject = {
      displayName: name,
      ...known(spec, connectorFields),
      id,
      appId: this.#parent(name, spec.app),
      catalogId: catalogIdOf(name, spec),
      userIds: this.#people(spec, 'userIds'),
      ownerEntitlements: this.#holders(spec),
    };
    if (isObject(spec.config)) connector.config = { configuration: configurationOf(spec.config) };
    if (isObject(spec.schedule) && schedule !== '') {
      const timezone = textOf(spec.schedule, 'timezone') || 'UTC';
      connector.connectorSyncCronSchedule = { cronSpec: schedule, timezone };
    }
    if (spec.paused === true) {
      connector.syncDisabledAt = new Date(0).toISOString();
      connector.canResumeSync = true;
    }
    return connector;
  }

  #parent(name: string, app: Json | undefined): string {
    if (isObject(app)) return textOf(app, 'id');
    const parent = this.#of('App').find((definition) => definition.name === app);
    if (parent !== undefined) return parent.id;
    throw new SeedError(`Connector/${name}: spec.app names no App of this export`);
  }

  #policy(type: string, displayName: string, givenId: string): string {
    if (displayName === '' && givenId === '') return '';
    const id = givenId || idOf(`policy/${type}/${displayName}`);
    this.#policies.set(id, { id, displayName: displayName || id, policyType: `POLICY_TYPE_${type}` });
    return id;
  }

  #catalog(displayName: string, givenId: string): string {
    if (displayName === '' && givenId === '') return '';
    const id = givenId || idOf(`catalog/${displayName}`);
    this.#catalogs.set(id, { id, displayName: displayName || id, published: true });
    return id;
  }

  /** The ids of the owners: `owners` holds addresses, `field` holds ids. */
  #people(spec: JsonObject, field: string): string[] {
    const named = textsOf(spec, 'owners').map((email) => this.#user(idOf(`user/${email}`), email));
    const given = textsOf(spec, field).map((id) => this.#user(id, `${id}@acme.example`));
    return [...named, ...given];
  }

  /** The entitlements of the owners: `ownerEntitlements` holds names or ids, `appEntitlementRefs` holds ids. */
  #holders(spec: JsonObject): JsonObject[] {
    const named = objectsOf(spec, 'ownerEntitlements').map(({ app, entitlement }) => {
      const appId = this.#appOf(app);
      const name = isObject(entitlement) ? textOf(entitlement, 'id') : String(entitlement);
      return this.#entitlement(
        appId,
        isObject(entitlement) ? name : idOf(`entitlement/${appId}/${name}`),
        name,
      );
    });
    const given = objectsOf(spec, 'appEntitlementRefs').map((ref) => {
      const id = textOf(ref, 'id');
      return this.#entitlement(this.#appOf({ id: textOf(ref, 'appId') }), id, id);
    });
    return [...named, ...given];
  }

  /** The id of an app by its id, its display name or the name of its definition. */
  #appOf(app: Json | undefined): string {
    const name = isObject(app) ? textOf(app, 'id') : String(app);
    const isMeant = ({ name: defined, id, spec }: Definition): boolean =>
      [id, defined, textOf(spec, 'displayName')].includes(name);
    const found = this.#of('App').find(isMeant);
    if (found !== undefined) return found.id;
    const id = isObject(app) ? name : idOf(`App/${name}`);
    this.#otherApps.set(id, { id, displayName: name });
    return id;
  }

  #entitlement(appId: string, id: string, displayName: string): JsonObject {
    this.#entitlements.set(`${appId}/${id}`, { appId, id, displayName });
    return { appId, id };
  }

  #user(id: string, email: string): string {
    this.#users.set(id, { id, email, emails: [email], displayName: email.split('@')[0] ?? email });
    return id;
  }
}

function objectsOf(spec: JsonObject, key: string): JsonObject[] {
  const list = spec[key];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** The fields of `spec` that the API has under the same name. */
function known(spec: JsonObject, fields: object): JsonObject {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => Object.hasOwn(fields, name)));
}

function catalogIdOf(name: string, spec: JsonObject): string {
  const slug = textOf(spec, 'catalog');
  const id = textOf(spec, 'catalogId') || connectorCatalog.find((entry) => entry.slug === slug)?.catalogId;
  if (id === undefined) throw new SeedError(`Connector/${name}: spec.catalog is no known connector type`);
  return id;
}

/** The values in the form of the API, without secrets, references to values elsewhere and removed values. */
function configurationOf(config: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => !isObject(value))
      .map(([name, value]) => [
        name,
        { stringValue: Array.isArray(value) ? value.join(',') : String(value) },
      ]),
  );
}

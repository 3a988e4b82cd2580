import type { Clock } from '../core/model/clock.js';
import type { Random } from '../core/model/random.js';
import { Collection } from './collection.js';
import type { ConnectorType } from './connector-types.js';
import { forbidden, notFound } from './errors.js';
import { newId } from './ids.js';
import { OwnerList } from './owners.js';
import type { App, Catalog, Connector, Entitlement, Policy, User } from './schema.js';
import type { Settings } from './settings.js';
import { SystemLog, type Touched } from './systemlog.js';

/** A user with the roles and permissions of an introspection. */
export interface Principal {
  readonly user: User;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** The objects of the tenant. */
export class Tenant {
  readonly users = new Collection<User>();
  readonly policies = new Collection<Policy>();
  readonly catalogs = new Collection<Catalog>();
  readonly apps = new Collection<App>();
  readonly connectorTypes = new Map<string, ConnectorType>();
  /** Roles and permissions by user id; users without any are absent. */
  readonly grants = new Map<string, { readonly roles: string[]; readonly permissions: string[] }>();
  readonly log: SystemLog;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly #deletedApps = new Map<string, App>();
  readonly #deletedConnectors = new Map<string, Connector>();
  readonly #connectors = new Map<string, Collection<Connector>>();
  readonly #owners = new Map<string, OwnerList>();
  readonly #connectorOwners = new Map<string, OwnerList>();
  readonly #entitlements = new Map<string, Collection<Entitlement>>();
  readonly #random: Random;
  #lastStamp = 0;

  constructor(clock: Clock, settings: Settings, random: Random) {
    this.#random = random;
    this.clock = clock;
    this.settings = settings;
    this.log = new SystemLog(() => this.newId());
  }

  /** A new id. */
  newId(): string {
    return newId(this.#random);
  }

  /** The current time, RFC 3339. Each call returns a later time, so that every write changes its timestamps. */
  timestamp(): string {
    this.#lastStamp = Math.max(this.clock.now(), this.#lastStamp + 1);
    return new Date(this.#lastStamp).toISOString();
  }

  /** The current time, milliseconds since the epoch; never before the last timestamp. */
  moment(): number {
    return Math.max(this.clock.now(), this.#lastStamp);
  }

  /** The app with this id. Throws a 404 for an unknown or deleted app. */
  app(id: string): App {
    const app = this.apps.get(id);
    if (app === undefined) throw notFound(`app not found: ${id}`);
    return app;
  }

  /** The app with this id for a read. By the settings, a deleted app has a `deletedAt` or is a 404. */
  appForReading(id: string): App {
    const deleted = this.settings.deletedReads === 'deletedAt' ? this.#deletedApps.get(id) : undefined;
    return deleted ?? this.app(id);
  }

  /** The app with this id, deleted or not. Throws a 404 for an unknown app. */
  anyApp(id: string): App {
    return this.#deletedApps.get(id) ?? this.app(id);
  }

  /** Adds an app with its owners. Only reads by id find an app with a `deletedAt`. */
  addApp(app: App, owners: OwnerList): void {
    if (app.deletedAt !== null) {
      this.#deletedApps.set(app.id, app);
      return;
    }
    this.apps.add(app);
    this.#owners.set(app.id, owners);
  }

  /** Deletes an app with its connectors. */
  removeApp(app: App): void {
    app.deletedAt = this.timestamp();
    app.updatedAt = app.deletedAt;
    this.apps.remove(app.id);
    this.#deletedApps.set(app.id, app);
    for (const connector of [...this.connectors(app.id).items]) this.removeConnector(connector);
    this.#connectors.delete(app.id);
    this.#owners.delete(app.id);
    this.#entitlements.delete(app.id);
  }

  /** The owners of an app; an unknown app has none. */
  owners(appId: string): OwnerList {
    return this.#owners.get(appId) ?? new OwnerList();
  }

  /** The connectors of an app; an unknown app has none. */
  connectors(appId: string): Collection<Connector> {
    return this.#connectors.get(appId) ?? new Collection<Connector>();
  }

  /** The connector with this id in this app. Throws a 404 for an unknown connector. */
  connector(appId: string, id: string): Connector {
    const connector = this.connectors(appId).get(id);
    if (connector === undefined) throw notFound(`connector not found: ${id}`);
    return connector;
  }

  /** The connector with this id in this app for a read; deleted connectors as in {@link appForReading}. */
  connectorForReading(appId: string, id: string): Connector {
    const deleted = this.settings.deletedReads === 'deletedAt' ? this.#deletedConnectors.get(id) : undefined;
    return deleted?.appId === appId ? deleted : this.connector(appId, id);
  }

  /** Adds a connector to its app. Only reads by id find a connector with a `deletedAt`. */
  addConnector(connector: Connector): void {
    if (connector.deletedAt !== null) {
      this.#deletedConnectors.set(connector.id, connector);
      return;
    }
    const siblings = this.connectors(connector.appId);
    siblings.add(connector);
    this.#connectors.set(connector.appId, siblings);
    this.#connectorOwners.set(connector.id, new OwnerList());
  }

  /** Deletes a connector with its owners. */
  removeConnector(connector: Connector): void {
    connector.deletedAt = this.timestamp();
    connector.updatedAt = connector.deletedAt;
    this.connectors(connector.appId).remove(connector.id);
    this.#deletedConnectors.set(connector.id, connector);
    this.#connectorOwners.delete(connector.id);
  }

  /** The owners of a connector in all roles; an unknown connector has none. */
  connectorOwners(connectorId: string): OwnerList {
    return this.#connectorOwners.get(connectorId) ?? new OwnerList();
  }

  /** The entitlements of an app; an unknown app has none. */
  entitlements(appId: string): Collection<Entitlement> {
    return this.#entitlements.get(appId) ?? new Collection<Entitlement>();
  }

  /** Adds an entitlement to its app. Throws a 404 for an unknown app. */
  addEntitlement(entitlement: Entitlement): void {
    const { id } = this.app(entitlement.appId);
    const siblings = this.entitlements(id);
    siblings.add(entitlement);
    this.#entitlements.set(id, siblings);
  }

  /** The introspection of a user; a user without roles and permissions is an administrator. */
  principal(user: User): Principal {
    const grants = this.grants.get(user.id);
    return {
      user,
      roles: grants?.roles ?? ['role/c1.api.tenant.v1.Tenant:owner'],
      permissions: grants?.permissions ?? ['*'],
    };
  }

  /** Throws a 403 that names the field if the tenant lacks the feature. */
  needFeature(feature: string, field: string): void {
    if (!this.settings.features.includes(feature)) throw forbidden(`${field} needs the feature ${feature}`);
  }

  /** The user with this email address, compared without case. */
  userByEmail(email: string): User | undefined {
    const wanted = email.toLowerCase();
    return this.users.items.find((user) => user.email.toLowerCase() === wanted);
  }
}

/** The system log's reference to an app. */
export function touchedApp(app: App): Touched {
  return { type: 'App', id: app.id, name: app.displayName };
}

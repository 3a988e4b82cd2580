import type { Clock } from '../core/model/clock.js';
import type { Random } from '../core/model/random.js';
import { Collection } from './collection.js';
import type { ConnectorType } from './connector-types.js';
import { forbidden, notFound } from './errors.js';
import { newId } from './ids.js';
import { OwnerList } from './owners.js';
import type { App, Catalog, Connector, Policy, User } from './schema.js';
import type { Settings } from './settings.js';
import { SystemLog, type Touched } from './systemlog.js';

/** A user with what introspection tells about it. */
export interface Principal {
  readonly user: User;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/** An owner of a connector in one role. */
export interface ConnectorOwner {
  readonly roleSlug: string;
  readonly userId: string;
  readonly createdAt: string;
}

/** Everything the tenant holds. */
export class Tenant {
  readonly users = new Collection<User>();
  readonly policies = new Collection<Policy>();
  readonly catalogs = new Collection<Catalog>();
  readonly apps = new Collection<App>();
  readonly connectorTypes = new Map<string, ConnectorType>();
  /** Roles and permissions by user id, for those who have any. */
  readonly grants = new Map<string, { readonly roles: string[]; readonly permissions: string[] }>();
  readonly log: SystemLog;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly #deletedApps = new Map<string, App>();
  readonly #deletedConnectors = new Map<string, Connector>();
  readonly #connectors = new Map<string, Collection<Connector>>();
  readonly #owners = new Map<string, OwnerList>();
  readonly #connectorOwners = new Map<string, readonly ConnectorOwner[]>();
  readonly #random: Random;
  #lastStamp = 0;

  constructor(clock: Clock, settings: Settings, random: Random) {
    this.#random = random;
    this.clock = clock;
    this.settings = settings;
    this.log = new SystemLog(() => this.newId());
  }

  /** An id that no object has yet. */
  newId(): string {
    return newId(this.#random);
  }

  /** The present moment, RFC 3339. Never the same twice, so that every write moves the timestamps it sets. */
  stamp(): string {
    this.#lastStamp = Math.max(this.clock.now(), this.#lastStamp + 1);
    return new Date(this.#lastStamp).toISOString();
  }

  /** The present moment, milliseconds since the epoch; never before the last stamp. */
  moment(): number {
    return Math.max(this.clock.now(), this.#lastStamp);
  }

  /** The app with this id. Throws a 404 where there is none, or where it was deleted. */
  app(id: string): App {
    const app = this.apps.get(id);
    if (app === undefined) throw notFound(`app not found: ${id}`);
    return app;
  }

  /** The app with this id as a read shows it: a deleted one with its `deletedAt`, or 404, as the settings say. */
  appForReading(id: string): App {
    const deleted = this.settings.deletedReads === 'deletedAt' ? this.#deletedApps.get(id) : undefined;
    return deleted ?? this.app(id);
  }

  /** The app with this id, deleted or not. Throws a 404 where there never was one. */
  anyApp(id: string): App {
    return this.#deletedApps.get(id) ?? this.app(id);
  }

  /** Puts an app in, with what owns it; one that is deleted only where a read by its id finds it. */
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
    app.deletedAt = this.stamp();
    app.updatedAt = app.deletedAt;
    this.apps.remove(app.id);
    this.#deletedApps.set(app.id, app);
    for (const connector of [...this.connectors(app.id).items]) this.removeConnector(connector);
    this.#connectors.delete(app.id);
    this.#owners.delete(app.id);
  }

  /** The owners of an app; of one that is not there, none. */
  owners(appId: string): OwnerList {
    return this.#owners.get(appId) ?? new OwnerList();
  }

  /** The connectors of an app; of one that is not there, none. */
  connectors(appId: string): Collection<Connector> {
    return this.#connectors.get(appId) ?? new Collection<Connector>();
  }

  /** The connector with this id in this app. Throws a 404 where there is none. */
  connector(appId: string, id: string): Connector {
    const connector = this.connectors(appId).get(id);
    if (connector === undefined) throw notFound(`connector not found: ${id}`);
    return connector;
  }

  /** The connector with this id in this app as a read shows it: a deleted one as {@link appForReading} says. */
  connectorForReading(appId: string, id: string): Connector {
    const deleted = this.settings.deletedReads === 'deletedAt' ? this.#deletedConnectors.get(id) : undefined;
    return deleted?.appId === appId ? deleted : this.connector(appId, id);
  }

  /** Puts a connector into its app; one that is deleted only where a read by its id finds it. */
  addConnector(connector: Connector): void {
    if (connector.deletedAt !== null) {
      this.#deletedConnectors.set(connector.id, connector);
      return;
    }
    const siblings = this.connectors(connector.appId);
    siblings.add(connector);
    this.#connectors.set(connector.appId, siblings);
  }

  /** Deletes a connector with its owners. */
  removeConnector(connector: Connector): void {
    connector.deletedAt = this.stamp();
    connector.updatedAt = connector.deletedAt;
    this.connectors(connector.appId).remove(connector.id);
    this.#deletedConnectors.set(connector.id, connector);
    this.#connectorOwners.delete(connector.id);
  }

  /** The owners of a connector, all roles together. */
  connectorOwners(connectorId: string): readonly ConnectorOwner[] {
    return this.#connectorOwners.get(connectorId) ?? [];
  }

  /** Replaces the owners of a connector in one role; those that stay keep the time they came. */
  setConnectorOwners(connectorId: string, roleSlug: string, userIds: readonly string[], now: string): void {
    const before = this.connectorOwners(connectorId);
    const inRole = [...new Set(userIds)].map(
      (userId) =>
        before.find((owner) => owner.roleSlug === roleSlug && owner.userId === userId) ?? {
          roleSlug,
          userId,
          createdAt: now,
        },
    );
    const others = before.filter((owner) => owner.roleSlug !== roleSlug);
    this.#connectorOwners.set(connectorId, [...others, ...inRole]);
  }

  /** What introspection tells about a user: those without grants of their own are administrators. */
  principal(user: User): Principal {
    const grants = this.grants.get(user.id);
    return {
      user,
      roles: grants?.roles ?? ['role/c1.api.tenant.v1.Tenant:owner'],
      permissions: grants?.permissions ?? ['*'],
    };
  }

  /** Throws a 403 that names the field where the tenant lacks the feature it needs. */
  needFeature(feature: string, field: string): void {
    if (!this.settings.features.includes(feature)) throw forbidden(`${field} needs the feature ${feature}`);
  }

  /** The user with this email address, case aside. */
  userByEmail(email: string): User | undefined {
    const wanted = email.toLowerCase();
    return this.users.items.find((user) => user.email.toLowerCase() === wanted);
  }
}

/** How the system log names an app. */
export function touchedApp(app: App): Touched {
  return { type: 'App', id: app.id, name: app.displayName };
}

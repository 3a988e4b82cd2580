import { z } from 'zod';
import { withoutMarks } from './annotations.js';
import { knownUsers } from './app-owners.js';
import { applyAppChange, writableAppFields } from './apps.js';
import {
  applyConnectorChange,
  toConnector,
  touchedConnector,
  writableConnectorFields,
} from './connectors.js';
import { invalid } from './errors.js';
import { isObject, type JsonObject } from './json.js';
import { fieldsIn, type Writable } from './masks.js';
import { withUsers } from './owners.js';
import type { Touched } from './systemlog.js';
import { type Tenant, touchedApp } from './tenant.js';

/** An edit by a person in the web app, in the form of `POST /_emulator/web-edit`. */
export const webEditSchema = z.strictObject({
  kind: z.enum(['App', 'Connector']),
  /** The app. Optional for a connector and for an edit of an app that sends `id`. */
  appId: z.string().optional(),
  id: z.string().optional(),
  /**
   * Fields of the object with their new values. Apps also accept `ownerIds` (or `owners`), ids or email addresses;
   * connectors also accept `status`, the result of their last sync.
   */
  set: z.record(z.string(), z.json()).default({}),
  /** Email address of the person. */
  user: z.string(),
});

type WebEdit = z.output<typeof webEditSchema>;

/**
 * Applies the edit. An app loses its IaC annotations, and reads show its owners at once. Configuration fields that the edit
 * lacks stay, as secrets in a form do. Throws a 400 or 404 that names the error.
 */
export function webEdit(tenant: Tenant, edit: WebEdit): void {
  const actor = tenant.userByEmail(edit.user);
  if (actor === undefined) throw invalid(`user: no user has the address ${edit.user}`);
  const touched = edit.kind === 'App' ? editApp(tenant, edit) : editConnector(tenant, edit);
  const service = edit.kind === 'App' ? 'Apps' : 'ConnectorService';
  tenant.log.add({
    operation: `c1.api.app.v1.${service}.Update`,
    activity: 'update',
    actor,
    touched,
    time: tenant.moment(),
  });
}

function editApp(tenant: Tenant, edit: WebEdit): Touched[] {
  const app = tenant.app(edit.id ?? edit.appId ?? '');
  const { ownerIds, owners, ...set } = edit.set;
  const names = fieldsOf(set, writableAppFields);
  const people = peopleOf(tenant, ownerIds ?? owners);
  applyAppChange(tenant, app, set, names);
  app.annotations = withoutMarks(app.annotations);
  if (people !== undefined) {
    const owners = tenant.owners(app.id);
    owners.set(withUsers(owners.accepted, people, tenant.timestamp()), tenant.clock, 0);
  }
  return [touchedApp(app)];
}

function editConnector(tenant: Tenant, edit: WebEdit): Touched[] {
  const id = edit.id ?? '';
  const home = tenant.apps.items.find((app) => tenant.connectors(app.id).get(id) !== undefined);
  const connector = tenant.connector(edit.appId ?? home?.id ?? '', id);
  const { config, status, ...rest } = edit.set;
  const set: JsonObject = config === undefined ? rest : { ...rest, config: onTop(connector.config, config) };
  applyConnectorChange(tenant, connector, set, fieldsOf(set, writableConnectorFields));
  if (status !== undefined) Object.assign(connector, { status: toConnector({ status }).status });
  return touchedConnector(tenant, connector);
}

function onTop(current: JsonObject | null, sent: unknown): JsonObject {
  if (!isObject(sent)) throw invalid('set.config: an object expected');
  const before = isObject(current?.configuration) ? current.configuration : {};
  const after = isObject(sent.configuration) ? sent.configuration : sent;
  return { configuration: { ...before, ...after } };
}

function peopleOf(tenant: Tenant, value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalid('set.ownerIds: a list expected');
  return knownUsers(
    tenant,
    value.map((entry) => tenant.userByEmail(String(entry))?.id ?? String(entry)),
  );
}

function fieldsOf(set: JsonObject, writable: Writable): string[] {
  const known = fieldsIn(writable);
  for (const name of Object.keys(set)) {
    if (!known.includes(name))
      throw invalid(`set.${name}: unknown or read-only; known are ${known.join(', ')}`);
  }
  return Object.keys(set);
}

import type { C1Reader, C1Writer } from '../../c1/client.js';
import { isNotFound } from '../../c1/errors.js';
import type { JsonObject } from '../../c1/json.js';
import { apiPath } from '../../c1/path.js';
import { TerminalError } from '../../core/model/errors.js';
import { type KindReader, type KindWriter, type LiveObject, maskOf } from '../../core/model/kind.js';
import { deleteObject } from '../delete.js';
import { asObject, asText, asTextSet, isObject } from '../fields.js';
import { created, type Encoders, isDeleted, liveObject, required, timestamp, wireValues } from '../live.js';
import type { KindOptions } from '../module.js';
import { configFromWire, configToWire } from './config-values.js';
import { readOwners, writeOwners } from './owners-api.js';
import { scheduleToWire } from './schedule.js';
import { connectorKind } from './schema.js';

const OWNERS = 'userIds';

const creatable = connectorKind.fields.filter((field) => field.onCreate);
const encoders: Encoders = { config: configToWire };

function toLive(json: JsonObject, appId: string): LiveObject {
  const configUpdatedAt = timestamp(json.configUpdatedAt);
  const paused = timestamp(json.syncDisabledAt) !== undefined;
  const status = asObject(json.status);
  return liveObject(json, {
    fields: connectorKind.fields,
    parentId: asText(json.appId) || appId,
    own: { config: configFromWire(json.config, configUpdatedAt), paused },
    stamps: configUpdatedAt === undefined ? {} : { config: configUpdatedAt },
    facts: { syncStatus: asText(status.status), lastError: asText(status.lastError), paused },
  });
}

function parentOf(parentId: string | undefined): string {
  if (parentId === undefined) throw new TerminalError('a connector is found only below its app');
  return parentId;
}

async function readConnector(
  api: C1Reader,
  appId: string,
  id: string,
  signal?: AbortSignal,
): Promise<JsonObject> {
  const path = apiPath`/api/v1/apps/${appId}/connectors/${id}`;
  const { connectorView } = await api.get(path, { signal });
  return required(asObject(connectorView).connector, `GET ${path}`);
}

/** Reads connectors, app by app: owners only where they are asked for, because that takes a call a connector. */
export function connectorReader(api: C1Reader, { connectorOwnerRole }: KindOptions): KindReader {
  const list: KindReader['list'] = async (parentId, signal) => {
    const appId = parentOf(parentId);
    const path = apiPath`/api/v1/apps/${appId}/connectors`;
    const views = await api.list(path, { signal });
    return views
      .map((view) => required(view.connector, `GET ${path}`))
      .filter((connector) => !isDeleted(connector))
      .map((connector) => toLive(connector, appId));
  };
  return {
    list,

    get: async ({ id, parentId }, signal) => {
      const appId = parentOf(parentId);
      try {
        const connector = await readConnector(api, appId, id, signal);
        return isDeleted(connector) ? undefined : toLive(connector, appId);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },

    /** Older tenants keep the owners in the connector itself. */
    enrich: async (object, paths, signal) => {
      if (!paths.includes(OWNERS)) return object;
      const { id } = object;
      const appId = parentOf(object.parentId);
      const userIds =
        (await readOwners(api, { appId, id, role: connectorOwnerRole }, signal)) ??
        asTextSet((await readConnector(api, appId, id, signal)).userIds);
      return { ...object, values: { ...object.values, [OWNERS]: userIds } };
    },

    /** There is no search for connectors. */
    findByNaturalKey: (parentId, _values, signal) => list(parentId, signal),
  };
}

/**
 * Writes connectors. A create makes one that waits for its configuration, because the call that takes both has no
 * place for a display name; everything else follows by its own write.
 */
export function connectorWriter(
  writer: C1Writer,
  reader: C1Reader,
  { connectorOwnerRole }: KindOptions,
): KindWriter {
  const update = async (
    object: LiveObject,
    values: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<LiveObject | undefined> => {
    const { id } = object;
    const appId = parentOf(object.parentId);
    const connector = { id, appId, ...wireValues(connectorKind.fields, values, encoders) };
    const updateMask = maskOf(connectorKind, Object.keys(values));
    const answer = await writer.send(
      'POST',
      updatePath(object, values),
      { connector, updateMask },
      { signal },
    );
    return fromAnswer(answer, appId);
  };
  const setOwners = async (
    object: LiveObject,
    values: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<LiveObject | undefined> => {
    const owned = { appId: parentOf(object.parentId), id: object.id, role: connectorOwnerRole };
    const isDone = await writeOwners({ reader, writer }, owned, asTextSet(values[OWNERS]), signal);
    return isDone ? undefined : update(object, values, signal);
  };
  const run = async (
    call: 'schedule' | 'pause' | 'resume',
    { id, parentId }: LiveObject,
    body: JsonObject,
    signal?: AbortSignal,
  ): Promise<undefined> => {
    await writer.send('POST', apiPath`/api/v1/apps/${parentOf(parentId)}/connectors/${id}/${call}`, body, {
      signal,
    });
  };
  return {
    create: async (parentId, values, signal) => {
      const appId = parentOf(parentId);
      const path = apiPath`/api/v1/apps/${appId}/connectors`;
      const answer = await writer.send('POST', path, wireValues(creatable, values), { signal });
      return toLive(created(asObject(answer.connectorView).connector, `POST ${path}`), appId);
    },

    delete: ({ id, parentId }, signal) =>
      deleteObject(writer, apiPath`/api/v1/apps/${parentOf(parentId)}/connectors/${id}`, signal),

    write: async (name, object, values, signal) => {
      switch (name) {
        case 'update':
          return update(object, values, signal);
        case 'schedule':
          return run('schedule', object, scheduleToWire(values.schedule), signal);
        case 'pause':
          return run(values.paused === true ? 'pause' : 'resume', object, {}, signal);
        case 'owners':
          return setOwners(object, values, signal);
        default:
          throw new TerminalError(`a Connector has no write named ${name}`);
      }
    },
  };
}

/** A connector that waits for its configuration has an update call of its own, until the configuration comes. */
function updatePath(
  { id, parentId, values: live, stamps }: LiveObject,
  values: Readonly<Record<string, unknown>>,
): string {
  const path = apiPath`/api/v1/apps/${parentOf(parentId)}/connectors/${id}`;
  const isWaiting = stamps.config === undefined && (live.config ?? null) === null;
  return isWaiting && !Object.hasOwn(values, 'config') ? `${path}/delegated` : path;
}

function fromAnswer(answer: JsonObject, appId: string): LiveObject | undefined {
  const { connector } = asObject(answer.connectorView);
  return isObject(connector) ? toLive(connector, appId) : undefined;
}

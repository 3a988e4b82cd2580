import type { C1Reader } from '../../c1/client.js';
import type { JsonObject } from '../../c1/json.js';
import type { Health } from '../../core/model/health.js';
import type { KindReader, KindWriter, LiveObject } from '../../core/model/kind.js';
import { asObject, asText } from '../../text/shape.js';
import { type KindApi, readerOf, readJson, updating, type WriteCall, writerOf } from '../api.js';
import { asTextSet } from '../fields.js';
import { timestamp } from '../live.js';
import type { KindOptions } from '../module.js';
import type { Operation, Send, WriteOperation } from '../operation.js';
import {
  lacksEntitlements,
  ownersIn,
  ownersOperations,
  ownersReader,
  readOwnerEntitlements,
  readOwnerUsers,
  writeOwners,
} from '../owners-api.js';
import { configFromWire, configToWire } from './config-values.js';
import { scheduleToWire } from './schedule.js';
import { connectorKind } from './schema.js';

const ALL = '/api/v1/apps/{parentId}/connectors';
const ONE = `${ALL}/{id}`;
const SERVICE = 'c1.api.app.v1.ConnectorService';
const owners = ownersOperations(
  '/api/v2/apps/{parentId}/connectors/{id}/owners',
  'c1.api.app.v2.ConnectorOwners.Set',
);
const object = ['connectorView', 'connector'];

/**
 * The calls on connectors. A create makes a connector without a configuration, because the call with a configuration has no
 * display name. Before its first configuration a connector has a separate update call.
 */
export const connectorOperations = {
  list: { method: 'GET', route: ALL, object: ['connector'] },
  get: { method: 'GET', route: ONE, object },
  create: { method: 'POST', route: ALL, log: `${SERVICE}.CreateDelegated`, object },
  update: { method: 'POST', route: ONE, log: `${SERVICE}.Update`, object },
  updateWaiting: { method: 'POST', route: `${ONE}/delegated`, log: `${SERVICE}.UpdateDelegated`, object },
  schedule: { method: 'POST', route: `${ONE}/schedule`, log: `${SERVICE}.UpdateConnectorSchedule` },
  pause: { method: 'POST', route: `${ONE}/pause`, log: `${SERVICE}.PauseSync` },
  resume: { method: 'POST', route: `${ONE}/resume`, log: `${SERVICE}.ResumeSync` },
  configSchema: { method: 'POST', route: '/api/v1/connectorcatalog' },
  delete: { method: 'DELETE', route: ONE, log: `${SERVICE}.Delete` },
  ...owners,
} as const satisfies Readonly<Record<string, Operation | WriteOperation>>;

/** The form of connectors in the API. */
export const connectorApi: KindApi = {
  kind: connectorKind,
  operations: connectorOperations,
  parentMember: 'appId',
  encoders: { config: configToWire },
  partsOf: (json) => {
    const configUpdatedAt = timestamp(json.configUpdatedAt);
    const paused = timestamp(json.syncDisabledAt) !== undefined;
    const status = asObject(json.status);
    const syncStatus = syncStatusText(status.status);
    return {
      own: { config: configFromWire(json.config, configUpdatedAt), paused },
      stamps: configUpdatedAt === undefined ? {} : { config: configUpdatedAt },
      facts: healthFacts({
        syncStatus,
        lastError: asText(status.lastError),
        paused,
      }),
      // The end of a sync keeps its start.
      run: {
        id: asText(status.startedAt) || asText(status.completedAt),
        isOver: ['done', 'error'].includes(syncStatus),
      },
    };
  },
};

/** The facts of a connector with the health that follows from them. */
function healthFacts(facts: {
  readonly syncStatus: string;
  readonly lastError: string;
  readonly paused: boolean;
}): LiveObject['facts'] {
  return { health: healthOf(facts), ...facts };
}

function healthOf({ syncStatus, lastError, paused }: Parameters<typeof healthFacts>[0]): Health {
  if (paused || syncStatus === 'disabled') return 'Paused';
  if (syncStatus === 'error' || lastError !== '') return 'Failing';
  if (syncStatus === 'running') return 'Syncing';
  return syncStatus === 'done' ? 'Healthy' : 'Unknown';
}

/** `done` for `SYNC_STATUS_DONE`; empty before the first sync. */
function syncStatusText(status: unknown): string {
  const name = asText(status)
    .replace(/^SYNC_STATUS_/, '')
    .replaceAll('_', ' ')
    .toLowerCase();
  return name === 'unspecified' ? '' : name;
}

/** Reads connectors, app by app. Older tenants hold the owners in the connector itself. */
export function connectorReader(client: C1Reader, { connectorOwnerRole: role }: KindOptions): KindReader {
  const subRead = ownersReader('userIds', {
    users: async (object, signal) =>
      (await readOwnerUsers(client, { operations: owners, object, role }, signal)) ??
      asTextSet((await readJson(connectorApi, client, object, signal)).userIds),
    entitlements: (object, signal) =>
      readOwnerEntitlements(client, { operations: owners, object, role }, signal),
  });
  return readerOf(connectorApi, client, subRead);
}

/** Writes connectors. */
export function connectorWriter(
  send: Send,
  reader: C1Reader,
  { connectorOwnerRole: role }: KindOptions,
): KindWriter {
  const update = updating(connectorApi, send, (connector, values) =>
    isUnconfigured(connector) && !Object.hasOwn(values, 'config')
      ? connectorOperations.updateWaiting
      : connectorOperations.update,
  );
  const run =
    (call: (values: JsonObject) => readonly [WriteOperation, JsonObject]): WriteCall =>
    async (connector, values, signal) => {
      const [operation, body] = call(values);
      await send(operation, connector, body, signal);
      return undefined;
    };
  const { pause, resume, schedule } = connectorOperations;
  return writerOf(connectorApi, send, {
    update,
    schedule: run((values) => [schedule, scheduleToWire(values.schedule)]),
    pause: run(({ paused }) => [paused === true ? pause : resume, {}]),
    owners: async (connector, values, signal) => {
      const of = { operations: owners, object: connector, role };
      const declared = ownersIn(values, 'userIds');
      if (await writeOwners({ reader, send }, of, declared, signal)) return undefined;
      const { users, entitlements = [] } = declared;
      if (users === undefined || entitlements.length > 0) throw lacksEntitlements();
      return update(connector, { userIds: users }, signal);
    },
  });
}

function isUnconfigured({ stamps, values }: LiveObject): boolean {
  return stamps.config === undefined && (values.config ?? null) === null;
}

import { parseCron } from '../text/cron.js';
import { touchedConnector } from './connectors.js';
import { precondition, refused } from './errors.js';
import { isObject, type JsonObject, textOf } from './json.js';
import { type Call, operationsOf, param } from './operation.js';
import { complete } from './proto.js';
import { type Connector, scheduleFields } from './schema.js';

/** The duration of a requested sync, milliseconds. */
const SYNC_MS = 1000;

function connectorOf(call: Call): Connector {
  const connector = call.tenant.connector(param(call, 'app_id'), param(call, 'connector_id'));
  call.touch(...touchedConnector(call.tenant, connector));
  return connector;
}

function forceSync(call: Call): JsonObject {
  const { tenant } = call;
  const connector = connectorOf(call);
  if (connector.config === null) throw precondition('connector has no config');
  if (connector.syncDisabledAt !== null) throw precondition('connector is paused');
  const startedAt = tenant.timestamp();
  const running = statusOf('SYNC_STATUS_RUNNING', startedAt, { startedAt });
  connector.status = running;
  tenant.clock.after(
    SYNC_MS,
    () => {
      if (connector.status !== running) return;
      const completedAt = tenant.timestamp();
      connector.status = statusOf('SYNC_STATUS_DONE', completedAt, { startedAt, completedAt });
    },
    { detached: true },
  );
  return {};
}

function pause(call: Call): JsonObject {
  const connector = connectorOf(call);
  const now = call.tenant.timestamp();
  Object.assign(connector, {
    syncDisabledAt: connector.syncDisabledAt ?? now,
    syncDisabledReason: `Paused by ${call.principal.user.displayName}`,
    syncDisabledCategory: 'SYNC_DISABLED_CATEGORY_USER',
    canResumeSync: true,
    status: statusOf('SYNC_STATUS_DISABLED', now),
    updatedAt: now,
  });
  return {};
}

function resume(call: Call): JsonObject {
  const connector = connectorOf(call);
  const now = call.tenant.timestamp();
  Object.assign(connector, {
    syncDisabledAt: null,
    syncDisabledReason: '',
    syncDisabledCategory: '',
    canResumeSync: false,
    status: statusOf('SYNC_STATUS_UNSPECIFIED', now),
    updatedAt: now,
  });
  return {};
}

function schedule(call: Call): JsonObject {
  const connector = connectorOf(call);
  const { cron } = call.body;
  if (isObject(cron)) connector.connectorSyncCronSchedule = scheduleOf(cron);
  else delete connector.connectorSyncCronSchedule;
  connector.updatedAt = call.tenant.timestamp();
  return {};
}

function scheduleOf(cron: JsonObject): JsonObject {
  const schedule = complete(scheduleFields, cron, 'cron');
  const cronSpec = textOf(cron, 'cronSpec');
  const timezone = textOf(cron, 'timezone');
  if (cronSpec === '') throw refused('cron_spec is required');
  try {
    parseCron(cronSpec, timezone === '' ? {} : { tz: timezone });
  } catch {
    throw refused('cron is invalid: cron_spec or timezone cannot be read');
  }
  return schedule;
}

function statusOf(status: string, updatedAt: string, times: JsonObject = {}): JsonObject {
  return { status, lastError: '', startedAt: null, completedAt: null, updatedAt, ...times };
}

const base = '/api/v1/apps/:app_id/connectors/:connector_id';

/** The operations that run, stop and schedule connectors. */
export const connectorRunOperations = operationsOf('c1.api.app.v1.ConnectorService', [
  ['ForceSync', `POST ${base}/force_sync`, 'update', forceSync],
  ['PauseSync', `POST ${base}/pause`, 'update', pause],
  ['ResumeSync', `POST ${base}/resume`, 'update', resume],
  ['UpdateConnectorSchedule', `POST ${base}/schedule`, 'update', schedule],
]);

import { z } from 'zod';
import type { Field, Kind } from '../../core/model/kind.js';
import { asObject } from '../../text/shape.js';
import { asTextSet, bool, id, integer, message, requiredText, text, textSet } from '../fields.js';
import { ownerEntitlementsField, ownersField } from '../owners.js';
import { checkConfig } from './config-check.js';
import { configDifference } from './config-diff.js';
import { configMember, exportConfig } from './config-export.js';
import { configSchema } from './config-values.js';
import { normaliseSchedule, scheduleSchema } from './schedule.js';

/** The largest number of workers that the public API accepts; 0 disables parallel syncs. */
const MAX_WORKERS = 4;

/** The writable fields of a connector in the API. */
const fields: readonly Field[] = [
  id('catalogId', 'Type of the connector. By id.', {
    schema: z.string().min(1),
    onCreate: true,
    immutable: true,
    sugar: {
      path: 'catalog',
      schema: z.string().min(1),
      lookup: 'catalog',
      doc: 'Type of the connector. By slug.',
    },
  }),
  requiredText('displayName', 'Name of the connector as people see it.', { onCreate: true }),
  text('description', 'What the connector is for.', { onCreate: true }),
  message(
    'config',
    'Configuration by field name of the connector type; owned whole, secrets from valueFrom.',
    {
      schema: configSchema,
      startsRun: true,
      empty: null,
      normalise: (value) => value,
      context: { lookup: 'configSchema', keyFrom: 'catalogId' },
      diff: configDifference,
      toSpec: exportConfig,
      memberToSpec: configMember,
      checkWith: checkConfig,
    },
  ),
  message('schedule', 'When it syncs; {} for no schedule of its own.', {
    schema: scheduleSchema,
    wire: 'connectorSyncCronSchedule',
    empty: {},
    write: 'schedule',
    normalise: normaliseSchedule,
  }),
  bool('paused', 'True while it neither syncs nor provisions.', { wire: 'syncDisabledAt', write: 'pause' }),
  textSet('profileAllowList', 'Profile attributes that are synced, and no others.'),
  textSet('profileIgnoreList', 'Profile attributes that are not synced.'),
  bool('disableCheckBadSync', 'Accepts a sync even when its result is implausible.'),
  integer('parallelSyncWorkerCount', 'Workers of a parallel sync; 0 for none.', { min: 0, max: MAX_WORKERS }),
  message('syncConfig', 'What is synced.', {
    schema: z.strictObject({
      syncResourceTypeIds: z.array(z.string().min(1)).describe('Types of resources; [] for all.'),
    }),
    empty: { syncResourceTypeIds: [] },
    normalise: (value) => ({ syncResourceTypeIds: asTextSet(asObject(value).syncResourceTypeIds) }),
  }),
  ownersField('userIds', 'Users who own the connector: exactly these.'),
  ownerEntitlementsField({
    usersPath: 'userIds',
    appKind: 'App',
    doc: 'Entitlements whose holders own the connector: exactly these.',
  }),
];

/** A connector of an app. */
export const connectorKind: Kind = {
  name: 'Connector',
  parent: { kind: 'App', path: 'app' },
  fields,
  title: 'displayName',
  writes: ['update', 'schedule', 'pause', 'owners'],
  wholeWrites: ['owners'],
  owners: 'userIds',
  sample: 'github-cloud',
  health: ({ paused, lastError }) => [
    ...(paused === true ? ['paused in the tenant'] : []),
    ...(typeof lastError === 'string' && lastError !== '' ? [`its last error: ${lastError}`] : []),
  ],
  naturalKey: ['catalogId', 'displayName'],
  aliases: {
    name: 'displayName',
    appId: 'app',
    type: 'catalog',
    connectorSyncCronSchedule: 'schedule',
    cron: 'schedule',
    syncDisabledAt: 'paused',
    pause: 'paused',
    enabled: 'paused',
    configuration: 'config',
    syncResourceTypeIds: 'syncConfig',
    ownerIds: 'userIds',
  },
};

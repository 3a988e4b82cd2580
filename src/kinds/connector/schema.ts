import { z } from 'zod';
import { connectorCatalog } from '../../c1/catalog.js';
import type { Field, Kind } from '../../core/model/kind.js';
import { asObject } from '../../text/shape.js';
import { asTextSet, bool, id, integer, message, requiredText, text, textSet } from '../fields.js';
import { ownerEntitlementsField, ownersField } from '../owners.js';
import { checkConfig } from './config-check.js';
import { configDifference } from './config-diff.js';
import { configMember, exportConfig } from './config-export.js';
import { configJsonSchema } from './config-json-schema.js';
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
      known: new Map(
        connectorCatalog.map(({ slug, catalogId, displayName }) => [
          slug,
          { id: catalogId, doc: displayName },
        ]),
      ),
    },
  }),
  requiredText('displayName', 'Name of the connector as people see it.', {
    onCreate: true,
    examples: ['GitHub Cloud'],
  }),
  text('description', 'What the connector is for.', {
    onCreate: true,
    examples: ['Repositories and teams of the organization acme'],
  }),
  message(
    'config',
    'Configuration by field name of the connector type; owned whole, secrets from valueFrom.',
    {
      schema: configSchema,
      examples: [
        {
          github_org_list: ['acme'],
          github_access_token: { valueFrom: { env: 'GITHUB_TOKEN' } },
        },
      ],
      startsRun: true,
      empty: null,
      normalise: (value) => value,
      context: { lookup: 'configSchema', keyFrom: 'catalogId' },
      diff: configDifference,
      toSpec: exportConfig,
      memberToSpec: configMember,
      checkWith: checkConfig,
      jsonSchema: configJsonSchema,
    },
  ),
  message('schedule', 'When it syncs; {} for no schedule of its own.', {
    schema: scheduleSchema,
    examples: [{ cron: '0 */6 * * *', timezone: 'Europe/Berlin' }],
    wire: 'connectorSyncCronSchedule',
    empty: {},
    write: 'schedule',
    normalise: normaliseSchedule,
  }),
  bool('paused', 'True while it neither syncs nor provisions.', { wire: 'syncDisabledAt', write: 'pause' }),
  textSet('profileAllowList', 'Profile attributes that are synced, and no others.', {
    examples: [['email', 'department']],
  }),
  textSet('profileIgnoreList', 'Profile attributes that are not synced.', { examples: [['ssn']] }),
  bool('disableCheckBadSync', 'Accepts a sync even when its result is implausible.'),
  integer('parallelSyncWorkerCount', 'Workers of a parallel sync; 0 for none.', { min: 0, max: MAX_WORKERS }),
  message('syncConfig', 'What is synced.', {
    schema: z.strictObject({
      syncResourceTypeIds: z.array(z.string().min(1)).describe('Types of resources; [] for all.'),
    }),
    examples: [{ syncResourceTypeIds: ['user', 'group'] }],
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
  parent: { kind: 'App', path: 'app', example: 'github' },
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

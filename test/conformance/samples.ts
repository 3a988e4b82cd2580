import { idOf } from '../../src/emulator/ids.js';
import { isObject, type Json, type JsonObject } from '../../src/emulator/json.js';

/** Values of one field for its life. */
export interface Sample {
  /** Declared when the object is made, and what it is changed to. */
  readonly first: unknown;
  readonly second: unknown;
  /** The value of another client, in the form of the API. */
  readonly foreign: Json;
  /** The explicit empty value; missing where the field must have one. */
  readonly empty?: unknown;
  /** The same by name: the friendly form of `first` and `second`. */
  readonly names?: { readonly first: unknown; readonly second: unknown };
  /** A name that the tenant does not have, where it is no text. */
  readonly unknown?: unknown;
  /** The declared form of what the tenant holds; by default the value under the field's name in the API. */
  readonly seen?: (object: JsonObject) => unknown;
  /** The result of `seen` for an empty field; `empty` by default. */
  readonly seenEmpty?: unknown;
  /** The other fields of the definition. */
  readonly besides?: Readonly<Record<string, unknown>>;
}

const user = (name: string): string => idOf(`user/${name}`);
const emails = (...names: string[]): string[] => names.map((name) => `${name}@acme.example`);

function policy(first: string, second: string, foreign: string): Sample {
  const id = (name: string): string => (name === '' ? '' : idOf(`policy/${name}`));
  return { first: id(first), second: id(second), foreign: id(foreign), empty: '', names: { first, second } };
}

const entitlementOf = (app: string, name: string) => ({
  appId: idOf(`app/${app}`),
  id: idOf(`entitlement/${app} ${name}`),
});

const ownerEntitlements: Sample = {
  first: [entitlementOf('Okta', 'IT admins')],
  second: [entitlementOf('Okta', 'IT admins'), entitlementOf('Okta', 'Engineering')],
  foreign: [entitlementOf('GitHub', 'Organization owners')],
  empty: [],
  names: {
    first: [{ app: 'Okta', entitlement: 'IT admins' }],
    second: [
      { app: 'Okta', entitlement: 'Engineering' },
      { app: idOf('app/Okta'), entitlement: { id: idOf('entitlement/Okta IT admins') } },
    ],
  },
  unknown: [{ app: 'Okta', entitlement: 'No such thing' }],
  seen: ({ ownerEntitlements: refs }) => refs ?? [],
};

const text: Sample = { first: 'First', second: 'Second: "quoted" – €', foreign: 'Foreign', empty: '' };
const requiredText: Sample = { first: 'First', second: 'Second', foreign: 'Foreign' };
const bool: Sample = { first: true, second: false, foreign: true, empty: false };
const number: Sample = { first: 1, second: 2, foreign: 3, empty: 0 };

const celPairs = (...keys: string[]) => ({
  mappingCases: keys.map((key) => ({ appUserKeyCel: `appUser.${key}`, userKeyCel: `user.${key}` })),
});

/** The server adds to each case what a definition cannot name. */
function mapperOf({ appUserMapper }: JsonObject): unknown {
  const cases = isObject(appUserMapper) ? appUserMapper.mappingCases : [];
  return {
    mappingCases: (Array.isArray(cases) ? cases.filter(isObject) : []).map(
      ({ appUserKeyCel, userKeyCel }) => ({ appUserKeyCel, userKeyCel }),
    ),
  };
}

const baton = (name: string) => ({
  appId: idOf('app/Okta'),
  connectorId: idOf('connector/Okta Okta v2'),
  externalId: name,
});

function configOf({ config }: JsonObject): unknown {
  const values = isObject(config) && isObject(config.configuration) ? config.configuration : {};
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, isObject(value) ? value.stringValue : value]),
  );
}

function scheduleOf({ connectorSyncCronSchedule: schedule }: JsonObject): unknown {
  return isObject(schedule) ? { cron: schedule.cronSpec, timezone: schedule.timezone } : {};
}

const url = (host: string) => ({ salesforce_instance_url: `https://${host}.example` });

/** By `Kind.path`. */
export const samples: Readonly<Record<string, Sample>> = {
  'App.displayName': requiredText,
  'App.description': text,
  'App.instructions': text,
  'App.iconUrl': text,
  'App.monthlyCostUsd': number,
  'App.certifyPolicyId': policy('Quarterly review', 'Review by manager', 'Quarterly review'),
  'App.grantPolicyId': policy('Manager approval', 'Auto-approve', 'App owner approval'),
  'App.revokePolicyId': policy('Immediate revoke', 'Revoke by app owner', 'Immediate revoke'),
  'App.defaultRequestCatalogId': {
    first: idOf('catalog/Company-wide'),
    second: idOf('catalog/Engineering tools'),
    foreign: idOf('catalog/Finance and people'),
    empty: '',
    names: { first: 'Company-wide', second: 'Engineering tools' },
  },
  'App.identityMatching': {
    first: 'APP_USER_IDENTITY_MATCHING_STRICT',
    second: 'APP_USER_IDENTITY_MATCHING_DISPLAY_NAME',
    foreign: 'APP_USER_IDENTITY_MATCHING_CUSTOM',
    empty: 'APP_USER_IDENTITY_MATCHING_UNSPECIFIED',
  },
  'App.isManuallyManaged': bool,
  'App.connectorVersion': number,
  'App.strictAccessEntitlementProvisioning': bool,
  'App.enableConnectorSourcedOwnership': {
    ...bool,
    // Left out while unset.
    seen: ({ enableConnectorSourcedOwnership: value }) => value === true,
  },
  'App.revokeGrantSources': bool,
  'App.annotations': {
    first: { team: 'first' },
    second: { team: 'second' },
    foreign: { team: 'foreign' },
    empty: { team: '' },
    seen: ({ annotations }) => ({ team: isObject(annotations) ? annotations.team : undefined }),
    seenEmpty: { team: undefined },
  },
  'App.appUserMapper': {
    first: celPairs('email'),
    second: celPairs('email', 'name'),
    foreign: celPairs('login'),
    empty: { mappingCases: [] },
    seen: mapperOf,
  },
  'App.matchBatonRef': {
    first: baton('first'),
    second: baton('second'),
    foreign: baton('foreign'),
    empty: {},
    seen: ({ matchBatonRef }) => matchBatonRef ?? {},
  },
  'App.ownerIds': {
    first: [user('alice')],
    second: [user('alice'), user('bob')],
    foreign: [user('carol')],
    empty: [],
    names: { first: emails('alice'), second: emails('bob', 'alice') },
  },
  'App.appEntitlementRefs': ownerEntitlements,
  'Connector.catalogId': {
    first: '28zk77RJfZcvY7PQ1sBXoH4qoQi',
    second: '2k4W58EZuLALKVuoMIaFKRHvx9p',
    foreign: '',
    names: { first: 'salesforce', second: 'salesforce-v2' },
  },
  'Connector.displayName': requiredText,
  'Connector.description': text,
  'Connector.config': {
    first: url('first'),
    second: url('second'),
    foreign: { configuration: { salesforce_instance_url: { stringValue: 'https://foreign.example' } } },
    empty: { salesforce_instance_url: '' },
    seen: configOf,
    seenEmpty: {},
  },
  'Connector.schedule': {
    first: { cron: '0 */6 * * *', timezone: 'Europe/Berlin' },
    second: { cron: '30 4 * * 1', timezone: 'UTC' },
    foreign: { cronSpec: '0 0 * * *', timezone: 'America/New_York' },
    empty: {},
    seen: scheduleOf,
  },
  'Connector.paused': {
    ...bool,
    seen: ({ syncDisabledAt }) => typeof syncDisabledAt === 'string',
  },
  'Connector.profileAllowList': { first: ['a'], second: ['b', 'a'], foreign: ['c'], empty: [] },
  'Connector.profileIgnoreList': { first: ['ssn'], second: ['iban', 'ssn'], foreign: ['c'], empty: [] },
  'Connector.disableCheckBadSync': bool,
  'Connector.parallelSyncWorkerCount': number,
  'Connector.syncConfig': {
    first: { syncResourceTypeIds: ['group'] },
    second: { syncResourceTypeIds: ['group', 'role'] },
    foreign: { syncResourceTypeIds: ['team'] },
    empty: { syncResourceTypeIds: [] },
    seen: ({ syncConfig }) => syncConfig ?? { syncResourceTypeIds: [] },
  },
  'Connector.userIds': {
    first: [user('alice')],
    second: [user('alice'), user('bob')],
    foreign: [user('carol')],
    empty: [],
    names: { first: emails('alice'), second: emails('bob', 'alice') },
  },
  'Connector.appEntitlementRefs': ownerEntitlements,
};

import { idOf } from './ids.js';
import type { JsonObject } from './json.js';
import { SERVICE_EMAIL } from './principals.js';
import type { SeedInput } from './seed.js';

const STARTED = '2026-01-05T08:00:00.000Z';
const ENV_CONFIG = 'type.googleapis.com/c1.api.app.v1.EnvConfig';

const people: readonly (readonly [name: string, department: string, jobTitle: string])[] = [
  ['Alice Adams', 'Platform', 'Platform engineer'],
  ['Bob Brown', 'Security', 'Identity engineer'],
  ['Carol Chen', 'Security', 'Head of security'],
  ['Dave Diaz', 'Engineering', 'Software engineer'],
  ['Erin Evans', 'Engineering', 'Engineering manager'],
  ['Frank Fischer', 'Finance', 'Controller'],
  ['Grace Gupta', 'Sales', 'Account executive'],
  ['Heidi Hansen', 'People', 'People partner'],
  ['Ivan Ito', 'Platform', 'Site reliability engineer'],
  ['Judy Jones', 'Support', 'Support lead'],
  ['Mallory Meyer', 'Engineering', 'Contractor'],
];

const policies: readonly (readonly [name: string, type: string])[] = [
  ['Manager approval', 'GRANT'],
  ['App owner approval', 'GRANT'],
  ['Auto-approve', 'GRANT'],
  ['Immediate revoke', 'REVOKE'],
  ['Revoke by app owner', 'REVOKE'],
  ['Quarterly review', 'CERTIFY'],
  ['Review by manager', 'CERTIFY'],
];

/** Entitlements, each with its app. */
const entitlements = [
  ['Okta', 'IT admins'],
  ['Okta', 'Engineering'],
  ['GitHub', 'Organization owners'],
] as const;

const catalogs = ['Engineering tools', 'Company-wide', 'Finance and people'];

/** A small company: its users, apps, entitlements, connectors, policies and catalogs. The ids are always the same. */
export function defaultSeed(): SeedInput {
  return {
    users: [...people.map(personOf), serviceUser()],
    policies: policies.map(([displayName, type]) => ({
      ...facts('policy', displayName),
      policyType: `POLICY_TYPE_${type}`,
    })),
    catalogs: catalogs.map((displayName) => ({
      ...facts('catalog', displayName),
      published: true,
      visibleToEveryone: displayName === 'Company-wide',
      createdByUserId: userId('alice'),
    })),
    apps: apps(),
    connectors: connectors(),
    entitlements: entitlements.map(([name, displayName]) => ({
      ...facts('entitlement', `${name} ${displayName}`),
      displayName,
      appId: appId(name),
    })),
  };
}

function facts(kind: string, displayName: string): JsonObject {
  return { id: idOf(`${kind}/${displayName}`), displayName, createdAt: STARTED, updatedAt: STARTED };
}

const userId = (name: string): string => idOf(`user/${name}`);
const appId = (displayName: string): string => idOf(`app/${displayName}`);

function personOf([displayName, department, jobTitle]: (typeof people)[number]): JsonObject {
  const name = displayName.split(' ')[0]?.toLowerCase() ?? '';
  const email = `${name}@acme.example`;
  return {
    ...facts('user', displayName),
    id: userId(name),
    email,
    emails: [email],
    username: name,
    usernames: [name],
    department,
    jobTitle,
  };
}

function serviceUser(): JsonObject {
  return {
    ...facts('user', 'c1sync'),
    email: SERVICE_EMAIL,
    emails: [SERVICE_EMAIL],
    username: 'c1sync',
    type: 'USER_TYPE_SERVICE',
    origin: 'USER_ORIGIN_LOCAL',
  };
}

function apps(): JsonObject[] {
  const approved = { grantPolicyId: idOf('policy/Manager approval') };
  const revoked = { revokePolicyId: idOf('policy/Immediate revoke') };
  const viaOkta = { parentAppId: appId('Okta') };
  return [
    app('Okta', 'Directory of everyone at Acme', ['carol'], { isDirectory: true, userCount: '11' }),
    app('GitHub', 'Source control', ['alice', 'dave'], {
      ...approved,
      ...revoked,
      monthlyCostUsd: 21,
      userCount: '6',
    }),
    app('Slack', 'Chat', ['heidi'], { ...viaOkta, monthlyCostUsd: 8, userCount: '11' }),
    app('Salesforce', 'Customers and deals', ['grace'], { ...viaOkta, ...approved, monthlyCostUsd: 75 }),
    app('Datadog', 'Dashboards and alerts', ['ivan'], { ...approved, monthlyCostUsd: 15 }),
    app('NetSuite', 'Books', ['frank'], { isManuallyManaged: true, monthlyCostUsd: 99 }),
  ];
}

function app(displayName: string, description: string, owners: string[], rest: JsonObject): JsonObject {
  return { ...facts('app', displayName), description, ownerIds: owners.map(userId), ...rest };
}

function connectors(): JsonObject[] {
  return [
    connector('Okta', 'Okta v2', '2kG3aTftCcAvWtHZt2Ywry0dPn7', 'carol', {
      okta_v2_domain: 'acme.okta.example',
      okta_v2_api_token: 'made-up-okta-token',
    }),
    connector('GitHub', 'GitHub v2', '2gkeVHQ9u8BtFpouw5jRmbnxjkW', 'alice', {
      C1_selected_field_group_name: 'github_personal_access_token_group',
      github_org_list: 'acme',
      github_access_token: 'made-up-github-token',
    }),
    connector('Datadog', 'Datadog v2', '2bPWKbmyHA62BAdao3oYlXB5cm5', 'ivan', {
      datadog_site: 'datadoghq.eu',
      datadog_api_key: 'made-up-datadog-key',
      datadog_application_key: 'made-up-datadog-application-key',
    }),
  ];
}

function connector(
  appName: string,
  displayName: string,
  catalogId: string,
  owner: string,
  values: Readonly<Record<string, string>>,
): JsonObject {
  const configuration = Object.fromEntries(
    Object.entries(values).map(([name, stringValue]) => [name, { stringValue }]),
  );
  return {
    ...facts('connector', `${appName} ${displayName}`),
    displayName,
    appId: appId(appName),
    catalogId,
    userIds: [userId(owner)],
    config: { '@type': ENV_CONFIG, configuration },
    configUpdatedAt: STARTED,
    status: { status: 'SYNC_STATUS_DONE', startedAt: STARTED, completedAt: STARTED, updatedAt: STARTED },
  };
}

import { z } from 'zod';
import type { Field, Kind } from '../../core/model/kind.js';
import { asList, asObject, asText } from '../../text/shape.js';
import { bool, enumeration, id, integer, message, requiredText, type Traits, text } from '../fields.js';
import { type PolicyType, policyTypeOf } from '../lookups.js';
import { annotationMarks } from '../marks.js';
import { ownerEntitlementsField, ownersField } from '../owners.js';
import { annotationsSchema, exportAnnotations, normaliseAnnotations } from './annotations.js';

const INT32_MAX = 0x7fffffff;
const UINT32_MAX = 0xffffffff;

function policy(path: string, sugar: string, type: PolicyType, doc: string): Field {
  const names = z.string();
  return id(path, `${doc} By id.`, {
    onCreate: true,
    decidesAccess: true,
    sugar: {
      path: sugar,
      schema: names,
      lookup: `policy:${type}`,
      refersTo: { kind: 'Policy', where: { policyType: policyTypeOf(type) } },
      doc: `${doc} By display name.`,
    },
  });
}

const created: Traits = { onCreate: true };

const celPair = z.strictObject({
  appUserKeyCel: z.string().describe('Expression that gives the key of an app user.'),
  userKeyCel: z.string().describe('Expression that gives the key of a user.'),
});

/** Ordered. The server adds the app and an index to each case; definitions cannot set them. */
function normaliseMapper(value: unknown): { mappingCases: unknown[] } {
  const cases = asList(asObject(value).mappingCases).map((item) => ({
    appUserKeyCel: asText(asObject(item).appUserKeyCel),
    userKeyCel: asText(asObject(item).userKeyCel),
  }));
  return { mappingCases: cases };
}

function normaliseBaton(value: unknown): Record<string, string> {
  const { appId, connectorId, externalId } = asObject(value);
  const baton = { appId: asText(appId), connectorId: asText(connectorId), externalId: asText(externalId) };
  return Object.values(baton).every((part) => part === '') ? {} : baton;
}

const part = z.string().min(1).optional();

const batonSchema = z
  .strictObject({ appId: part, connectorId: part, externalId: part })
  .refine((baton) => [0, 3].includes(Object.keys(baton).length), {
    message: 'Must have appId, connectorId and externalId, or none of them.',
  });

/** The writable fields of an app in the API. */
const fields: readonly Field[] = [
  requiredText('displayName', 'Name of the app as people see it.', created),
  text('description', 'What the app is for.', created),
  text('instructions', 'Shown in the form of an access request for this app.', created),
  text('iconUrl', 'Address of the icon of the app.'),
  integer('monthlyCostUsd', 'Cost of a seat a month, in US dollars.', { min: 0, max: INT32_MAX }, created),
  policy('certifyPolicyId', 'certifyPolicy', 'certify', 'Policy of access reviews.'),
  policy('grantPolicyId', 'grantPolicy', 'grant', 'Policy of access requests.'),
  policy('revokePolicyId', 'revokePolicy', 'revoke', 'Policy of access revocations.'),
  id('defaultRequestCatalogId', 'Request catalog that new entitlements go to. By id.', {
    sugar: {
      path: 'defaultRequestCatalog',
      schema: z.string(),
      lookup: 'requestCatalog',
      doc: 'Request catalog that new entitlements go to. By display name.',
    },
  }),
  enumeration(
    'identityMatching',
    'How accounts of the app are matched with users.',
    [
      'APP_USER_IDENTITY_MATCHING_UNSPECIFIED',
      'APP_USER_IDENTITY_MATCHING_STRICT',
      'APP_USER_IDENTITY_MATCHING_DISPLAY_NAME',
      'APP_USER_IDENTITY_MATCHING_CUSTOM',
    ],
    created,
  ),
  bool('isManuallyManaged', 'The app is managed by hand instead of by a connector.'),
  integer('connectorVersion', 'Version of the connector model of the app.', { min: 0, max: UINT32_MAX }),
  bool(
    'strictAccessEntitlementProvisioning',
    'Provisioning always includes the access entitlement while the account is missing.',
    created,
  ),
  bool('enableConnectorSourcedOwnership', 'Owners of resources come from the connector.'),
  bool('revokeGrantSources', 'Revoking a grant also revokes the grants that it comes from.'),
  message('annotations', 'Key and value pairs; keys that are not named are left alone, "" deletes a key.', {
    schema: annotationsSchema,
    shape: 'entries',
    empty: {},
    onCreate: true,
    normalise: normaliseAnnotations,
    toSpec: exportAnnotations,
  }),
  message('appUserMapper', 'Expressions that match accounts with users, tried in order.', {
    schema: z.strictObject({ mappingCases: z.array(celPair) }),
    empty: { mappingCases: [] },
    normalise: normaliseMapper,
  }),
  message('matchBatonRef', 'The discovered application that takes this app over; {} for none.', {
    schema: batonSchema,
    empty: {},
    onCreate: true,
    normalise: normaliseBaton,
  }),
  ownersField('ownerIds', 'Users who own the app: exactly these.'),
  ownerEntitlementsField(
    {
      usersPath: 'ownerIds',
      appKind: 'App',
      doc: 'Entitlements whose holders own the app: exactly these.',
    },
    { ...created, wire: 'appEntitlementOwnerRefs' },
  ),
];

/** An application in the tenant. */
export const appKind: Kind = {
  name: 'App',
  fields,
  title: 'displayName',
  writes: ['update', 'owners'],
  wholeWrites: ['owners'],
  naturalKey: ['displayName'],
  marks: annotationMarks('annotations'),
  owners: 'ownerIds',
  reach: ({ userCount }) =>
    typeof userCount === 'number' && userCount > 0
      ? `used by ${userCount} ${userCount === 1 ? 'person' : 'people'}`
      : undefined,
  sample: 'github',
  deletion: {
    consent: 'directory',
    scope: 'a directory app',
    guards: ({ facts }) => facts.isDirectory === true,
    reason:
      'it is a directory, and deleting it deletes every app discovered through it; restore the definition with metadata.annotations c1sync/prune: "directory" first, or delete it by hand',
  },
  aliases: {
    name: 'displayName',
    monthlyCost: 'monthlyCostUsd',
    cost: 'monthlyCostUsd',
    icon: 'iconUrl',
    logoUri: 'iconUrl',
    requestCatalog: 'defaultRequestCatalog',
    catalog: 'defaultRequestCatalog',
    certificationPolicy: 'certifyPolicy',
    requestPolicy: 'grantPolicy',
    appOwners: 'owners',
    userIds: 'ownerIds',
    appEntitlementOwnerRefs: 'appEntitlementRefs',
    tags: 'annotations',
  },
};

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

function policy(path: string, sugar: string, type: PolicyType, doc: string, example: string): Field {
  return id(path, `${doc} By id.`, {
    onCreate: true,
    decidesAccess: true,
    sugar: {
      path: sugar,
      schema: z.string(),
      examples: [example],
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

function part(doc: string): z.ZodType<string | undefined> {
  return z.string().min(1).optional().describe(doc);
}

const batonSchema = z
  .strictObject({
    appId: part('Id of the app that the connector belongs to.'),
    connectorId: part('Id of the connector that discovered the application.'),
    externalId: part('Id of the application at its source.'),
  })
  .refine((baton) => [0, 3].includes(Object.keys(baton).length), {
    message: 'Must have appId, connectorId and externalId, or none of them.',
  });

/** The writable fields of an app in the API. */
const fields: readonly Field[] = [
  requiredText('displayName', 'Name of the app as people see it.', { ...created, examples: ['GitHub'] }),
  text('description', 'What the app is for.', {
    ...created,
    examples: ['Source control for every product team'],
  }),
  text('instructions', 'Shown in the form of an access request for this app.', {
    ...created,
    examples: ['Say which repositories you need and why.'],
  }),
  text('iconUrl', 'Address of the icon of the app.', { examples: ['https://acme.example/icons/github.png'] }),
  integer(
    'monthlyCostUsd',
    'Cost of a seat a month, in US dollars.',
    { min: 0, max: INT32_MAX },
    { ...created, examples: [21] },
  ),
  policy('certifyPolicyId', 'certifyPolicy', 'certify', 'Policy of access reviews.', 'Quarterly review'),
  policy('grantPolicyId', 'grantPolicy', 'grant', 'Policy of access requests.', 'Manager approval'),
  policy('revokePolicyId', 'revokePolicy', 'revoke', 'Policy of access revocations.', 'Automatic revocation'),
  id('defaultRequestCatalogId', 'Request catalog that new entitlements go to. By id.', {
    sugar: {
      path: 'defaultRequestCatalog',
      schema: z.string(),
      lookup: 'requestCatalog',
      examples: ['Engineering tools'],
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
    examples: [{ 'platform/cost-center': '4711' }],
    empty: {},
    onCreate: true,
    normalise: normaliseAnnotations,
    toSpec: exportAnnotations,
  }),
  message('appUserMapper', 'Expressions that match accounts with users, tried in order.', {
    schema: z.strictObject({ mappingCases: z.array(celPair).describe('Pairs of expressions, in order.') }),
    examples: [{ mappingCases: [{ appUserKeyCel: 'appUser.email', userKeyCel: 'user.email' }] }],
    empty: { mappingCases: [] },
    normalise: normaliseMapper,
  }),
  message('matchBatonRef', 'The discovered application that takes this app over; {} for none.', {
    schema: batonSchema,
    examples: [{ appId: '<id of the app>', connectorId: '<id of the connector>', externalId: 'payroll' }],
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

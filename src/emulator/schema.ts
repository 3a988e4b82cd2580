import type { JsonObject } from './json.js';
import {
  bool,
  enumeration,
  int32,
  int64,
  leftOut,
  listOf,
  type MessageFields,
  nested,
  raw,
  text,
  textMap,
  texts,
  timestamp,
  uint32,
} from './proto.js';

/** An app in the form of the API. */
export interface App extends JsonObject {
  id: string;
  displayName: string;
  annotations: Record<string, string>;
  isDirectory: boolean;
  parentAppId: string;
  deletedAt: string | null;
  createdAt: string | null;
}

/** A connector in the form of the API, with the secrets in `config`. */
export interface Connector extends JsonObject {
  id: string;
  appId: string;
  catalogId: string;
  displayName: string;
  userIds: string[];
  config: JsonObject | null;
  syncDisabledAt: string | null;
}

/** A user in the form of the API. */
export interface User extends JsonObject {
  id: string;
  email: string;
  displayName: string;
}

/** A policy in the form of the API. */
export interface Policy extends JsonObject {
  id: string;
  displayName: string;
  policyType: string;
  annotations: Record<string, string>;
}

/** A request catalog in the form of the API. */
export interface Catalog extends JsonObject {
  id: string;
  displayName: string;
}

/** An entitlement of an app in the form of the API. */
export interface Entitlement extends JsonObject {
  id: string;
  appId: string;
  displayName: string;
}

const appUserMapperFields: MessageFields = {
  appId: text,
  mappingCases: listOf({ appId: text, appUserKeyCel: text, caseIndex: uint32, userKeyCel: text }),
};

/**
 * The fields of an app. Releases of the vendor's client do not take null for `accessModel`, for
 * `enableConnectorSourcedOwnership` and for messages: they are absent while unset.
 */
export const appFields: MessageFields = {
  id: text,
  displayName: text,
  description: text,
  instructions: text,
  iconUrl: text,
  logoUri: text,
  monthlyCostUsd: int32,
  certifyPolicyId: text,
  grantPolicyId: text,
  revokePolicyId: text,
  defaultRequestCatalogId: text,
  identityMatching: enumeration('APP_USER_IDENTITY_MATCHING_UNSPECIFIED'),
  isManuallyManaged: bool,
  isDirectory: bool,
  connectorVersion: uint32,
  strictAccessEntitlementProvisioning: bool,
  enableConnectorSourcedOwnership: leftOut(bool),
  revokeGrantSources: bool,
  annotations: textMap,
  appUserMapper: leftOut(nested(appUserMapperFields)),
  matchBatonRef: leftOut(nested({ appId: text, connectorId: text, externalId: text })),
  accessModel: leftOut(text),
  appAccountId: text,
  appAccountName: text,
  appOwners: raw(() => []),
  parentAppId: text,
  userCount: int64,
  fieldMask: raw(() => null),
  createdAt: timestamp,
  updatedAt: timestamp,
  deletedAt: timestamp,
};

/** The fields of the schedule of a connector. */
export const scheduleFields: MessageFields = { cronSpec: text, timezone: text, start: leftOut(timestamp) };

/**
 * The fields of a connector. As in an app, the fields for which the vendor's client does not take null are absent while unset.
 */
export const connectorFields: MessageFields = {
  id: text,
  appId: text,
  catalogId: text,
  displayName: text,
  description: text,
  userIds: texts,
  config: raw(() => null),
  configUpdatedAt: leftOut(timestamp),
  connectorApiVersion: uint32,
  connectorSyncCronSchedule: leftOut(nested(scheduleFields)),
  profileAllowList: texts,
  profileIgnoreList: texts,
  disableCheckBadSync: bool,
  parallelSyncWorkerCount: int32,
  syncConfig: leftOut(nested({ syncResourceTypeIds: texts })),
  syncDisabledAt: timestamp,
  syncDisabledReason: text,
  syncDisabledCategory: text,
  canResumeSync: bool,
  downloadUrl: text,
  oauthAuthorizedAs: leftOut(nested({ authEmail: text, authorizedAt: timestamp })),
  status: nested({
    status: enumeration('SYNC_STATUS_UNSPECIFIED'),
    lastError: text,
    startedAt: timestamp,
    completedAt: timestamp,
    updatedAt: timestamp,
  }),
  createdAt: timestamp,
  updatedAt: timestamp,
  deletedAt: timestamp,
};

const sources = raw(() => []);

/** The fields of a user. */
export const userFields: MessageFields = {
  id: text,
  displayName: text,
  email: text,
  emails: texts,
  username: text,
  usernames: texts,
  status: enumeration('ENABLED'),
  type: enumeration('USER_TYPE_HUMAN'),
  origin: enumeration('USER_ORIGIN_DIRECTORY'),
  department: text,
  jobTitle: text,
  employmentStatus: text,
  employmentType: text,
  employeeIds: texts,
  managerIds: texts,
  roleIds: texts,
  directoryIds: texts,
  directoryStatus: enumeration('ENABLED'),
  delegatedUserId: text,
  profile: raw(() => ({})),
  departmentSources: sources,
  directoryStatusSources: sources,
  emailSources: sources,
  employeeIdSources: sources,
  employmentStatusSources: sources,
  employmentTypeSources: sources,
  jobTitleSources: sources,
  managerSources: sources,
  usernameSources: sources,
  createdAt: timestamp,
  updatedAt: timestamp,
  deletedAt: timestamp,
};

/** The fields of a policy; steps, rules and actions are stored unchanged. */
export const policyFields: MessageFields = {
  id: text,
  displayName: text,
  description: text,
  policyType: enumeration('POLICY_TYPE_UNSPECIFIED'),
  policySteps: raw(() => ({})),
  postActions: raw(() => []),
  rules: raw(() => []),
  scope: raw(() => undefined),
  baselinePolicyId: text,
  reassignTasksToDelegates: bool,
  systemBuiltin: bool,
  annotations: textMap,
  createdAt: timestamp,
  updatedAt: timestamp,
  deletedAt: timestamp,
};

/** The fields of a request catalog. */
export const catalogFields: MessageFields = {
  id: text,
  displayName: text,
  description: text,
  published: bool,
  visibleToEveryone: bool,
  requestBundle: bool,
  createdByUserId: text,
  enrollmentBehavior: enumeration('REQUEST_CATALOG_ENROLLMENT_BEHAVIOR_UNSPECIFIED'),
  unenrollmentBehavior: enumeration('REQUEST_CATALOG_UNENROLLMENT_BEHAVIOR_UNSPECIFIED'),
  unenrollmentEntitlementBehavior: enumeration(
    'REQUEST_CATALOG_UNENROLLMENT_ENTITLEMENT_BEHAVIOR_UNSPECIFIED',
  ),
  annotations: textMap,
  accessEntitlements: raw(() => []),
  createdAt: timestamp,
  updatedAt: timestamp,
  deletedAt: timestamp,
};

/** The fields of an entitlement. Policies and durations are stored unchanged and absent while unset. */
export const entitlementFields: MessageFields = {
  id: text,
  appId: text,
  appResourceId: text,
  appResourceTypeId: text,
  displayName: text,
  description: text,
  alias: text,
  slug: text,
  externalId: text,
  purpose: enumeration('APP_ENTITLEMENT_PURPOSE_VALUE_UNSPECIFIED'),
  annotations: textMap,
  certifyPolicyId: text,
  grantPolicyId: text,
  revokePolicyId: text,
  emergencyGrantPolicyId: text,
  emergencyGrantEnabled: bool,
  complianceFrameworkValueIds: texts,
  riskLevelValueId: text,
  requestSchemaId: text,
  matchBatonId: text,
  sourceConnectorIds: textMap,
  provisionerPolicy: raw(() => undefined),
  deprovisionerPolicy: raw(() => undefined),
  durationGrant: leftOut(text),
  durationUnset: raw(() => undefined),
  defaultValuesApplied: bool,
  overrideAccessRequestsDefaults: bool,
  isAutomationEnabled: bool,
  isManuallyManaged: bool,
  systemBuiltin: bool,
  grantCount: int64,
  userEditedMask: leftOut(text),
  createdAt: timestamp,
  updatedAt: timestamp,
  deletedAt: timestamp,
};

import type { Messages } from './notation.js';

/** The messages of apps, entitlements and connectors. */
export const apps: Messages = {
  App: `
    accessModel:text annotations:map<text> appAccountId:text appAccountName:text appOwners:[User]?
    appUserMapper:AppUserMapper certifyPolicyId:text connectorVersion:uint32 createdAt:time?
    defaultRequestCatalogId:text deletedAt:time? description:text displayName:text
    enableConnectorSourcedOwnership:bool fieldMask:text? grantPolicyId:text iconUrl:text id:text
    identityMatching:text instructions:text isDirectory:bool isManuallyManaged:bool logoUri:text
    matchBatonRef:AppMatchBatonRef? monthlyCostUsd:int32 parentAppId:text revokeGrantSources:bool
    revokePolicyId:text strictAccessEntitlementProvisioning:bool updatedAt:time? userCount:int64
  `,
  AppEntitlementExpandMask: 'paths:[text]?',
  AppEntitlementRef: 'appId:text id:text',
  AppEntitlementSearchServiceSearchRequest: `
    accessReviewId:text alias:text appIds:[text]? appUserIds:[text]? complianceFrameworkIds:[text]?
    displayName:text excludeAppIds:[text]? excludeAppUserIds:[text]? excludeImmutable:bool
    excludeResourceTypeIds:[text]? excludedEntitlementRefs:[AppEntitlementRef]?
    expandMask:AppEntitlementExpandMask? includeDeleted:bool isAutomated:bool membershipType:[text]?
    onlyGetExpiring:bool pageSize:int32 pageToken:text policyRefs:[PolicyRef]? query:text
    refs:[AppEntitlementRef]? requestSchemaIds:[text]? resourceIds:[text]? resourceTraitIds:[text]?
    resourceTypeIds:[text]? riskLevelIds:[text]? sourceConnectorId:text
  `,
  AppEntitlementSearchServiceSearchResponse: `
    expanded:[any]? facets:Facets? list:[AppEntitlementView]? nextPageToken:text
  `,
  AppEntitlementView: `
    appEntitlement:AppEntitlement? appPath:text appResourcePath:text appResourceTypePath:text
    objectPermissions:iam.v1.ActorObjectPermissions?
  `,
  AppManagedStateBindingRef: 'appId:text resourceId:text resourceTypeId:text',
  AppMatchBatonRef: 'appId!:text connectorId!:text externalId!:text',
  AppOwnerEntitlement: 'appEntitlement:AppEntitlement? appId:text createdAt:time? roleSlug:text',
  AppUserMapper: 'appId:text mappingCases:[AppUserMapperMatchCase]?',
  AppUserMapperMatchCase: 'appId:text appUserKeyCel:text caseIndex:uint32 userKeyCel:text',
  Connector: `
    appId:text canResumeSync:bool catalogId:text config:any? configUpdatedAt:time
    connectorApiVersion:uint32 connectorSyncCronSchedule:ConnectorSyncCronSchedule createdAt:time?
    deletedAt:time? description:text disableCheckBadSync:bool displayName:text downloadUrl:text id:text
    oauthAuthorizedAs:OAuth2AuthorizedAs? parallelSyncWorkerCount:int32? profileAllowList:[text]?
    profileIgnoreList:[text]? status:ConnectorStatus? syncConfig:SyncConfig syncDisabledAt:time?
    syncDisabledCategory:text syncDisabledReason:text updatedAt:time? userIds:[text]?
  `,
  ConnectorExpandMask: 'paths:[text]?',
  ConnectorOwnerEntitlement: `
    appEntitlement:AppEntitlement? appId:text connectorId:text createdAt:time? roleSlug:text
  `,
  ConnectorScheduleCron: 'cronSpec:text timezone:text',
  ConnectorServiceCreateDelegatedRequestInput: `
    appEntitlementOwnerRefs:[AppEntitlementRef]? appManagedStateBindingRef:AppManagedStateBindingRef?
    catalogId:text description:text displayName:text expandMask:ConnectorExpandMask? userIds:[text]?
  `,
  ConnectorServiceCreateRequestInput: `
    catalogId:text config:any? description:text expandMask:ConnectorExpandMask? userIds:[text]?
  `,
  ConnectorServiceCreateResponse: 'connectorView:ConnectorView? expanded:[any]?',
  ConnectorServiceGetResponse: 'connectorView:ConnectorView? expanded:[any]?',
  ConnectorServiceListResponse: 'expanded:[any]? list:[ConnectorView]? nextPageToken:text',
  ConnectorServiceUpdateDelegatedRequestInput: `
    connector:Connector? expandMask:ConnectorExpandMask? updateMask:text?
  `,
  ConnectorServiceUpdateRequestInput: `
    connector:Connector? expandMask:ConnectorExpandMask? updateMask:text?
  `,
  ConnectorServiceUpdateResponse: 'connectorView:ConnectorView? expanded:[any]?',
  ConnectorStatus: 'completedAt:time? lastError:text startedAt:time? status:text updatedAt:time?',
  ConnectorSyncCronSchedule: 'cronSpec:text start:time timezone:text',
  ConnectorView: 'appPath:text capabilitiesPath:text connector:Connector? usersPath:text',
  CreateAppEntitlementOwnerRequestInput: 'appEntitlementRef:AppEntitlementRef?',
  CreateAppEntitlementOwnerResponse: 'appOwnerEntitlement:AppOwnerEntitlement?',
  CreateAppRequest: `
    annotations:map<text> appEntitlementOwnerRefs:[AppEntitlementRef]? certifyPolicyId:text
    description:text displayName!:text grantPolicyId:text identityMatching:text instructions:text
    matchBatonRef:AppMatchBatonRef? monthlyCostUsd:int32 owners:[text]? revokePolicyId:text
    strictAccessEntitlementProvisioning:bool
  `,
  CreateAppResponse: 'app:App?',
  CreateConnectorEntitlementOwnerRequestInput: 'appEntitlementRef:AppEntitlementRef?',
  CreateConnectorEntitlementOwnerResponse: 'connectorOwnerEntitlement:ConnectorOwnerEntitlement?',
  DeleteAppEntitlementOwnerRequestInput: 'appEntitlementRef:AppEntitlementRef?',
  DeleteAppOwnersRequestInput: 'userIds:[text]?',
  DeleteConnectorEntitlementOwnerRequestInput: 'appEntitlementRef:AppEntitlementRef?',
  FacetCategory: 'displayName:text iconUrl:text param:text range:FacetRangeItem? value:FacetValueItem?',
  FacetRange: 'count:int64 displayName:text from:int64 iconUrl:text to:int64',
  FacetRangeItem: 'ranges:[FacetRange]?',
  FacetValue: 'count:int64 displayName:text iconUrl:text value:text',
  FacetValueItem: 'values:[FacetValue]?',
  Facets: 'count:int64 facets:[FacetCategory]?',
  GetAppEntitlementOwnerResponse: 'appOwnerEntitlement:AppOwnerEntitlement?',
  GetAppEntitlementResponse: 'appEntitlementView:AppEntitlementView? expanded:[any]?',
  GetAppResponse: 'app:App?',
  GetConnectorEntitlementOwnerResponse: 'connectorOwnerEntitlement:ConnectorOwnerEntitlement?',
  ListAppEntitlementsResponse: 'expanded:[any]? list:[AppEntitlementView]? nextPageToken:text',
  ListAppOwnerIDsResponse: 'userIds:[text]?',
  ListAppOwnersResponse: 'list:[User]? nextPageToken:text',
  ListAppsResponse: 'list:[App]? nextPageToken:text',
  OAuth2AuthorizedAs: 'authEmail:text authorizedAt:time?',
  SearchAppEntitlementOwnersResponse: 'list:[AppOwnerEntitlement]? nextPageToken:text',
  SearchAppsRequest: `
    appIds:[text]? displayName:text excludeAppIds:[text]? onlyDirectories:bool pageSize:int32
    pageToken:text policyRefs:[PolicyRef]? query:text
  `,
  SearchAppsResponse: 'list:[App]? nextPageToken:text',
  SearchConnectorEntitlementOwnersResponse: 'list:[ConnectorOwnerEntitlement]? nextPageToken:text',
  SetConnectorOwnersV2RequestInput: `
    appEntitlementRefs:[AppEntitlementRef]? roleSlug:text userRefs:[UserRef]?
  `,
  SyncConfig: 'syncResourceTypeIds:[text]?',
  UpdateAppRequestInput: 'app:App? updateMask:text?',
  UpdateAppResponse: 'app:App?',
  UpdateConnectorScheduleRequestInput: 'cron:ConnectorScheduleCron?',
  'app.v1.SetAppOwnersRequestInput': 'userIds:[text]?',
  'app.v2.SetAppOwnersRequestInput': `
    appEntitlementRefs:[AppEntitlementRef]? roleSlug:text userRefs:[UserRef]?
  `,
  'iam.v1.ActorObjectPermissions': 'delete:bool edit:bool extra:map<bool> read:bool',
};

import type { Messages } from './notation.js';

/** The messages of users, policies, catalogs and the system log. */
export const directory: Messages = {
  AppEntitlement: `
    alias:text annotations:map<text> appId:text appResourceId:text appResourceTypeId:text
    certifyPolicyId:text complianceFrameworkValueIds:[text]? createdAt:time? defaultValuesApplied:bool
    deletedAt:time? deprovisionerPolicy:any? description:text displayName:text durationGrant:text?
    durationUnset:map<any>? emergencyGrantEnabled:bool emergencyGrantPolicyId:text externalId:text
    grantCount:int64 grantPolicyId:text id:text isAutomationEnabled:bool isManuallyManaged:bool
    matchBatonId:text overrideAccessRequestsDefaults:bool provisionerPolicy:any? purpose:text
    requestSchemaId:text revokePolicyId:text riskLevelValueId:text slug:text
    sourceConnectorIds:map<text> systemBuiltin:bool updatedAt:time? userEditedMask:text?
  `,
  AppOwnerUser: 'appId:text createdAt:time? roleSlug:text user:User?',
  ConnectorCatalogServiceConfigurationSchemaRequest: 'appId:text catalogId:text connectorId:text',
  ConnectorOwnerUser: 'appId:text connectorId:text createdAt:time? roleSlug:text user:User?',
  CreateAppUserOwnerRequestInput: 'userRef:UserRef?',
  CreateAppUserOwnerResponse: 'appOwnerUser:AppOwnerUser?',
  CreateConnectorUserOwnerRequestInput: 'userRef:UserRef?',
  CreateConnectorUserOwnerResponse: 'connectorOwnerUser:ConnectorOwnerUser?',
  CreatePolicyRequest: `
    annotations:map<text> baselinePolicyId:text description:text displayName!:text policySteps:map<any>
    policyType:text postActions:[any]? reassignTasksToDelegates:bool rules:[any]? scope:PolicyScope?
  `,
  CreatePolicyResponse: 'policy:Policy?',
  DeleteAppUserOwnerRequestInput: 'userRef:UserRef?',
  DeleteConnectorUserOwnerRequestInput: 'userRef:UserRef?',
  GetAppUserOwnerResponse: 'appOwnerUser:AppOwnerUser?',
  GetConnectorUserOwnerResponse: 'connectorOwnerUser:ConnectorOwnerUser?',
  GetPolicyResponse: 'policy:Policy?',
  IntrospectResponse: `
    deviceClientId:text disabledModules:[text]? features:[text]? permissions:[text]? principleId:text
    roles:[text]? tenantId:text userId:text
  `,
  ListPolicyResponse: 'list:[Policy]? nextPageToken:text',
  Policy: `
    annotations:map<text> baselinePolicyId:text createdAt:time? deletedAt:time? description:text
    displayName:text id:text policySteps:map<any> policyType:text postActions:[any]?
    reassignTasksToDelegates:bool rules:[any]? scope:PolicyScope? systemBuiltin:bool updatedAt:time?
  `,
  PolicyRef: 'id:text',
  PolicyScope: 'appEntitlementId:text appId:text slot:text',
  RequestCatalog: `
    accessEntitlements:[AppEntitlement]? annotations:map<text> createdAt:time? createdByUserId:text
    deletedAt:time? description:text displayName:text enrollmentBehavior:text id:text published:bool
    requestBundle:bool unenrollmentBehavior:text unenrollmentEntitlementBehavior:text updatedAt:time?
    visibleToEveryone:bool
  `,
  RequestCatalogExpandMask: 'paths:[text]?',
  RequestCatalogManagementServiceCreateRequest: `
    annotations:map<text> description:text displayName!:text enrollmentBehavior:text
    expandMask:RequestCatalogExpandMask? published:bool requestBundle:bool unenrollmentBehavior:text
    unenrollmentEntitlementBehavior:text visibleToEveryone:bool
  `,
  RequestCatalogManagementServiceGetResponse: 'expanded:[any]? requestCatalogView:RequestCatalogView?',
  RequestCatalogManagementServiceListResponse: `
    expanded:[any]? list:[RequestCatalogView]? nextPageToken:text
  `,
  RequestCatalogView: `
    accessEntitlementsPath:text createdByUserPath:text memberCount:int64 requestCatalog:RequestCatalog?
  `,
  SearchAppUserOwnersResponse: 'list:[AppOwnerUser]? nextPageToken:text',
  SearchConnectorUserOwnersResponse: 'list:[ConnectorOwnerUser]? nextPageToken:text',
  SearchPoliciesRequest: `
    displayName:text excludePolicyIds:[text]? includeDeleted:bool pageSize:int32 pageToken:text
    policyTypes:[text]? query:text refs:[PolicyRef]? scopeAppEntitlementId:text scopeAppId:text
    scopeObjectType:text scopeSlot:text scopeView:text
  `,
  SearchPoliciesResponse: 'list:[Policy]? nextPageToken:text',
  SearchUsersRequest: `
    delegateStatus:text delegatedUserIds:[text]? departments:[text]? email:text excludeIds:[text]?
    excludeOrigins:[text]? excludeTypes:[text]? expandMask:UserExpandMask? ids:[text]? isDelegate:bool
    jobTitles:[text]? managerIds:[text]? origins:[text]? pageSize:int32 pageToken:text query:text
    refs:[UserRef]? roleIds:[text]? sourceAppIds:[text]? userStatuses:[text]?
  `,
  SearchUsersResponse: 'expanded:[any]? list:[UserView]? nextPageToken:text',
  SystemLogServiceListEventsRequest: `
    pageSize:int32 pageToken:text since:time? sinceEventUid:text sortDirection:text until:time?
    untilEventUid:text
  `,
  SystemLogServiceListEventsResponse: 'list:[map<any>]? nextPageToken:text',
  UpdatePolicyRequestInput: 'policy:Policy? updateMask:text?',
  UpdatePolicyResponse: 'policy:Policy?',
  User: `
    createdAt:time? delegatedUserId:text deletedAt:time? department:text
    departmentSources:[UserAttributeMappingSource]? directoryIds:[text]? directoryStatus:text
    directoryStatusSources:[UserAttributeMappingSource]? displayName:text email:text
    emailSources:[UserAttributeMappingSource]? emails:[text]?
    employeeIdSources:[UserAttributeMappingSource]? employeeIds:[text]? employmentStatus:text
    employmentStatusSources:[UserAttributeMappingSource]? employmentType:text
    employmentTypeSources:[UserAttributeMappingSource]? id:text jobTitle:text
    jobTitleSources:[UserAttributeMappingSource]? managerIds:[text]?
    managerSources:[UserAttributeMappingSource]? origin:text profile:map<any>? roleIds:[text]?
    status:text type:text updatedAt:time? username:text usernameSources:[UserAttributeMappingSource]?
    usernames:[text]?
  `,
  UserAttributeMappingSource: `
    appId:text appUserId:text appUserProfileAttributeKey:text priority:uint32
    userAttributeMappingId:text value:text
  `,
  UserExpandMask: 'paths:[text]?',
  UserRef: 'id:text',
  UserServiceGetResponse: 'expanded:[any]? userView:UserView?',
  UserServiceListResponse: 'expanded:[any]? list:[UserView]? nextPageToken:text',
  UserView: `
    delegatedUserPath:text directoriesPath:text managersPath:text
    objectPermissions:authorization.v1.ActorObjectPermissions? rolesPath:text user:User? userId:text
  `,
  'authorization.v1.ActorObjectPermissions': 'delete:bool edit:bool extra:map<bool> read:bool',
};

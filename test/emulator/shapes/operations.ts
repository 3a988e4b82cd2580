/**
 * The operations of the API: method, path and names of query parameters, then the message of the body and of the answer.
 */
export const operations: Readonly<Record<string, string>> = {
  'GET /api/v1/apps?page_size,page_token': '-> ListAppsResponse',
  'POST /api/v1/apps': 'CreateAppRequest -> CreateAppResponse',
  'GET /api/v1/apps/{app_id}/connectors?page_size,page_token': '-> ConnectorServiceListResponse',
  'POST /api/v1/apps/{app_id}/connectors':
    'ConnectorServiceCreateDelegatedRequestInput -> ConnectorServiceCreateResponse',
  'POST /api/v1/apps/{app_id}/connectors/{connector_id}/force_sync': 'map<any> -> map<any>',
  'POST /api/v1/apps/{app_id}/connectors/{connector_id}/pause': 'map<any> -> map<any>',
  'POST /api/v1/apps/{app_id}/connectors/{connector_id}/resume': 'map<any> -> map<any>',
  'POST /api/v1/apps/{app_id}/connectors/{connector_id}/schedule':
    'UpdateConnectorScheduleRequestInput -> map<any>',
  'DELETE /api/v1/apps/{app_id}/connectors/{id}': 'map<any> -> map<any>',
  'GET /api/v1/apps/{app_id}/connectors/{id}': '-> ConnectorServiceGetResponse',
  'POST /api/v1/apps/{app_id}/connectors/{id}':
    'ConnectorServiceUpdateRequestInput -> ConnectorServiceUpdateResponse',
  'POST /api/v1/apps/{app_id}/connectors/create':
    'ConnectorServiceCreateRequestInput -> ConnectorServiceCreateResponse',
  'GET /api/v1/apps/{app_id}/entitlements?page_size,page_token': '-> ListAppEntitlementsResponse',
  'GET /api/v1/apps/{app_id}/entitlements/{id}': '-> GetAppEntitlementResponse',
  'GET /api/v1/apps/{app_id}/ownerids': '-> ListAppOwnerIDsResponse',
  'DELETE /api/v1/apps/{app_id}/owners': 'DeleteAppOwnersRequestInput -> map<any>',
  'GET /api/v1/apps/{app_id}/owners?page_size,page_token': '-> ListAppOwnersResponse',
  'PUT /api/v1/apps/{app_id}/owners': 'app.v1.SetAppOwnersRequestInput -> map<any>',
  'DELETE /api/v1/apps/{app_id}/owners/{user_id}': 'map<any> -> map<any>',
  'POST /api/v1/apps/{app_id}/owners/{user_id}': 'map<any> -> map<any>',
  'POST /api/v1/apps/{connector_app_id}/connectors/{connector_id}/delegated':
    'ConnectorServiceUpdateDelegatedRequestInput -> ConnectorServiceUpdateResponse',
  'DELETE /api/v1/apps/{id}': 'map<any> -> map<any>',
  'GET /api/v1/apps/{id}': '-> GetAppResponse',
  'POST /api/v1/apps/{id}': 'UpdateAppRequestInput -> UpdateAppResponse',
  'GET /api/v1/auth/introspect': '-> IntrospectResponse',
  'GET /api/v1/catalogs?page_size,page_token': '-> RequestCatalogManagementServiceListResponse',
  'POST /api/v1/catalogs':
    'RequestCatalogManagementServiceCreateRequest -> RequestCatalogManagementServiceGetResponse',
  'DELETE /api/v1/catalogs/{id}': 'map<any> -> map<any>',
  'GET /api/v1/catalogs/{id}': '-> RequestCatalogManagementServiceGetResponse',
  'POST /api/v1/connectorcatalog':
    'ConnectorCatalogServiceConfigurationSchemaRequest -> ConnectorCatalogServiceConfigurationSchemaResponse',
  'GET /api/v1/policies?page_size,page_token': '-> ListPolicyResponse',
  'POST /api/v1/policies': 'CreatePolicyRequest -> CreatePolicyResponse',
  'DELETE /api/v1/policies/{id}': 'map<any> -> map<any>',
  'GET /api/v1/policies/{id}': '-> GetPolicyResponse',
  'POST /api/v1/policies/{id}': 'UpdatePolicyRequestInput -> UpdatePolicyResponse',
  'POST /api/v1/search/apps': 'SearchAppsRequest -> SearchAppsResponse',
  'POST /api/v1/search/entitlements':
    'AppEntitlementSearchServiceSearchRequest -> AppEntitlementSearchServiceSearchResponse',
  'POST /api/v1/search/policies': 'SearchPoliciesRequest -> SearchPoliciesResponse',
  'POST /api/v1/search/users': 'SearchUsersRequest -> SearchUsersResponse',
  'POST /api/v1/systemlog/events': 'SystemLogServiceListEventsRequest -> SystemLogServiceListEventsResponse',
  'GET /api/v1/users?page_size,page_token': '-> UserServiceListResponse',
  'GET /api/v1/users/{id}': '-> UserServiceGetResponse',
  'PUT /api/v2/apps/{app_id}/connectors/{connector_id}/owners':
    'SetConnectorOwnersV2RequestInput -> map<any>',
  'GET /api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements?page_size,page_token,role_slug':
    '-> SearchConnectorEntitlementOwnersResponse',
  'DELETE /api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}':
    'DeleteConnectorEntitlementOwnerRequestInput -> map<any>',
  'GET /api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}':
    '-> GetConnectorEntitlementOwnerResponse',
  'POST /api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}':
    'CreateConnectorEntitlementOwnerRequestInput -> CreateConnectorEntitlementOwnerResponse',
  'GET /api/v2/apps/{app_id}/connectors/{connector_id}/owners/users?page_size,page_token,role_slug':
    '-> SearchConnectorUserOwnersResponse',
  'DELETE /api/v2/apps/{app_id}/connectors/{connector_id}/owners/users/{role_slug}/{user_ref_id}':
    'DeleteConnectorUserOwnerRequestInput -> map<any>',
  'GET /api/v2/apps/{app_id}/connectors/{connector_id}/owners/users/{role_slug}/{user_ref_id}':
    '-> GetConnectorUserOwnerResponse',
  'POST /api/v2/apps/{app_id}/connectors/{connector_id}/owners/users/{role_slug}/{user_ref_id}':
    'CreateConnectorUserOwnerRequestInput -> CreateConnectorUserOwnerResponse',
  'PUT /api/v2/apps/{app_id}/owners': 'app.v2.SetAppOwnersRequestInput -> map<any>',
  'GET /api/v2/apps/{app_id}/owners/entitlements?page_size,page_token,role_slug':
    '-> SearchAppEntitlementOwnersResponse',
  'DELETE /api/v2/apps/{app_id}/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}':
    'DeleteAppEntitlementOwnerRequestInput -> map<any>',
  'GET /api/v2/apps/{app_id}/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}':
    '-> GetAppEntitlementOwnerResponse',
  'POST /api/v2/apps/{app_id}/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}':
    'CreateAppEntitlementOwnerRequestInput -> CreateAppEntitlementOwnerResponse',
  'GET /api/v2/apps/{app_id}/owners/users?page_size,page_token,role_slug': '-> SearchAppUserOwnersResponse',
  'DELETE /api/v2/apps/{app_id}/owners/users/{role_slug}/{user_ref_id}':
    'DeleteAppUserOwnerRequestInput -> map<any>',
  'GET /api/v2/apps/{app_id}/owners/users/{role_slug}/{user_ref_id}': '-> GetAppUserOwnerResponse',
  'POST /api/v2/apps/{app_id}/owners/users/{role_slug}/{user_ref_id}':
    'CreateAppUserOwnerRequestInput -> CreateAppUserOwnerResponse',
};

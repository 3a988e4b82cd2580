/** One field of a connector's configuration. */
interface CatalogField {
  readonly name: string;
  /** Lists travel joined by commas, booleans as `true` and `false`. */
  readonly type: 'string' | 'bool' | 'list' | 'map';
  /** A secret is written, never read. */
  readonly secret: boolean;
}

/** A connector type that is publicly known. */
export interface CatalogEntry {
  /** Short name, as used in definitions. */
  readonly slug: string;
  /** The id the API knows it by, the same on every tenant. */
  readonly catalogId: string;
  readonly displayName: string;
  readonly fields: readonly CatalogField[];
}

const suffixes: Readonly<Record<string, CatalogField['type']>> = { '?': 'bool', '[]': 'list', '{}': 'map' };

/*
 * slug | catalog id | display name | configuration fields. After a field: `?` for a boolean, `[]` for a list, `{}` for a map,
 * `!` for a secret.
 */
const table = `
airbyte|2uhXkgjX5yIPfL2HPF6f3ujGHCA|Airbyte|airbyte_hostname airbyte_client_id! airbyte_client_secret!
artifactory|2zkJSqEsGYKcgu4sjujuAQfVNwc|Artifactory|artifactory_base_url! artifactory_reference_token! log_level otel_collector_endpoint otel_collector_endpoint_tls_cert otel_collector_endpoint_tls_cert_path otel_collector_endpoint_tls_insecure? otel_logging_disabled? otel_tracing_disabled?
asana|2OI6x9nAxwHJeJJu1q5q2g6w3CP|Asana|asana_api_key! asana_is_service_account? asana_default_workspace asana_use_scim_api?
atlassian|2trg8I1gaaoAQwRcxzNASbtCT76|Atlassian|access_token! organization_id
auth-0|2ooJOEelX8qZyCoYZT735IFK12p|Auth0|auth0_base_url auth0_client_id auth0_client_secret!
avalara|2n2p6hB8zixGBNQnbOpLCK8AkwW|Avalara|avalara_username avalara_password! avalara_environment
aws|24c5ROVm8cfqDBlRP21Q3V6UHzJ|AWS|aws_external_id aws_role_arn aws_orgs_enable? aws_sso_enable? aws_sso_region aws_sso_scim_enable? aws_sso_scim_endpoint aws_sso_scim_access_token! aws_sync_secrets?
aws-v2|2YmMW6J4qVd5sYtIRPNMoY9zjpQ|AWS v2|aws_external_id aws_role_arn aws_orgs_enable? aws_sso_enable? aws_sso_region aws_sso_scim_enable? aws_sso_scim_endpoint aws_sso_scim_access_token! aws_sync_secrets?
azure-ad|2Azvj7EpYAhJRhK3GELEYYWroWE|Azure AD|
azure-devops|2wmS6lkqSQTsdLi4INON2oOr2Ai|Azure DevOps|azure_devops_tenant_id oauth2_client_cred_grant_client_id oauth2_client_cred_grant_client_secret! sync_teams? sync_organization? personal_access_token!
azure-infrastructure|2tMxr4AY9cMBAgP9Apjv0d7UQUu|Azure Infrastructure|azure_client_id azure_client_secret! azure_tenant_id mailbox_settings? skip_ad_groups? graph_domain skip_unused_roles? skip_sync_storage_containers?
azure-kubernetes-services|2zyFCVpWP2HG92CxQBZT77KJUyX|Azure Kubernetes Services|subscription_id resource_group_name cluster_name tenant_id sp_client_id sp_client_secret!
bamboo-hr|2CrErEM4PZ0cFwdLKjHVnGqrBVF|BambooHR|company_domain api_key!
baton|2HErg7BRmNdHgX8sTCWVq4E1fyh|Baton|
beeline|2z33zzSOJvnhMnm92LzUgmagO3I|Beeline|beeline_client_site_id beeline_client_id beeline_client_secret! base_url auth_server_url
bitbucket|2TBFfduj1grwkNxIV2OGUgFUgYV|Bitbucket|bitbucket_username bitbucket_app_password! bitbucket_workspace_list[]
box|2TBFfg3QmqMKniWXDCzNapZ8Ope|Box|box_client_id box_client_secret! box_enterprise_id
broadcom-sac|2UOYBMncAupg653gauBVlzUa9B8|Broadcom SAC|username password! tenant
buildkite|2CAxwRi97USAHvLdVPpyuoITull|Buildkite|api_token! organization
calendly|2tuhB0lfXBubIvjYXYo4pgbBR9w|Calendly|calendly_token!
celigo|2dYaeXEaVg98tOmx0fXZCZ4jvza|Celigo|celigo_region celigo_access_token!
cloudamqp|2QntkC3shF2wrDSlCfCjI8XDZ30|CloudAMQP|cloudamqp_api_key!
cloudflare|26X6eTSxpIgy0q1Ph1tJa0Ox3w4|Cloudflare|account_id api_key!
cloudflare-v2|2k4Cnn4dcnm26ry6GP153hqA4EG|Cloudflare v2|api_token! email api_key_v2!
cloudflare-zero-trust|29zVdFKuAw81JUeJPRGuDKORGN7|Cloudflare Zero Trust|account_id api_key!
cloudflare-zero-trust-v2|2bKQFJUbLO9xukxSfZlQIaiYLG5|Cloudflare Zero Trust|api_token! email api_key!
concur|2raF3cx8IQO8B31V8LId3gQF8BZ|Concur|concur_base_url concur_client_id concur_client_secret! concur_refresh_token!
confluence|25tMVXNwlQbGDQ2dVFjXf9nSpMC|Confluence|confluence_domain confluence_username confluence_apikey!
confluence-v2|2jbvUoyvbdzgkgdZfGR7VFhS0SU|Confluence v2|domain_url username api_key! skip_personal_spaces?
contentful|2xk1eNVtBaZndYkh61QmgeFAI54|Contentful|contentful_token! contentful_organization_id
couchdb|2uh8UyHuFC52z9PHoyH8T4eeLbF|CouchDB|couchdb_url couchdb_username couchdb_password!
coupa|2rSHEoPoq5CS89JAUevDbYBS3uA|Coupa v2|coupa_domain oauth2_client_cred_grant_client_id oauth2_client_cred_grant_client_secret!
crowdstrike|2ULpmL8aErNHI77rQpEUDMwnZvw|CrowdStrike|crowdstrike_client_id crowdstrike_client_secret! region
cursor|2yvDDFeyP7RaL03TeF6HUdUB58v|Cursor|cursor_api_key!
databricks|2dYafA2XC9re3XRxtICxya99CC6|DataBricks|databricks_client_id databricks_client_secret! databricks_account_hostname databricks_hostname databricks_access_token! databricks_workspace databricks_username databricks_password!
datadog|23NeUC7UYRBJYDXscZNn4p8SQP2|Datadog|datadog_site datadog_api_key! datadog_application_key! sync_secrets?
datadog-v2|2bPWKbmyHA62BAdao3oYlXB5cm5|Datadog v2|datadog_site datadog_api_key! datadog_application_key! sync_secrets?
dayforce|2nDXbxwZ6JBhdZyrTsCZobnfiJl|Dayforce|dayforce_username dayforce_password! dayforce_environment dayforce_url dayforce_client_namespace
dockerhub|2dYaekjDeaQ2yji7rAWuPziY0Y0|DockerHub|dockerhub_username dockerhub_password!
docusign|2BrNLQmWJk3YVAUXBKv80ARghIQ|DocuSign|account_id
docusign-v2|2ygq0D2sRN3VgFPbnXoxiqNuaty|DocuSign v2|use_demo_environment? docusign_account_id
dropbox|2qSjF4FdvjqOu91RW7fVWiq6T33|Dropbox|
duo|2OQG65SPitQKH476bub1fOUCHW8|Duo|duo_integration_key! duo_secret_key! duo_api_hostname!
elastic|2dYaeyasNPC0paKT66DhQevkvAO|Elastic|elastic_api_key! elastic_deployment_api_key! elastic_deployment_endpoint elastic_organization_id
expensify|2OKfQtWRrjWW8gMiZn1SymHSXCP|Expensify|expensify_user_id! expensify_user_secret!
fastly|2XXc3FCZHBI9LDMBXSeRZ8ECQtC|Fastly|fastly_access_token!
fluid-topics|2xxtKLlyQ71Fy0TpKKSWwxdmbqU|Fluid Topics|fluid_topics_domain fluid_topics_api_token!
formal|2fxsHlnXq2OyML5SiVFL9ZBshBh|Formal|formal_api_key!
freshdesk|2uYcufhGMrK0zJlNEFkNexcLRj8|Freshdesk|domain api_key!
freshservice|2q08FuYwsfLKZvqW0UqDiMmS8tq|FreshService|domain api_key! enable_external_ticket_provisioning? category_id
fullstory|2txIqDvwi2HdodFq1JzwljRB5P3|Fullstory|fullstory_api_key!
galileo-ft|2l1g0cChdUYCC8pidIWneoAZe0J|Galileo Financial Technologies (FT)|galileoft_provider_id galileoft_api_login galileoft_api_trans_key! galileoft_hostname
gcp-gws|2Te9ag5brAPS25E3hsloNmKRQSM|Google Cloud Platform (With Google Workspace)|customer_id domain administrator_email credentials_json! skip_system_accounts? skip_default_projects? sync_secrets? project_ids[] enable_workforce_identity_federation? workforce_identity_pool_id workforce_identity_pool_provider_id
github-enterprise|2GjkbaX83ElxXZ7PUvBTjaCuNs4|GitHub Enterprise|github_access_token! github_org_list[] github_app_id github_app_private_key! github_app_org
github|22Q7hxWTEhBlcqsT1dljnRWEa7t|GitHub|github_org github_access_token!
github-v2|2gkeVHQ9u8BtFpouw5jRmbnxjkW|GitHub v2|github_access_token! github_org_list[] github_app_private_key! github_app_org github_sync_secrets? github_app_id
github-v2-test|2x97DGRBEL69ood9pTWO3IpF7Ip|GitHub v2 Test|github_access_token! github_org_list[]
gitlab|22LcsoqvG2WcpMjqrUtBQjUFmkW|GitLab|gitlab_group gitlab_access_token! gitlab_url
google-bigquery|2mJINcI4TXhdcpK8nGqpRmgOQ3K|Google BigQuery|credentials_json!
google-cloud-platform|28fj8AZmzDkDonl2lqsGTikiQKV|Google Cloud Platform|credentials_json!
google-identity-platform|2MmyvKxWGE3Axgi03HtDIaZzRmW|Google Identity Platform|project_id tenant_id credentials_json!
google-workspace|24eqHE201g0mICwdTQoZF3skJyD|Google Workspace|customer_id domain administrator_email credentials_json!
google-workspace-v2|2bmjQ8hTYymTtDCK3xbD2XBrjqg|Google Workspace v2|customer_id domain administrator_email credentials_json!
grafana|2u00PxhFPUJXX9oUwLlijnpIFME|Grafana|grafana_url grafana_username grafana_password!
greenhouse|2uSmtOlv6JT9gOAEhlbpgrOR4lt|Greenhouse|greenhouse_username! greenhouse_on_behalf_of
gusto|29s30pblCUWr6Hue2bIcVZGx0Dk|Gusto|company
http|2xxnvEBt2eOHCHhCS4muTieQcJe|HTTP|http_connector_map_values{}! http_connector_config_file
hubspot|2YxlACaee7PjbhOM2F0aHGA8dGa|HubSpot|hubspot_token! hubspot_user_status?
incident-io|2vpdUxYHGPtUGeAoDlgc7RBRWCc|Incident.io|incident_io_token!
ironclad|2zFFWUAeOBitlKy3k6nhpiSBUwK|Ironclad|
jamf|2TBFfenUP6GGcQJmQWBVTWfL7Iz|Jamf|jamf_instance_url jamf_username jamf_password!
jd-edwards|2l1cnbHT4KUwkOIoBIYQBUt0GlW|JD Edwards|jdedwards_ais_url jdedwards_username jdedwards_password! jdedwards_env
jira-cloud|25AXzlGMPuvetHSbhlLpAX8jGiU|Jira Cloud|jiracloud_domain jiracloud_username jiracloud_apikey! enable_external_ticket_provisioning? jiracloud_project_keys[] jiracloud_skip_project_participants?
jira-cloud-v2|2bPdeviXtHuefuBnA1S3GaKC9jD|Jira Cloud|jiracloud_domain jiracloud_username jiracloud_apikey! enable_external_ticket_provisioning? jiracloud_project_keys[] jiracloud_skip_project_participants?
jumpcloud|2NboEIcpdtYgmcBDa3HYxN2Jei5|JumpCloud|jumpcloud_api_key!
linear|2OHqazgOJBJ9IqnQ0TbbNjdZuoH|Linear|linear_api_key! enable_external_ticket_provisioning?
linode|2xVhf0a02zfrmnuBqDxR9DCfLBJ|Linode|linode_authorization_token! linode_api_url
litmos|2hnQvHSa8dS1hipSjquuvwvf5vG|Litmos|litmos_source litmos_api_key! litmos_course_ids[]
lucidchart|2yQR3TxOTVm16KXUuteSs3WDTV6|Lucidchart|lucidchart_authorization_token!
microsoft-365|2ZHQTiZa8KcWvZ6m2Z2hVy0aOlS|Microsoft 365|ms365_tenant_id ms365_client_id ms365_client_secret!
microsoft-dynamics-365|2zsGWIkHgHh5s2V4EIJEYHnEXga|Microsoft Dynamics 365|environment_url dynamics_client_id dynamics_client_secret!
microsoft-entra|2UUdYir252rR6PVSASeUFNaJOIB|Microsoft Entra|entra_skip_ad_groups? entra_graph_domain entra_sign_in_activity? entra_schedule_scim_provisioning? entra_disable_audit_log_feed? entra_client_id entra_client_secret!
miro|2dYaeuYVI6TIRYdk4KOuHa1hbZc|Miro|miro_access_token!
mongodb-atlas|2dYaebwqj5p6XQKkiDl8jCi6tzs|MongoDB Atlas|mongodbatlas_public_key mongodbatlas_private_key!
netsuite|2OF3kwc6iUfypKssyNr9S7IP9oe|NetSuite|netsuite_account_id netsuite_consumer_key netsuite_consumer_secret! netsuite_token_key netsuite_token_secret!
new-relic|2ZHjJckHCtdB2wbuQBDrpCY1Miz|New Relic|newrelic_api_key!
notion|2yjjGlgzRQXRCpB4Xx2kb1T5unt|Notion|scim_token!
okta-aws-federation|2nGJJx3InU97armF8CBWKzqHnLE|Okta AWS Federation|okta_aws_federation_domain okta_aws_federation_api_token! okta_aws_federation_aws_okta_app_id okta_aws_federation_allow_group_to_direct_conversion_for_provisioning?
okta-ciam|2hhAMtlHune8HuTHdeg1W4SP1aF|Okta CIAM|okta_ciam_domain okta_ciam_api_token! okta_ciam_email_domains
okta|23w9L3qudsiSZQJ8jUP1KYyQqVW|Okta|okta_domain okta_api_key! okta_dont_sync_inactive_apps? okta_extract_aws_saml_roles? okta_sync_deprovisioned_users?
okta-v2|2kG3aTftCcAvWtHZt2Ywry0dPn7|Okta v2|okta_v2_domain okta_v2_api_token! okta_sync_custom_roles? okta_skip_secondary_emails? okta_sync_secrets?
onelogin|2DAwxvPhmPBAYWkXMMK35X9lcDD|OneLogin|onelogin_domain oauth_client_cred_grant_client_id oauth_client_cred_grant_client_secret!
onelogin-v2|2lzdlJya85ocyoefU6dGDnRzM4Y|OneLogin v2|onelogin_domain oauth_client_cred_grant_client_id oauth_client_cred_grant_client_secret!
opsgenie|2Dov523eMhmFexnGgcWJ3PA3il4|Opsgenie|opsgenie_apikey!
opsgenie-v2|2eVZNxK6vQWesyIyR6qpAk0txxl|Opsgenie v2|opsgenie_apikey!
oracle-cloud-infrastructure|2zhL6qiMKQfn1GBBGjpNLTS061L|Oracle Cloud Infrastructure|tenancy_ocid user_ocid region fingerprint! private_key! sync_secrets?
oracle-idcs|2zbwKMf9u16lYkgEDJoOSf3YoKN|Oracle IDCS|api_base_domain api_access_id api_access_secret!
pagerduty|2TBFfhxkbK8e2jKj3yBDJch8zCS|PagerDuty|pagerduty_api_token!
pandadoc|2ujtFYZrOUWrqk3dacEEu7fALDq|PandaDoc|api_key! europe_domain?
panther|2QtUSl96IHLuymkQgMWpdxyvcou|Panther|panther_api_key! panther_url!
percipio|2mw6KwYQx0dEROa7vA0TgbHrucS|Percipio|percipio_organization_id percipio_api_token! percipio_course_ids[]
ping-federate|2sjfbM97WGCi4zfHzOchvU92Yk4|Ping Federate|pingfed_instance_url pingfed_username pingfed_password!
privx|2jcBmRnl40QiOGhV3srq5rAYpjE|PrivX|privx_oauth_client_id privx_oauth_client_secret! privx_client_id privx_client_secret!
ramp|301AOhxbzA3Ov3aOPtcEqBQ4zNf|Ramp V2|
redis-enterprise|2ueHfYDCTi4fKYcF64p23BWBcHb|Redis Enterprise|cluster_host api_port username password!
ringcentral|2ueCbsw5NJGYOcAMoq9IYp30aki|RingCentral|ringcentral_client_id ringcentral_client_secret! ringcentral_jwt!
rootly|2vis4DLr1dQuwVVa1TfMKZDaFkf|Rootly|rootly_api_key!
salesforce|28zk77RJfZcvY7PQ1sBXoH4qoQi|Salesforce|salesforce_instance_url salesforce_username_for_email?
salesforce-v2|2k4W58EZuLALKVuoMIaFKRHvx9p|Salesforce v2|salesforce_username_for_email? salesforce_sync_connected_apps? salesforce_password! salesforce_security_token! salesforce_instance_url
segment|2YuQMfugzij8vRI4FGkYNcMxgOe|Segment|segment_access_token!
sendgrid|2F0T29v71Ume2vLF6fy1JiBS54Y|Sendgrid|sendgrid_api_key!
sentinelone|2YrpiN1WrRMcyduL9f3PRKTJ6wE|SentinelOne|sentinelone_base_url sentinelone_token!
sentry|2EgbW8Ouoyy4HAjhyYPd3uYfFMh|Sentry|sentry_org_slug sentry_token!
servicenow|2UMUJ2by2GnkFtbhBXhKCOIsPAf|ServiceNow|deployment username password! enable_external_ticket_provisioning? catalog_id category_id
sharepoint|2xQBFEgKJaw94aPsmYyjyoO1Pl8|SharePoint|azure_client_id azure_client_secret! azure_tenant_id azure_graph_domain pfx_certificate! pfx_certificate_password! sharepoint_domain
slack-enterprise-grid|2cjeZgmGfmtRcWeBmIAJfaYh5Nt|Slack Enterprise Grid|slack_api_key! slack_api_enterprise_key! use_gov_env?
slack|2O43lWTqeK6kY25TBMLDyIRU00o|Slack|slack_api_key!
snipe-it|2ZkLaqcT4jiVMpQH9j8yYRs5s6C|Snipe-IT|snipeit_base_url snipeit_access_token!
snowflake|24cjzH6sY7x4huNU1JbaxkvzVm9|Snowflake|snowflake_account snowflake_username snowflake_password! snowflake_user_role
snowflake-v2|2jcg0arYbrwbvSsL7zEDdNZOF5k|Snowflake v2|snowflake_account_url snowflake_account_id snowflake_user_id snowflake_private_key! snowflake_sync_secrets?
snyk|2j75wwVsHdBnOduHXlJ0v0TuoKU|Snyk|snyk_api_token! snyk_group_id snyk_org_ids[] snyk_hostname
successfactors|2ukKYKKFIpXTCw4LrscSzhYw5Dc|SuccessFactors|company_id cid public_key! private_key! instance_url issuer_url subject_name_id saml_api_key!
sumo-logic|2y9G9xPUM9K9BMCEhNqbXVKKV03|Sumo Logic|api_access_id api_access_key! api_base_url include_service_accounts?
tableau|2TBFfjbn8refPT8yzGZ5j5VjIq7|Tableau|tableau_site_id tableau_server_path tableau_access_token_name tableau_access_token_secret!
tailscale|26EAV0cMlU4hRYPBfKg42KhgJZI|Tailscale|tailscale_api_key! tailnet
teamcity|2xqTzwg6CppaHKSmZVSEHYhx98M|TeamCity|teamcity_access_token! teamcity_instance_url
temporal-cloud|2eseen3OcxFya9Uj1fdrEm0Xi0X|Temporal Cloud|temporal_cloud_api_key!
tenable-vm|2xjukhzA7cOBL8yDNnvhoTB5t9u|Tenable VM|tenable_vm_access_key! tenable_vm_secret_key!
torq|2dYadq89kbCyS23tPrCs4dfmqJr|Torq|torq_client_id torq_client_secret!
tray-ai|2vp8xXCrvCha9ylnBaWUi6gi6or|Tray.ai|trayai_authorization_token!
trello|2tfz5yfs2I6gPPhvE8VTXjmjTLt|Trello|api_key api_token! organizations[]
twingate|2G8Wk6xIkBU5qJ1O4wlz4mD8ef0|Twingate|twingate_apikey! twingate_domain
ukg|2QFfoa6GzhmBbncvQYjFlCIfzVn|UKG|ukg_customer_api_key ukg_username ukg_password! ukg_service_endpoint
verkada|2dYaVNxIMRGPhjHeaq8kaFmJBWL|Verkada|verkada_api_key! verkada_region
victorops|2tYcufhGMrK0zJlNEFkNexcLRj7|VictorOps|victorops_api_id victorops_api_key!
vultr|2xjlQHbIkEL4ywPaegjdoQVKn57|Vultr|vultr_api_key!
wiz-id|2vEFzriPP5kh1q8ouAu6V9xoiPC|Wiz ID|wiz_client_id wiz_client_secret! endpoint_url auth_url audience project_id resource_ids[] resource_tags resource_types[]
wiz-query|2qSnZmcK1FhLu6slGEJF7dG0i6o|Wiz Query|wiz_client_id wiz_client_secret! endpoint_url auth_url audience project_id resource_ids[] resource_tags resource_types[] enable_sync_identities? enable_sync_service_accounts?
workato|2s68RZzY9Hg07CdSWkRDdwpE3rx|Workato|workato_api_key! workato_data_center workato_env workato_disable_custom_roles_sync?
workday-accounts|2wMFKTDtuR2c9g4PajFbAFuKl3U|Workday Accounts|workday_rest_api_endpoint workday_client_id workday_client_secret! workday_refresh_token! workday_sync_service_centers? workday_sync_user_based_security_groups? workday_user_based_security_groups[] workday_security_group_types[] workday_security_groups[]
workday|2lM50zfAO7kAbPv2pyf1aPQnjYD|Workday|workday_client_secret! refresh_token! workday_url tenant_name workday_report_username workday_report_user_password!
xero|2Yoxoe8HkSYWbW6VZ7Fy0h6cFko|Xero|xero_client_id xero_client_secret!
xsoar|2Uft9l8Ds717vZT7bUPdou3XKzb|Xsoar|api_url token!
zendesk|26RHvI0Kqz00KUFgbuUeOZgnTVj|Zendesk|email subdomain api_token!
zendesk-v2|2x6fV9PZuiq568WFpSkBsZ5mDKH|Zendesk v2|zendesk_v2_subdomain zendesk_v2_email zendesk_v2_api_token! orgs
zoho-people|2ueH33g4culLpFYvay3ECzWXFu4|Zoho People|zoho_client_id zoho_client_secret! zoho_refresh_token! domain_account
zoom|2TBFfetwRbQSFyMnvsMAvAJ8JMz|Zoom|zoom_account_id zoom_client_id zoom_client_secret!
zuper|2yux1ez9qseSfm3jYrT9c9Atoif|Zuper|api_url api_key!
`;

function entryOf(line: string): CatalogEntry {
  const [slug = '', catalogId = '', displayName = '', fields = ''] = line.split('|');
  return { slug, catalogId, displayName, fields: fields.split(' ').filter(Boolean).map(fieldOf) };
}

function fieldOf(notation: string): CatalogField {
  const [, name = '', suffix = '', secret] = /^(\w+)(\?|\[\]|\{\})?(!)?$/.exec(notation) ?? [];
  return { name, type: suffixes[suffix] ?? 'string', secret: secret !== undefined };
}

/** The publicly known connector types. */
export const connectorCatalog: readonly CatalogEntry[] = table.trim().split('\n').map(entryOf);

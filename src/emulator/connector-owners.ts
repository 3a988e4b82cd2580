import { setConnectorOwners, touchedConnector } from './connectors.js';
import { param } from './operation.js';
import { roleOwnerOperations } from './role-owners.js';

/** The operations on the owners of connectors. */
export const connectorOwnerOperations = roleOwnerOperations(
  'c1.api.app.v2.ConnectorOwners',
  '/api/v2/apps/:app_id/connectors/:connector_id/owners',
  'connectorOwner',
  (call) => {
    const { tenant } = call;
    const connector = tenant.connector(param(call, 'app_id'), param(call, 'connector_id'));
    return {
      owners: tenant.connectorOwners(connector.id),
      facts: { appId: connector.appId, connectorId: connector.id },
      write: (owners) => {
        setConnectorOwners(tenant, connector, owners);
        connector.updatedAt = tenant.timestamp();
        call.touch(...touchedConnector(tenant, connector));
      },
    };
  },
);

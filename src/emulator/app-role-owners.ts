import { setAppOwners } from './app-owners.js';
import { param } from './operation.js';
import { roleOwnerOperations } from './role-owners.js';
import { touchedApp } from './tenant.js';

/** The operations on the owners of apps by role. */
export const appRoleOwnerOperations = roleOwnerOperations(
  'c1.api.app.v2.AppOwners',
  '/api/v2/apps/:app_id/owners',
  'appOwner',
  (call) => {
    const { tenant } = call;
    const app = tenant.app(param(call, 'app_id'));
    return {
      owners: tenant.owners(app.id),
      facts: { appId: app.id },
      write: (owners) => {
        setAppOwners(tenant, app, owners);
        call.touch(touchedApp(app));
      },
    };
  },
);

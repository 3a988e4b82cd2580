/** Names of the people of the tenant; the id of each is the name, the address `<name>@acme.example`. */
export const people = ['alice', 'bob', 'carol', 'dave'] as const;

/** The user that the daemon acts as. */
const SERVICE = 'c1sync';

/** How long no definition must have named an object before it is deleted, milliseconds: the time between two sweeps. */
export const PRUNE_AFTER_MS = 1000;

/** Grant policies by display name. */
export const policies = ['Manager approval', 'Auto-approve', 'Nobody asks'] as const;

/** Connector types: one without secrets, one with a required one. */
export const PLAIN = 'chaos-plain';
export const SECRET = 'chaos-secret';

/** Apps that definitions may come to name, so that they are adopted. */
export const adoptable = ['Adoptee 1', 'Adoptee 2', 'Adoptee 3'] as const;

/** An app that another tool manages, with any definitions. */
export const FOREIGN = 'Foreign 1';

/** Apps that no definition ever names. */
const bystanders = ['Bystander 1', 'Bystander 2', 'Bystander 3'] as const;

/** The initial state of the tenant, in the form of the emulator. */
export function tenantSeed(): object {
  const user = (name: string, type: string) => ({
    id: name,
    email: `${name}@acme.example`,
    displayName: name,
    type,
    status: 'ENABLED',
  });
  const app = (displayName: string) => ({
    id: idOf(displayName),
    displayName,
    description: `As ${displayName} was`,
    instructions: 'Ask nicely',
    monthlyCostUsd: 7,
    ownerIds: ['alice'],
    annotations: { note: 'kept', team: 'seeded' },
  });
  return {
    users: [...people.map((name) => user(name, 'USER_TYPE_HUMAN')), user(SERVICE, 'USER_TYPE_SERVICE')],
    policies: policies.map((displayName) => ({
      id: idOf(displayName),
      displayName,
      policyType: 'POLICY_TYPE_GRANT',
    })),
    connectorTypes: [
      {
        catalogId: PLAIN,
        displayName: 'Plain',
        fields: [
          { name: 'site', type: 'string' },
          { name: 'region', type: 'string' },
        ],
      },
      {
        catalogId: SECRET,
        displayName: 'Secret',
        fields: [
          { name: 'site', type: 'string' },
          { name: 'token', type: 'string', secret: true, required: true },
        ],
      },
    ],
    apps: [
      ...[...adoptable, ...bystanders].map(app),
      {
        ...app(FOREIGN),
        annotations: { managed_by: 'terraform', iac_workspace: 'prod', iac_resource_address: 'app.x' },
      },
    ],
    connectors: bystanders.map((name) => ({
      id: `${idOf(name)}-connector`,
      appId: idOf(name),
      displayName: `Connector of ${name}`,
      catalogId: PLAIN,
      description: 'Nobody manages it',
      userIds: ['bob'],
    })),
  };
}

/** The id of a seeded object. */
function idOf(displayName: string): string {
  return displayName.toLowerCase().replaceAll(' ', '-');
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A tenant and its definitions, in sync by default. */
export interface WorldOptions {
  readonly apps: number;
  /** Of so many apps the owners are managed, two each. */
  readonly ownedApps?: number;
  /** So many apps have connectors, each `connectorsEach`. */
  readonly appsWithConnectors?: number;
  readonly connectorsEach?: number;
  /** So many apps differ from their definitions in one field. */
  readonly changed?: number;
  /** So many more apps are defined and not in the tenant. */
  readonly missing?: number;
  /** All files in one folder instead of a hundred in each. */
  readonly isFlat?: boolean;
}

/** A world on disk. */
export interface World {
  readonly root: string;
  readonly definitions: string;
  readonly seedFile: string;
  remove(): Promise<void>;
}

/** The users of every world. */
const USERS = 60;
/** The type of every connector. */
const CATALOG_ID = 'bench-type';

/** Writes a world into a folder of its own: one object a file, a hundred files a folder or all in one. */
export async function makeWorld(options: WorldOptions): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), 'c1sync-bench-'));
  const definitions = join(root, 'definitions');
  const seedFile = join(root, 'seed.json');
  const { apps, missing = 0 } = options;
  const defined = Array.from({ length: apps + missing }, (_, index) => index);
  const folderFor = (index: number): string => join(definitions, dirname(fileOf(index, options)));
  for (const folder of new Set(defined.map(folderFor))) await mkdir(folder, { recursive: true });
  for (const index of defined) {
    const folder = folderFor(index);
    await writeFile(join(definitions, fileOf(index, options)), appDocument(index, options));
    for (const [number, text] of connectorDocuments(index, options).entries()) {
      await writeFile(join(folder, `${nameOf(index)}-connector-${number}.yaml`), text);
    }
  }
  await writeFile(seedFile, JSON.stringify(seed(options)));
  return { root, definitions, seedFile, remove: () => rm(root, { recursive: true, force: true }) };
}

/** The path of the file of an app below the definitions. */
export function fileOf(index: number, { isFlat = false }: WorldOptions): string {
  const file = `${nameOf(index)}.yaml`;
  return isFlat ? file : join(`group-${Math.floor(index / 100)}`, file);
}

function nameOf(index: number): string {
  return `app-${String(index).padStart(5, '0')}`;
}

function ownersOf(index: number): number[] {
  return [index % USERS, (index + 1) % USERS];
}

function factsOf(index: number) {
  return {
    displayName: `Application ${nameOf(index)}`,
    description: `What ${nameOf(index)} is for, who asks for it and who grants it`,
    monthlyCostUsd: index % 500,
    annotations: { 'platform/cost-center': String(4000 + (index % 100)), 'platform/tier': 'gold' },
  };
}

function appDocument(index: number, { ownedApps = 0 }: WorldOptions): string {
  const { displayName, description, monthlyCostUsd, annotations } = factsOf(index);
  const owners = ownersOf(index).map((user) => `user-${user}@acme.example`);
  return [
    'apiVersion: c1sync/v1',
    'kind: App',
    'metadata:',
    `  name: ${nameOf(index)}`,
    `  labels: { team: team-${index % 20} }`,
    'spec:',
    `  displayName: ${displayName}`,
    `  description: ${description}`,
    `  monthlyCostUsd: ${monthlyCostUsd}`,
    ...(index < ownedApps ? [`  owners: [${owners.join(', ')}]`] : []),
    '  annotations:',
    ...Object.entries(annotations).map(([key, value]) => `    ${key}: "${value}"`),
    '',
  ].join('\n');
}

function connectorNames(
  index: number,
  { appsWithConnectors = 0, connectorsEach = 0 }: WorldOptions,
): string[] {
  if (index >= appsWithConnectors) return [];
  return Array.from({ length: connectorsEach }, (_, number) => `${nameOf(index)} connector ${number}`);
}

function connectorDocuments(index: number, options: WorldOptions): string[] {
  return connectorNames(index, options).map((displayName) =>
    [
      'apiVersion: c1sync/v1',
      'kind: Connector',
      `metadata: { name: ${displayName.replaceAll(' ', '-')} }`,
      'spec:',
      `  app: ${nameOf(index)}`,
      `  catalogId: ${CATALOG_ID}`,
      `  displayName: ${displayName}`,
      '',
    ].join('\n'),
  );
}

/** Apps carry the marks of the workspace `default`, as after many former sweeps. */
function seed(options: WorldOptions): object {
  const { apps, ownedApps = 0, changed = 0 } = options;
  const indexes = Array.from({ length: apps }, (_, index) => index);
  return {
    users: Array.from({ length: USERS }, (_, user) => ({
      id: `user-${user}`,
      email: `user-${user}@acme.example`,
      displayName: `User ${user}`,
    })),
    connectorTypes: [{ catalogId: CATALOG_ID, displayName: 'Bench', fields: [] }],
    apps: indexes.map((index) => ({
      id: nameOf(index),
      ...factsOf(index),
      ...(index < changed ? { description: 'changed by somebody' } : {}),
      ...(index < ownedApps ? { ownerIds: ownersOf(index).map((user) => `user-${user}`) } : {}),
      annotations: {
        ...factsOf(index).annotations,
        managed_by: 'c1sync',
        iac_workspace: 'default',
        iac_resource_address: `App/${nameOf(index)}`,
      },
    })),
    connectors: indexes.flatMap((index) =>
      connectorNames(index, options).map((displayName, number) => ({
        id: `${nameOf(index)}-${number}`,
        appId: nameOf(index),
        catalogId: CATALOG_ID,
        displayName,
      })),
    ),
  };
}

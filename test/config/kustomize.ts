import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { load } from 'js-yaml';

/** A mapping of YAML. */
type Mapping = { readonly [name: string]: unknown };

/** An object for Kubernetes. */
export interface KubernetesObject extends Mapping {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string } & Mapping;
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly files: readonly string[] }[];
}

/** Names of what lists of objects are merged by, by the name of the list; other lists are replaced. */
const MERGED_BY: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
};

/** Reads one document. */
export async function readYaml(file: string): Promise<unknown> {
  return load(await readFile(file, 'utf8'));
}

/** Files and folders that a kustomization names, absolute. */
export async function namedBy(folder: string): Promise<readonly string[]> {
  const {
    resources = [],
    components = [],
    patches = [],
    configMapGenerator = [],
  } = await kustomizationOf(folder);
  const names = [
    ...resources,
    ...components,
    ...patches.map((patch) => patch.path),
    ...configMapGenerator.flatMap(({ files }) => files),
  ];
  return names.map((name) => path.join(folder, name));
}

/**
 * The objects of a folder and of components on top of it, as kustomize makes them, for what the folders here use:
 * resources, patches as merges, ConfigMaps from files (without the hash in their names).
 */
export async function build(
  folder: string,
  components: readonly string[] = [],
): Promise<readonly KubernetesObject[]> {
  const { resources = [] } = await kustomizationOf(folder);
  const base: KubernetesObject[] = [];
  for (const name of resources) base.push(...(await resource(path.join(folder, name))));
  let objects = await applied(folder, base);
  for (const component of components) {
    const added: KubernetesObject[] = [];
    for (const name of (await kustomizationOf(component)).resources ?? []) {
      added.push(...(await resource(path.join(component, name))));
    }
    objects = await applied(component, [...objects, ...added]);
  }
  return objects;
}

async function resource(target: string): Promise<readonly KubernetesObject[]> {
  return target.endsWith('.yaml') ? [(await readYaml(target)) as KubernetesObject] : build(target);
}

async function kustomizationOf(folder: string): Promise<Kustomization> {
  return (await readYaml(path.join(folder, 'kustomization.yaml'))) as Kustomization;
}

async function applied(
  folder: string,
  objects: readonly KubernetesObject[],
): Promise<readonly KubernetesObject[]> {
  const { patches = [], configMapGenerator = [] } = await kustomizationOf(folder);
  let all = [...objects];
  for (const patch of patches) {
    const change = (await readYaml(path.join(folder, patch.path))) as KubernetesObject;
    const isTarget = ({ kind, metadata }: KubernetesObject): boolean =>
      kind === change.kind && metadata.name === change.metadata.name;
    if (!all.some(isTarget)) throw new Error(`${patch.path} changes nothing that there is`);
    all = all.map((object) => (isTarget(object) ? (merged(object, change) as KubernetesObject) : object));
  }
  for (const { name, files } of configMapGenerator) {
    const texts = files.map(async (file) => [file, await readFile(path.join(folder, file), 'utf8')] as const);
    const data = Object.fromEntries(await Promise.all(texts));
    all.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  }
  return all;
}

function merged(before: unknown, change: unknown, name = ''): unknown {
  const by = MERGED_BY[name];
  if (Array.isArray(before) && Array.isArray(change) && by !== undefined) {
    const items = before as Mapping[];
    const changes = change as Mapping[];
    const kept = items.map((item) => {
      const other = changes.find((candidate) => candidate[by] === item[by]);
      return other === undefined ? item : merged(item, other);
    });
    return [...kept, ...changes.filter((item) => !items.some((known) => known[by] === item[by]))];
  }
  if (!isMapping(before) || !isMapping(change)) return change;
  const members = Object.entries(change).map(([key, value]) => [key, merged(before[key], value, key)]);
  return { ...before, ...Object.fromEntries(members) };
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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

/** A file with a patch, or its text. */
type Patch = { readonly path: string } | { readonly patch: string };

interface Generator {
  readonly name: string;
  readonly files: readonly string[];
  readonly behavior?: 'create' | 'replace';
  readonly options?: { readonly labels: Mapping };
}

interface Kustomization {
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly Patch[];
  readonly configMapGenerator?: readonly Generator[];
}

/** Members of a kustomization that change nothing here, beside those of {@link Kustomization}. */
const WITHOUT_EFFECT = ['apiVersion', 'kind', 'namespace', 'images'];
const MEMBERS = [...WITHOUT_EFFECT, 'resources', 'components', 'patches', 'configMapGenerator'];

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
    ...patches.flatMap((patch) => ('path' in patch ? [patch.path] : [])),
    ...configMapGenerator.flatMap(({ files }) => files),
  ];
  return names.map((name) => path.join(folder, name));
}

/**
 * The objects of a folder and of components on top of it, as kustomize makes them, for what the folders here use:
 * resources, components, patches as merges, ConfigMaps from files (without the hash in their names). Neither the namespace
 * nor the names of images are changed.
 */
export async function build(
  folder: string,
  components: readonly string[] = [],
): Promise<readonly KubernetesObject[]> {
  const own = await kustomizationOf(folder);
  let objects = await resourcesOf(folder);
  for (const component of [...(own.components ?? []), ...components]) {
    const place = path.resolve(folder, component);
    objects = await applied(place, [...objects, ...(await resourcesOf(place))]);
  }
  return applied(folder, objects);
}

async function resourcesOf(folder: string): Promise<readonly KubernetesObject[]> {
  const { resources = [] } = await kustomizationOf(folder);
  const all = resources.map((name) => resource(path.resolve(folder, name)));
  return (await Promise.all(all)).flat();
}

async function resource(target: string): Promise<readonly KubernetesObject[]> {
  return target.endsWith('.yaml') ? [(await readYaml(target)) as KubernetesObject] : build(target);
}

async function kustomizationOf(folder: string): Promise<Kustomization> {
  const file = path.join(folder, 'kustomization.yaml');
  const kustomization = (await readYaml(file)) as Kustomization;
  const unknown = Object.keys(kustomization).filter((name) => !MEMBERS.includes(name));
  if (unknown.length > 0) throw new Error(`${file} has members that this build does not know: ${unknown}`);
  return kustomization;
}

async function applied(
  folder: string,
  objects: readonly KubernetesObject[],
): Promise<readonly KubernetesObject[]> {
  const { patches = [], configMapGenerator = [] } = await kustomizationOf(folder);
  let all = [...objects];
  for (const patch of patches) {
    const read = 'path' in patch ? readYaml(path.join(folder, patch.path)) : load(patch.patch);
    const change = (await read) as KubernetesObject;
    const index = indexOf(all, change);
    if (index < 0) throw new Error(`a patch of ${folder} changes nothing that there is`);
    all = all.with(index, merged(all[index], change) as KubernetesObject);
  }
  for (const generator of configMapGenerator)
    all = generated(all, await configMap(folder, generator), generator);
  return all;
}

function indexOf(objects: readonly KubernetesObject[], { kind, metadata }: KubernetesObject): number {
  return objects.findIndex((object) => object.kind === kind && object.metadata.name === metadata.name);
}

async function configMap(folder: string, { name, files, options }: Generator): Promise<KubernetesObject> {
  const texts = files.map(async (file) => [file, await readFile(path.join(folder, file), 'utf8')] as const);
  const data = Object.fromEntries(await Promise.all(texts));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...options }, data };
}

function generated(
  objects: KubernetesObject[],
  made: KubernetesObject,
  { behavior = 'create' }: Generator,
): KubernetesObject[] {
  const index = indexOf(objects, made);
  if (index < 0 !== (behavior === 'create'))
    throw new Error(`${made.metadata.name}: wrong behavior ${behavior}`);
  return index < 0 ? [...objects, made] : objects.with(index, made);
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

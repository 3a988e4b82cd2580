import { isMapping, isSource, type Mapping } from './mapping.js';
import type { NamedSettings, Settings } from './settings.js';
import { report, type SettingsTree } from './tree.js';

/** One entry of `tenants`, with the top level as its defaults, unchecked. */
export interface TenantEntry {
  readonly name: string;
  readonly tree: SettingsTree;
}

/** The keys of the whole process. */
const SHARED = ['server', 'log', 'state', 'tenants'];

const NAME = /^[a-z0-9][a-z0-9.-]{0,62}$/;

/** The entries of `tenants`; undefined, with problems of the tree, where the list itself is wrong. */
export function entriesOf(top: SettingsTree): readonly TenantEntry[] | undefined {
  const { tenants } = top.values;
  refuseSharedCredentials(top);
  if (!Array.isArray(tenants) || tenants.length === 0)
    report(
      top,
      ['tenants'],
      'Must be a list of at least one tenant; without it, the top level is the tenant.',
    );
  const list: readonly unknown[] = Array.isArray(tenants) ? tenants : [];
  const names = list.map((entry, index) => checkedName(top, entry, index));
  for (const [index, name] of names.entries()) {
    const earlier = names.indexOf(name);
    if (name !== undefined && earlier !== index)
      report(top, ['tenants', index, 'name'], `Is the name of tenants[${earlier}] too: give each its own.`);
  }
  if (top.problems.length > 0) return undefined;
  return list.flatMap((entry, index) => {
    const name = names[index];
    return name !== undefined && isMapping(entry) ? [{ name, tree: treeOf(top, entry, index) }] : [];
  });
}

/** Refuses two tenants that would share records, marks and a lock. Entries with errors of their own are left out. */
export function refuseTwins(top: SettingsTree, tenants: readonly NamedSettings[]): void {
  const places = tenants.map(({ settings }) => settings && placeOf(settings));
  for (const [index, place] of places.entries()) {
    const earlier = places.indexOf(place);
    if (place === undefined || earlier === index) continue;
    const message = `Has the host and workspace of tenants[${earlier}] (${tenants[earlier]?.name}): give it another workspace, or remove one of them.`;
    report(top, ['tenants', index], message);
  }
}

/** Host and workspace; undefined without a tenant. */
function placeOf({ tenant, workspace }: Settings): string | undefined {
  if (tenant === undefined) return undefined;
  return JSON.stringify([tenant.kind === 'embedded' ? 'embedded' : hostOf(tenant.url), workspace]);
}

/** The host of a tenant's address, for people and comparisons; any text has one. */
export function hostOf(url: string): string {
  const text = url.trim();
  const full = text.includes('://') ? text : `https://${text}`;
  return (URL.canParse(full) ? new URL(full).host : text.toLowerCase()).replace(/\.$/, '');
}

function refuseSharedCredentials(top: SettingsTree): void {
  const { tenant } = top.values;
  if (!isMapping(tenant) || !Object.hasOwn(tenant, 'auth')) return;
  const message =
    'Belongs to one tenant: write it in an entry of tenants, so that no tenant gets the credentials of another.';
  report(top, ['tenant', 'auth'], message, 'name');
}

function checkedName(top: SettingsTree, entry: unknown, index: number): string | undefined {
  if (!isMapping(entry)) {
    report(top, ['tenants', index], 'Must be a mapping with a name.');
    return undefined;
  }
  const { name } = entry;
  if (typeof name === 'string' && NAME.test(name)) return name;
  const message =
    'Must be lower-case letters, digits, "-" and ".", beginning with a letter or digit, 63 at most.';
  report(top, name === undefined ? ['tenants', index] : ['tenants', index, 'name'], `The name: ${message}`);
  return undefined;
}

function treeOf(top: SettingsTree, { name: _, ...entry }: Mapping, index: number): SettingsTree {
  const defaults = defaultsFor(entry, top.values);
  const own = Object.fromEntries(Object.entries(entry).filter(([key]) => !SHARED.includes(key)));
  const isOwn = (where: readonly PropertyKey[]): boolean => comesFrom(entry, defaults, where);
  const inEntry = (where: readonly PropertyKey[]): readonly PropertyKey[] => ['tenants', index, ...where];
  const tree: SettingsTree = {
    ...top,
    values: merged(defaults, own),
    problems: [],
    unset: new Map(),
    where: (where, target) => top.where(isOwn(where) ? inEntry(where) : where, target),
    pathOf: (where) => (isOwn(where) ? inEntry(where) : where),
    isFromOutside: (where) => top.isFromOutside(isOwn(where) ? inEntry(where) : where),
  };
  for (const key of SHARED)
    if (Object.hasOwn(entry, key))
      report(tree, [key], 'Belongs to the whole process: write it at the top level of the file.', 'name');
  return tree;
}

/** True for a path that the entry has, or that neither has. The entry replaces a value that is no mapping in both. */
function comesFrom(entry: Mapping, defaults: Mapping, where: readonly PropertyKey[]): boolean {
  let own: unknown = entry;
  let other: unknown = defaults;
  for (const part of where) {
    if (!merges(own)) return true;
    if (!Object.hasOwn(own, part)) return !merges(other) || !Object.hasOwn(other, part);
    own = own[String(part)];
    other = merges(other) ? other[String(part)] : undefined;
  }
  return true;
}

/** A `valueFrom` is one value: it does not merge. */
function merges(value: unknown): value is Mapping {
  return isMapping(value) && !isSource(value);
}

function merged(defaults: Mapping, own: Mapping): Mapping {
  const result: Mapping = structuredClone(defaults);
  for (const [key, value] of Object.entries(own)) {
    const before = result[key];
    result[key] = merges(before) && merges(value) ? merged(before, value) : structuredClone(value);
  }
  return result;
}

/**
 * The part of the top level that an entry inherits. A choice of the entry replaces the other choice of the top level, and
 * credentials of a git server go to no other server.
 */
function defaultsFor(entry: Mapping, values: Mapping): Mapping {
  const { tenants: _, ...rest } = values;
  const defaults: Mapping = structuredClone(rest);
  const [source, tenant] = [mappingIn(entry, 'source'), mappingIn(entry, 'tenant')];
  const given = { source: mappingIn(defaults, 'source'), tenant: mappingIn(defaults, 'tenant') };
  if (Object.hasOwn(source, 'directory')) delete given.source.git;
  if (Object.hasOwn(source, 'git')) delete given.source.directory;
  if (Object.hasOwn(tenant, 'embedded')) delete given.tenant.url;
  else if (Object.hasOwn(tenant, 'url') || Object.hasOwn(tenant, 'auth')) delete given.tenant.embedded;
  const [git, ownGit] = [mappingIn(given.source, 'git'), mappingIn(source, 'git')];
  if (Object.hasOwn(ownGit, 'url') && gitServer(ownGit.url) !== gitServer(git.url)) delete git.auth;
  return defaults;
}

/** The mapping at a key; an empty one, which belongs to nothing, where there is none. */
function mappingIn(values: Mapping, key: string): Mapping {
  const value = values[key];
  return merges(value) ? value : {};
}

/** Scheme and host of a repository; a distinct text where they are not known. */
function gitServer(url: unknown): unknown {
  if (typeof url !== 'string') return {};
  if (url.includes('://')) return URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : {};
  return `ssh://${url.replace(/:.*$/, '')}`;
}

import type { C1Reader } from '../c1/client.js';
import type { JsonObject } from '../c1/json.js';
import type { Lookup } from '../core/model/kind.js';
import { nearest } from '../text/nearest.js';
import { asObject, asText } from '../text/shape.js';
import { entitlementLookup } from './entitlements.js';
import { isDeleted } from './live.js';

/** The largest number of emails to search one by one; for more, the whole list of users is cheaper. */
const FEW_EMAILS = 10;

/** Ids that one search names at most: as many as a page has objects. */
const IDS_A_SEARCH = 100;

/** An object with a name and an id. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** The lookups for all kinds. Each call fetches; the caller caches. */
export function sharedLookups(api: C1Reader): readonly Lookup[] {
  return [
    policyLookup(api, 'grant'),
    policyLookup(api, 'revoke'),
    policyLookup(api, 'certify'),
    userLookup(api),
    requestCatalogLookup(api),
    entitlementLookup(api),
  ];
}

/** The types of policies by their decision. */
export type PolicyType = 'grant' | 'revoke' | 'certify';

/** The API's name of a type of policies. */
export function policyTypeOf(type: PolicyType): string {
  return `POLICY_TYPE_${type.toUpperCase()}`;
}

/** Policies of one type, by exact display name. */
function policyLookup(api: C1Reader, type: PolicyType): Lookup {
  const policyType = policyTypeOf(type);
  return byName(`policy:${type}`, `${type} policy`, async (signal) => {
    const policies = await api.searchAll(
      '/api/v1/search/policies',
      { policyTypes: [policyType] },
      { signal },
    );
    return named(policies.filter((policy) => policy.policyType === policyType));
  });
}

function requestCatalogLookup(api: C1Reader): Lookup {
  return byName('requestCatalog', 'request catalog', async (signal) => {
    const views = await api.list('/api/v1/catalogs', { signal });
    return named(views.map((view) => asObject(view.requestCatalog)));
  });
}

/** Users that are not deleted, by email without case. */
function userLookup(api: C1Reader): Lookup {
  const everyone = async (signal?: AbortSignal): Promise<Named[]> =>
    users(await api.list('/api/v1/users', { signal }));
  const search = async (email: string, signal?: AbortSignal): Promise<Named[]> =>
    users(await api.searchAll('/api/v1/search/users', { email }, { signal }));
  // For a name without a match; read once, since it may be long.
  let known: readonly Named[] | undefined;
  return {
    name: 'user',
    noun: 'user',
    nearest: (email) => nearestOf(email, known),
    find: async (keys, signal) => {
      const found =
        keys.size > FEW_EMAILS
          ? await everyone(signal)
          : (await Promise.all([...keys].map((email) => search(email, signal)))).flat();
      const ids = idsByName(found);
      if ([...keys].some((email) => !ids.has(email.toLowerCase()))) {
        known ??= await everyone(signal).catch(() => undefined);
      }
      return new Map([...keys].map((email) => [email, ids.get(email.toLowerCase()) ?? []]));
    },
    names: async (ids, signal) => uniqueNames(await everyone(signal), ids),
    titles: async (ids, signal) => {
      const refs = [...ids].map((id) => ({ id }));
      const titled = new Map<string, string>();
      for (let start = 0; start < refs.length; start += IDS_A_SEARCH) {
        const some = { refs: refs.slice(start, start + IDS_A_SEARCH) };
        const found = users(await api.searchAll('/api/v1/search/users', some, { signal }));
        for (const [id, email] of titlesOf(found, ids)) titled.set(id, email);
      }
      return titled;
    },
  };
}

function users(views: readonly JsonObject[]): Named[] {
  return views
    .map((view) => asObject(view.user))
    .filter((user) => !isDeleted(user) && user.status !== 'DELETED')
    .map((user) => ({ id: asText(user.id), name: asText(user.email).toLowerCase() }));
}

function named(objects: readonly JsonObject[]): Named[] {
  return objects
    .filter((object) => !isDeleted(object))
    .map((object) => ({ id: asText(object.id), name: asText(object.displayName) }));
}

/** A lookup by exact name among all objects of `all`. */
export function byName(
  name: string,
  noun: string,
  all: (signal?: AbortSignal) => Promise<readonly Named[]>,
): Lookup {
  let known: readonly Named[] | undefined;
  return {
    name,
    noun,
    nearest: (wanted) => nearestOf(wanted, known),
    find: async (keys, signal) => {
      known = await all(signal);
      const ids = idsByName(known);
      return new Map([...keys].map((key) => [key, ids.get(key) ?? []]));
    },
    names: async (ids, signal) => uniqueNames(await all(signal), ids),
    titles: async (ids, signal) => titlesOf(await all(signal), ids),
  };
}

function titlesOf(objects: readonly Named[], wanted: ReadonlySet<string>): Map<string, string> {
  return new Map(
    objects.filter(({ id, name }) => wanted.has(id) && name !== '').map(({ id, name }) => [id, name]),
  );
}

function nearestOf(name: string, known: readonly Named[] = []): string | undefined {
  return nearest(
    name,
    known.map((one) => one.name),
  );
}

/** The ids of each name, each id once. */
function idsByName(objects: readonly Named[]): Map<string, string[]> {
  const ids = new Map<string, Set<string>>();
  for (const { id, name } of objects) {
    if (id !== '' && name !== '') ids.set(name, (ids.get(name) ?? new Set()).add(id));
  }
  return new Map([...ids].map(([name, found]) => [name, [...found]]));
}

function uniqueNames(objects: readonly Named[], wanted: ReadonlySet<string>): Map<string, string> {
  return new Map(
    [...idsByName(objects)].flatMap(([name, [id = '', ...others]]): [string, string][] =>
      others.length === 0 && wanted.has(id) ? [[id, name]] : [],
    ),
  );
}

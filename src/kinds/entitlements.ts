import type { C1Reader } from '../c1/client.js';
import { isNotFound } from '../c1/errors.js';
import type { JsonObject } from '../c1/json.js';
import { apiPath } from '../c1/path.js';
import { mapAtOnce } from '../core/model/at-once.js';
import type { Known, Lookup, NameForm } from '../core/model/kind.js';
import { nearest } from '../text/nearest.js';
import { asList, asObject, asText, isObject } from '../text/shape.js';
import { isDeleted } from './live.js';

/** The largest number of names to search in an app one by one; for more, the whole list is cheaper. */
const FEW_NAMES = 10;

/** Ids that one search names at most: as many as a page has objects. */
const IDS_A_SEARCH = 100;

/** Path of the field of the entitlements whose holders own an object. */
export const OWNER_ENTITLEMENTS = 'appEntitlementRefs';

const SEARCH = '/api/v1/search/entitlements';

/** A reference to an entitlement in the form of the API. */
interface EntitlementRef {
  readonly appId: string;
  readonly id: string;
}

/** The id of an entitlement with that of its app: `<app id>/<entitlement id>`. */
function idOf({ appId, id }: EntitlementRef): string {
  return `${appId}/${id}`;
}

function refOf(id: string): EntitlementRef {
  const at = id.indexOf('/');
  return { appId: id.slice(0, at), id: id.slice(at + 1) };
}

/** The ids of entitlements, sorted, each once, from ids or references. */
export function asEntitlementSet(value: unknown): string[] {
  const ids = asList(value).map((item) => {
    if (typeof item === 'string') return item;
    const { appId, id } = asObject(item);
    return idOf({ appId: asText(appId), id: asText(id) });
  });
  return [...new Set(ids)].sort();
}

/** The references to entitlements with these ids. */
export function entitlementRefs(ids: unknown): EntitlementRef[] {
  return asEntitlementSet(ids).map(refOf);
}

/** A name or an id; `{ id }` is no name. */
type Part = string | { readonly id: string };

/** An app and an entitlement of it, as a definition names them. */
interface Named {
  readonly app: Part;
  readonly entitlement: Part;
  /** The id, or else the name, of the app that is defined under the name `app`. */
  readonly defined?: string | undefined;
}

/** Entitlements as definitions name them: `{ app, entitlement }`. `appKind`: the kind of the app. */
export function entitlementForm(appKind: string): NameForm {
  return {
    toKey: (item, known: Known) => {
      const { app, entitlement } = asObject(item);
      const defined = typeof app === 'string' ? known(appKind, app) : undefined;
      return keyOf({ app: partOf(app), entitlement: partOf(entitlement), defined });
    },
    toItem: (key) => {
      const { app, entitlement } = namedBy(key);
      return { app, entitlement };
    },
    toText: textOf,
    within: appKind,
    isWithin: (item, names) => {
      const { app, appId } = asObject(item);
      return names.includes(shown(partOf(app ?? appId)));
    },
  };
}

function partOf(value: unknown): Part {
  return isObject(value) ? { id: asText(value.id) } : asText(value);
}

function keyOf({ app, entitlement, defined }: Named): string {
  return JSON.stringify([app, entitlement, ...(defined === undefined || defined === app ? [] : [defined])]);
}

/** Any other text counts as the id of an app. */
function namedBy(key: string): Named {
  if (!key.startsWith('[')) return { app: { id: key }, entitlement: key };
  const [app, entitlement, defined] = asList(JSON.parse(key));
  return {
    app: partOf(app),
    entitlement: partOf(entitlement),
    defined: typeof defined === 'string' ? defined : undefined,
  };
}

function textOf(key: string): string {
  const { app, entitlement } = namedBy(key);
  return `${shown(app)}/${shown(entitlement)}`;
}

function shown(part: Part): string {
  return typeof part === 'string' ? part : part.id;
}

/** Something with a name and an id. */
interface Thing {
  readonly id: string;
  readonly name: string;
}

/** The ids that a part means: those of its name, else its own. */
function meant(part: Part, all: readonly Thing[]): string[] {
  if (typeof part !== 'string') return [part.id];
  if (part === '') return [];
  const named = all.filter(({ name }) => name === part);
  return (named.length > 0 ? named : all.filter(({ id }) => id === part)).map(({ id }) => id);
}

/** Entitlements by the names or ids of their app and of themselves; an app also by the name of its definition. */
export function entitlementLookup(api: C1Reader): Lookup {
  let knownApps: readonly Thing[] = [];
  const knownIn = new Map<string, readonly Thing[]>();

  const apps = async (signal?: AbortSignal): Promise<readonly Thing[]> => {
    knownApps = things(await api.list('/api/v1/apps', { signal }));
    return knownApps;
  };
  const search = async (body: JsonObject, signal?: AbortSignal): Promise<readonly JsonObject[]> =>
    (await unlessMissing(api.searchAll(SEARCH, body, { signal }))).map((view) =>
      asObject(view.appEntitlement),
    );
  const all = async (appId: string, signal?: AbortSignal): Promise<readonly Thing[]> => {
    const path = apiPath('/api/v1/apps/{id}/entitlements', { id: appId });
    const views = await unlessMissing(api.list(path, { signal }));
    const found = things(views.map((view) => asObject(view.appEntitlement)));
    knownIn.set(appId, found);
    return found;
  };
  const among = async (
    appId: string,
    names: ReadonlySet<string>,
    signal?: AbortSignal,
  ): Promise<readonly Thing[]> => {
    if (names.size > FEW_NAMES) return all(appId, signal);
    const searches = [...names].map((displayName) => search({ appIds: [appId], displayName }, signal));
    const found = things((await Promise.all(searches)).flat());
    const isFound = (wanted: string): boolean => found.some(({ name }) => name === wanted);
    return [...names].every(isFound) ? found : all(appId, signal);
  };
  const find: Lookup['find'] = async (keys, signal) => {
    const known = await apps(signal);
    const wanted = [...keys].map((key) => {
      const { app, entitlement, defined = '' } = namedBy(key);
      return { key, entitlement, appIds: new Set([...meant(app, known), ...meant(defined, known)]) };
    });
    const names = new Map<string, Set<string>>();
    for (const { entitlement, appIds } of wanted) {
      for (const appId of appIds) {
        const inApp = names.get(appId) ?? new Set();
        names.set(appId, typeof entitlement === 'string' ? inApp.add(entitlement) : inApp);
      }
    }
    const found = new Map(
      await mapAtOnce(names, async ([appId, some]) => [appId, await among(appId, some, signal)] as const),
    );
    return new Map(
      wanted.map(({ key, entitlement, appIds }) => [
        key,
        [...appIds].flatMap((appId) =>
          meant(entitlement, found.get(appId) ?? []).map((id) => idOf({ appId, id })),
        ),
      ]),
    );
  };
  const described = async (
    ids: ReadonlySet<string>,
    signal?: AbortSignal,
  ): Promise<readonly (readonly [id: string, key: string])[]> => {
    const refs = [...ids].map(refOf);
    const appNames = new Map((await apps(signal)).map(({ id, name }) => [id, name]));
    const found: JsonObject[] = [];
    for (let start = 0; start < refs.length; start += IDS_A_SEARCH) {
      found.push(...(await search({ refs: refs.slice(start, start + IDS_A_SEARCH) }, signal)));
    }
    return found.flatMap((one) => {
      const [ref, app] = [{ appId: asText(one.appId), id: asText(one.id) }, appNames.get(asText(one.appId))];
      const entitlement = asText(one.displayName);
      if (!ids.has(idOf(ref)) || isDeleted(one) || !app || entitlement === '') return [];
      return [[idOf(ref), keyOf({ app, entitlement })] as const];
    });
  };

  return {
    name: 'entitlement',
    noun: 'entitlement',
    find,
    wrongPart: (key) => {
      const { app, defined = '' } = namedBy(key);
      const ids = [...meant(app, knownApps), ...meant(defined, knownApps)];
      if (knownApps.some(({ id }) => ids.includes(id))) return undefined;
      return `app ${typeof app === 'string' ? 'is named' : 'has the id'} '${shown(app)}'`;
    },
    nearest: (key) => {
      const { app, entitlement, defined = '' } = namedBy(key);
      const [appId] = [...meant(app, knownApps), ...meant(defined, knownApps)];
      if (appId === undefined) return pair(nearestOf(app, knownApps), shown(entitlement));
      return pair(shown(app), nearestOf(entitlement, knownIn.get(appId) ?? []));
    },
    names: async (ids, signal) => {
      const keys = await described(ids, signal);
      const found = await find(new Set(keys.map(([, key]) => key)), signal);
      return new Map(
        keys.filter(([id, key]) => {
          const [only, ...others] = found.get(key) ?? [];
          return only === id && others.length === 0;
        }),
      );
    },
    titles: async (ids, signal) =>
      new Map((await described(ids, signal)).map(([id, key]) => [id, textOf(key)])),
  };
}

/** An app that does not exist has no entitlements. */
async function unlessMissing(list: Promise<readonly JsonObject[]>): Promise<readonly JsonObject[]> {
  try {
    return await list;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function things(objects: readonly JsonObject[]): readonly Thing[] {
  return objects
    .filter((object) => !isDeleted(object))
    .map(({ id, displayName }) => ({ id: asText(id), name: asText(displayName) }));
}

function nearestOf(part: Part, known: readonly Thing[]): string | undefined {
  return nearest(
    shown(part),
    known.map(({ name }) => name),
  );
}

function pair(app: string | undefined, entitlement: string | undefined): string | undefined {
  return app === undefined || entitlement === undefined ? undefined : `${app}/${entitlement}`;
}

import type { JsonObject } from './json.js';
import { type Page, pageOf } from './paging.js';
import type { Activity, Touched } from './systemlog.js';
import type { Principal, Tenant } from './tenant.js';

/** One parsed call of the API. */
export interface Call {
  readonly tenant: Tenant;
  readonly principal: Principal;
  /** Path parameters by name, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Query parameters by name. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The body; empty for a call without one. */
  readonly body: JsonObject;
  /** Names the objects that the call read or changed, for the system log. */
  touch(...touched: readonly Touched[]): void;
}

/** An operation of the API. */
export interface Operation {
  /** The full name of the method in the API's contract. */
  readonly name: string;
  readonly method: string;
  /** Path with `:name` for parameters. */
  readonly path: string;
  readonly activity: Activity;
  /** Executes the call and returns the body of the answer. Throws an ApiError to refuse it. */
  readonly run: (call: Call) => JsonObject;
}

/** The path parameter `name`. */
export function param(call: Call, name: string): string {
  return call.params[name] ?? '';
}

/** The operations of a service: name, method and path, effect on the tenant, function. */
export function operationsOf(
  service: string,
  rows: readonly (readonly [name: string, place: string, Operation['activity'], Operation['run']])[],
): Operation[] {
  return rows.map(([name, place, activity, run]) => {
    const [method = '', path = ''] = place.split(' ');
    return { name: `${service}.${name}`, method, path, activity, run };
  });
}

/** The page of `items` that the query of a `GET` requests. `scope` names the list. */
export function queryPage<T>({ query }: Call, items: readonly T[], scope: string): Page<T> {
  return pageOf(items, query.page_size, query.page_token, scope);
}

/** The page of `items` that the body of a search requests. `scope` names the list. */
export function bodyPage<T>({ body }: Call, items: readonly T[], scope: string): Page<T> {
  return pageOf(items, body.pageSize, body.pageToken, scope);
}

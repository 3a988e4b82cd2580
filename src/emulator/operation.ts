import type { JsonObject } from './json.js';
import { type Page, pageOf } from './paging.js';
import type { Activity, Touched } from './systemlog.js';
import type { Principal, Tenant } from './tenant.js';

/** One call of the API, taken apart. */
export interface Call {
  readonly tenant: Tenant;
  readonly principal: Principal;
  /** Path parameters by name, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Query parameters by name. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The body; empty where none was sent. */
  readonly body: JsonObject;
  /** Names what the call worked on, for the system log. */
  touch(...touched: readonly Touched[]): void;
}

/** An operation of the API: where it is, and what it does. */
export interface Operation {
  /** The full name of the method in the API's contract. */
  readonly name: string;
  readonly method: string;
  /** Path with `:name` for parameters. */
  readonly path: string;
  readonly activity: Activity;
  /** Does the work and gives the answer's body; throws an ApiError to refuse. Never waits. */
  readonly run: (call: Call) => JsonObject;
}

/** The path parameter `name`. */
export function param(call: Call, name: string): string {
  return call.params[name] ?? '';
}

/** The operations of a service: the name of each in it, method and path, what it does to the tenant, and the work. */
export function operationsOf(
  service: string,
  rows: readonly (readonly [name: string, place: string, Operation['activity'], Operation['run']])[],
): Operation[] {
  return rows.map(([name, place, activity, run]) => {
    const [method = '', path = ''] = place.split(' ');
    return { name: `${service}.${name}`, method, path, activity, run };
  });
}

/** The page of `items` that a `GET` asks for in its query. `scope` names the list. */
export function queryPage<T>({ query }: Call, items: readonly T[], scope: string): Page<T> {
  return pageOf(items, query.page_size, query.page_token, scope);
}

/** The page of `items` that a search asks for in its body. `scope` names the list. */
export function bodyPage<T>({ body }: Call, items: readonly T[], scope: string): Page<T> {
  return pageOf(items, body.pageSize, body.pageToken, scope);
}

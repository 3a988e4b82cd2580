import type { JsonObject } from './json.js';
import type { PageRequest } from './paging.js';
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
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
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

/** The page a `GET` asks for in its query. */
export function queryPage(call: Call): PageRequest {
  return { size: call.query.page_size, token: call.query.page_token };
}

/** The page a search asks for in its body. */
export function bodyPage(call: Call): PageRequest {
  return { size: call.body.pageSize, token: call.body.pageToken };
}

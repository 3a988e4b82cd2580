import { TerminalError } from '../core/model/errors.js';
import type { Call, Connection } from './connection.js';
import type { JsonObject, Query } from './json.js';
import { allPages } from './paging.js';
import type { ServerTime } from './sender.js';

/** Options of any call. */
interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The half that cannot change the tenant. Transient failures are retried; the final error is an
 * `ApiError`, or the signal's reason.
 */
export interface C1Reader {
  /** Reads one object. */
  get(path: string, options?: CallOptions & { readonly query?: Query | undefined }): Promise<JsonObject>;
  /**
   * A POST that only reads: searches, the connector catalog, the system log. Throws a TerminalError for any other
   * path, so that a reader cannot write.
   */
  search(
    path: string,
    body: JsonObject,
    options?: CallOptions & { readonly maxBytes?: number },
  ): Promise<JsonObject>;
  /** All items of a paged list, read 100 a page. Throws if any page fails: a result is always complete. */
  list(path: string, options?: CallOptions & { readonly query?: Query | undefined }): Promise<JsonObject[]>;
  /** All items of a paged search, as {@link C1Reader.list}. */
  searchAll(path: string, body: JsonObject, options?: CallOptions): Promise<JsonObject[]>;
  /** The number of requests that the connection has sent, with requests for tokens and refused requests. */
  readonly requests: number;
  /** The tenant's clock at its last answer, if known. */
  serverTime?(): ServerTime | undefined;
}

/** The half that changes the tenant. */
export interface C1Writer {
  /**
   * Sends a write. Retried only when the earlier try is known to have done nothing; for any other failure, the `effect`
   * of the `ApiError` is that of the call. One that the tenant refuses for its rate is retried for 20 seconds at most: the
   * tenant may change meanwhile, and the caller observes it again before a later try.
   */
  send(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: JsonObject,
    options?: CallOptions,
  ): Promise<JsonObject>;
}

const PAGE = 100;
/** POSTs that only read. */
const READING_POSTS = /^\/api\/v\d+\/(search\/.+|connectorcatalog|systemlog\/events)$/;

/** The reading half of a client on `connection`. */
export function createReader(connection: Connection): C1Reader {
  const get: C1Reader['get'] = (path, { query, signal } = {}) =>
    connection.request({ method: 'GET', path, query, repeatable: true }, { signal });
  const search: C1Reader['search'] = async (path, body, { signal, maxBytes } = {}) => {
    if (!READING_POSTS.test(path)) {
      throw new TerminalError(`POST ${path} is not known as a search; a reader does not send it`);
    }
    return connection.request({ method: 'POST', path, body, repeatable: true, maxBytes }, { signal });
  };
  return {
    get,
    search,
    list: (path, { query, signal } = {}) =>
      allPages({ method: 'GET', path }, (token) =>
        get(path, { query: { page_size: PAGE, ...query, page_token: token }, signal }),
      ),
    searchAll: (path, body, { signal } = {}) =>
      allPages({ method: 'POST', path }, (token) =>
        search(path, { pageSize: PAGE, ...body, pageToken: token }, { signal }),
      ),
    get requests() {
      return connection.requests;
    },
    serverTime: () => connection.serverTime(),
  };
}

const WRITE_PATIENCE_MS = 20_000;

/** The writing half of a client on `connection`. */
export function createWriter(connection: Connection): C1Writer {
  return {
    send: (method, path, body = {}, { signal } = {}) => {
      const call: Call = { method, path, body, patienceMs: WRITE_PATIENCE_MS, repeatable: false };
      return connection.request(call, { signal });
    },
  };
}

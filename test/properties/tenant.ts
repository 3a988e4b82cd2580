import type { C1Reader, C1Writer } from '../../src/c1/client.js';
import { ApiError } from '../../src/c1/errors.js';
import type { JsonObject as ClientJson } from '../../src/c1/json.js';
import { allPages } from '../../src/c1/paging.js';
import { systemClock } from '../../src/core/model/clock.js';
import { systemRandom } from '../../src/core/model/random.js';
import { ApiError as Refusal } from '../../src/emulator/errors.js';
import type { JsonObject } from '../../src/emulator/json.js';
import type { Operation } from '../../src/emulator/operation.js';
import { principalsOf } from '../../src/emulator/principals.js';
import { plantSeed, type SeedInput, stateOf } from '../../src/emulator/seed.js';
import { defaultSettings } from '../../src/emulator/settings.js';
import { type Principal, Tenant } from '../../src/emulator/tenant.js';
import { operations } from '../../src/emulator/tenant-server.js';

/** A call that writes, as it was made. */
export interface Written {
  readonly method: string;
  readonly path: string;
  readonly mask: string | undefined;
}

/** The objects of both kinds in the tenant. */
export interface Held {
  readonly apps: readonly JsonObject[];
  readonly connectors: readonly JsonObject[];
}

const routes = operations.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
}));

/** The embedded tenant without a network in between: fast enough for many small lives. */
export class DirectTenant {
  readonly written: Written[] = [];
  readonly reader: C1Reader;
  readonly writer: C1Writer;
  readonly #tenant = new Tenant(systemClock, { ...defaultSettings }, systemRandom);
  readonly #principal: Principal;
  #requests = 0;

  constructor(seed: SeedInput) {
    plantSeed(this.#tenant, seed);
    this.#principal = this.#tenant.principal(principalsOf(this.#tenant).service);
    this.reader = this.#makeReader();
    this.writer = {
      send: async (method, path, body = {}) => {
        this.written.push({ method, path, mask: maskIn(body) });
        return this.call(method, path, body);
      },
    };
  }

  /** Everything there is now, as a copy. */
  held(): Held {
    const { apps, connectors } = stateOf(this.#tenant);
    return structuredClone({ apps: apps as JsonObject[], connectors: connectors as JsonObject[] });
  }

  /** Makes a call, as any client does. */
  call(method: string, path: string, body: ClientJson = {}, query: ClientJson = {}): JsonObject {
    this.#requests += 1;
    const { operation, params } = this.#route(method, path);
    try {
      const answer = operation.run({
        tenant: this.#tenant,
        principal: this.#principal,
        params,
        query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, textOf(value)])),
        body: JSON.parse(JSON.stringify(body)) as JsonObject,
        touch: () => {},
      });
      return structuredClone(answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, message } = error;
      throw new ApiError(
        message,
        { method, path },
        { status, terminal: true, effect: 'none' },
        { cause: error },
      );
    }
  }

  #route(method: string, path: string): { operation: Operation; params: Record<string, string> } {
    for (const { operation, pattern } of routes) {
      const match = operation.method === method ? pattern.exec(path) : null;
      if (match !== null) return { operation, params: { ...match.groups } };
    }
    throw new Error(`the tenant has no ${method} ${path}`);
  }

  #makeReader(): C1Reader {
    const get: C1Reader['get'] = async (path, { query = {} } = {}) => this.call('GET', path, {}, query);
    const search: C1Reader['search'] = async (path, body) => this.call('POST', path, body);
    const requests = (): number => this.#requests;
    return {
      get,
      search,
      list: (path, { query } = {}) =>
        allPages({ method: 'GET', path }, (token) =>
          get(path, { query: { page_size: 100, ...query, page_token: token } }),
        ),
      searchAll: (path, body) =>
        allPages({ method: 'POST', path }, (token) =>
          search(path, { pageSize: 100, ...body, ...(token === undefined ? {} : { pageToken: token }) }),
        ),
      get requests() {
        return requests();
      },
    };
  }
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

function maskIn({ updateMask }: ClientJson): string | undefined {
  return typeof updateMask === 'string' ? updateMask : undefined;
}

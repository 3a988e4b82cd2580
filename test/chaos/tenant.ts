import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Json } from '../model/client.js';

/** The tenant as it is. */
export interface State {
  readonly apps: readonly Json[];
  readonly connectors: readonly Json[];
}

/** A call as the tenant saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly mask: string | null;
}

/** The line that the emulator prints when it is ready. */
export interface Access {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accessToken: string;
  readonly userAccessToken: string;
}

/** Distinguishes calls of the tests from those of the daemon, which may act as the same user. */
const OURS = 'chaos=1';
const READING = /^\/api\/v\d+\/(search\/|connectorcatalog|systemlog)|^\/auth\//;

/** Those calls of c1sync that write. */
export function writesIn(requests: readonly Seen[]): Seen[] {
  return requests.filter(
    ({ method, path }) => !path.includes(OURS) && method !== 'GET' && !READING.test(path),
  );
}

/** Tries of one call that meets the tenant's rate limit. */
const MOST_TRIES = 600;

/** The tenant as another client, a person and the one who breaks it see it. */
export class Tenant implements Client {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /**
   * Calls the API as the daemon's own user or as a person. Faults meant for the daemon are taken away meanwhile, so
   * that what was done here is certain. Gives undefined where the tenant answers 404; throws for other refusals.
   */
  async call(
    method: string,
    path: string,
    body: unknown,
    as: 'daemon' | 'person',
  ): Promise<Json | undefined> {
    const faults = await this.#admin('GET', 'faults');
    await this.clearFaults();
    try {
      return await this.#persist(method, path, body, as);
    } finally {
      if (Array.isArray(faults) && faults.length > 0) await this.#admin('POST', 'faults', faults);
    }
  }

  async #persist(
    method: string,
    path: string,
    body: unknown,
    as: 'daemon' | 'person',
  ): Promise<Json | undefined> {
    const { url, accessToken, userAccessToken } = this.#access;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const response = await fetch(`${url}${path}?${OURS}`, {
        method,
        headers: {
          authorization: `Bearer ${as === 'daemon' ? accessToken : userAccessToken}`,
          'content-type': 'application/json',
        },
        body: method === 'GET' ? null : JSON.stringify(body ?? {}),
      });
      const text = await response.text();
      if (response.status === 200) return JSON.parse(text) as Json;
      if (response.status === 404) return undefined;
      if (response.status !== 429) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
      await sleep(100);
    }
    throw new Error(`${method} ${path} was refused for its rate ${MOST_TRIES} times`);
  }

  async state(): Promise<State> {
    return (await this.#admin('GET', 'state')) as State;
  }

  /** The calls since they were taken last. */
  async takeRequests(): Promise<readonly Seen[]> {
    const seen = (await this.#admin('GET', 'requests')) as readonly Seen[];
    await this.#admin('DELETE', 'requests');
    return seen;
  }

  async webEdit(edit: Json): Promise<void> {
    await this.#admin('POST', 'web-edit', edit);
  }

  async addFault(fault: Json): Promise<void> {
    await this.#admin('POST', 'faults', fault);
  }

  async clearFaults(): Promise<void> {
    await this.#admin('DELETE', 'faults');
  }

  async settings(patch: {
    readonly latencyMs?: number;
    readonly requestsPerSecond?: number;
    readonly ownerDelayMs?: number;
  }): Promise<void> {
    await this.#admin('POST', 'settings', patch);
  }

  async #admin(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#access.url}/_emulator/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${method} /_emulator/${path} answered: ${text}`);
    return JSON.parse(text);
  }
}

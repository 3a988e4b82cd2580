import type { Outcome, TenantRequest } from '../../src/emulator/exchange.js';
import type { TenantServer } from '../../src/emulator/tenant-server.js';
import type { Client, Json } from '../model/client.js';

/** The tenant as it is. */
export interface State {
  readonly apps: readonly Json[];
  readonly connectors: readonly Json[];
}

/** The tenant as people and other clients use it: at once, and without the troubles of the network. */
export class People implements Client {
  readonly #tenant: TenantServer;
  /** How many requests a second the tenant takes from a process; 0 for any number. */
  #requestsPerSecond: unknown = 0;

  constructor(tenant: TenantServer) {
    this.#tenant = tenant;
  }

  async call(
    method: string,
    path: string,
    body: unknown,
    as: 'daemon' | 'person',
  ): Promise<Json | undefined> {
    const { accessToken, userAccessToken } = this.#tenant;
    const answer = await this.#unlimited({
      method,
      path,
      headers: {
        authorization: `Bearer ${as === 'daemon' ? accessToken : userAccessToken}`,
        'content-type': 'application/json',
      },
      body: method === 'GET' ? '' : JSON.stringify(body ?? {}),
    });
    if (typeof answer === 'string') throw new Error(`${method} ${path}: ${answer}`);
    // Where the tenant turns a person away for the rate, the person leaves it at that.
    if (answer.status === 404 || answer.status === 429) return undefined;
    if (answer.status !== 200) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body) as Json;
  }

  /** Has the tenant take a request whatever its limit. What it does before it takes the request waits for nothing. */
  #unlimited(request: TenantRequest): Promise<Outcome> {
    void this.#admin('POST', 'settings', { requestsPerSecond: 0 });
    const answering = this.#tenant.handle(request);
    void this.#admin('POST', 'settings', { requestsPerSecond: this.#requestsPerSecond });
    return answering;
  }

  /** An edit in the web app. */
  async webEdit(edit: Json): Promise<void> {
    await this.#admin('POST', 'web-edit', edit);
  }

  /** Turns what live tenants may do. */
  async settings(patch: Json): Promise<void> {
    this.#requestsPerSecond = patch.requestsPerSecond ?? this.#requestsPerSecond;
    await this.#admin('POST', 'settings', patch);
  }

  async state(): Promise<State> {
    return this.now;
  }

  /** The tenant at this moment. */
  get now(): State {
    const { apps, connectors } = this.#tenant.state;
    return JSON.parse(JSON.stringify({ apps, connectors })) as State;
  }

  /** A connector as it is. */
  connector(id: string): Json {
    const { connectors } = this.#tenant.state;
    return asObject(
      Array.isArray(connectors) ? connectors.find((one) => asObject(one).id === id) : undefined,
    );
  }

  /** True for a connector that is there. */
  has(id: string): boolean {
    return this.connector(id).id === id;
  }

  async #admin(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.#tenant.handle({
      method,
      path: `/_emulator/${path}`,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? '' : JSON.stringify(body),
    });
    if (typeof answer === 'string' || answer.status !== 200)
      throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return JSON.parse(answer.body);
  }
}

/** The members of a value that should be an object; none of any other. */
export function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

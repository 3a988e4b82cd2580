import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../core/model/clock.js';
import { type Random, systemRandom } from '../core/model/random.js';
import { Redactor } from '../core/redact/redactor.js';
import type { Lease } from '../core/state/lock.js';
import { httpTransport, type Message, type Transport } from '../http/exchange.js';
import { isOfApi, type Received, readAnswer, type Subject } from './answer.js';
import { type AuthOptions, TOKEN_PATH, type TokenSource, tokenSource } from './auth.js';
import { Budget, type BudgetState } from './budget.js';
import { ApiError } from './errors.js';
import type { Grant } from './gate.js';
import type { JsonObject, Query } from './json.js';
import { checkPath } from './path.js';
import { type Attempt, persist } from './retry.js';
import { type ObservedCall, Sender, type ServerTime, type Trip } from './sender.js';
import { tenantUrl } from './url.js';

export type { ObservedCall } from './sender.js';

/** Secret members of a form for the token endpoint. */
const SECRET_FIELDS = ['client_secret', 'client_assertion', 'subject_token'];

const MAX_PAUSE_MS = 15 * 60_000;
/** The largest answer with a token, bytes. */
const TOKEN_BYTES = 64 * 1024;

/** The options of a connection. */
export interface ConnectOptions {
  readonly url: string;
  readonly auth: AuthOptions;
  readonly requestsPerSecond: number;
  /** Concurrent requests, 1 or more. */
  readonly concurrency: number;
  /** The limit of one request, from sending to the end of the answer. */
  readonly timeoutMs: number;
  /** The longest pause to accept from the tenant; 15 minutes by default. */
  readonly maxPauseMs?: number;
  /** The clock; the system clock by default. Use a steady clock if `serverTime` is compared with steady times. */
  readonly clock?: Clock;
  /** The time of day; that of `clock` by default. */
  readonly wall?: Clock;
  /** The source of the jitter of retries and of nonces; the system's random source by default. */
  readonly random?: Random;
  /** Sends requests; `fetch` of Node by default. */
  readonly transport?: Transport;
  /** The version for the user agent. */
  readonly version: string;
  readonly observe?: (call: ObservedCall) => void;
  /** Hides secrets in answers of the tenant, also those of the sign-in. */
  readonly redactor?: Redactor;
}

/** One call of the API. */
export interface Call extends Subject {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Query | undefined;
  /** As in `persist`. */
  readonly patienceMs?: number | undefined;
}

/** A tenant with its address, credentials and budget. All requests to the tenant go through it. */
export interface Connection {
  /** Scheme and host of the tenant. */
  readonly url: URL;
  /** The number of sent requests, with requests for tokens and refused requests. */
  readonly requests: number;
  /**
   * Sends a call and returns the JSON object of its answer. Rejects with an {@link ApiError}; with the signal's reason
   * when it aborts before a request was sent, or on a repeatable call; with a TerminalError for an invalid path.
   */
  request(call: Call, options?: { readonly signal?: AbortSignal | undefined }): Promise<JsonObject>;
  /**
   * Gets a token before the first request needs it, where tokens are exchanged. Resolves at the end of it; an error is met by
   * that request.
   */
  signIn(signal: AbortSignal): Promise<void>;
  /** The tenant's clock at its last answer (to the second) and our clock; both milliseconds since the epoch. */
  serverTime(): ServerTime | undefined;
  /** The current state of the budget. */
  budget(): BudgetState;
  /** Makes the lease a condition of every further request. */
  fence(lease: Lease): void;
}

/** Prepares the connection to a tenant without a request. Throws a TerminalError for an invalid address or credentials. */
export function connect(options: ConnectOptions): Connection {
  return new TenantConnection(options);
}

class TenantConnection implements Connection {
  readonly url: URL;
  readonly #auth: AuthOptions;
  readonly #version: string;
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #budget: Budget;
  readonly #sender: Sender;
  readonly #redactor: Redactor;
  readonly #tokens: TokenSource;

  constructor(options: ConnectOptions) {
    const { auth, timeoutMs, observe, clock = systemClock, random = systemRandom } = options;
    const { transport = httpTransport, maxPauseMs = MAX_PAUSE_MS, wall = clock } = options;
    this.url = tenantUrl(options.url);
    this.#auth = auth;
    this.#version = options.version;
    this.#redactor = options.redactor ?? new Redactor();
    this.#ports = { clock, random };
    this.#budget = new Budget({ ...options, clock });
    const { gate } = this.#budget;
    const redactor = this.#redactor;
    const ports = { gate, clock, wall, transport, redactor };
    this.#sender = new Sender({ ...ports, timeoutMs, maxPauseMs, observe });
    this.#tokens = tokenSource(auth, {
      clock: wall,
      random,
      audience: this.url.hostname.replace(/^\[|\]$/g, ''),
      redactor: this.#redactor,
      post: (form, signal) => this.#postForm(form, signal),
    });
  }

  async signIn(signal: AbortSignal): Promise<void> {
    await this.#tokens.token(signal).catch(() => undefined);
  }

  get requests(): number {
    return this.#sender.requests;
  }

  serverTime(): ServerTime | undefined {
    return this.#sender.serverTime;
  }

  budget(): BudgetState {
    return this.#budget.state();
  }

  fence(lease: Lease): void {
    this.#sender.lease = lease;
  }

  async request(
    call: Call,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<JsonObject> {
    checkPath(call.path);
    const { signal } = options;
    // One signal may abort many calls: each call adds a listener and removes it, so a warning would be wrong.
    if (signal !== undefined) setMaxListeners(0, signal);
    return persist(call, this.#ports, (attempt) => this.#try(call, attempt, signal), signal);
  }

  /** One try. It replaces a token that the tenant refuses once: a 401 of the API did nothing. */
  async #try(call: Call, attempt: Attempt, signal: AbortSignal | undefined): Promise<JsonObject> {
    const trip: Trip = { ...attempt, asked: this.#ports.clock.now(), signal };
    const first = await this.#sendWithToken(call, trip);
    if (first.answer.status !== 401 || !(call.repeatable || isOfApi(first.answer))) {
      return readAnswer(call, first.answer, this.#redactor);
    }
    const again = this.#tokens.drop(first.token) ? await this.#sendWithToken(call, trip) : first;
    try {
      return readAnswer(call, again.answer, this.#redactor);
    } catch (error) {
      throw error instanceof ApiError && error.status === 401 ? this.#unwelcome(error) : error;
    }
  }

  #unwelcome(error: ApiError): ApiError {
    const remedy =
      this.#auth.kind === 'token'
        ? 'it has expired or was revoked; replace it (tenant.auth.accessToken, CONDUCTORONE_ACCESS_TOKEN)'
        : 'not even a fresh one; check that tenant.url and the credentials belong to the same tenant';
    return new ApiError(
      `${error.message}; the tenant does not accept the access token: ${remedy}`,
      error,
      error,
    );
  }

  async #sendWithToken(call: Call, trip: Trip): Promise<{ token: string; answer: Received }> {
    // A write depends on a fresh observation, and a repeated call has already waited: both go first.
    const priority = (call.repeatable ? 0 : 2) + (trip.number > 1 ? 1 : 0);
    return this.#budget.run(
      async () => {
        const { token, grant } = await this.#enter(call, trip);
        const message: Message = {
          method: call.method,
          url: this.#address(call.path, call.query),
          headers: { ...this.#headers('application/json'), authorization: `Bearer ${token}` },
          body: call.body === undefined ? undefined : JSON.stringify(call.body),
        };
        return { token, answer: await this.#sender.send(call, message, grant, trip) };
      },
      { priority, signal: trip.signal },
    );
  }

  /** A token and a grant that are valid at the same time: a token can expire while the gate is paused. */
  async #enter(call: Call, trip: Trip): Promise<{ token: string; grant: Grant }> {
    for (let round = 1; ; round += 1) {
      const token = await this.#tokens.token(trip.signal);
      const grant = await this.#sender.enter(call, trip, false);
      // A token with a shorter life than the wait of the gate would never be fresh: the tenant decides.
      if (round === 3 || this.#tokens.isFresh(token)) return { token, grant };
      this.#sender.leave(grant);
    }
  }

  /**
   * Sends a form to the token endpoint before the calls that wait for the token, in the place of one of them. Creates the
   * form right before sending, since an assertion expires.
   */
  #postForm(makeForm: () => Promise<URLSearchParams>, signal: AbortSignal): Promise<JsonObject> {
    const call: Subject = { method: 'POST', path: TOKEN_PATH, repeatable: true, maxBytes: TOKEN_BYTES };
    return persist(
      call,
      this.#ports,
      async (attempt) => {
        const trip: Trip = { ...attempt, asked: this.#ports.clock.now(), signal };
        const grant = await this.#sender.enter(call, trip, true);
        const form = await makeForm().catch((error: unknown) => {
          this.#sender.leave(grant);
          throw error;
        });
        const message: Message = {
          method: 'POST',
          url: this.#address(TOKEN_PATH, undefined),
          headers: this.#headers('application/x-www-form-urlencoded'),
          body: form.toString(),
        };
        const answer = await this.#sender.send(call, message, grant, trip);
        const secrets = SECRET_FIELDS.map((name) => form.get(name) ?? '');
        return readAnswer(call, answer, this.#redactor, secrets);
      },
      signal,
    );
  }

  #address(path: string, query: Query | undefined): URL {
    const url = new URL(path, this.url);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  #headers(contentType: string): Record<string, string> {
    return {
      'content-type': contentType,
      accept: 'application/json',
      'user-agent': `c1sync/${this.#version}`,
    };
  }
}

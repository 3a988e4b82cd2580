import { type Clock, systemClock } from '../core/clock.js';
import { brokenCall, effectOn, type Received, readAnswer, retryAfter, type Subject } from './answer.js';
import { type AuthOptions, TOKEN_PATH, type TokenSource, tokenSource } from './auth.js';
import { Budget, type BudgetState } from './budget.js';
import type { JsonObject, Query } from './client.js';
import { ApiError } from './errors.js';
import { type Grant, PauseTooLong } from './gate.js';
import { checkPath } from './path.js';
import { Redactor } from './redact.js';
import { type Attempt, persist } from './retry.js';
import { exchange, type Message, TransportError } from './transport.js';
import { tenantUrl } from './url.js';

/** What was sent and what came of it, once for every request. */
export interface ObservedCall {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  /** Missing when no answer came. */
  readonly status?: number;
  /** From sending to the end of the answer, milliseconds. */
  readonly durationMs: number;
  /** 1 for the first try of a call. */
  readonly attempt: number;
  /** How long the request had waited for its turn, milliseconds. */
  readonly waitedMs: number;
}

/** How to reach a tenant. */
export interface ConnectOptions {
  readonly url: string;
  readonly auth: AuthOptions;
  readonly requestsPerSecond: number;
  /** Requests under way at once, 1 or more. */
  readonly concurrency: number;
  /** For one request, from sending to the end of the answer. */
  readonly timeoutMs: number;
  readonly clock?: Clock;
  /** Our own version, for the user agent. */
  readonly version: string;
  readonly observe?: (call: ObservedCall) => void;
}

/** One call of the API. */
export interface Call extends Subject {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Query | undefined;
}

/** A tenant with its address, credentials and budget: the one place where HTTP happens. */
export interface Connection {
  /** Scheme and host of the tenant. */
  readonly url: URL;
  /** How many requests were sent so far, those for tokens and those refused included. */
  readonly requests: number;
  /**
   * Makes a call and gives the JSON object of its answer. Rejects with an {@link ApiError}; with the signal's reason
   * when it aborts before anything was sent, or on a repeatable call; with a TerminalError for a path that is none.
   */
  request(call: Call, options?: { readonly signal?: AbortSignal | undefined }): Promise<JsonObject>;
  /** The tenant's clock when it was last seen (to the second), beside ours; both milliseconds since the epoch. */
  serverTime(): ServerTime | undefined;
  /** What the budget is doing now. */
  budget(): BudgetState;
}

/** Two clocks at one moment, milliseconds since the epoch. */
export interface ServerTime {
  /** Our clock. */
  readonly at: number;
  /** The server's clock. */
  readonly server: number;
}

/** Prepares the connection to a tenant; sends nothing. Throws a TerminalError for an address or credentials that cannot be right. */
export function connect(options: ConnectOptions): Connection {
  return new TenantConnection(options);
}

class TenantConnection implements Connection {
  readonly url: URL;
  requests = 0;
  readonly #options: ConnectOptions;
  readonly #clock: Clock;
  readonly #budget: Budget;
  readonly #redactor = new Redactor();
  readonly #tokens: TokenSource;
  #serverTime: ServerTime | undefined;

  constructor(options: ConnectOptions) {
    this.url = tenantUrl(options.url);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#budget = new Budget({ ...options, clock: this.#clock });
    this.#tokens = tokenSource(options.auth, {
      clock: this.#clock,
      audience: this.url.hostname.replace(/^\[|\]$/g, ''),
      redactor: this.#redactor,
      post: (form, signal) => this.#postForm(form, signal),
    });
  }

  serverTime(): ServerTime | undefined {
    return this.#serverTime;
  }

  budget(): BudgetState {
    return this.#budget.state();
  }

  async request(
    call: Call,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<JsonObject> {
    checkPath(call.path);
    const { signal } = options;
    return persist(call, this.#clock, (attempt) => this.#try(call, attempt, signal), signal);
  }

  /** One try. A token that the tenant does not know any more is replaced once: 401 did nothing. */
  async #try(call: Call, attempt: Attempt, signal: AbortSignal | undefined): Promise<JsonObject> {
    const first = await this.#sendWithToken(call, attempt, signal);
    if (first.answer.status !== 401) return readAnswer(call, first.answer, this.#redactor);
    const again = this.#tokens.drop(first.token) ? await this.#sendWithToken(call, attempt, signal) : first;
    try {
      return readAnswer(call, again.answer, this.#redactor);
    } catch (error) {
      throw error instanceof ApiError && error.status === 401 ? this.#unwelcome(error) : error;
    }
  }

  #unwelcome(error: ApiError): ApiError {
    const mend =
      this.#options.auth.kind === 'token'
        ? 'it has expired or was revoked; replace it (tenant.auth.accessToken, CONDUCTORONE_ACCESS_TOKEN)'
        : 'not even a fresh one; check that tenant.url and the credentials belong to the same tenant';
    return new ApiError(`${error.message}; the tenant does not accept the access token: ${mend}`, error);
  }

  async #sendWithToken(
    call: Call,
    attempt: Attempt,
    signal: AbortSignal | undefined,
  ): Promise<{ token: string; answer: Received }> {
    const asked = this.#clock.now();
    // A write was decided on what was seen moments ago, and a call tried again has waited before: both go first.
    const priority = (call.repeatable ? 0 : 2) + (attempt.number > 1 ? 1 : 0);
    return this.#budget.run(
      async () => {
        const { token, grant } = await this.#enter(call, attempt, signal);
        const message: Message = {
          method: call.method,
          url: this.#address(call.path, call.query),
          headers: { ...this.#headers('application/json'), authorization: `Bearer ${token}` },
          body: call.body === undefined ? undefined : JSON.stringify(call.body),
        };
        const answer = await this.#send(call, message, grant, { attempt: attempt.number, asked, signal });
        return { token, answer };
      },
      { priority, signal },
    );
  }

  /** A token and leave to send, both good at the same moment: a token can grow old while the gate is shut. */
  async #enter(
    call: Call,
    attempt: Attempt,
    signal: AbortSignal | undefined,
  ): Promise<{ token: string; grant: Grant }> {
    for (let round = 1; ; round += 1) {
      const token = await this.#tokens.token(signal);
      const grant = await this.#pass(call, attempt, signal, false);
      // A token that lives shorter than the gate's wait would never be fresh; the tenant shall decide then.
      if (round === 3 || this.#tokens.isFresh(token)) return { token, grant };
      this.#budget.gate.answered(grant, false);
    }
  }

  async #pass(
    call: Subject,
    attempt: Attempt,
    signal: AbortSignal | undefined,
    urgent: boolean,
  ): Promise<Grant> {
    try {
      return await this.#budget.gate.pass({ signal, patienceMs: attempt.patienceMs, urgent });
    } catch (error) {
      if (!(error instanceof PauseTooLong)) throw error;
      const { method, path } = call;
      const seconds = Math.ceil(error.leftMs / 1000);
      throw new ApiError(
        `${method} ${path} was not sent: the tenant asked for a pause of another ${seconds} s (429)`,
        {
          method,
          path,
          terminal: false,
          effect: 'none',
          retryAfterMs: error.leftMs,
        },
      );
    }
  }

  /** Sends one form to the token endpoint, ahead of the calls that wait for the token and in the place of one of them. */
  #postForm(form: URLSearchParams, signal: AbortSignal): Promise<JsonObject> {
    const call: Subject = { method: 'POST', path: TOKEN_PATH, repeatable: true };
    const message: Message = {
      method: 'POST',
      url: this.#address(TOKEN_PATH, undefined),
      headers: this.#headers('application/x-www-form-urlencoded'),
      body: form.toString(),
    };
    const secrets = new Set(
      ['client_assertion', 'subject_token'].map((name) => form.get(name)).filter((value) => value !== null),
    );
    for (const secret of secrets) this.#redactor.add(secret);
    const tries = persist(
      call,
      this.#clock,
      async (attempt) => {
        const asked = this.#clock.now();
        const grant = await this.#pass(call, attempt, signal, true);
        const answer = await this.#send(call, message, grant, { attempt: attempt.number, asked, signal });
        return readAnswer(call, answer, this.#redactor);
      },
      signal,
    );
    return tries.finally(() => {
      for (const secret of secrets) this.#redactor.remove(secret);
    });
  }

  /** Sends one request and tells the budget and the observer what came of it. */
  async #send(
    call: Subject,
    message: Message,
    grant: Grant,
    facts: { readonly attempt: number; readonly asked: number; readonly signal: AbortSignal | undefined },
  ): Promise<Received> {
    const { timeoutMs, observe } = this.#options;
    const sent = this.#clock.now();
    let status: number | undefined;
    let retryAfterMs: number | undefined;
    this.requests += 1;
    const onHead = (seen: number, headers: Headers): void => {
      status = seen;
      this.#noteServerTime(headers);
      retryAfterMs = retryAfter(headers, this.#clock.now());
      this.#budget.gate.answered(grant, seen !== 429);
      if (seen === 429) retryAfterMs = this.#budget.gate.refused(grant, retryAfterMs);
    };
    try {
      const answer = await exchange(message, { clock: this.#clock, timeoutMs, signal: facts.signal, onHead });
      return { ...answer, retryAfterMs };
    } catch (error) {
      if (error instanceof TransportError) throw brokenCall(call, error, timeoutMs);
      throw call.repeatable ? error : interrupted(call, error);
    } finally {
      this.#budget.gate.answered(grant, false);
      observe?.({
        method: call.method,
        path: call.path,
        ...(status === undefined ? {} : { status }),
        durationMs: this.#clock.now() - sent,
        attempt: facts.attempt,
        waitedMs: sent - facts.asked,
      });
    }
  }

  #noteServerTime(headers: Headers): void {
    const server = Date.parse(headers.get('date') ?? '');
    if (!Number.isNaN(server)) this.#serverTime = { at: this.#clock.now(), server };
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
      'user-agent': `c1sync/${this.#options.version}`,
    };
  }
}

function interrupted(call: Subject, reason: unknown): ApiError {
  const { method, path } = call;
  return new ApiError(
    `${method} ${path} was called off before its answer came`,
    { method, path, terminal: false, effect: effectOn(call) },
    { cause: reason },
  );
}

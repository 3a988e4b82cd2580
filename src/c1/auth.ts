import type { Clock } from '../core/model/clock.js';
import { TerminalError } from '../core/model/errors.js';
import type { Random } from '../core/model/random.js';
import type { Redactor } from '../core/redact/redactor.js';
import { type AssertionSigner, assertionSigner, isSigningSecret } from './assertion.js';
import { ApiError } from './errors.js';
import type { JsonObject } from './json.js';

/**
 * How to authenticate: a finished access token; an OIDC token of a workload, which `token` reads again at each
 * exchange; or client id and secret (a secret that holds a key signs an assertion and is not sent).
 */
export type AuthOptions =
  | { readonly kind: 'token'; readonly accessToken: string }
  | { readonly kind: 'oidc'; readonly clientId: string; readonly token: () => Promise<string> }
  | { readonly kind: 'client'; readonly clientId: string; readonly clientSecret: string };

/** Path of the token endpoint. */
export const TOKEN_PATH = '/auth/v1/token';

const TOKEN_CALL = { method: 'POST', path: TOKEN_PATH };

/** A source of access tokens. */
export interface TokenSource {
  /** A valid token; all callers share one renewal. Rejects with the signal's reason when it aborts. */
  token(signal?: AbortSignal): Promise<string>;
  /** False when a caller should get a new token before use. */
  isFresh(token: string): boolean;
  /** Reports that the tenant refused `token`. True when another token is available. */
  drop(token: string): boolean;
}

/** Dependencies of a token source. `post` sends a form to {@link TOKEN_PATH}, created for each try, and returns the answer. */
export interface Surroundings {
  /** The time of day of signed assertions. */
  readonly clock: Clock;
  readonly random: Random;
  /** Tenant host without port. */
  readonly audience: string;
  readonly redactor: Redactor;
  readonly post: (form: () => Promise<URLSearchParams>, signal: AbortSignal) => Promise<JsonObject>;
}

/** Creates the token source for `auth`. Throws a TerminalError for invalid credentials. */
export function tokenSource(auth: AuthOptions, around: Surroundings): TokenSource {
  if (auth.kind !== 'token') return new ExchangedTokens(auth, around);
  const token = usable(
    auth.accessToken,
    'the access token (tenant.auth.accessToken, CONDUCTORONE_ACCESS_TOKEN)',
  );
  around.redactor.add([token]);
  return { token: async () => token, isFresh: () => true, drop: () => false };
}

/** The longest time before its expiry in which a token is not used. */
const LONGEST_MARGIN_MS = 60_000;
/** The assumed lifetime of a token without one. */
const DEFAULT_LIFE_S = 300;
/** Time after refused credentials in which calls are refused without a new sign-in. */
const REFUSAL_HOLDS_MS = 5_000;
/** The number of hidden secrets: tokens of at least an hour; older tokens have expired. */
const MOST_HIDDEN = 32;

interface Held {
  readonly token: string;
  /** The end of its use, monotonic. */
  readonly until: number;
}

interface Exchange {
  readonly result: Promise<string>;
  readonly controller: AbortController;
  waiters: number;
}

class ExchangedTokens implements TokenSource {
  readonly #auth: Exclude<AuthOptions, { kind: 'token' }>;
  readonly #around: Surroundings;
  readonly #signer: AssertionSigner | undefined;
  /** Hidden secrets of the latest sign-ins, oldest first. */
  readonly #hidden: string[] = [];
  #held: Held | undefined;
  #exchange: Exchange | undefined;
  /** `until`: monotonic. */
  #refusal: { readonly error: ApiError; readonly until: number } | undefined;

  constructor(auth: Exclude<AuthOptions, { kind: 'token' }>, around: Surroundings) {
    usable(auth.clientId, 'the client id (tenant.auth.clientId, CONDUCTORONE_CLIENT_ID)');
    this.#auth = auth;
    this.#around = around;
    if (auth.kind === 'oidc') return;
    usable(auth.clientSecret, 'the client secret (tenant.auth.clientSecret, CONDUCTORONE_CLIENT_SECRET)');
    around.redactor.add([auth.clientSecret]);
    if (isSigningSecret(auth.clientSecret)) {
      this.#signer = assertionSigner(auth.clientId, auth.clientSecret, around);
    }
  }

  isFresh(token: string): boolean {
    return this.#held?.token === token && this.#around.clock.monotonic() < this.#held.until;
  }

  drop(token: string): boolean {
    if (this.#held?.token === token) this.#held = undefined;
    return true;
  }

  async token(signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    const now = this.#around.clock.monotonic();
    if (this.#held !== undefined && now < this.#held.until) return this.#held.token;
    if (this.#refusal !== undefined && now < this.#refusal.until) throw this.#refusal.error;
    this.#exchange ??= this.#begin();
    return share(this.#exchange, signal);
  }

  #begin(): Exchange {
    const controller = new AbortController();
    const result = this.#renew(controller.signal).finally(() => {
      if (this.#exchange === exchange) this.#exchange = undefined;
    });
    const exchange: Exchange = { result, controller, waiters: 0 };
    // An exchange without callers has no handler for its error.
    result.catch(() => undefined);
    controller.signal.addEventListener('abort', () => {
      if (this.#exchange === exchange) this.#exchange = undefined;
    });
    return exchange;
  }

  async #renew(signal: AbortSignal): Promise<string> {
    const { clock, post } = this.#around;
    let asked = clock.monotonic();
    const form = (): Promise<URLSearchParams> => {
      asked = clock.monotonic();
      return this.#form(clock.now());
    };
    const answer = await post(form, signal).catch((error: unknown) => {
      throw this.#explained(error);
    });
    const { access_token: token, expires_in: life } = answer;
    if (typeof token !== 'string' || !isHeaderSafe(token)) {
      throw new ApiError(`POST ${TOKEN_PATH} answered 200 without a usable access_token`, TOKEN_CALL, {
        status: 200,
        effect: 'none',
      });
    }
    const lifeMs = 1000 * (Number(life) > 0 ? Number(life) : DEFAULT_LIFE_S);
    this.#hide(token);
    this.#held = { token, until: asked + lifeMs - Math.min(LONGEST_MARGIN_MS, lifeMs / 10) };
    return token;
  }

  /** Hides a secret and drops the least recently used one. */
  #hide(text: string): void {
    const { redactor } = this.#around;
    if (this.#hidden.includes(text)) return;
    redactor.add([text]);
    this.#hidden.push(text);
    if (this.#hidden.length > MOST_HIDDEN) redactor.forget(this.#hidden.shift() ?? '');
  }

  async #form(now: number): Promise<URLSearchParams> {
    const form = new URLSearchParams({ client_id: this.#auth.clientId });
    if (this.#auth.kind === 'oidc') {
      const subject = (await this.#auth.token()).trim();
      usable(subject, 'the OIDC token (tenant.auth.oidcTokenFile, CONDUCTORONE_OIDC_TOKEN)');
      this.#hide(subject);
      form.set('grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange');
      form.set('subject_token', subject);
      form.set('subject_token_type', 'urn:ietf:params:oauth:token-type:jwt');
      return form;
    }
    form.set('grant_type', 'client_credentials');
    if (this.#signer === undefined) {
      form.set('client_secret', this.#auth.clientSecret);
      return form;
    }
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    form.set('client_assertion', await this.#signer.sign(now));
    return form;
  }

  #explained(error: unknown): unknown {
    if (!(error instanceof ApiError) || ![400, 401, 403].includes(error.status ?? 0)) return error;
    const remedy =
      this.#auth.kind === 'oidc'
        ? 'check the client id, the federation set up for it, and the issuer, subject and audience of the OIDC token'
        : 'check tenant.url, client id and client secret; a revoked or expired key must be replaced';
    const { status, code } = error;
    const message = `${error.message}; the tenant does not accept these credentials: ${remedy}`;
    const refusal = new ApiError(message, error, {
      status,
      code,
      terminal: true,
      isTenantWide: true,
      effect: 'none',
    });
    this.#refusal = { error: refusal, until: this.#around.clock.monotonic() + REFUSAL_HOLDS_MS };
    return refusal;
  }
}

/** Waits for a shared exchange. An aborted caller does not affect the others; without callers the exchange ends. */
function share(exchange: Exchange, signal: AbortSignal | undefined): Promise<string> {
  exchange.waiters += 1;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      reject(signal?.reason);
      exchange.waiters -= 1;
      if (exchange.waiters === 0) exchange.controller.abort(signal?.reason);
    };
    signal?.addEventListener('abort', leave, { once: true });
    exchange.result.finally(() => signal?.removeEventListener('abort', leave)).then(resolve, reject);
  });
}

function isHeaderSafe(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function usable(text: string, what: string): string {
  if (text === '') throw new TerminalError(`${what} is empty`);
  if (!isHeaderSafe(text)) {
    throw new TerminalError(
      `${what} holds a space, a line break or another character that cannot be part of one`,
    );
  }
  return text;
}

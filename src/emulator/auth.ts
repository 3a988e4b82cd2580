import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import type { Clock } from '../core/model/clock.js';
import type { Random } from '../core/model/random.js';
import { isSame } from '../text/same.js';
import { ApiError, unauthenticated } from './errors.js';
import type { JsonObject } from './json.js';

const TOKEN_SECONDS = 600;
const MAX_ASSERTION_SECONDS = 300;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';

/** The PKCS #8 header of an Ed25519 key; the 32 bytes of the key follow. */
const KEY_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An error of the token endpoint: the error of the API with its OAuth name. */
export class GrantError extends ApiError {
  /** OAuth 2.0 error name. */
  readonly error: string;

  constructor(status: number, code: number, error: string, message: string) {
    super(status, code, message);
    this.error = error;
  }
}

const badRequest = (error: string, message: string): GrantError => new GrantError(400, 3, error, message);
const badClient = (message: string): GrantError => new GrantError(401, 16, 'invalid_client', message);
const badGrant = (message: string): GrantError => new GrantError(401, 16, 'invalid_grant', message);

/** The issuers that the token exchange trusts, each with the keys that verify its signatures. */
export type TrustedIssuers = Readonly<Record<string, JSONWebKeySet>>;

/** The dependencies and settings of {@link Auth}. */
export interface AuthFacts {
  readonly clock: Clock;
  /** The source of the client's key and of the tokens. */
  readonly random: Random;
  /** The user that the tokens of this client act as. */
  readonly userId: string;
  readonly trustedIssuers: TrustedIssuers | undefined;
}

interface Token {
  readonly userId: string;
  /** Milliseconds since the epoch; Infinity for tokens that do not expire. */
  readonly expiresAt: number;
}

/** One client of the tenant and its access tokens. */
export class Auth {
  /** The host in the client id, with or without a port. Set it before the first client signs in. */
  tenantHost = 'localhost';
  readonly clientSecret: string;
  readonly #publicKey: KeyObject;
  readonly #facts: AuthFacts;
  readonly #tokens = new Map<string, Token>();

  /** Creates a client with a new key. */
  constructor(facts: AuthFacts) {
    const der = Buffer.concat([KEY_HEAD, facts.random.bytes(32)]);
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const { kty, crv, x, d } = privateKey.export({ format: 'jwk' });
    const jwk = Buffer.from(JSON.stringify({ kty, crv, x, d })).toString('base64url');
    this.clientSecret = `secret-token:conductorone.com:v1:${jwk}`;
    this.#publicKey = createPublicKey(privateKey);
    this.#facts = facts;
  }

  /** The client id, in the form `<name>@<tenant host>/<suffix>`. */
  get clientId(): string {
    return `quiet-otter-10001@${this.tenantHost}/pcc`;
  }

  /** A token that acts as `userId` and does not expire. */
  lastingToken(userId: string): string {
    return this.#newToken(userId, Number.POSITIVE_INFINITY);
  }

  /** The user that a request acts as, by its `Authorization` header. Throws a 401 without a valid token. */
  userOf(header: string | undefined): string {
    const value = /^bearer (\S+)$/i.exec(header ?? '')?.[1];
    if (value === undefined) throw unauthenticated('a bearer token is required');
    const token = this.#tokens.get(value);
    if (token === undefined) throw unauthenticated('the access token is not known');
    if (token.expiresAt > this.#facts.clock.now()) return token.userId;
    this.#tokens.delete(value);
    throw unauthenticated('the access token has expired');
  }

  /**
   * Answers the token endpoint. `form` is the form of the body. `host` is the request's `Host` without a port: an assertion
   * names this host or the host in the client id as its audience. Throws a {@link GrantError}.
   */
  async grant(form: URLSearchParams, host: string): Promise<JsonObject> {
    const type = form.get('grant_type');
    if (form.get('client_id') === null) throw badRequest('invalid_request', 'client_id is required');
    if (form.get('client_id') !== this.clientId) throw badClient('the client is not known');
    if (type === 'client_credentials') await this.#checkClient(form, host);
    else if (type === EXCHANGE_GRANT) await this.#checkSubject(form);
    else throw badRequest('unsupported_grant_type', 'grant_type is not supported');
    const expiresAt = this.#facts.clock.now() + TOKEN_SECONDS * 1000;
    const token = this.#newToken(this.#facts.userId, expiresAt);
    return { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS };
  }

  async #checkClient(form: URLSearchParams, host: string): Promise<void> {
    const secret = form.get('client_secret');
    const assertion = form.get('client_assertion');
    if (assertion !== null) {
      if (form.get('client_assertion_type') !== ASSERTION_TYPE) {
        throw badRequest('invalid_request', 'client_assertion_type is not supported');
      }
      return this.#checkAssertion(assertion, host);
    }
    if (secret === null) {
      throw badRequest('invalid_request', 'client_secret or client_assertion is required in the body');
    }
    if (!isSame(secret, this.clientSecret)) throw badClient('the client secret is wrong');
  }

  async #checkAssertion(assertion: string, host: string): Promise<void> {
    const payload = await this.#verified(assertion);
    const audiences = [this.tenantHost, host].map(withoutPort);
    const audience = Array.isArray(payload.aud) ? payload.aud : [payload.aud];
    if (payload.iss !== this.clientId || payload.sub !== this.clientId) {
      throw badClient('iss and sub of the assertion must be the client id');
    }
    if (audience.length !== 1 || !audiences.includes(audience[0] ?? '')) {
      throw badClient('aud of the assertion must be the tenant host');
    }
    if ((payload.exp ?? 0) > this.#facts.clock.now() / 1000 + MAX_ASSERTION_SECONDS) {
      throw badClient('exp of the assertion is too far ahead');
    }
  }

  async #verified(assertion: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(assertion, this.#publicKey, {
        algorithms: ['EdDSA'],
        requiredClaims: ['exp', 'iss', 'sub', 'aud'],
        currentDate: new Date(this.#facts.clock.now()),
      });
      return payload;
    } catch (error) {
      throw badClient(`the assertion is not valid: ${error instanceof Error ? error.message : ''}`);
    }
  }

  /**
   * A subject token is a signed JWT with `iss`, `sub` and `exp` that is valid now. With trusted issuers, one of them has
   * signed it.
   */
  async #checkSubject(form: URLSearchParams): Promise<void> {
    if (form.get('subject_token_type') !== JWT_TYPE) {
      throw badRequest('invalid_request', 'subject_token_type is not supported');
    }
    const token = form.get('subject_token');
    if (token === null) throw badRequest('invalid_request', 'subject_token is required');
    const payload = decoded(token);
    const now = this.#facts.clock.now() / 1000;
    if (!payload.iss || !payload.sub) throw badGrant('the subject token lacks iss or sub');
    if (payload.exp === undefined || payload.exp <= now) throw badGrant('the subject token has expired');
    if (payload.nbf !== undefined && payload.nbf > now) throw badGrant('the subject token is not valid yet');
    const { trustedIssuers } = this.#facts;
    if (trustedIssuers !== undefined) await this.#checkIssuer(token, payload.iss, trustedIssuers);
  }

  async #checkIssuer(token: string, issuer: string, trusted: TrustedIssuers): Promise<void> {
    const keys = Object.hasOwn(trusted, issuer) ? trusted[issuer] : undefined;
    if (keys === undefined) throw badGrant('the issuer of the subject token is not trusted');
    try {
      await jwtVerify(token, createLocalJWKSet(keys), { currentDate: new Date(this.#facts.clock.now()) });
    } catch {
      throw badGrant('the signature of the subject token is not valid');
    }
  }

  #newToken(userId: string, expiresAt: number): string {
    const now = this.#facts.clock.now();
    for (const [value, token] of this.#tokens) if (token.expiresAt <= now) this.#tokens.delete(value);
    const value = this.#facts.random.bytes(32).toString('base64url');
    this.#tokens.set(value, { userId, expiresAt });
    return value;
  }
}

function decoded(token: string): JWTPayload {
  try {
    if (decodeProtectedHeader(token).alg === 'none') throw new TypeError('unsigned');
    return decodeJwt(token);
  } catch {
    throw badGrant('the subject token is not a signed JWT');
  }
}

/** A host without its port; an IPv6 address keeps its brackets. */
export function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

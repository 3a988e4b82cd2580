import { type Clock, delay, systemClock } from '../core/model/clock.js';
import { type Random, systemRandom } from '../core/model/random.js';
import { administer } from './admin.js';
import { appOwnerOperations } from './app-owners.js';
import { appRoleOwnerOperations } from './app-role-owners.js';
import { appOperations } from './apps.js';
import { Auth, GrantError, type TrustedIssuers, withoutPort } from './auth.js';
import { connectorOwnerOperations } from './connector-owners.js';
import { connectorRunOperations } from './connector-runs.js';
import { connectorOperations } from './connectors.js';
import { defaultSeed } from './default-seed.js';
import { directoryOperations } from './directory.js';
import { entitlementOperations } from './entitlements.js';
import { ApiError, errorBody, invalid, notFound } from './errors.js';
import { jsonAnswer, type Outcome, type TenantAnswer, type TenantRequest, withHeaders } from './exchange.js';
import { codeOf, type Fault, Faults } from './faults.js';
import { isObject, type JsonObject } from './json.js';
import type { Call, Operation } from './operation.js';
import { canonicalPath } from './paths.js';
import { policyOperations } from './policies.js';
import { principalsOf } from './principals.js';
import { RateLimit } from './rate-limit.js';
import { beginning, type LoggedRequest, RequestLog } from './request-log.js';
import { type Destination, Router } from './router.js';
import { plantSeed, type SeedInput, stateOf } from './seed.js';
import { applySettings, defaultSettings } from './settings.js';
import type { Touched } from './systemlog.js';
import { type Principal, Tenant } from './tenant.js';

/** The options of a tenant; every option has a default. */
export interface TenantOptions {
  /** The initial state; a small company by default. */
  readonly seed?: SeedInput | undefined;
  /** The clock; the system clock by default. */
  readonly clock?: Clock;
  /** The source of ids, tokens and keys; the system's random source by default. */
  readonly random?: Random;
  /** The delay of every answer, milliseconds; 0 by default. */
  readonly latencyMs?: number | undefined;
  /** Requests per second, with a burst of as many; no limit by default. */
  readonly requestsPerSecond?: number | undefined;
  /** The delay until reads show a write of owners, milliseconds; 0 by default, 45 to 150 seconds on a live tenant. */
  readonly ownerDelayMs?: number | undefined;
  /** The tenant host in the client id; `localhost` by default. */
  readonly tenantHost?: string;
  /** The issuers that the token exchange trusts. By default it accepts any JWT with `iss`, `sub` and a future `exp`. */
  readonly trustedIssuers?: TrustedIssuers;
}

/** The operations of the API that the emulator implements. */
export const operations: readonly Operation[] = [
  ...appOperations,
  ...appOwnerOperations,
  ...appRoleOwnerOperations,
  ...connectorOperations,
  ...connectorRunOperations,
  ...connectorOwnerOperations,
  ...entitlementOperations,
  ...policyOperations,
  ...directoryOperations,
];

const PAGE = '<!doctype html><html><head><title>C1</title></head><body><div id="app"></div></body></html>';
/** The largest accepted body of a request. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

const router = new Router(operations);

/**
 * A tenant behind one function from request to answer, without a socket. Equal options with a deterministic clock and random
 * source give the same answers byte for byte. Throws a SeedError for an invalid seed.
 */
export class TenantServer {
  /** A token of the service principal; does not expire. */
  readonly accessToken: string;
  /** A token of a second principal, a person; does not expire. */
  readonly userAccessToken: string;
  readonly #tenant: Tenant;
  readonly #auth: Auth;
  readonly #faults = new Faults();
  readonly #requests = new RequestLog();
  readonly #limit: RateLimit;

  constructor(options: TenantOptions = {}) {
    const { clock = systemClock, random = systemRandom, trustedIssuers } = options;
    const settings = { ...defaultSettings, features: [...defaultSettings.features] };
    const { latencyMs, requestsPerSecond, ownerDelayMs } = options;
    applySettings(settings, { latencyMs, requestsPerSecond, ownerDelayMs });
    this.#tenant = new Tenant(clock, settings, random);
    plantSeed(this.#tenant, options.seed ?? defaultSeed());
    const { service, person } = principalsOf(this.#tenant);
    this.#auth = new Auth({ clock, random, userId: service.id, trustedIssuers });
    this.#limit = new RateLimit(clock);
    this.accessToken = this.#auth.lastingToken(service.id);
    this.userAccessToken = this.#auth.lastingToken(person.id);
    if (options.tenantHost !== undefined) this.tenantHost = options.tenantHost;
  }

  /** The host in the client id, with or without a port. Set it before the first client signs in. */
  get tenantHost(): string {
    return this.#auth.tenantHost;
  }

  set tenantHost(host: string) {
    this.#auth.tenantHost = host;
  }

  get clientId(): string {
    return this.#auth.clientId;
  }

  get clientSecret(): string {
    return this.#auth.clientSecret;
  }

  /** The state of the tenant in the form of a seed. The objects are the tenant's own: do not change them. */
  get state(): JsonObject {
    return stateOf(this.#tenant);
  }

  /** Answers one request. Never rejects: an error is also an answer. */
  async handle(request: TenantRequest): Promise<Outcome> {
    const { clock } = this.#tenant;
    const path = request.path.split('?')[0] ?? '';
    const outcome = /^\/_emulator(\/|$)/.test(path)
      ? this.#administer(request, path)
      : await this.#serve(request, path);
    if (typeof outcome === 'string') return outcome;
    return withHeaders(outcome, { date: new Date(clock.now()).toUTCString() });
  }

  #administer(request: TenantRequest, path: string): TenantAnswer {
    const parts = { tenant: this.#tenant, faults: this.#faults, requests: this.#requests };
    try {
      return jsonAnswer(administer(parts, request.method, path, parsed(request.body)));
    } catch (error) {
      return refusal(error);
    }
  }

  async #serve(request: TenantRequest, path: string): Promise<Outcome> {
    const { clock, settings } = this.#tenant;
    const entry = this.#requests.add(request.method, request.path, clock.now());
    if (settings.latencyMs > 0) await delay(clock, settings.latencyMs);
    const outcome = await this.#answer(request, path, entry).catch(refusal);
    if (typeof outcome !== 'string') entry.status = outcome.status;
    return outcome;
  }

  /** Checks the rate limit, authenticates, applies a fault and executes the operation. */
  async #answer(request: TenantRequest, path: string, entry: LoggedRequest): Promise<Outcome> {
    if (!/^\/(api|auth)(\/|$)/.test(path)) return page();
    const canonical = canonicalPath(path);
    if (canonical !== path) {
      const location = canonical + request.path.slice(path.length);
      return { status: 301, headers: { location }, body: '' };
    }
    const wait = this.#limit.take(this.#tenant.settings.requestsPerSecond);
    if (wait > 0) {
      const refused = refusal(new ApiError(429, 8, 'rate limit exceeded'));
      return withHeaders(refused, { 'retry-after': String(wait) });
    }
    const principal = path.startsWith('/api') ? this.#principal(request, entry) : undefined;
    const fault = this.#faults.take(request.method, request.path);
    if (Buffer.byteLength(request.body) > MAX_BODY_BYTES) throw new ApiError(413, 3, 'the body is too large');
    if (principal === undefined) return this.#authEndpoint(request, path, fault);
    const body = parsed(request.body);
    if (!isObject(body)) throw invalid('the body is not a JSON object');
    if (typeof body.updateMask === 'string') entry.mask = beginning(body.updateMask);
    const run = (): JsonObject => this.#run(request, router.find(request.method, path), principal, body);
    return fault === undefined ? jsonAnswer(run()) : this.#break(fault, run);
  }

  #principal(request: TenantRequest, entry: LoggedRequest): Principal {
    const user = this.#tenant.users.get(this.#auth.userOf(request.headers.authorization));
    if (user === undefined) throw new ApiError(401, 16, 'the user of this token is not there');
    entry.principal = user.email;
    return this.#tenant.principal(user);
  }

  async #authEndpoint(request: TenantRequest, path: string, fault: Fault | undefined): Promise<Outcome> {
    if (fault?.after === 'before' && fault.delayMs === 0) return broken(fault);
    if (request.method !== 'POST' || path !== '/auth/v1/token') throw notFound('Not Found');
    const form = new URLSearchParams(request.body);
    const answer = await this.#auth.grant(form, withoutPort(request.headers.host ?? ''));
    return fault === undefined ? jsonAnswer(answer) : broken(fault);
  }

  #run(
    request: TenantRequest,
    destination: Destination | undefined,
    principal: Principal,
    body: JsonObject,
  ): JsonObject {
    if (destination === undefined) throw notFound('Not Found');
    const { operation, params } = destination;
    const tenant = this.#tenant;
    const touched: Touched[] = [];
    const query = Object.fromEntries(new URL(request.path, 'http://tenant').searchParams);
    const call: Call = { tenant, principal, params, query, body, touch: (...more) => touched.push(...more) };
    const answer = operation.run(call);
    if (operation.activity !== 'read' || tenant.settings.logReads) {
      tenant.log.add({
        operation: operation.name,
        activity: operation.activity,
        actor: principal.user,
        touched,
        time: tenant.moment(),
      });
    }
    return answer;
  }

  /** Executes the operation now, later or never and breaks the answer, by the settings of the fault. */
  #break(fault: Fault, run: () => unknown): Outcome {
    if (fault.delayMs > 0) this.#tenant.clock.after(fault.delayMs, () => attempt(run), { detached: true });
    else if (fault.after === 'apply') attempt(run);
    return broken(fault);
  }
}

/** Executes an operation without an answer: its errors are dropped. */
function attempt(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

function broken(fault: Fault): Outcome {
  if (fault.status === 'html') return page();
  if (typeof fault.status === 'string') return fault.status;
  const code = fault.code ?? codeOf(fault.status);
  const answer = refusal(new ApiError(fault.status, code, fault.message ?? 'a fault was asked for'));
  if (fault.retryAfter === undefined) return answer;
  return withHeaders(answer, { 'retry-after': String(fault.retryAfter) });
}

function page(): TenantAnswer {
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: PAGE };
}

function refusal(error: unknown): TenantAnswer {
  if (!(error instanceof ApiError)) {
    return jsonAnswer(errorBody(13, error instanceof Error ? error.message : 'internal error'), 500);
  }
  const extra = error instanceof GrantError ? { error: error.error, error_description: error.message } : {};
  return jsonAnswer({ ...errorBody(error.code, error.message), ...extra }, error.status);
}

/** The JSON of a body; an empty body is an empty object. */
function parsed(body: string): unknown {
  if (body.trim() === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    throw invalid('the body is not a JSON object');
  }
}

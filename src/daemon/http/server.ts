import type { AddressInfo } from 'node:net';
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../../core/model/clock.js';
import { codeOf, messageOf, TerminalError } from '../../core/model/errors.js';
import { isLoopback } from '../../http/loopback.js';
import { isSame } from '../../text/same.js';
import { type WebhookOptions, webhookRoutes } from '../webhook.js';
import { type AccessToken, controlAccess, counterOf } from './access.js';
import { addAccess, addApi, forbidCaches } from './api.js';
import { addChanges, Changes } from './changes.js';
import { addDashboard, addFrame, type DashboardParts } from './dashboard/index.js';
import { addTenantsPage } from './dashboard/tenants-page.js';
import { addHealth, addMetrics, type MetricsText } from './health.js';
import { addLogin } from './login.js';
import { API, TENANT } from './paths.js';
import { Refusal, sendError } from './refusal.js';
import { Sessions } from './sessions.js';
import { type TenantParts, Tenants } from './tenants.js';

/** The sources of the server's answers. */
export interface ServerParts {
  /** The only tenant, or several. */
  readonly serves: TenantParts | Tenants;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Each with a name of its own. */
  readonly tokens: readonly AccessToken[];
  /** The header in which a proxy names the person. */
  readonly userHeader?: string | undefined;
  readonly clock: Clock;
  readonly metrics: MetricsText;
  /** Receives errors that no client caused. */
  readonly onError: (error: unknown, fields: { readonly method: string; readonly route: string }) => void;
  /** How long a client may take to send a request, milliseconds; 10 seconds when left out. */
  readonly requestTimeoutMs?: number;
  /** Requests that one address, token or session may make in a minute; 1200 when left out. */
  readonly requestsPerMinute?: number;
}

/** A listening server. */
export interface Server {
  /** Its address: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Ends it and every connection, streams too. */
  close(): Promise<void>;
}

const BODY_BYTES = 64 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
/** An idle connection ends; streams send a heartbeat more often. */
const IDLE_MS = 60_000;
const KEEP_ALIVE_MS = 10_000;
/** Characters of a part of a path; the name of a definition may have 253. */
const LONGEST_NAME = 1000;
const MOST_CONNECTIONS = 512;
const REQUESTS_PER_MINUTE = 1200;

/**
 * Starts to answer over HTTP.
 * @throws TerminalError when the port is taken, the address is none of this machine, or other machines could reach it
 * although there is no token,
 * or two names have one token
 */
export async function startServer(parts: ServerParts): Promise<Server> {
  const { host, port, tokens } = parts;
  if (tokens.length === 0 && !isLoopback(host)) {
    throw new TerminalError(
      `server.host is ${host}, which other machines can reach, and there is no token: set server.token (C1SYNC_SERVER_TOKEN) to a long random text, or server.host to 127.0.0.1`,
    );
  }
  refuseTwins(tokens);
  const server = await buildServer(parts);
  try {
    await server.listen({ host, port });
  } catch (error) {
    await server.close();
    throw new TerminalError(listenMessage(error, host, port), { cause: error });
  }
  return { url: urlOf(server.server.address() as AddressInfo), close: () => server.close() };
}

/** Two names for one token would leave open what it may do and who sends it. */
function refuseTwins(tokens: readonly AccessToken[]): void {
  for (const [index, { name, token }] of tokens.entries()) {
    const twin = tokens.slice(0, index).find((other) => isSame(other.token.reveal(), token.reveal()));
    if (twin === undefined) continue;
    throw new TerminalError(
      `the tokens ${twin.name} and ${name} of the server are the same text: give each name a token of its own`,
    );
  }
}

/** Builds the server without listening. Everything but health is behind {@link controlAccess}. */
async function buildServer(parts: ServerParts): Promise<FastifyInstance> {
  const requestTimeout = parts.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendError(error, request, reply, () =>
      parts.onError(error, { method: request.method, route: request.routeOptions.url ?? '' }),
    );
  const server = Fastify({
    bodyLimit: BODY_BYTES,
    requestTimeout,
    connectionTimeout: IDLE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    http: { headersTimeout: requestTimeout, connectionsCheckingInterval: Math.min(1_000, requestTimeout) },
    routerOptions: { maxParamLength: LONGEST_NAME },
    frameworkErrors: answerError,
    schemaController: { compilersFactory: NO_COMPILERS },
  });
  server.server.maxConnections = MOST_CONNECTIONS;
  // Their size is limited instead: a limit of their number would drop the last ones, which a proxy adds.
  server.server.maxHeadersCount = 0;
  server.setErrorHandler(answerError);
  await addHeaders(server);
  await server.register(cookie);
  await server.register(formbody);
  const sessions = new Sessions(parts.clock);
  const parties = { tokens: parts.tokens, userHeader: parts.userHeader, sessions };
  await server.register(rateLimit, {
    keyGenerator: counterOf(parties),
    max: parts.requestsPerMinute ?? REQUESTS_PER_MINUTE,
    timeWindow: 60_000,
    errorResponseBuilder: () => new Refusal(429, 'too many requests; wait a minute'),
  });
  const access = controlAccess(server, parties);
  server.setNotFoundHandler(({ url }) => {
    const isOfOne = parts.serves instanceof Tenants && url.startsWith('/api/');
    throw new Refusal(404, isOfOne ? NO_TENANT : 'this path does not exist');
  });
  addMetrics(server, parts.metrics);
  addLogin(server, access, sessions);
  forbidCaches(server);
  const hasToken = parts.tokens.some(({ can }) => can === 'change');
  addFrame(server, { hasToken });
  const { serves } = parts;
  if (serves instanceof Tenants) await addTenants(server, serves, { ...parts, hasToken });
  else await addOnly(server, serves, { ...parts, hasToken });
  return server;
}

/** No route has a JSON Schema: input is checked by zod. Without these, the framework loads compilers of several megabytes. */
const NO_COMPILERS = { buildValidator: noCompiler, buildSerializer: noCompiler };

function noCompiler(): never {
  throw new TypeError('no route may have a JSON Schema');
}

const NO_TENANT = `this path does not exist: the daemon has several tenants, so name one with --tenant, or ask below ${API}/tenants/NAME`;

/** The input that all pages share. */
type Pages = Pick<DashboardParts, 'clock' | 'hasToken'>;

async function addOnly(server: FastifyInstance, only: TenantParts, pages: Pages): Promise<void> {
  const { overview, isLocked } = only;
  addHealth(server, () => ({
    state: isLocked() ? 'ok' : 'failed',
    start: overview.ready ? 'ok' : 'waiting',
    recovery: overview.recovering ? 'waiting' : 'ok',
  }));
  const changes = new Changes(pages.clock);
  changes.follow(only.events);
  server.addHook('preClose', async () => changes.close());
  await addTenant(server, '', {
    ...pages,
    partsOf: () => only,
    changesOf: () => changes,
    webhookOf: () => only.webhook,
  });
}

/** Readiness does not wait for a tenant, so that one that is slow or down takes no page from the others. */
async function addTenants(server: FastifyInstance, tenants: Tenants, pages: Pages): Promise<void> {
  addHealth(server, () => ({ start: tenants.started ? 'ok' : 'waiting' }));
  server.addHook('preClose', async () => tenants.close());
  addTenantsPage(server, tenants, pages);
  await server.register(
    async (api) => {
      addAccess(api);
      addChanges(api, () => tenants.changes);
      api.get('/tenants', async () => ({ tenants: tenants.rows() }));
    },
    { prefix: API },
  );
  await addTenant(server, TENANT, {
    ...pages,
    partsOf: (request) => tenants.partsOf(request),
    changesOf: (request) => tenants.changesOf(request),
    webhookOf: (request) => tenants.find(request)?.webhook,
  });
}

/** The sources of the answers below the path of a tenant. */
interface Routes extends DashboardParts {
  readonly changesOf: (request: FastifyRequest) => Changes;
  readonly webhookOf: (request: FastifyRequest) => WebhookOptions | undefined;
}

async function addTenant(server: FastifyInstance, prefix: string, routes: Routes): Promise<void> {
  await server.register(
    async (api) => {
      addApi(api, routes.partsOf);
      addChanges(api, routes.changesOf);
    },
    { prefix: `${API}${prefix}` },
  );
  await server.register(
    async (pages) => {
      addDashboard(pages, routes);
      await pages.register(webhookRoutes(routes.webhookOf));
    },
    { prefix },
  );
}

/** Security headers. HSTS is left to the proxy that speaks https. */
async function addHeaders(server: FastifyInstance): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    hsts: false,
    frameguard: { action: 'deny' },
    // Without it browsers send "Origin: null" for forms of our own pages, which count as foreign then.
    referrerPolicy: { policy: 'same-origin' },
  });
}

function listenMessage(error: unknown, host: string, port: number): string {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is taken: stop the process that listens there, or choose another with server.port (C1SYNC_SERVER_PORT; 0 takes any free one)`;
    case 'EACCES':
      return `port ${port} may not be listened on by this user: choose one above 1023 with server.port (C1SYNC_SERVER_PORT)`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: correct server.host (C1SYNC_SERVER_HOST)`;
    default:
      return `the server cannot listen on ${host}, port ${port}: ${messageOf(error)}`;
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

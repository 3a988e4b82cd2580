import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { delay } from '../core/clock.js';
import { addAdminRoutes, send } from './admin.js';
import { appOwnerOperations } from './app-owners.js';
import { appOperations } from './apps.js';
import { type Auth, GrantError, withoutPort } from './auth.js';
import { connectorOwnerOperations } from './connector-owners.js';
import { connectorRunOperations } from './connector-runs.js';
import { connectorOperations } from './connectors.js';
import { directoryOperations } from './directory.js';
import { ApiError, errorBody, invalid, notFound } from './errors.js';
import { codeOf, type Fault, type Faults } from './faults.js';
import { isObject, type JsonObject } from './json.js';
import type { Call, Operation } from './operation.js';
import { canonicalPath } from './paths.js';
import type { RateLimit } from './rate-limit.js';
import type { LoggedRequest, RequestLog } from './request-log.js';
import type { Principal, Tenant, Touched } from './tenant.js';

/** Everything the server is made of. */
export interface ServerParts {
  readonly tenant: Tenant;
  readonly auth: Auth;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly limit: RateLimit;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/** Every operation of the API that the emulator knows. */
export const operations: readonly Operation[] = [
  ...appOperations,
  ...appOwnerOperations,
  ...connectorOperations,
  ...connectorRunOperations,
  ...connectorOwnerOperations,
  ...directoryOperations,
];

const PAGE = '<!doctype html><html><head><title>C1</title></head><body><div id="app"></div></body></html>';
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** What is known of a request on its way through the hooks. */
interface Journey {
  readonly entry: LoggedRequest;
  principal?: Principal;
  fault?: Fault;
}

/** Builds the server; it listens when the caller says so. Closing it drops every connection. */
export function buildServer(parts: ServerParts): FastifyInstance {
  const sockets = new Set<Socket>();
  const server = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: 4096 },
    exposeHeadRoutes: false,
    serverFactory: (handler) => {
      const made =
        parts.tls === undefined ? http.createServer(handler) : https.createServer({ ...parts.tls }, handler);
      made.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      });
      return made;
    },
  });
  server.addHook('preClose', async () => {
    for (const socket of sockets) socket.destroy();
  });
  readBodies(server);
  new Pipeline(parts).install(server);
  addAdminRoutes(server, parts);
  return server;
}

/** Bodies: a form for the token endpoint, JSON everywhere else; none at all counts as an empty object. */
function readBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (request.url.startsWith('/auth/')) return done(null, text);
    if (text.trim() === '') return done(null, {});
    try {
      const parsed: unknown = JSON.parse(text);
      if (!isObject(parsed) && !request.url.startsWith('/_emulator/')) throw new TypeError('not an object');
      return done(null, parsed);
    } catch {
      return done(invalid('the body is not a JSON object'));
    }
  });
}

/** The way of a request: written down, delayed, limited, authenticated, broken where a fault says so, answered. */
class Pipeline {
  readonly #parts: ServerParts;
  readonly #journeys = new WeakMap<FastifyRequest, Journey>();

  constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  install(server: FastifyInstance): void {
    server.addHook('onRequest', (request, reply) => this.#arrive(request, reply));
    server.addHook('preHandler', async (request, reply) => this.#beforeWork(request, reply));
    server.addHook('onSend', async (request, reply) => {
      const journey = this.#journeys.get(request);
      if (journey !== undefined) journey.entry.status = reply.statusCode;
    });
    server.setErrorHandler((error, _request, reply) => sendError(reply, error));
    server.setNotFoundHandler((_request, reply) => sendError(reply, notFound('Not Found')));
    for (const operation of operations) {
      server.route({
        method: operation.method,
        url: operation.path,
        handler: (request, reply) => this.#work(operation, request, reply),
      });
    }
    server.post('/auth/v1/token', (request, reply) => this.#grant(request, reply));
  }

  async #arrive(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const path = request.url.split('?')[0] ?? '';
    if (path === '/_emulator' || path.startsWith('/_emulator/')) return undefined;
    const { tenant, requests, limit, auth, faults } = this.#parts;
    const journey: Journey = { entry: requests.add(request.method, request.url, tenant.clock.now()) };
    this.#journeys.set(request, journey);
    reply.header('date', new Date(tenant.clock.now()).toUTCString());
    if (tenant.settings.latencyMs > 0) await delay(tenant.clock, tenant.settings.latencyMs);
    if (!/^\/(api|auth)(\/|$)/.test(path)) return sendPage(reply);
    const canonical = canonicalPath(path);
    if (canonical !== path) {
      return reply
        .code(301)
        .header('location', canonical + request.url.slice(path.length))
        .send();
    }
    const wait = limit.take(tenant.settings.requestsPerSecond);
    if (wait > 0) {
      reply.header('retry-after', String(wait));
      return sendError(reply, new ApiError(429, 8, 'rate limit exceeded'));
    }
    if (path.startsWith('/api')) journey.principal = this.#principal(auth, request, journey.entry);
    const fault = faults.take(request.method, request.url);
    if (fault !== undefined) journey.fault = fault;
    return undefined;
  }

  #principal(auth: Auth, request: FastifyRequest, entry: LoggedRequest): Principal {
    const user = this.#parts.tenant.users.get(auth.userOf(request.headers.authorization));
    if (user === undefined) throw new ApiError(401, 16, 'the user of this token is not there');
    entry.principal = user.email;
    return this.#parts.tenant.principal(user);
  }

  #beforeWork(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    const journey = this.#journeys.get(request);
    if (journey === undefined) return undefined;
    const { fault, entry } = journey;
    const body = request.body;
    if (isObject(body) && typeof body.updateMask === 'string') entry.mask = body.updateMask;
    if (fault === undefined || fault.after === 'apply' || fault.delayMs > 0) return undefined;
    return breakAnswer(fault, request, reply);
  }

  #work(operation: Operation, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const journey = this.#journeys.get(request);
    if (journey?.principal === undefined) throw notFound('Not Found');
    const { principal, fault } = journey;
    const run = (): JsonObject => this.#run(operation, request, principal);
    if (fault === undefined) return send(reply, run());
    if (fault.delayMs > 0)
      this.#parts.tenant.clock.after(fault.delayMs, () => attempt(run), { detached: true });
    else attempt(run);
    return breakAnswer(fault, request, reply);
  }

  #run(operation: Operation, request: FastifyRequest, principal: Principal): JsonObject {
    const { tenant } = this.#parts;
    const touched: Touched[] = [];
    const call: Call = {
      tenant,
      principal,
      params: request.params as Record<string, string>,
      query: request.query as Record<string, string | undefined>,
      body: isObject(request.body) ? request.body : {},
      touch: (...more) => touched.push(...more),
    };
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

  async #grant(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const answer = await this.#parts.auth.grant(form, withoutPort(request.headers.host ?? ''));
    const fault = this.#journeys.get(request)?.fault;
    return fault === undefined ? send(reply, answer) : breakAnswer(fault, request, reply);
  }
}

/** Does work whose answer nobody will see: a refusal has nowhere to go. */
function attempt(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

function breakAnswer(fault: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (fault.status === 'html') return sendPage(reply);
  if (fault.status === 'timeout' || fault.status === 'reset') {
    reply.hijack();
    if (fault.status === 'reset') request.raw.socket.destroy();
    return reply;
  }
  if (fault.retryAfter !== undefined) reply.header('retry-after', String(fault.retryAfter));
  const code = fault.code ?? codeOf(fault.status);
  return sendError(reply, new ApiError(fault.status, code, fault.message ?? 'a fault was asked for'));
}

function sendPage(reply: FastifyReply): FastifyReply {
  return reply.code(200).header('content-type', 'text/html; charset=utf-8').send(PAGE);
}

function sendError(reply: FastifyReply, error: unknown): FastifyReply {
  const known = error instanceof ApiError ? error : fromServer(error);
  const extra = error instanceof GrantError ? { error: error.error, error_description: error.message } : {};
  return send(reply.code(known.status), { ...errorBody(known.code, known.message), ...extra });
}

function fromServer(error: unknown): ApiError {
  const status =
    error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
      ? error.statusCode
      : 500;
  return new ApiError(
    status,
    status < 500 ? 3 : 13,
    error instanceof Error ? error.message : 'internal error',
  );
}

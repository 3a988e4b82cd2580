import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Secret } from '../../core/model/secret.js';
import { isSame } from '../../text/same.js';
import { isLocal, originOf } from './origin.js';
import { Refusal, wantsPage } from './refusal.js';
import type { Sessions } from './sessions.js';

/** The cookie of a browser that has signed in. It holds a random session id. */
export const SESSION_COOKIE = 'c1sync_session';

/** Wrong tokens that one address may send in a minute. */
const MOST_FAILURES = 10;

declare module 'fastify' {
  interface FastifyRequest {
    /** The client: a program with the token, a browser that has signed in, or an anonymous process on this machine. */
    by: 'api' | 'dashboard' | 'local';
  }
  interface FastifyContextConfig {
    /** True for a route without access control. */
    open?: boolean;
  }
}

/** The credentials of a server. */
export interface AccessParts {
  /** For everything. */
  readonly token: Secret | undefined;
  /** For reading only. */
  readonly readToken: Secret | undefined;
  readonly sessions: Sessions;
}

/** Checks tokens for the routes that receive them. */
export interface Access {
  /**
   * Compares a token with those of the settings that are `enough`, each in constant time. A right token always passes.
   * Throws a Refusal for a wrong token: 401, or 429 after too many from one address.
   */
  checkToken(given: string, request: FastifyRequest, enough: 'any token' | 'server.token'): Promise<void>;
}

/**
 * Refuses requests without access before any route sees them. Admitted are open routes, requests with the token, browsers
 * that have signed in (changes only from our own pages), and reads from this machine. Needs the rate-limit and cookie
 * plugins.
 */
export function controlAccess(server: FastifyInstance, { token, readToken, sessions }: AccessParts): Access {
  const failures = server.createRateLimit({ max: MOST_FAILURES, timeWindow: 60_000 });
  const checkToken: Access['checkToken'] = async (given, request, enough) => {
    if (enough === 'server.token' && token === undefined) throw new Refusal(403, NO_TOKEN);
    if (isToken(given, token)) return;
    if (isToken(given, readToken)) {
      if (enough === 'any token') return;
      throw new Refusal(403, READS_ONLY);
    }
    const limit = await failures(request);
    if (!limit.isAllowed && limit.isExceeded) throw new Refusal(429, 'too many wrong tokens; wait a minute');
    throw new Refusal(401, 'the token is not the one in server.token of the daemon');
  };
  server.decorateRequest('by', 'local');
  server.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.open === true) return;
    const bearer = bearerOf(request);
    const hasTokens = token !== undefined || readToken !== undefined;
    if (bearer !== undefined && hasTokens) {
      await checkToken(bearer, request, isChange(request) ? 'server.token' : 'any token');
      request.by = 'api';
    } else if (sessions.holds(request.cookies[SESSION_COOKIE] ?? '')) {
      if (isChange(request) && originOf(request) !== 'same') throw new Refusal(403, FOREIGN_PAGE);
      request.by = 'dashboard';
    } else if (isChange(request))
      throw token === undefined ? new Refusal(403, NO_TOKEN) : new Refusal(401, NO_SIGN);
    else if (!isLocal(request)) return refuseReading(request, reply);
  });
  return { checkToken };
}

/**
 * The key of the rate limit: a right token or a session has a limit of its own, so that others at the same address do not
 * use it up. Other requests count by address.
 */
export function counterOf({ token, readToken, sessions }: AccessParts): (request: FastifyRequest) => string {
  return (request) => {
    const bearer = bearerOf(request) ?? '';
    if (isToken(bearer, token)) return 'server.token';
    if (isToken(bearer, readToken)) return 'server.readToken';
    const session = request.cookies[SESSION_COOKIE] ?? '';
    return sessions.holds(session) ? `session ${session}` : `address ${request.ip}`;
  };
}

const NO_TOKEN =
  'nothing can be changed over HTTP while the daemon has no token: start it with server.token (C1SYNC_SERVER_TOKEN) set to a long random text, and give the same here';
const READS_ONLY = 'this token is server.readToken, which may only read: use the one of server.token';
const NO_SIGN = 'send the token of the settings (server.token) as "Authorization: Bearer <token>"';
const FOREIGN_PAGE = 'a change has to come from a page of this server';

function refuseReading(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (wantsPage(request)) return reply.redirect('/login', 303);
  throw new Refusal(401, NO_SIGN);
}

function isChange({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function bearerOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  if (authorization === undefined) return undefined;
  return /^bearer +(.*)$/i.exec(authorization)?.[1]?.trim() ?? '';
}

function isToken(given: string, token: Secret | undefined): boolean {
  return token !== undefined && isSame(given, token.reveal());
}

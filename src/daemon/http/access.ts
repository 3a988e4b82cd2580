import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Secret } from '../../core/model/secret.js';
import { isSame } from '../../text/same.js';
import { isLocal, originOf } from './origin.js';
import { Refusal, wantsPage } from './refusal.js';
import type { Sessions } from './sessions.js';

/** The cookie of a browser that has signed in. It holds a random session id. */
export const SESSION_COOKIE = 'c1sync_session';

/** Tries with a wrong token that one address has in a minute. */
const MOST_FAILURES = 10;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks: a program with the token, a browser that has signed in, or nobody in particular on this machine. */
    by: 'api' | 'dashboard' | 'local';
  }
  interface FastifyContextConfig {
    /** True for a route that everybody may call. */
    open?: boolean;
  }
}

/** What access is decided by. */
export interface AccessParts {
  /** For everything. */
  readonly token: Secret | undefined;
  /** For reading only. */
  readonly readToken: Secret | undefined;
  readonly sessions: Sessions;
}

/** Decides who may do what. */
export interface Access {
  /**
   * Compares a token with those of the settings that are `enough`, each in constant time. A right one always passes;
   * too many wrong ones of an address are a 429.
   */
  checkToken(given: string, request: FastifyRequest, enough: 'any token' | 'server.token'): Promise<void>;
}

/**
 * Lets in what may come in, before any route sees it: open routes; whoever brings the token; browsers that have signed
 * in, for changes only from our own pages; and for reading, whoever is on this machine. The rate-limit and cookie
 * plugins have to be there already.
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
 * Whose requests are counted together: those with a right token or a session have a count of their own, so that nobody
 * who shares their address uses it up. Others count by address.
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

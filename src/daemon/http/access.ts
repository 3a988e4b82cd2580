import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../core/model/events.js';
import type { Secret } from '../../core/model/secret.js';
import { personName } from '../../text/person.js';
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
    /** The client: one with a token, or a browser that has signed in; null for an anonymous process on this machine. */
    client: Client | null;
  }
  interface FastifyContextConfig {
    /** True for a route without access control. */
    open?: boolean;
  }
}

/** A right to read or change, and its name. */
interface Right {
  readonly name: string;
  readonly can: 'read' | 'change';
}

/** A client with a right. */
interface Client extends Right {
  /** True for a browser that has signed in, which can sign out. */
  readonly hasSession: boolean;
}

/** A token of the settings. */
export interface AccessToken extends Right {
  readonly token: Secret;
}

/** The credentials of a server. */
export interface AccessParts {
  readonly tokens: readonly AccessToken[];
  /** The header in which a proxy names the person. */
  readonly userHeader?: string | undefined;
  readonly sessions: Sessions;
}

/** Checks tokens for the routes that receive them. */
export interface Access {
  /**
   * The token of the settings that was given. Compares it with all of them, each in constant time. A right one always
   * passes. Throws a Refusal for one that may not do this: 403, and for a wrong one: 401, or 429 after too many from one
   * address.
   */
  checkToken(given: string, request: FastifyRequest, needed: Right['can']): Promise<AccessToken>;
}

/**
 * Refuses requests without access before any route sees them. Admitted are open routes, requests with a token, browsers
 * that have signed in (changes only from our own pages), and reads from this machine. Needs the rate-limit and cookie
 * plugins.
 */
export function controlAccess(server: FastifyInstance, parts: AccessParts): Access {
  const { tokens, sessions } = parts;
  const failures = server.createRateLimit({ max: MOST_FAILURES, timeWindow: 60_000 });
  const canChange = tokens.some(({ can }) => can === 'change');
  const checkToken: Access['checkToken'] = async (given, request, needed) => {
    if (needed === 'change' && !canChange) throw new Refusal(403, NO_TOKEN);
    const token = tokenOf(given, tokens);
    if (token !== undefined) {
      if (needed === 'read' || token.can === 'change') return token;
      throw new Refusal(403, readsOnly(token));
    }
    const limit = await failures(request);
    if (!limit.isAllowed && limit.isExceeded) throw new Refusal(429, 'too many wrong tokens; wait a minute');
    throw new Refusal(
      401,
      'the token is none of the daemon: see server.token and server.tokens in its settings',
    );
  };
  server.decorateRequest('client', null);
  server.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.open === true) return;
    const bearer = bearerOf(request);
    const session = sessions.nameOf(request.cookies[SESSION_COOKIE] ?? '');
    if (bearer !== undefined && tokens.length > 0) {
      const token = await checkToken(bearer, request, isChange(request) ? 'change' : 'read');
      // A proxy adds its token to every request of a browser, also to one from a page of another site.
      if (isChange(request) && originOf(request) === 'other') throw new Refusal(403, FOREIGN_PAGE);
      request.client = { name: nameOf(request, token, parts), can: token.can, hasSession: false };
    } else if (session !== undefined) {
      if (isChange(request) && originOf(request) !== 'same') throw new Refusal(403, FOREIGN_PAGE);
      request.client = { name: session, can: 'change', hasSession: true };
    } else if (isChange(request)) throw canChange ? new Refusal(401, NO_SIGN) : new Refusal(403, NO_TOKEN);
    else if (!isLocal(request)) return refuseReading(request, reply);
  });
  return { checkToken };
}

/** Who gives the command of a request, as {@link controlAccess} admitted it. */
export function callerOf({ client }: FastifyRequest, via: Caller['via']): Caller {
  if (client === null) throw new Refusal(401, NO_SIGN);
  return { by: client.name, via };
}

/**
 * The key of the rate limit: a right token or a session has a limit of its own, so that others at the same address do not
 * use it up. Other requests count by address.
 */
export function counterOf({ tokens, sessions }: AccessParts): (request: FastifyRequest) => string {
  return (request) => {
    const token = tokenOf(bearerOf(request) ?? '', tokens);
    if (token !== undefined) return `token ${token.name}`;
    const session = request.cookies[SESSION_COOKIE] ?? '';
    return sessions.nameOf(session) === undefined ? `address ${request.ip}` : `session ${session}`;
  };
}

/** The name of a token, or of the person whom a proxy with this token names once: `alice via sso`. */
function nameOf(
  { raw }: FastifyRequest,
  { name, can }: AccessToken,
  { userHeader }: Pick<AccessParts, 'userHeader'>,
): string {
  if (userHeader === undefined || can !== 'change') return name;
  const given = raw.headersDistinct[userHeader.toLowerCase()] ?? [];
  const person = given.length === 1 ? personName(utf8Of(given[0] ?? '')) : undefined;
  return person === undefined ? name : `${person} via ${name}`;
}

/** Node reads the bytes of a header as Latin-1. */
function utf8Of(header: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(header, 'latin1'));
  } catch {
    return header;
  }
}

const NO_TOKEN =
  'nothing can be changed over HTTP while the daemon has no token that may: start it with server.token (C1SYNC_SERVER_TOKEN) set to a long random text, and give the same here';
const NO_SIGN = 'send a token of the settings (server.token) as "Authorization: Bearer <token>"';
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

/** All tokens are compared, so that the time does not reveal which one was right. */
function tokenOf(given: string, tokens: readonly AccessToken[]): AccessToken | undefined {
  return tokens.filter(({ token }) => isSame(given, token.reveal()))[0];
}

function readsOnly({ name }: AccessToken): string {
  return `the token ${name} may only read: give one that may change things, which is server.token (C1SYNC_SERVER_TOKEN), or one of server.tokens with can: change`;
}

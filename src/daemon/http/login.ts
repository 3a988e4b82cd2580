import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Access, SESSION_COOKIE } from './access.js';
import { bodyOf } from './input.js';
import { originOf } from './origin.js';
import { Refusal, wantsPage } from './refusal.js';
import { SESSION_MS, type Sessions } from './sessions.js';

const loginSchema = z.strictObject({ token: z.string().max(4096) });

/** `POST /login` (form field `token`) and `POST /logout`: a browser signs in and gets a session cookie. */
export function addLogin(server: FastifyInstance, access: Access, sessions: Sessions): void {
  // Wrong tokens have a limit of their own; a right token is not slowed down by those of others.
  server.post('/login', { config: { open: true, rateLimit: false } }, async (request, reply) => {
    if (originOf(request) === 'other') throw new Refusal(403, 'sign in on a page of this server');
    const { token } = bodyOf(loginSchema, request);
    let name: string;
    try {
      ({ name } = await access.checkToken(token, request, 'change'));
    } catch (error) {
      if (error instanceof Refusal && error.statusCode === 401 && wantsPage(request))
        return reply.redirect('/login?failed', 303);
      throw error;
    }
    reply.setCookie(SESSION_COOKIE, sessions.open(name), { ...cookie(request), maxAge: SESSION_MS / 1000 });
    return wantsPage(request) ? reply.redirect('/', 303) : reply.code(204).send();
  });
  server.post('/logout', async (request, reply) => {
    sessions.close(request.cookies[SESSION_COOKIE] ?? '');
    reply.clearCookie(SESSION_COOKIE, cookie(request));
    return wantsPage(request) ? reply.redirect('/login', 303) : reply.code(204).send();
  });
}

/** Behind a proxy that speaks https, the cookie must not travel without it. */
function cookie({ headers }: FastifyRequest) {
  const secure = headers.origin?.startsWith('https:') === true;
  return { path: '/', httpOnly: true, sameSite: 'strict', secure } as const;
}

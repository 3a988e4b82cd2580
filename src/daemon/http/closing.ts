import type { FastifyInstance } from 'fastify';

/** Aborts when the server begins to close: reads of the tenant that clients asked for end then. */
export function closingOf(server: FastifyInstance): AbortSignal {
  const closing = new AbortController();
  server.addHook('preClose', async () => closing.abort(new Error('the daemon is stopping')));
  return closing.signal;
}

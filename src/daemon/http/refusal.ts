import type { FastifyReply, FastifyRequest } from 'fastify';
import { messageOf, TerminalError } from '../../core/model/errors.js';
import { refusalPage } from './dashboard/bare-pages.js';

/** A request that is not carried out. Its message goes to the client: what is wrong and how to mend it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Tells of an error that is nobody's but ours. */
export type TellError = (error: unknown, request: FastifyRequest) => void;

/** True for a request of a browser that shows what it gets. */
export function wantsPage({ headers, url }: FastifyRequest): boolean {
  return !url.startsWith('/api/') && (headers.accept ?? '').includes('text/html');
}

/**
 * Answers with an error: `{ "error": "..." }`, or a small page for a browser. What is not the client's doing is told to
 * `tell` and not to the client.
 */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  tell: TellError,
): FastifyReply {
  const status = statusOf(error);
  const isOurs = status >= 500 && !(error instanceof Refusal);
  if (isOurs) tell(error, request);
  const message = isOurs ? 'something went wrong here; the log of the daemon says more' : messageOf(error);
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="c1sync"');
  reply.code(status).header('cache-control', 'no-store');
  if (!wantsPage(request)) return reply.send({ error: message });
  return reply.type('text/html; charset=utf-8').send(refusalPage(status, message));
}

function statusOf(error: unknown): number {
  if (error instanceof TerminalError) return 422;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 600 ? status : 500;
}

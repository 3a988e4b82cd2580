import type { FastifyReply, FastifyRequest } from 'fastify';
import { messageOf, TerminalError } from '../../core/model/errors.js';
import { refusalPage } from './dashboard/bare-pages.js';

/** A refused request. Its message goes to the client: the fact and the remedy. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Reports an error that the client did not cause. */
export type ReportError = (error: unknown, request: FastifyRequest) => void;

/** True for a request of a browser that shows the answer. */
export function wantsPage({ headers, url }: FastifyRequest): boolean {
  return !url.startsWith('/api/') && (headers.accept ?? '').includes('text/html');
}

/**
 * Answers with an error: `{ "error": "..." }`, or a small page for a browser. An error that the client did not cause goes
 * to `report`, and its message stays hidden.
 */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  report: ReportError,
): FastifyReply {
  const status = statusOf(error);
  const isOurs = status >= 500 && !(error instanceof Refusal);
  if (isOurs) report(error, request);
  const message = isOurs ? 'internal error; see the log of the daemon' : messageOf(error);
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

import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../../http/loopback.js';

/** Headers by which a proxy names the client it forwards for. */
const PROXY_HEADER = /^(forwarded|via|x-forwarded-.*|x-real-ip|(x-|true-|cf-connecting-)(client-)?ip)$/;

/**
 * True when a request comes from this machine and was meant for it. A page of another site can send a browser here
 * under its own name that resolves to a loopback address; the Host header shows that name. A request of such a page under
 * our own name counts as foreign too.
 */
export function isLocal({ headers, socket }: FastifyRequest): boolean {
  if (Object.keys(headers).some((name) => PROXY_HEADER.test(name)) || isForeignPage(headers)) return false;
  const host = hostNameOf(headers.host);
  return host !== undefined && isLoopback(host) && isLoopback(socket.remoteAddress ?? '');
}

/**
 * Whether a page of this very server sent a request, by headers of the browser; `unknown` without any.
 * Only hosts are compared: a proxy in front may speak https.
 */
export function originOf({ headers }: FastifyRequest): 'same' | 'other' | 'unknown' {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' ? 'same' : 'other';
  const { origin } = headers;
  if (origin === undefined) return 'unknown';
  return URL.canParse(origin) && new URL(origin).host === headers.host ? 'same' : 'other';
}

/** A foreign page cannot read the answer, but its requests cost work. A link followed to one of our pages is allowed. */
function isForeignPage(headers: FastifyRequest['headers']): boolean {
  const site = headers['sec-fetch-site'];
  return (site === 'cross-site' || site === 'same-site') && headers['sec-fetch-mode'] !== 'navigate';
}

function hostNameOf(header: string | undefined): string | undefined {
  const url = `http://${header ?? ''}`;
  return header !== undefined && URL.canParse(url) ? new URL(url).hostname : undefined;
}

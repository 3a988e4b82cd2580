import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Clock } from '../core/model/clock.js';

/** Headers of an answer; null for one that it does not have. */
export interface AnswerHeaders {
  /** The value of a header by its name in lower case. */
  get(name: string): string | null;
}

/** One complete HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly text: string;
}

/** One HTTP request, ready to send. */
export interface Message {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/**
 * The failure of a request. `unsent`: it was never sent (no connection, no DNS name, no trusted certificate). `timeout` and
 * `broken`: it may have arrived. `oversize`: the answer exceeds the limit.
 */
export type Breakage = 'unsent' | 'timeout' | 'broken' | 'oversize';

/** A request without a complete answer. `code` is the system's error code. */
export class TransportError extends Error {
  override readonly name: string = 'TransportError';
  readonly kind: Breakage;
  readonly code: string | undefined;

  constructor(kind: Breakage, code?: string, options?: ErrorOptions) {
    super(`the request broke (${kind})`, options);
    this.kind = kind;
    this.code = code;
  }
}

/** The head of an answer with its unread body. */
interface TransportResponse {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: AsyncIterable<Uint8Array> | string | null;
}

/**
 * Sends one request and resolves with the head of the answer. Does not follow redirects. Rejects, and aborts the body, when
 * `signal` aborts. A {@link TransportError} names the failure; other errors are classified by the system's code in their
 * cause.
 */
export type Transport = (message: Message, signal: AbortSignal) => Promise<TransportResponse>;

/** The time that a connection may take, as `fetch` of Node allows. */
const CONNECT_MS = 10_000;

/**
 * The default transport: the HTTP client of Node, with its pool of connections. `fetch` would load a second client: 15 MB for
 * a daemon, whose server needs the first one.
 */
export const httpTransport: Transport = ({ method, url, headers, body }, signal) =>
  new Promise((resolve, reject) => {
    // From Node 24 on, an import of one of them would load the client of `fetch`, too.
    const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
    // Node leaves the length out for a DELETE, whose body a server would then read as the next request.
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = request(url, {
      method,
      headers: { 'accept-encoding': 'gzip', ...length, ...headers },
      signal,
    });
    sent.once('socket', (socket) => limitConnecting(socket, (error) => sent.destroy(error)));
    // An error after the head breaks the body, too, which reports it.
    sent.on('error', reject);
    sent.once('response', (response) => {
      const { statusCode = 0, headers: given } = response;
      const get = (name: string): string | null => given[name]?.toString() ?? null;
      resolve({ status: statusCode, headers: { get }, body: decoded(response) });
    });
    sent.end(body);
  });

/** Reports a connection that takes too long: nothing was sent on it. */
function limitConnecting(socket: Socket, report: (error: TransportError) => void): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => report(new TransportError('unsent', 'ETIMEDOUT')), CONNECT_MS);
  const end = (): void => clearTimeout(timer);
  for (const event of ['encrypted' in socket ? 'secureConnect' : 'connect', 'close']) socket.once(event, end);
}

function decoded(response: IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  // The reader of the last stream gets every error.
  return pipeline(response, createGunzip(), () => {});
}

/** The options of an exchange. */
export interface Terms {
  readonly transport: Transport;
  readonly clock: Clock;
  /** The limit from the first byte sent to the last byte read, milliseconds. */
  readonly timeoutMs: number;
  /** The largest answer, bytes; a larger answer is aborted. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Called at the head of the answer. */
  readonly onHead: (status: number, headers: AnswerHeaders) => void;
}

/**
 * Sends one request and reads its complete answer. Does not follow redirects. Rejects with a {@link TransportError} or with
 * the reason of the signal.
 */
export async function exchange(message: Message, terms: Terms): Promise<Answer> {
  const { transport, clock, timeoutMs, maxBytes, signal, onHead } = terms;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const timer = clock.after(timeoutMs, () => controller.abort(new TransportError('timeout')));
  try {
    const response = await transport(message, controller.signal);
    onHead(response.status, response.headers);
    const text = await readText(response, maxBytes);
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error instanceof TransportError ? error : broken(error);
  } finally {
    timer.cancel();
    signal?.removeEventListener('abort', abort);
  }
}

async function readText({ body }: TransportResponse, maxBytes: number): Promise<string> {
  if (body === null || typeof body === 'string') {
    if (Buffer.byteLength(body ?? '') > maxBytes) throw new TransportError('oversize');
    return body ?? '';
  }
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new TransportError('oversize');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Codes for an untrusted certificate of the server. */
export const DISTRUST = /CERT|UNABLE_TO_(GET|VERIFY)|SELF_SIGNED|HOSTNAME_MISMATCH/;

/** Errors before a request is sent: DNS, connection, certificate. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);

function broken(error: unknown): TransportError {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined;
  // Of a name with several addresses, each has failed.
  const failure = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code = textOf(failure, 'code');
  const unsent =
    code !== undefined &&
    (UNSENT.has(code) || DISTRUST.test(code) || textOf(failure, 'syscall') === 'connect');
  return new TransportError(unsent ? 'unsent' : 'broken', code, cause === undefined ? {} : { cause });
}

function textOf(value: unknown, key: 'code' | 'syscall'): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const text: unknown = Reflect.get(value, key);
  return typeof text === 'string' ? text : undefined;
}

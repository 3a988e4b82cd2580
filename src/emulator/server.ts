import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { TenantRequest } from './exchange.js';
import { MAX_BODY_BYTES, type TenantServer } from './tenant-server.js';

/** A longer pause between two requests closes a connection; some clients keep theirs for a minute. */
const KEEP_ALIVE_MS = 72_000;

/** Where the server listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM of a certificate and its key: https is spoken then. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

/** Moves bytes between sockets and the tenant. Rejects with the system's error where it cannot listen. */
export async function listen(tenant: TenantServer, options: ListenOptions): Promise<Listening> {
  const { host, port, tls } = options;
  const serve = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    // A client that leaves in the middle of its request is owed nothing.
    answer(tenant, request, response).catch(() => request.destroy());
  };
  const server = tls === undefined ? http.createServer(serve) : https.createServer({ ...tls }, serve);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await once(server.listen(port, host), 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  tenant: TenantServer,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const outcome = await tenant.handle(await received(request));
  if (outcome === 'timeout') return;
  if (outcome === 'reset') {
    request.socket.destroy();
    return;
  }
  response.writeHead(outcome.status, {
    ...outcome.headers,
    'content-length': Buffer.byteLength(outcome.body),
  });
  response.end(outcome.body);
}

async function received(request: http.IncomingMessage): Promise<TenantRequest> {
  const { method = 'GET', url: path = '/', headers } = request;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    // One chunk beyond the limit is enough for the tenant to refuse the body; the rest is read and dropped.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    size += chunk.byteLength;
  }
  const body = Buffer.concat(chunks).toString('utf8');
  const { authorization, host } = headers;
  return { method, path, headers: { authorization, host }, body };
}

import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { TenantRequest } from './exchange.js';
import { MAX_BODY_BYTES, type TenantServer } from './tenant-server.js';

/** The server closes a connection that is idle for longer; some clients keep a connection for a minute. */
const KEEP_ALIVE_MS = 72_000;

/** The address and the certificate of the server. */
export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** PEM of a certificate and its key; with them the server serves https. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/** A listening server. */
export interface Listening {
  readonly port: number;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

/** Serves the tenant over HTTP. Rejects with the system's error if it cannot listen. */
export async function listen(tenant: TenantServer, options: ListenOptions): Promise<Listening> {
  const { host, port, tls } = options;
  const serve = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    // A client that disconnects during its request gets no answer.
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
    // One chunk beyond the limit makes the tenant refuse the body; the server drops the rest.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    size += chunk.byteLength;
  }
  const body = Buffer.concat(chunks).toString('utf8');
  const { authorization, host } = headers;
  return { method, path, headers: { authorization, host }, body };
}

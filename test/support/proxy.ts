import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../src/emulator/json.js';

/** A request on its way through. */
export interface Passing {
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
}

/** The changes that a test makes to the traffic. */
export interface Hooks {
  /** Runs before the request goes on to the tenant. */
  before?: (request: Passing) => Promise<void> | void;
  /** Answers in the place of the tenant, which does not hear of the request; undefined lets it pass. */
  instead?: (request: Passing) => JsonObject | undefined;
  /** Gives another body for the answer, or undefined to leave it. */
  answer?: (request: Passing, body: JsonObject) => JsonObject | undefined | Promise<JsonObject | undefined>;
}

/** An HTTP server between client and tenant. `hooks` may be changed at any time. */
export interface Between {
  readonly url: string;
  hooks: Hooks;
  close(): Promise<void>;
}

/** Starts a proxy in front of `target`, on a free port of the loopback address. The test closes it. */
export async function startProxy(target: string, hooks: Hooks = {}): Promise<Between> {
  const server = http.createServer((request, response) => {
    forward(request, response).catch(() => response.destroy());
  });
  const proxy = {
    url: '',
    hooks,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const forward = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const passing = { method: request.method ?? '', path: request.url ?? '' };
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    await proxy.hooks.before?.(passing);
    const instead = proxy.hooks.instead?.(passing);
    if (instead !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(instead));
      return;
    }
    const answer = await fetch(target + passing.path, {
      method: passing.method,
      redirect: 'manual',
      headers: {
        authorization: request.headers.authorization ?? '',
        'content-type': request.headers['content-type'] ?? 'application/json',
      },
      ...(passing.method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
    });
    const text = await answer.text();
    const changed = answer.status === 200 ? await proxy.hooks.answer?.(passing, JSON.parse(text)) : undefined;
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(changed === undefined ? text : JSON.stringify(changed));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}

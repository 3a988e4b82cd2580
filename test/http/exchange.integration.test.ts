import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as listen } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/core/model/clock.js';
import { type Answer, exchange, httpTransport, type Message } from '../../src/http/exchange.js';
import { until } from '../support/wait.js';

const closing: (() => void)[] = [];
beforeEach(() => closing.splice(0));
afterEach(() => {
  vi.useRealTimers();
  for (const close of closing) close();
});

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  closing.push(() => server.close().closeAllConnections());
  await until(() => server.listening, 'the server to listen');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/path`;
}

function ask(url: string, message: Partial<Message> = {}, maxBytes = 1_000_000): Promise<Answer> {
  return exchange(
    { method: 'GET', url: new URL(url), headers: {}, ...message },
    { transport: httpTransport, clock: systemClock, timeoutMs: 60_000, maxBytes, onHead: () => {} },
  );
}

describe('an exchange over HTTP', () => {
  it('reads a compressed answer', async () => {
    const url = await served((request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync(`you accept ${request.headers['accept-encoding']}`));
    });
    expect(await ask(url)).toMatchObject({ status: 200, text: 'you accept gzip' });
  });

  it.each([
    ['GET', undefined],
    ['POST', '{"a":"ä"}'],
    ['DELETE', '{"a":"ä"}'],
  ])('sends a %s with its whole body, twice over one connection', async (method, body) => {
    const ports = new Set<unknown>();
    const url = await served(async (request, response) => {
      ports.add(request.socket.remotePort);
      response.setHeader('x-method', String(request.method));
      let text = '';
      for await (const chunk of request) text += String(chunk);
      response.end(text);
    });
    for (const _ of [1, 2]) {
      const { headers, text } = await ask(url, { method, body });
      expect([headers.get('x-method'), headers.get('x-none'), text]).toEqual([method, null, body ?? '']);
    }
    expect(ports.size).toBe(1);
  });

  it('follows no redirect', async () => {
    const url = await served((_, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect((await ask(url)).status).toBe(302);
  });

  it.each<[string, RequestListener, string]>([
    [
      'ends in the middle of its body',
      (_, response) => response.write('{', () => response.destroy()),
      'broken',
    ],
    ['has no head', (_, response) => void response.destroy(), 'broken'],
    [
      'is compressed and incomplete',
      (_, response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end(gzipSync('x'.repeat(10_000)).subarray(0, 20));
      },
      'broken',
    ],
    [
      'is small and large after decompression',
      (_, response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end(gzipSync('x'.repeat(2_000_000)));
      },
      'oversize',
    ],
  ])('fails where the answer %s', async (_, listener, kind) => {
    await expect(ask(await served(listener))).rejects.toMatchObject({ name: 'TransportError', kind });
  });

  it('has sent nothing where nobody listens', async () => {
    const server = listen().listen(0, '127.0.0.1');
    await until(() => server.listening, 'a free port');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(ask(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
      kind: 'unsent',
      code: 'ECONNREFUSED',
    });
  });

  it('has sent nothing where a connection is not made within ten seconds', async () => {
    let connections = 0;
    const server = listen((socket) => {
      connections += 1;
      closing.push(() => socket.destroy());
    }).listen(0, '127.0.0.1');
    closing.push(() => server.close());
    await until(() => server.listening, 'the server to listen');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = ask(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const ended = expect(asked).rejects.toMatchObject({ kind: 'unsent', code: 'ETIMEDOUT' });
    while (connections === 0) await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(10_000);
    await ended;
  });
});

import type { ConnectOptions } from '../../src/c1/connection.js';
import type { Actor } from './loop.js';
import type { Network } from './network.js';

/** The port of the client. */
export type Transport = NonNullable<ConnectOptions['transport']>;

/** The transport of a process, through a simulated network. */
export function transportOver(network: Network, actor: Actor): Transport {
  return ({ method, url, headers, body }, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      const request = { method, path: url.pathname + url.search, headers, body: body ?? '' };
      network.send(actor, request, signal, (arrival) => {
        if (arrival.kind === 'answer') {
          resolve({ status: arrival.status, headers: new Headers(arrival.headers), body: arrival.body });
          return;
        }
        const code = arrival.kind === 'unsent' ? 'ECONNREFUSED' : 'ECONNRESET';
        reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }));
      });
    });
}

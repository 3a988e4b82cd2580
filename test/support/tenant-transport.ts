import type { TenantServer } from '../../src/emulator/tenant-server.js';
import { type Transport, TransportError } from '../../src/http/exchange.js';

/** Carries requests to a tenant in the same process, without a socket in between. */
export function tenantTransport(tenant: TenantServer): Transport {
  return async ({ method, url, headers, body = '' }, signal) => {
    const path = url.pathname + url.search;
    const outcome = await tenant.handle({ method, path, headers: { ...headers, host: url.host }, body });
    signal.throwIfAborted();
    if (outcome === 'reset') throw new TransportError('broken', 'ECONNRESET');
    if (outcome === 'timeout') return neverAnswered(signal);
    return { status: outcome.status, headers: new Headers(outcome.headers), body: outcome.body };
  };
}

function neverAnswered(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

import type { AuthOptions } from '../../src/c1/auth.js';
import { type Connection, type ConnectOptions, connect } from '../../src/c1/connection.js';
import type { VirtualClock } from '../support/virtual-clock.js';

const STATIC_TOKEN: AuthOptions = { kind: 'token', accessToken: 'static-access-token' };
export const PLAIN_CLIENT: AuthOptions = {
  kind: 'client',
  clientId: 'quick-fox-1@127.0.0.1/pcc',
  clientSecret: 'plain-client-secret',
};

/** A connection whose budget holds nothing up unless a test says so. */
export function connectTo(url: string, options: Partial<ConnectOptions> = {}): Connection {
  return connect({
    url,
    auth: STATIC_TOKEN,
    requestsPerSecond: 10_000,
    concurrency: 5,
    timeoutMs: 30_000,
    version: '9.9.9',
    ...options,
  });
}

/** Moves `clock` on, while nothing is under way to the server, until `work` settles; gives or throws its outcome. */
export async function drive<T>(clock: VirtualClock, connection: Connection, work: Promise<T>): Promise<T> {
  let settled = false;
  const done = work.then(
    () => undefined,
    () => undefined,
  );
  void done.then(() => {
    settled = true;
  });
  while (!settled) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (connection.budget().inFlight === 0) await clock.advance(25);
  }
  return work;
}

/** The rejection of `work`; fails without one. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure');
}

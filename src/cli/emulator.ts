import { readFile } from 'node:fs/promises';
import { codeOf, messageOf } from '../core/model/errors.js';
import {
  type Emulator,
  type EmulatorOptions,
  readSeed,
  SeedError,
  startEmulator,
} from '../emulator/index.js';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly seed?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly latency: number;
  readonly requestsPerSecond: number;
  readonly ownerDelay: number;
}

/**
 * `c1sync emulator`: serves the embedded tenant until a signal stops it. Prints one line of JSON with the address and
 * the credentials when it is ready. Throws an error for people where the seed, the certificate or the address is unusable.
 */
export async function emulator(flags: Flags): Promise<void> {
  const served = await start(flags).catch((error: unknown) => {
    throw new Error(explain(error, flags), { cause: error });
  });
  const { url, clientId, clientSecret, accessToken, userAccessToken } = served;
  const ready = { url, clientId, clientSecret, accessToken, userAccessToken };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  await stopSignal();
  await served.close();
}

async function start(flags: Flags): Promise<Emulator> {
  const tls = await tlsOf(flags);
  return startEmulator({
    host: flags.host,
    port: flags.port,
    seed: flags.seed === undefined ? undefined : await readSeed(flags.seed),
    latencyMs: flags.latency,
    requestsPerSecond: flags.requestsPerSecond,
    ownerDelayMs: flags.ownerDelay,
    tls,
  });
}

async function tlsOf({ tlsCert, tlsKey }: Flags): Promise<EmulatorOptions['tls']> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new Error('--tls-cert and --tls-key go together: give both or neither');
  }
  const [cert, key] = await Promise.all([readFile(tlsCert, 'utf8'), readFile(tlsKey, 'utf8')]);
  return { cert, key };
}

function explain(error: unknown, flags: Flags): string {
  if (codeOf(error) === 'EADDRINUSE') {
    return `port ${flags.port} of ${flags.host} is in use: stop what listens there, or give another --port (0 for a free one)`;
  }
  const place = error instanceof SeedError && flags.seed !== undefined ? ` (--seed ${flags.seed})` : '';
  return `${messageOf(error)}${place}`;
}

/** Resolves with the first signal to stop. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
  });
}

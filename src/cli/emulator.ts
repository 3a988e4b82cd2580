import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../core/model/errors.js';
import {
  type Emulator,
  type EmulatorOptions,
  readSeed,
  SeedError,
  startEmulator,
} from '../emulator/index.js';

const DEFAULT_PORT = 8931;

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
 * `c1sync emulator`: serves the embedded tenant until it is told to stop. Prints one line of JSON with the address and
 * the credentials when it is ready. Throws an error to show where the seed, the certificate or the address cannot be used.
 */
export function emulatorCommand(): Command {
  return new Command('emulator')
    .description('serve an embedded ConductorOne tenant, for tests and for trying things out')
    .option('--port <port>', 'port to listen on, 0 for a free one', port, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--seed <path>', 'what it holds: a JSON file shaped like its state, or exported definitions')
    .option('--tls-cert <file>', 'certificate (PEM) to speak https with')
    .option('--tls-key <file>', 'key (PEM) of the certificate')
    .option('--latency <ms>', 'how long every answer waits', amount, 0)
    .option('--requests-per-second <n>', 'requests allowed in a second, 0 for no limit', amount, 0)
    .option(
      '--owner-delay <ms>',
      'how long a change of owners takes to show; 45000 to 150000 is real',
      amount,
      0,
    )
    .action(serve);
}

async function serve(flags: Flags): Promise<void> {
  const emulator = await start(flags).catch((error: unknown) => {
    throw new Error(explain(error, flags), { cause: error });
  });
  const { url, clientId, clientSecret, accessToken, userAccessToken } = emulator;
  const ready = { url, clientId, clientSecret, accessToken, userAccessToken };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  await stopSignal();
  await emulator.close();
}

async function start(flags: Flags): Promise<Emulator> {
  const tls = await tlsOf(flags);
  return startEmulator({
    host: flags.host,
    port: flags.port,
    ...(flags.seed !== undefined && { seed: await readSeed(flags.seed) }),
    latencyMs: flags.latency,
    requestsPerSecond: flags.requestsPerSecond,
    ownerDelayMs: flags.ownerDelay,
    ...(tls !== undefined && { tls }),
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
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
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

function port(value: string): number {
  const number = amount(value);
  if (Number.isInteger(number) && number <= 65_535) return number;
  throw new InvalidArgumentError('A port from 0 to 65535 is expected.');
}

function amount(value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number) && number >= 0) return number;
  throw new InvalidArgumentError('A number from 0 is expected.');
}

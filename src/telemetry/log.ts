import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';
import { messageOf } from '../core/errors.js';
import { Scrubber } from './scrub.js';

/** How much is logged. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** How a log is made. */
export interface LogOptions {
  readonly level: LogLevel;
  /** `json`: a line of JSON an entry. `pretty`: for a person at a terminal. */
  readonly format: 'json' | 'pretty';
  /** Where lines go, at once and in order; `stdout` when left out. */
  readonly destination?: 'stdout' | 'stderr' | DestinationStream;
  /** Colours in the format `pretty`; off when left out. */
  readonly colour?: boolean;
}

/** A pino logger that never shows a secret it knows. Messages are constant, values go into the fields. */
export type Log = Logger & {
  /** Texts that no line may show from now on, in any form; those of less than 4 characters are too common to hide. */
  addSecrets(values: Iterable<string>): void;
  /** The same text with `[secret]` in place of every known secret, for what is told elsewhere than in a line. */
  scrub(text: string): string;
};

const CREDENTIAL_FIELDS = [
  'authorization',
  'Authorization',
  'clientSecret',
  'client_secret',
  'accessToken',
  'access_token',
  'token',
  'password',
];

/** Makes a log. Each line is written before the call returns, so that none is lost when the process ends. */
export function createLog(options: LogOptions): Log {
  const scrubber = new Scrubber();
  const showStacks = options.level === 'debug' || options.level === 'trace';
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      // Errors are told by `formatters.log`, under whatever key they come.
      serializers: { err: (error: unknown) => error },
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => withPlainErrors(fields, showStacks),
      },
      redact: {
        paths: CREDENTIAL_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[secret]',
      },
      hooks: { streamWrite: (line) => scrubber.line(line) },
    },
    destinationOf(options),
  );
  return Object.assign(logger, {
    addSecrets: (values: Iterable<string>) => scrubber.add(values),
    scrub: (text: string) => scrubber.text(text),
  });
}

function destinationOf({ destination = 'stdout', format, colour = false }: LogOptions): DestinationStream {
  const raw =
    typeof destination === 'string'
      ? pino.destination({ dest: destination === 'stdout' ? 1 : 2, sync: true })
      : destination;
  if (format === 'json') return raw;
  const prettify = pretty.prettyFactory({ colorize: colour, singleLine: true });
  return { write: (line) => raw.write(prettify(line)) };
}

function withPlainErrors(fields: Record<string, unknown>, showStacks: boolean): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? plainError(value, showStacks) : value,
    ]),
  );
}

/** What may be told of an error: other members can hold requests, and with them credentials. */
function plainError(error: Error, showStacks: boolean): Record<string, unknown> {
  return {
    type: error.name,
    message: messageOf(error),
    ...('code' in error && { code: String(error.code) }),
    ...(error.cause instanceof Error && { cause: plainError(error.cause, showStacks) }),
    ...(showStacks && { stack: error.stack }),
  };
}

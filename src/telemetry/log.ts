import { type DestinationStream, type Logger, pino } from 'pino';
import { type Clock, systemClock } from '../core/model/clock.js';
import { messageOf } from '../core/model/errors.js';
import { Redactor } from '../core/redact/redactor.js';
import { safeJson, safeLines, safeOutput } from '../text/safe.js';
import { prettyLines } from './log-pretty.js';

/** How much is logged. */
type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** The options of a log. */
export interface LogOptions {
  readonly level: LogLevel;
  /** `json`: a line of JSON an entry. `pretty`: for a person at a terminal. */
  readonly format: 'json' | 'pretty';
  /** The destination of lines, written synchronously; `stdout` when left out. */
  readonly destination?: 'stdout' | 'stderr' | DestinationStream;
  /** Colours in the format `pretty`; off when left out. */
  readonly colour?: boolean;
  /** Gives the time of each line; the machine's when left out. */
  readonly clock?: Clock;
  /** Hides the secrets it knows in every line. */
  readonly redactor?: Redactor;
}

/**
 * A pino logger without the secrets of its redactor and without control characters. Messages are constant, values go into
 * the fields.
 */
export type Log = Logger;

/** Fields with a fixed vocabulary, which are not redacted even where a secret equals one of its values. */
const FIXED_FIELDS = new Set([
  'level',
  'time',
  'msg',
  'kind',
  'action',
  'trigger',
  'outcome',
  'status',
  'scope',
  'command',
  'event',
  'mode',
]);

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

/** Creates a log. Each line is written before the call returns, so none is lost when the process ends. */
export function createLog(options: LogOptions): Log {
  const { redactor = new Redactor(), clock = systemClock } = options;
  const showStacks = options.level === 'debug' || options.level === 'trace';
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      // `formatters.log` handles errors, under any key.
      serializers: { err: (error: unknown) => error },
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => withPlainErrors(fields, showStacks),
      },
      redact: {
        paths: CREDENTIAL_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[secret]',
      },
      hooks: {
        logMethod(args, method) {
          const [first, message] = args;
          // The message of an error is not constant: it goes into a field.
          if (first instanceof Error) method.apply(this, [{ err: first }, message ?? 'error']);
          else method.apply(this, args);
        },
        streamWrite: (line) => shown(line, redactor, options.format),
      },
    },
    destinationOf(options),
  );
}

/** A line without secrets. Names of fields and fixed vocabulary stay. */
function shown(line: string, redactor: Redactor, format: LogOptions['format']): string {
  const entry: unknown = JSON.parse(line);
  if (entry === null || typeof entry !== 'object') return line;
  const fields = Object.entries(entry).map(([name, value]) => [
    name,
    FIXED_FIELDS.has(name) ? value : redactor.value(value),
  ]);
  const shown: unknown = Object.fromEntries(fields);
  // Pretty lines show plain texts, lines of JSON their JSON form.
  return `${format === 'json' ? safeJson(JSON.stringify(shown)) : JSON.stringify(shown, spelt)}\n`;
}

function spelt(_: string, value: unknown): unknown {
  return typeof value === 'string' ? safeLines(value) : value;
}

function destinationOf({ destination = 'stdout', format, colour = false }: LogOptions): DestinationStream {
  const raw =
    typeof destination === 'string'
      ? pino.destination({ dest: destination === 'stdout' ? 1 : 2, sync: true })
      : destination;
  if (format === 'json') return raw;
  const prettify = prettyLines(colour);
  return { write: (line) => raw.write(safeOutput(prettify(line), colour)) };
}

function withPlainErrors(fields: Record<string, unknown>, showStacks: boolean): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? plainError(value, showStacks) : value,
    ]),
  );
}

/** The members of an error that are safe to log: others can hold requests, and with them credentials. */
function plainError(error: Error, showStacks: boolean): Record<string, unknown> {
  return {
    type: error.name,
    message: messageOf(error),
    ...('code' in error && { code: String(error.code) }),
    ...(error.cause instanceof Error && { cause: plainError(error.cause, showStacks) }),
    ...(showStacks && { stack: error.stack }),
  };
}

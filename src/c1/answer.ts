import type { Effect } from '../core/model/errors.js';
import { Redactor } from '../core/redact/redactor.js';
import { type Answer, DISTRUST, type TransportError } from '../http/exchange.js';
import { isObject } from '../text/shape.js';
import { configValues, withoutCredentials } from './credentials.js';
import { ApiError } from './errors.js';
import type { JsonObject } from './json.js';

/** The facts of a call for its errors. */
export interface Subject {
  readonly method: string;
  readonly path: string;
  readonly body?: JsonObject | undefined;
  /** True for an idempotent call. */
  readonly repeatable: boolean;
  /** The largest answer, bytes; {@link MOST_BYTES} by default. */
  readonly maxBytes?: number | undefined;
}

/** The largest answer, bytes. A page of a hundred objects has some hundred thousand. */
export const MOST_BYTES = 16 * 1024 * 1024;

/** An answer with the pause that the server requests, milliseconds. */
export interface Received extends Answer {
  readonly retryAfterMs: number | undefined;
}

const LONGEST_MESSAGE = 300;
/** The longest error message to show. */
const LONGEST_CLEANED = 64 * 1024;
/** Statuses below 500 after which a retry may succeed. */
const PASSING = new Set([408, 409, 425, 429, 499]);
/** Refusals by the API itself that certainly changed nothing. */
const REFUSALS = new Set([400, 401, 403, 404, 422, 429]);

/**
 * Reads a successful answer: exactly 200 with a JSON object. Throws an ApiError for any other answer. Its text hides the
 * secrets of `redactor`, the config values sent, and `more`.
 */
export function readAnswer(
  call: Subject,
  answer: Received,
  redactor: Redactor,
  more: Iterable<string> = [],
): JsonObject {
  const body = parse(answer.text);
  if (answer.status === 200 && body !== undefined) return body;
  const sent = new Redactor([...configValues(call.body), ...more]);
  const clean = (text: string): string => withoutCredentials(redactor.text(sent.text(text)));
  const head = `${call.method} ${clean(call.path)} answered ${answer.status}`;
  if (answer.status < 300) {
    const message =
      answer.status === 200 ? `${head} with ${nature(answer)}` : `${head}, and only 200 is a success`;
    throw new ApiError(message, call, { status: answer.status, effect: effectOn(call) });
  }
  const isAnswered = answer.status >= 400 && isOfApi(answer);
  throw new ApiError(
    answer.status < 400
      ? `${head}: ${redirection(answer, clean)}`
      : joined(head, errorMessage(answer, body, clean)),
    call,
    {
      status: answer.status,
      code: typeof body?.code === 'number' ? body.code : undefined,
      terminal: answer.status < 500 && !PASSING.has(answer.status),
      isTenantWide: answer.status === 401,
      effect: isAnswered && REFUSALS.has(answer.status) ? 'none' : effectOn(call),
      isAnswered,
      retryAfterMs: answer.retryAfterMs,
    },
  );
}

/** The error for a request without a complete answer. */
export function brokenCall(call: Subject, failure: TransportError, timeoutMs: number): ApiError {
  const how =
    failure.kind === 'timeout'
      ? `timed out after ${timeoutMs} ms`
      : `failed: ${reason(failure, call.maxBytes ?? MOST_BYTES)}`;
  return new ApiError(
    `${call.method} ${call.path} ${how}`,
    call,
    {
      terminal: failure.kind === 'oversize',
      isOversize: failure.kind === 'oversize',
      effect: failure.kind === 'unsent' ? 'none' : effectOn(call),
    },
    failure.cause === undefined ? {} : { cause: failure.cause },
  );
}

/** True for an error in the form of the API, unlike the error of a proxy. */
export function isOfApi(answer: Answer): boolean {
  const body = parse(answer.text);
  return typeof body?.code === 'number' && typeof body.message === 'string';
}

/** The effect of a call whose execution is unknown. */
export function effectOn(call: Subject): Effect {
  return call.repeatable ? 'none' : 'unknown';
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function nature(answer: Answer): string {
  const text = answer.text.trimStart();
  if (text === '') return 'an empty body instead of a JSON object';
  const html = text.startsWith('<') || (answer.headers.get('content-type') ?? '').includes('html');
  return html
    ? 'HTML instead of JSON: a proxy or sign-in page answers, or tenant.url does not lead to the API'
    : 'something that is not a JSON object';
}

function redirection(answer: Answer, clean: (text: string) => string): string {
  const location = answer.headers.get('location') ?? '';
  const target = clean(location.split(/[?#]/)[0] ?? '').slice(0, LONGEST_MESSAGE);
  return `a redirect${target === '' ? '' : ` to ${target}`}, which is not followed; check tenant.url`;
}

/** The server's error message without secrets. OAuth has its own names for it. */
function errorMessage(answer: Answer, body: JsonObject | undefined, clean: (text: string) => string): string {
  const message = [body?.message, body?.error_description, body?.error].find(
    (value): value is string => typeof value === 'string' && value !== '',
  );
  const text = message ?? (body === undefined && !answer.text.trimStart().startsWith('<') ? answer.text : '');
  // Shortened only after the redaction: half a secret would not be recognised.
  const harmless = text.length > LONGEST_CLEANED ? '' : clean(text);
  const plain = harmless.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return plain.length > LONGEST_MESSAGE ? `${plain.slice(0, LONGEST_MESSAGE)}…` : plain;
}

function joined(head: string, message: string): string {
  return message === '' ? head : `${head}: ${message}`;
}

function reason(failure: TransportError, maxBytes: number): string {
  const { code, kind } = failure;
  if (kind === 'oversize') return `the answer is larger than ${maxBytes / 1024} KiB`;
  if (code === undefined)
    return failure.cause instanceof Error ? failure.cause.message : 'the connection broke';
  const hint = hints.find(([pattern]) => pattern.test(code))?.[1];
  return hint === undefined ? code : `${code}, ${hint}`;
}

/** Explanations of the system's error codes of connections. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'the connection was refused'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'the host name cannot be resolved'],
  [/ALTNAME|HOSTNAME_MISMATCH/, 'the certificate is for another host; check tenant.url'],
  [
    /CERT_(HAS_EXPIRED|NOT_YET_VALID)/,
    'the certificate is out of date, or the clock of this machine is wrong',
  ],
  [
    DISTRUST,
    'the certificate is not trusted; if a proxy or a private authority signs it, name its certificate in NODE_EXTRA_CA_CERTS',
  ],
];

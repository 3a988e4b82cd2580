import pRetry from 'p-retry';
import { type Clock, delay, growingWait } from '../core/model/clock.js';
import { exchange, type Transport, TransportError } from '../http/exchange.js';
import { retryAfter } from '../http/retry-after.js';

/** Attempts of one message before it is postponed. */
const ATTEMPTS = 5;
const ATTEMPT_MS = 10_000;
const FIRST_WAIT_MS = 1_000;
/** A longer pause postpones the message. */
const LONGEST_WAIT_MS = 60_000;
/** The longest pause that a receiver may ask for. */
const LONGEST_PAUSE_MS = 60 * 60_000;
/** Only the status of an answer counts. */
const MOST_BYTES = 1024 * 1024;

/** A message and its receiver. */
export interface Delivery {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The clock and the transport of a delivery. */
export interface DeliveryPorts {
  readonly clock: Clock;
  readonly transport: Transport;
}

/** A message that did not arrive. Holds neither its address nor its content. */
export class UndeliveredError extends Error {
  override readonly name = 'UndeliveredError';
  /** True when the same message would be refused again. */
  readonly refused: boolean;
  /** How long the receiver asks to wait, milliseconds. */
  readonly retryAfterMs: number;

  constructor(message: string, refused: boolean, retryAfterMs = 0) {
    super(message);
    this.refused = refused;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Delivers a message. Network errors, 408, 429 and 5xx are retried with growing waits, or after `Retry-After`; every
 * other failure is final, redirects too. `onRetry` gets the reason, and the wait in milliseconds.
 * @throws UndeliveredError, or the signal's reason
 */
export async function deliver(
  delivery: Delivery,
  ports: DeliveryPorts,
  signal: AbortSignal,
  onRetry: (reason: string, waitMs: number) => void,
): Promise<void> {
  await pRetry(() => attempt(delivery, ports, signal), {
    retries: ATTEMPTS - 1,
    minTimeout: 0,
    signal,
    shouldRetry: ({ error }) => mayPass(error),
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      if (retriesLeft === 0 || !mayPass(error)) return;
      const waitMs = Math.max(error.retryAfterMs, growingWait(attemptNumber, FIRST_WAIT_MS, LONGEST_WAIT_MS));
      onRetry(error.message, waitMs);
      await delay(ports.clock, waitMs, signal);
    },
  });
}

function mayPass(error: Error): error is UndeliveredError {
  return error instanceof UndeliveredError && !error.refused && error.retryAfterMs <= LONGEST_WAIT_MS;
}

async function attempt(
  { url, headers, body }: Delivery,
  ports: DeliveryPorts,
  signal: AbortSignal,
): Promise<void> {
  const message = {
    method: 'POST',
    url,
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  };
  const terms = { ...ports, timeoutMs: ATTEMPT_MS, maxBytes: MOST_BYTES, signal, onHead: () => {} };
  const answer = await exchange(message, terms).catch((error: unknown) => {
    if (!(error instanceof TransportError)) throw error;
    throw new UndeliveredError(`no answer (${error.code ?? error.kind})`, false);
  });
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  const refused = status < 500 && status !== 408 && status !== 429;
  throw new UndeliveredError(
    `HTTP ${status}`,
    refused,
    retryAfter(answer.headers, ports.clock.now(), LONGEST_PAUSE_MS),
  );
}

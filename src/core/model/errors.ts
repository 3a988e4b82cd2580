/**
 * The effect of a failed call. `none`: it did nothing. `unknown`: it may have been carried out,
 * or may still be.
 */
export type Effect = 'none' | 'unknown';

/**
 * A failure that the same input will meet again: bad input, missing rights, a refusal.
 * Every other error is retried.
 */
export class TerminalError extends Error {
  override readonly name: string = 'TerminalError';
}

/** A call to the tenant that did not succeed. Never holds a secret. */
export class CallError extends Error {
  override readonly name: string = 'CallError';
  /** True when a retry will fail again. */
  readonly terminal: boolean;
  /** The possible effect of the call. */
  readonly effect: Effect;
  /** True when the failure concerns every call: the tenant refuses the credentials. */
  readonly isTenantWide: boolean;
  /** True when the tenant itself answered with an error and a reason. */
  readonly isAnswered: boolean;
  /** The pause that the tenant requests, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    facts: {
      readonly terminal: boolean;
      readonly effect: Effect;
      readonly isTenantWide?: boolean;
      readonly isAnswered?: boolean;
      readonly retryAfterMs?: number | undefined;
    },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.terminal = facts.terminal;
    this.effect = facts.effect;
    this.isTenantWide = facts.isTenantWide === true;
    this.isAnswered = facts.isAnswered === true;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** An object appeared since the observation that a change was planned from. Nothing was written. */
export class AppearedError extends Error {
  override readonly name = 'AppearedError';
}

/**
 * True when the failed change will fail again as it is. A refused sign-in is not about the change: it ends when the
 * credentials are corrected.
 */
export function isTerminal(error: unknown): boolean {
  return (
    error instanceof TerminalError || (error instanceof CallError && error.terminal && !error.isTenantWide)
  );
}

/** The possible effect of a failed attempt; an error other than a {@link CallError} never reached the tenant. */
export function effectOf(error: unknown): Effect {
  return error instanceof CallError ? error.effect : 'none';
}

/** The text of anything thrown, for a message. Never empty. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}

/** The error code of a failed system call: `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

import { CallError, type Effect } from '../core/model/errors.js';

/** The failed call. */
interface ApiCall {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
}

/** Facts about a failed call. */
interface ApiFacts {
  /** False by default. */
  readonly terminal?: boolean;
  readonly effect: Effect;
  /** True when the credentials were refused. */
  readonly isTenantWide?: boolean;
  /** True for an answer of the API itself, not of a proxy. */
  readonly isAnswered?: boolean;
  /** True when the answer exceeded the limit. */
  readonly isOversize?: boolean;
  /** HTTP status; undefined without an answer. */
  readonly status?: number | undefined;
  /** gRPC code of the error body, if present. */
  readonly code?: number | undefined;
  /** The pause that the tenant requests, milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** A failed request to the tenant. The message names method, path and reason, never a secret or a body. */
export class ApiError extends CallError {
  override readonly name: string = 'ApiError';
  readonly method: string;
  readonly path: string;
  readonly status: number | undefined;
  readonly code: number | undefined;
  readonly isOversize: boolean;

  constructor(message: string, { method, path }: ApiCall, facts: ApiFacts, options?: ErrorOptions) {
    super(message, { terminal: false, ...facts }, options);
    this.method = method;
    this.path = path;
    this.status = facts.status;
    this.code = facts.code;
    this.isOversize = facts.isOversize ?? false;
  }
}

/** True when the API reported that the object does not exist; the 404 of a proxy does not count. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404 && error.isAnswered;
}

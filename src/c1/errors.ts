import { CallError, type Effect } from '../core/model/errors.js';

/** The failed call. */
interface ApiCall {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
}

/** Facts about a failed call. */
interface ApiFacts {
  /** False when left out. */
  readonly terminal?: boolean;
  readonly effect: Effect;
  /** True when the credentials were refused. */
  readonly isTenantWide?: boolean;
  /** True when the API itself answered, with an error of its own. */
  readonly isAnswered?: boolean;
  /** True when the answer was larger than is read. */
  readonly isOversize?: boolean;
  /** HTTP status, when the tenant answered at all. */
  readonly status?: number | undefined;
  /** gRPC code of the error body, when it had one. */
  readonly code?: number | undefined;
  /** How long the tenant asked to be left alone, milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** A request to the tenant that did not succeed. The message names method, path and reason, never a secret or a body. */
export class ApiError extends CallError {
  override readonly name: string = 'ApiError';
  readonly method: string;
  readonly path: string;
  readonly status: number | undefined;
  readonly code: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly isOversize: boolean;

  constructor(message: string, { method, path }: ApiCall, facts: ApiFacts, options?: ErrorOptions) {
    super(message, { terminal: false, ...facts }, options);
    this.method = method;
    this.path = path;
    this.status = facts.status;
    this.code = facts.code;
    this.retryAfterMs = facts.retryAfterMs;
    this.isOversize = facts.isOversize ?? false;
  }
}

/** True when the API reported that the object does not exist; the 404 of a proxy does not count. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404 && error.isAnswered;
}

/** One HTTP request to the tenant. */
export interface TenantRequest {
  readonly method: string;
  /** Path and query of the request line. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Empty for a request without a body. */
  readonly body: string;
}

/** One HTTP answer of the tenant. */
export interface TenantAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The outcome of a request: an answer, no answer ever (`timeout`) or a dropped connection (`reset`). */
export type Outcome = TenantAnswer | 'timeout' | 'reset';

/** A JSON answer with the content type of the API. It serializes the value at once: later changes do not show. */
export function jsonAnswer(value: unknown, status = 200): TenantAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** The answer with `headers` added. */
export function withHeaders(answer: TenantAnswer, headers: Readonly<Record<string, string>>): TenantAnswer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

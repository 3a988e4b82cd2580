/** One HTTP request as the tenant gets it. */
export interface TenantRequest {
  readonly method: string;
  /** Path with its query, as it was asked for. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Empty where none was sent. */
  readonly body: string;
}

/** One HTTP answer of the tenant. */
export interface TenantAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What becomes of a request: an answer, none ever (`timeout`), or a dropped connection (`reset`). */
export type Outcome = TenantAnswer | 'timeout' | 'reset';

/** An answer of JSON, of exactly the content type the API has. The value is written down before anything can change it. */
export function jsonAnswer(value: unknown, status = 200): TenantAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** The answer with more headers. */
export function withHeaders(answer: TenantAnswer, headers: Readonly<Record<string, string>>): TenantAnswer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

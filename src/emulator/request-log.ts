const CAPACITY = 100_000;
/** The log truncates longer texts; no path and no mask of a client is longer. */
const LONGEST = 1000;

/** One call of the API or of the token endpoint. */
export interface LoggedRequest {
  readonly method: string;
  /** Path and query of the request line. */
  readonly path: string;
  /** HTTP status of the answer; 0 without an answer. */
  status: number;
  /** `updateMask` of the body. */
  mask: string | null;
  /** Email address of the user the call acts as. */
  principal: string | null;
  /** Time of arrival, RFC 3339. */
  readonly time: string;
}

/** The truncated text. A copy: a slice would keep the whole text in memory. */
export function beginning(text: string): string {
  return text.length > LONGEST ? Buffer.from(text.slice(0, LONGEST)).toString() : text;
}

/** The calls since the log was last cleared, oldest first; at most the last 100,000. */
export class RequestLog {
  #entries: LoggedRequest[] = [];

  /** Logs a call on arrival; the caller sets the other fields later. */
  add(method: string, path: string, now: number): LoggedRequest {
    const time = new Date(now).toISOString();
    const entry: LoggedRequest = {
      method,
      path: beginning(path),
      status: 0,
      mask: null,
      principal: null,
      time,
    };
    this.#entries.push(entry);
    if (this.#entries.length > CAPACITY * 1.2) this.#entries = this.#entries.slice(-CAPACITY);
    return entry;
  }

  /** All calls. */
  get entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  /** Clears the log. */
  clear(): void {
    this.#entries = [];
  }
}

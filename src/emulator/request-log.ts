const CAPACITY = 100_000;
/** Characters of a text that are kept: no path of a client and no mask has more. */
const LONGEST = 1000;

/** One call of the API or of the token endpoint. */
export interface LoggedRequest {
  readonly method: string;
  /** Path with its query, as it was asked for. */
  readonly path: string;
  /** HTTP status of the answer; 0 while there is none, and for calls that never get one. */
  status: number;
  /** `updateMask` of the body. */
  mask: string | null;
  /** Email address of the user the call acts as. */
  principal: string | null;
  /** When it arrived, RFC 3339. */
  readonly time: string;
}

/** A text as the log keeps it. A slice of its own: the whole would stay in memory behind one that is cut. */
export function beginning(text: string): string {
  return text.length > LONGEST ? Buffer.from(text.slice(0, LONGEST)).toString() : text;
}

/** The calls since the log was last cleared, in the order they arrived. Holds the last 100,000, and of each text the first 1000 characters. */
export class RequestLog {
  #entries: LoggedRequest[] = [];

  /** Writes a call down as it arrives; the caller fills in the rest. */
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

  /** Forgets all calls. */
  clear(): void {
    this.#entries = [];
  }
}

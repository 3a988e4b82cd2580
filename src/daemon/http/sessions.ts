import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../core/model/clock.js';

/** How long a session lasts, milliseconds. */
export const SESSION_MS = 12 * 60 * 60_000;
/** The oldest gives way to one more. */
const MOST_SESSIONS = 100;

/** Who has signed in with a browser. Kept in memory only: a restart ends every session. */
export class Sessions {
  readonly #clock: Clock;
  /** When each ends, by the hash of its id, oldest first: what reads this memory cannot take a session over. */
  readonly #ends = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins a session and gives its id. */
  open(): string {
    const [oldest] = this.#ends.keys();
    if (this.#ends.size >= MOST_SESSIONS && oldest !== undefined) this.#ends.delete(oldest);
    const id = randomBytes(32).toString('base64url');
    this.#ends.set(hashOf(id), this.#clock.monotonic() + SESSION_MS);
    return id;
  }

  /** True while the session lasts. */
  holds(id: string): boolean {
    const hash = hashOf(id);
    const end = this.#ends.get(hash);
    if (end !== undefined && end > this.#clock.monotonic()) return true;
    this.#ends.delete(hash);
    return false;
  }

  /** Ends a session; one that is not there is no error. */
  close(id: string): void {
    this.#ends.delete(hashOf(id));
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../core/model/clock.js';

/** How long a session lasts, milliseconds. */
export const SESSION_MS = 12 * 60 * 60_000;
/** One more session ends the oldest. */
const MOST_SESSIONS = 100;

/** Sessions of browsers that have signed in. Kept in memory only: a restart ends every session. */
export class Sessions {
  readonly #clock: Clock;
  /** When each ends, by the hash of its id, oldest first: a dump of this memory does not disclose a session. */
  readonly #ends = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Opens a session and returns its id. */
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

  /** Ends a session; an unknown id is no error. */
  close(id: string): void {
    this.#ends.delete(hashOf(id));
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

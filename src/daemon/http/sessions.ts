import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../core/model/clock.js';

/** How long a session lasts, milliseconds. */
export const SESSION_MS = 12 * 60 * 60_000;
/** One more session ends the oldest. */
const MOST_SESSIONS = 100;

/** Sessions of browsers that have signed in. Kept in memory only: a restart ends every session. */
export class Sessions {
  readonly #clock: Clock;
  /** By the hash of the id, oldest first: a dump of this memory does not disclose a session. */
  readonly #sessions = new Map<string, { readonly name: string; readonly end: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Opens a session of the token with this name and returns its id. */
  open(name: string): string {
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= MOST_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    const id = randomBytes(32).toString('base64url');
    this.#sessions.set(hashOf(id), { name, end: this.#clock.monotonic() + SESSION_MS });
    return id;
  }

  /** The name of the token that a session began with; undefined once it has ended. */
  nameOf(id: string): string | undefined {
    const hash = hashOf(id);
    const session = this.#sessions.get(hash);
    if (session !== undefined && session.end > this.#clock.monotonic()) return session.name;
    this.#sessions.delete(hash);
    return undefined;
  }

  /** Ends a session; an unknown id is no error. */
  close(id: string): void {
    this.#sessions.delete(hashOf(id));
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

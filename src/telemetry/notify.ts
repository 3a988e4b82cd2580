import { type Clock, delay, type Timer } from '../core/model/clock.js';
import { messageOf } from '../core/model/errors.js';
import type { Redactor } from '../core/redact/redactor.js';
import { httpTransport, type Transport } from '../http/exchange.js';
import type { Log } from './log.js';
import { isEmpty, jsonMessage, type NewsOrigin, slackMessage } from './notify-message.js';
import { type Item, type News, type NotifyEvent, type NotifyMemory, Outbox } from './notify-news.js';
import { deliver, UndeliveredError } from './notify-send.js';

/**
 * Notifications are collected this long before they are sent, milliseconds. It is longer than the default interval of the
 * system log's polls: most changes have an author then, and a short trouble has passed.
 */
export const WINDOW_MS = 15_000;
/** The wait before the next attempt for an unreachable receiver, milliseconds. */
export const LATER_MS = 5 * 60_000;
/** The longest time of one delivery with all its attempts, milliseconds. */
const DELIVERY_MS = 2 * 60_000;
/** The longest pause that a receiver may ask for, milliseconds. */
const LONGEST_PAUSE_MS = 60 * 60_000;

/** A receiver of notifications. */
export interface Receiver {
  /** For the log: `notify[0]`. Its address is a secret. */
  readonly name: string;
  readonly url: URL;
  readonly events: readonly NotifyEvent[];
  readonly format: 'slack' | 'json';
  readonly headers: Readonly<Record<string, string>>;
}

/** The parts of a notifier. */
export interface NotifierParts {
  readonly receiver: Receiver;
  readonly origin: NewsOrigin;
  readonly memory: NotifyMemory;
  readonly clock: Clock;
  /** Carries messages; Node's own `fetch` if left out. */
  readonly transport?: Transport;
  readonly log: Log;
  readonly redactor: Redactor;
}

/**
 * Notifies one receiver: at most one message at a time, each with everything since the last. Nothing waits for it, and its
 * failures affect nothing else. While the receiver is unreachable, a newer item of a subject replaces the older one, so
 * memory stays bounded.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #outbox: Outbox;
  readonly #abort = new AbortController();
  #timer: Timer | undefined;
  #sending: Promise<void> | undefined;
  /** No message goes out before this time, milliseconds since the epoch. */
  #notBefore = 0;
  #isClosed = false;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    this.#outbox = new Outbox(parts.receiver.events, parts.memory);
  }

  /** Notes the trouble of a subject. */
  trouble(item: Item): void {
    this.#outbox.trouble(item);
    this.#schedule();
  }

  /** Notes that a subject has no trouble. */
  inOrder(subject: string): void {
    if (this.#outbox.inOrder(subject)) this.#schedule();
  }

  /** Notes that no subject for which `matches` is true has trouble. */
  allInOrder(matches: (subject: string) => boolean): void {
    for (const subject of this.#outbox.subjects) if (matches(subject)) this.inOrder(subject);
  }

  /** Notes a reverted change, or afterwards its author. */
  corrected(item: Item): void {
    this.#outbox.corrected(item);
    this.#schedule();
  }

  /** Forgets subjects for which `isGone` is true, without a notification. */
  forget(isGone: (subject: string) => boolean): void {
    const gone = this.#outbox.subjects.filter(isGone);
    if (gone.length > 0) void this.#outbox.forget(gone).catch((error: unknown) => this.#notKept(error));
  }

  /** Sends pending notifications within `limitMs` milliseconds, and nothing afterwards. Never rejects. */
  async close(limitMs: number): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    const done = new AbortController();
    const limit = delay(this.#parts.clock, limitMs, done.signal).then(
      () => this.#abort.abort(new UndeliveredError('c1sync is stopping', false)),
      () => undefined,
    );
    await this.#sending;
    if (!this.#abort.signal.aborted && this.#parts.clock.monotonic() >= this.#notBefore)
      await this.#deliver();
    done.abort();
    await limit;
  }

  #schedule(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#sending !== undefined) return;
    const { clock } = this.#parts;
    const wait = Math.max(WINDOW_MS, this.#notBefore - clock.monotonic());
    this.#timer = clock.after(wait, () => this.#run(), { detached: true });
  }

  #run(): void {
    this.#timer = undefined;
    this.#sending = this.#deliver().finally(() => {
      this.#sending = undefined;
      // Notifications that are new or undelivered need another run.
      if (this.#outbox.isWaiting) this.#schedule();
    });
  }

  async #deliver(): Promise<void> {
    const news = this.#outbox.take();
    const { receiver, log } = this.#parts;
    try {
      if (!isEmpty(news)) await this.#send(news);
    } catch (error) {
      this.#undelivered(news, error);
      return;
    }
    if (!isEmpty(news)) log.debug({ receiver: receiver.name }, 'notification sent');
    await this.#outbox.delivered(news).catch((error: unknown) => this.#notKept(error));
  }

  async #send(news: News): Promise<void> {
    const { receiver, origin, clock, redactor, log, transport = httpTransport } = this.#parts;
    const clean = (text: string): string => redactor.text(text);
    const message =
      receiver.format === 'slack'
        ? slackMessage(news, origin, clean)
        : jsonMessage(news, origin, clean, clock.now());
    const tooLong = new AbortController();
    const timer = clock.after(
      DELIVERY_MS,
      () => tooLong.abort(new UndeliveredError('the attempts took too long', false)),
      { detached: true },
    );
    try {
      const signal = AbortSignal.any([this.#abort.signal, tooLong.signal]);
      const { url, headers } = receiver;
      const delivery = { url, headers, body: JSON.stringify(message) };
      await deliver(delivery, { clock, transport }, signal, (reason, waitMs) =>
        log.debug({ receiver: receiver.name, reason, waitMs }, 'notification failed, retrying'),
      );
    } finally {
      timer.cancel();
    }
  }

  #undelivered(news: News, error: unknown): void {
    const { receiver, clock, log } = this.#parts;
    // Only an UndeliveredError is known to hold no address.
    const failure =
      error instanceof UndeliveredError ? error : new UndeliveredError('the message could not be sent', true);
    const fields = { receiver: receiver.name, reason: failure.message };
    if (failure.refused) {
      log.error(fields, 'notification refused');
      void this.#outbox.delivered(news).catch((refused: unknown) => this.#notKept(refused));
      return;
    }
    this.#outbox.giveBack(news);
    const waitMs = Math.min(LONGEST_PAUSE_MS, Math.max(LATER_MS, failure.retryAfterMs));
    this.#notBefore = clock.monotonic() + waitMs;
    log.warn({ ...fields, waitMs }, 'notification not delivered, trying again later');
  }

  #notKept(error: unknown): void {
    this.#parts.log.warn(
      { reason: messageOf(error) },
      'notification not remembered, a restart may repeat it',
    );
  }
}

import { type Clock, delay, type Timer } from '../core/model/clock.js';
import { messageOf } from '../core/model/errors.js';
import type { Redactor } from '../core/redact/redactor.js';
import { fetchTransport, type Transport } from '../http/exchange.js';
import type { Log } from './log.js';
import { isEmpty, jsonMessage, type NewsOrigin, slackMessage } from './notify-message.js';
import { type Item, type News, Newsroom, type NotifyEvent, type ToldMemory } from './notify-news.js';
import { deliver, UndeliveredError } from './notify-send.js';

/**
 * News are collected this long before they are told, milliseconds: longer than the default time between two looks into
 * the tenant's log, so that mostly who made a change is known by then, and what passes by itself is not told.
 */
export const WINDOW_MS = 15_000;
/** When it is tried again to reach a receiver that could not be reached, milliseconds. */
export const LATER_MS = 5 * 60_000;
/** One delivery may take this long with all its tries, milliseconds. */
const DELIVERY_MS = 2 * 60_000;
/** The longest pause that a receiver may ask for, milliseconds. */
const LONGEST_PAUSE_MS = 60 * 60_000;

/** Somebody who is told what happens. */
export interface Receiver {
  /** For the log: `notify[0]`. Its address is a secret. */
  readonly name: string;
  readonly url: URL;
  readonly events: readonly NotifyEvent[];
  readonly format: 'slack' | 'json';
  readonly headers: Readonly<Record<string, string>>;
}

/** What a notifier works with. */
export interface NotifierParts {
  readonly receiver: Receiver;
  readonly origin: NewsOrigin;
  readonly memory: ToldMemory;
  readonly clock: Clock;
  /** What carries messages; Node's own `fetch` if left out. */
  readonly transport?: Transport;
  readonly log: Log;
  readonly redactor: Redactor;
}

/**
 * Tells one receiver what happens: at most one message at a time, each with all news since the last. Nothing waits for
 * it and nothing that it does can fail. While the receiver cannot be reached the news of one subject replace each
 * other, so that what is kept stays small.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #news: Newsroom;
  readonly #abort = new AbortController();
  #timer: Timer | undefined;
  #telling: Promise<void> | undefined;
  /** No message goes out before this time, milliseconds since the epoch. */
  #notBefore = 0;
  #isClosed = false;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    this.#news = new Newsroom(parts.receiver.events, parts.memory);
  }

  /** Notes that a subject is not in order. */
  trouble(item: Item): void {
    this.#news.trouble(item);
    this.#wake();
  }

  /** Notes that a subject is in order. */
  inOrder(subject: string): void {
    if (this.#news.inOrder(subject)) this.#wake();
  }

  /** Notes that all subjects for which `isSo` are in order. */
  allInOrder(isSo: (subject: string) => boolean): void {
    for (const subject of this.#news.subjects) if (isSo(subject)) this.inOrder(subject);
  }

  /** Notes a change that was put back, or afterwards who had made it. */
  corrected(item: Item): void {
    this.#news.corrected(item);
    this.#wake();
  }

  /** Forgets, and does not tell of, subjects for which `isGone`. */
  forget(isGone: (subject: string) => boolean): void {
    const gone = this.#news.subjects.filter(isGone);
    if (gone.length > 0) void this.#news.forget(gone).catch((error: unknown) => this.#notKept(error));
  }

  /** Tells what is left within `limitMs` milliseconds, and nothing afterwards. Never rejects. */
  async close(limitMs: number): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    const done = new AbortController();
    const limit = delay(this.#parts.clock, limitMs, done.signal).then(
      () => this.#abort.abort(new UndeliveredError('c1sync is stopping', false)),
      () => undefined,
    );
    await this.#telling;
    if (!this.#abort.signal.aborted && this.#parts.clock.monotonic() >= this.#notBefore) await this.#tell();
    done.abort();
    await limit;
  }

  #wake(): void {
    if (this.#isClosed || this.#timer !== undefined || this.#telling !== undefined) return;
    const { clock } = this.#parts;
    const wait = Math.max(WINDOW_MS, this.#notBefore - clock.monotonic());
    this.#timer = clock.after(wait, () => this.#turn(), { detached: true });
  }

  #turn(): void {
    this.#timer = undefined;
    this.#telling = this.#tell().finally(() => {
      this.#telling = undefined;
      // What came meanwhile, or could not be told, gets its own turn; with nothing to tell that one is the last.
      if (this.#news.isWaiting) this.#wake();
    });
  }

  async #tell(): Promise<void> {
    const news = this.#news.take();
    const { receiver, log } = this.#parts;
    try {
      if (!isEmpty(news)) await this.#send(news);
    } catch (error) {
      this.#undelivered(news, error);
      return;
    }
    if (!isEmpty(news)) log.debug({ receiver: receiver.name }, 'notification sent');
    await this.#news.told(news).catch((error: unknown) => this.#notKept(error));
  }

  async #send(news: News): Promise<void> {
    const { receiver, origin, clock, redactor, log, transport = fetchTransport } = this.#parts;
    const clean = (text: string): string => redactor.text(text);
    const message =
      receiver.format === 'slack'
        ? slackMessage(news, origin, clean)
        : jsonMessage(news, origin, clean, clock.now());
    const tooLong = new AbortController();
    const timer = clock.after(
      DELIVERY_MS,
      () => tooLong.abort(new UndeliveredError('the tries took too long', false)),
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
    // Only what this folder says of an error is known to hold no address.
    const failure =
      error instanceof UndeliveredError ? error : new UndeliveredError('it could not be sent', true);
    const fields = { receiver: receiver.name, reason: failure.message };
    if (failure.refused) {
      log.error(fields, 'notification refused');
      void this.#news.told(news).catch((refused: unknown) => this.#notKept(refused));
      return;
    }
    this.#news.giveBack(news);
    const waitMs = Math.min(LONGEST_PAUSE_MS, Math.max(LATER_MS, failure.retryAfterMs));
    this.#notBefore = clock.monotonic() + waitMs;
    log.warn({ ...fields, waitMs }, 'notification not delivered, trying again later');
  }

  #notKept(error: unknown): void {
    this.#parts.log.warn({ reason: messageOf(error) }, 'what was notified could not be remembered');
  }
}

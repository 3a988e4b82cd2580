import { PassThrough } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock, Timer } from '../../core/model/clock.js';
import type { EventBus, EventName } from '../../core/model/events.js';
import { Refusal } from './refusal.js';

/** Streams at once, at most: each is a connection that stays. */
const MOST_STREAMS = 64;
/** The shortest time between two messages, milliseconds. */
const PAUSE_MS = 1_000;
const HEARTBEAT_MS = 15_000;
/** A client that leaves this much unread is gone or too slow, bytes. */
const MOST_UNREAD = 16 * 1024;

/** Events that change what the server shows. */
const SHOWN_EVENTS: readonly EventName[] = [
  'reconciled',
  'attributed',
  'health after change',
  'status changed',
  'sweep finished',
  'triggers served',
  'definitions loaded',
  'problem',
  'tenant unreachable',
  'tenant reachable',
  'commanded',
];

/**
 * Notifies every client that something changed, and nothing more: `event: changed` with an empty object, at most once a
 * second.
 */
export class Changes {
  readonly #streams = new Set<PassThrough>();
  readonly #clock: Clock;
  readonly #ends = new Set<() => void>();
  #pause: Timer | undefined;
  #heartbeat: Timer | undefined;
  #isDue = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notifies of the changes that these events report, until the returned function is called. */
  follow(events: EventBus): () => void {
    const ends = SHOWN_EVENTS.map((name) => events.on(name, () => this.note()));
    const end = (): void => {
      for (const one of ends) one();
      this.#ends.delete(end);
    };
    this.#ends.add(end);
    return end;
  }

  /**
   * Opens a stream of server-sent events. It ends when the client leaves, or with {@link close}.
   * Throws a Refusal (503) when there are too many.
   */
  open(): PassThrough {
    if (this.#streams.size >= MOST_STREAMS)
      throw new Refusal(503, 'too many clients follow the events already');
    const stream = new PassThrough();
    this.#streams.add(stream);
    stream.on('close', () => this.#streams.delete(stream));
    // The client reconnects this many milliseconds after a connection is lost.
    stream.write('retry: 2000\n\n');
    if (this.#heartbeat === undefined) this.#beat();
    return stream;
  }

  /** Ends every stream. */
  close(): void {
    for (const end of this.#ends) end();
    for (const timer of [this.#pause, this.#heartbeat]) timer?.cancel();
    for (const stream of this.#streams) stream.end();
  }

  /** Notifies of a change. */
  note(): void {
    if (this.#pause !== undefined) {
      this.#isDue = true;
      return;
    }
    this.#send('event: changed\ndata: {}\n\n');
    this.#pause = this.#clock.after(
      PAUSE_MS,
      () => {
        this.#pause = undefined;
        const isDue = this.#isDue;
        this.#isDue = false;
        if (isDue) this.note();
      },
      { detached: true },
    );
  }

  #beat(): void {
    this.#heartbeat = this.#clock.after(
      HEARTBEAT_MS,
      () => {
        this.#heartbeat = undefined;
        this.#send(': still here\n\n');
        if (this.#streams.size > 0) this.#beat();
      },
      { detached: true },
    );
  }

  #send(text: string): void {
    for (const stream of this.#streams) {
      if (stream.readableLength > MOST_UNREAD) stream.destroy();
      else stream.write(text);
    }
  }
}

/** `GET events`, below the API. `changesOf`: the changes that a request asks about. */
export function addChanges(server: FastifyInstance, changesOf: (request: FastifyRequest) => Changes): void {
  // An answer to HEAD has no body, and would leak its stream.
  server.get('/events', { exposeHeadRoute: false }, async (request, reply) => {
    const stream = changesOf(request).open();
    reply.type('text/event-stream').header('cache-control', 'no-store').header('x-accel-buffering', 'no');
    return reply.send(stream);
  });
}

import { messageOf, TerminalError } from '../core/model/errors.js';
import type { AccessView } from '../core/status/views.js';
import { isLoopback } from '../http/loopback.js';
import type { Settings } from '../settings/settings.js';
import { asObject } from '../text/shape.js';
import type { CommonFlags } from './common.js';
import { printError } from './output.js';
import { requireOne, settingsIn } from './tenants.js';

/** Flags of commands that talk to a running daemon. */
export interface DaemonFlags extends CommonFlags {
  readonly server?: string;
}

/** How changes of a daemon are followed. */
interface Following {
  readonly signal?: AbortSignal;
  readonly heartbeats?: boolean;
}

/** Time after which an answer counts as lost, milliseconds. */
const TIMEOUT_MS = 30_000;
const EVERY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The daemon that the flags and the settings name. */
export async function daemonOf(flags: DaemonFlags): Promise<DaemonClient> {
  const loaded = await settingsIn(flags);
  const { server } = loaded.settings ?? loaded.shared;
  // A daemon elsewhere knows its tenants itself.
  const isElsewhere = loaded.tenants === undefined && (flags.server ?? server.url) !== undefined;
  if (!isElsewhere) requireOne(loaded, flags.tenant);
  return clientOf(flags, server, flags.tenant);
}

/** The daemon of several tenants as a whole; undefined where the settings hold no `tenants`. */
export async function processOf(flags: DaemonFlags): Promise<DaemonClient | undefined> {
  const loaded = await settingsIn(flags);
  return loaded.tenants === undefined ? undefined : clientOf(flags, loaded.shared.server, undefined);
}

function clientOf(flags: DaemonFlags, server: Settings['server'], tenant: string | undefined): DaemonClient {
  const url = daemonUrl(flags.server ?? server.url, server);
  const token = server.token ?? server.readToken;
  if (token !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname))
    printError(`warning: the token goes to ${url.origin} unencrypted; use https where others can listen`);
  return new DaemonClient(url, token?.reveal(), tenant);
}

/** A client of the HTTP API of a running daemon. Its errors name the remedy and never hold the token. */
export class DaemonClient {
  readonly #url: URL;
  readonly #token: string | undefined;
  readonly #base: string;

  constructor(url: URL, token: string | undefined, tenant?: string) {
    this.#url = url;
    this.#token = token;
    this.#base = tenant === undefined ? '/api/v1' : `/api/v1/tenants/${encodeURIComponent(tenant)}`;
  }

  /** Asks for what is below `/api/v1`, or below the tenant there. The daemon is trusted to answer in the shape that it documents. */
  async get<T>(path: string): Promise<T> {
    return (await this.#read(await this.#ask('GET', path))) as T;
  }

  /** Sends a command below `/api/v1`; the answer is trusted as in {@link get}. */
  async post<T>(path: string, body: unknown): Promise<T> {
    return (await this.#read(await this.#ask('POST', path, body))) as T;
  }

  /** The right of the token, for people, with the remedy where it may only read; undefined without a token. */
  async access(): Promise<{ readonly canChange: boolean; readonly message: string } | undefined> {
    if (this.#token === undefined) return undefined;
    const { name, can } = await this.get<AccessView>('access');
    if (can === 'change') return { canChange: true, message: `the token ${name} may change things` };
    const message = `the token ${name ?? 'given'} may only read: to approve, suspend or resume, set server.token (C1SYNC_SERVER_TOKEN) to one with can: change`;
    return { canChange: false, message };
  }

  /**
   * Yields now and after every change, until the daemon stops or the signal aborts. `heartbeats`: at least every few
   * seconds.
   */
  async *changes({ signal, heartbeats = false }: Following = {}): AsyncGenerator<void> {
    // Subscribed before the first yield, so that no change is missed in between.
    const leaving = new AbortController();
    const signals = [leaving.signal, ...(signal === undefined ? [] : [signal])];
    const answer = await this.#ask('GET', 'events', undefined, AbortSignal.any(signals));
    try {
      yield* notified(answer, heartbeats);
    } finally {
      // An open stream would keep the process alive.
      leaving.abort();
    }
    if (signal?.aborted !== true) throw new TerminalError(`the daemon at ${this.#url.origin} has stopped`);
  }

  async #ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const isStream = path === 'events';
    const timeout = isStream ? [] : [AbortSignal.timeout(TIMEOUT_MS)];
    let answer: Response;
    try {
      answer = await fetch(new URL(`${this.#base}/${path}`, this.#url), {
        method,
        redirect: 'error',
        headers: {
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.any([...timeout, ...(signal === undefined ? [] : [signal])]),
      });
    } catch (error) {
      throw this.#unreachable(error);
    }
    if (!answer.ok) throw await this.#refused(answer);
    return answer;
  }

  async #read(answer: Response): Promise<unknown> {
    try {
      return await answer.json();
    } catch {
      throw this.#notDaemon();
    }
  }

  #unreachable(error: unknown): TerminalError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return new TerminalError(
      `no daemon answers at ${this.#url.origin} (${messageOf(cause)}): start one with 'c1sync run', or give its address with --server or server.url (C1SYNC_SERVER_URL)`,
    );
  }

  async #refused(answer: Response): Promise<TerminalError> {
    const { error } = asObject(await answer.json().catch(() => undefined));
    if (error === undefined) return this.#notDaemon();
    if (answer.status !== 401) return new TerminalError(String(error));
    const what = this.#token === undefined ? 'needs its token' : 'has another token';
    return new TerminalError(
      `the daemon at ${this.#url.origin} ${what}: set server.token (C1SYNC_SERVER_TOKEN) to the one it was started with`,
    );
  }

  #notDaemon(): TerminalError {
    return new TerminalError(
      `the server at ${this.#url.origin} is no c1sync: give the address of the daemon with --server or server.url (C1SYNC_SERVER_URL)`,
    );
  }
}

function daemonUrl(given: string | undefined, { host, port }: Settings['server']): URL {
  if (given === undefined && port === 0) {
    throw new TerminalError(
      'server.port is 0, so that only the log of the daemon has its address: give it with --server or server.url (C1SYNC_SERVER_URL)',
    );
  }
  const name = EVERY_ADDRESS[host] ?? host;
  const text = given ?? `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    throw new TerminalError(
      'the address of the daemon cannot be read: write scheme, host and port, such as http://127.0.0.1:8080',
    );
  }
  return url;
}

/** Yields now, and at each change or heartbeat, until the stream ends or breaks. */
async function* notified(answer: Response, heartbeats: boolean): AsyncGenerator<void> {
  yield;
  const decoder = new TextDecoder();
  try {
    for await (const part of answer.body ?? []) {
      const isChange = decoder.decode(part, { stream: true }).includes('event: changed');
      if (isChange || heartbeats) yield;
    }
  } catch {
    // A daemon that is killed breaks the stream; one that stops ends it.
  }
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serve } from '../../src/cli/serve.js';
import { openSession, type Session } from '../../src/compose.js';
import { EventBus } from '../../src/core/model/events.js';
import { Scheduler } from '../../src/core/reconcile/schedule.js';
import type { Server } from '../../src/daemon/http/server.js';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { createLog, type Log } from '../../src/telemetry/log.js';
import { type TestEmulator, testEmulator } from './emulator.js';
import { loadOne } from './settings.js';

/** The token of a daemon that has one. */
export const TOKEN = 'a-token-that-nobody-guesses';

/** An answer, read to its end. */
export interface Heard {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** Undefined where the answer is no JSON. */
  readonly body: unknown;
}

/** A question; every header goes out as it is given, `host` too. */
export interface Question {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  /** Text goes out as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** Asks a server over a connection of its own. */
export function ask(url: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Heard> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'object' ? { 'content-type': 'application/json' } : {};
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method, agent: false, headers: { ...type, ...headers } },
      (answer) => {
        let heard = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          heard += part;
        });
        answer.on('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: heard,
            body: parse(heard),
          });
        });
        answer.on('error', reject);
      },
    );
    request.on('error', reject).end(text);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The options of a served daemon. */
export interface ServedOptions {
  /** Definitions at the start; none when left out. */
  readonly text?: string;
  /** {@link TOKEN} when left out, null for none. */
  readonly token?: string | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly emulator?: EmulatorOptions;
}

/** A daemon's core with its HTTP server, in this process: everything of `c1sync run` but the watching and the signals. */
export class Served {
  readonly root: string;
  readonly tenant: TestEmulator;
  readonly log: Log;
  readonly #env: Readonly<Record<string, string>>;
  session!: Session;
  scheduler!: Scheduler;
  server!: Server;

  private constructor(root: string, tenant: TestEmulator, env: Readonly<Record<string, string>>) {
    this.root = root;
    this.tenant = tenant;
    this.#env = env;
    this.log = createLog({ level: 'silent', format: 'json' });
  }

  /** Starts one and makes its first sweep. */
  static async start({ text, token = TOKEN, env = {}, emulator }: ServedOptions = {}): Promise<Served> {
    const root = await mkdtemp(path.join(tmpdir(), 'c1sync-served-'));
    await mkdir(path.join(root, 'definitions'));
    const tenant = await testEmulator(emulator);
    const served = new Served(root, tenant, {
      C1SYNC_TENANT_URL: tenant.url,
      C1SYNC_TENANT_AUTH_ACCESS_TOKEN: tenant.accessToken,
      C1SYNC_SERVER_PORT: '0',
      C1SYNC_STATE_PATH: path.join(root, 'state'),
      C1SYNC_API_REQUESTS_PER_SECOND: '2000',
      C1SYNC_SYNC_INTERVAL: '10h',
      ...(token === null ? {} : { C1SYNC_SERVER_TOKEN: token }),
      ...env,
    });
    if (text !== undefined) await served.write('all.yaml', text);
    await served.open();
    await served.sweep();
    return served;
  }

  /** Opens the state and listens, as a process does that starts. `env`: other settings than before. */
  async open(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const settings = await loadOne({ env: { ...this.#env, ...env }, cwd: this.root });
    const events = new EventBus();
    this.session = await openSession(settings, { mode: 'write', command: 'run', events, log: this.log });
    const { reconciler } = this.session;
    this.scheduler = new Scheduler({ ...this.session, intervalMs: settings.sync.interval });
    reconciler.onRequeue((scope) => this.scheduler.request('command', scope));
    this.server = await serve(this.session, this.scheduler, this.log);
  }

  /** Triggers a full sweep and waits for its end. */
  async sweep(): Promise<void> {
    const ended = this.nextSweep();
    this.scheduler.request('start', 'all');
    await ended;
  }

  /** Resolves at the end of the next sweep. */
  nextSweep(): Promise<void> {
    return new Promise((resolve) => {
      const end = this.session.events.on('sweep finished', () => {
        end();
        resolve();
      });
    });
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(path.join(this.root, 'definitions', file), text);
  }

  /** Asks for a path without a token. */
  get(target: string, headers: http.OutgoingHttpHeaders = {}): Promise<Heard> {
    return ask(this.server.url + target, { headers });
  }

  /** Sends a change with the token. */
  post(target: string, body: unknown, headers: http.OutgoingHttpHeaders = {}): Promise<Heard> {
    const authorization = `Bearer ${TOKEN}`;
    return ask(this.server.url + target, { method: 'POST', body, headers: { authorization, ...headers } });
  }

  /** Sends a form of a page, as a browser does. */
  form(target: string, fields: Readonly<Record<string, string>>, headers: http.OutgoingHttpHeaders = {}) {
    return ask(this.server.url + target, {
      method: 'POST',
      headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    });
  }

  /** Ends the process' part, and leaves tenant and state. */
  async close(): Promise<void> {
    await this.server.close();
    await this.scheduler.stop();
    await this.session.close();
  }

  async stop(): Promise<void> {
    await this.close();
    await this.tenant.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

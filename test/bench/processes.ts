import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { World } from './world.js';

/** The folder of this package, wherever the benchmarks were compiled to. */
export const packageRoot = rootAbove(import.meta.dirname);

const main = join(packageRoot, 'dist', 'main.js');

/** The address of a built file, for `import`: what is measured is what is shipped, and no copy of it. */
export function built(file: string): string {
  return pathToFileURL(join(packageRoot, 'dist', file)).href;
}

/** Milliseconds that anything waited for may take. */
const PATIENCE_MS = 120_000;

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'dist'))) return folder;
  return rootAbove(dirname(folder));
}

/** A request as the tenant saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** RFC 3339. */
  readonly time: string;
}

/** The end of a sweep as the daemon logs it. */
export interface SweepLine {
  readonly durationMs: number;
  readonly requests: number;
  readonly outcome: string;
  readonly summary: Readonly<Record<string, number>>;
}

/** The resources that a living process has used. */
export interface Usage {
  /** Milliseconds on a processor, user and system. */
  readonly cpuMs: number;
  /** Megabytes: now, and at most. */
  readonly rssMb: number;
  readonly peakMb: number;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** A child process of this package's command, with what it says line by line. */
export class Running {
  readonly lines: string[] = [];
  readonly #child: Child;
  readonly #ended: Promise<void>;
  #errors = '';
  #code: number | null | undefined;

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [main, ...args], {
      cwd: packageRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.lines.push(line));
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#code = code;
        resolve();
      });
    });
  }

  /** Waits until `found` gives something. Throws when the process ends before that, or takes too long. */
  async until<T>(found: () => T | undefined, what: string): Promise<T> {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(10)) {
      const value = found();
      if (value !== undefined) return value;
      if (this.#code !== undefined) break;
    }
    throw new Error(`${what} did not come; exit code ${this.#code}; ${this.#errors.slice(-2000)}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async stop(): Promise<void> {
    if (this.#code === undefined) this.#child.kill('SIGTERM');
    await this.#ended;
  }

  /** Waits for the end of a command. Throws where it failed. */
  async end(): Promise<void> {
    await this.#ended;
    if (this.#code !== 0) throw new Error(`exit code ${this.#code}; ${this.#errors.slice(-2000)}`);
  }

  /** Undefined where the system has no `/proc`. */
  async usage(): Promise<Usage | undefined> {
    try {
      const [stat, status] = await Promise.all(
        ['stat', 'status'].map((name) => readFile(`/proc/${this.#child.pid}/${name}`, 'utf8')),
      );
      // Behind the name in brackets, which may hold anything: the 12th and 13th field, in hundredths of a second.
      const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
      const megabytes = (name: string): number =>
        Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status ?? '')?.[1]) / 1024;
      return {
        cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
        rssMb: megabytes('VmRSS'),
        peakMb: megabytes('VmHWM'),
      };
    } catch {
      return undefined;
    }
  }
}

/** What a tenant prints when it is ready. */
interface TenantLine {
  readonly url: string;
  readonly accessToken: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** An emulated tenant in a process of its own. */
export class Tenant {
  readonly url: string;
  readonly accessToken: string;
  /** Credentials that are exchanged for a token. */
  readonly client: { readonly clientId: string; readonly clientSecret: string };
  readonly #process: Running;

  private constructor({ url, accessToken, ...client }: TenantLine, running: Running) {
    this.url = url;
    this.accessToken = accessToken;
    this.client = { clientId: client.clientId, clientSecret: client.clientSecret };
    this.#process = running;
  }

  /** `requestsPerSecond`: the tenant's own limit, 0 for none. */
  static async start(world: World, requestsPerSecond = 0): Promise<Tenant> {
    const running = new Running([
      ...['emulator', '--port', '0', '--seed', world.seedFile],
      ...['--requests-per-second', String(requestsPerSecond)],
    ]);
    const line = await running.until(() => running.lines[0], 'the tenant');
    const ready: TenantLine = JSON.parse(line);
    return new Tenant(ready, running);
  }

  /** Requests to the API since the last {@link forget}; the system log is read by a timer of its own and left out. */
  async requests(): Promise<Seen[]> {
    const seen = await this.allRequests();
    return seen.filter(({ path }) => path.startsWith('/api/') && !path.startsWith('/api/v1/systemlog/'));
  }

  /** All requests since the last {@link forget}, sign-ins too. */
  async allRequests(): Promise<Seen[]> {
    return JSON.parse(await (await fetch(`${this.url}/_emulator/requests`)).text());
  }

  /** Delays every answer from now on. */
  async delay(latencyMs: number): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ latencyMs });
    await fetch(`${this.url}/_emulator/settings`, { method: 'POST', headers, body });
  }

  async forget(): Promise<void> {
    await fetch(`${this.url}/_emulator/requests`, { method: 'DELETE' });
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}

/** The daemon as a process, with an endless interval. */
export class Daemon {
  readonly #process: Running;
  #seen = 0;

  private constructor(running: Running) {
    this.#process = running;
  }

  static async start(world: World, tenant: Tenant, requestsPerSecond: number): Promise<Daemon> {
    const settings = join(world.root, 'c1sync.json');
    await writeFile(
      settings,
      JSON.stringify({
        tenant: { url: tenant.url, auth: { accessToken: tenant.accessToken } },
        source: { directory: world.definitions },
        sync: { interval: '5h', limits: { updates: 100_000, adopts: 100_000 } },
        api: { requestsPerSecond },
        state: { path: join(world.root, 'state') },
        server: { port: 0 },
      }),
    );
    return new Daemon(new Running(['run', '--settings', settings]));
  }

  /** Waits for the end of the next sweep, its changes included. */
  nextSweep(): Promise<SweepLine> {
    return this.#process.until(() => {
      while (this.#seen < this.#process.lines.length) {
        const line: unknown = JSON.parse(this.#process.lines[this.#seen++] ?? 'null');
        if (isSweep(line)) return line;
      }
      return undefined;
    }, 'the end of a sweep');
  }

  /** Starts a full sweep. */
  sweep(): Promise<SweepLine> {
    this.#process.signal('SIGHUP');
    return this.nextSweep();
  }

  usage(): Promise<Usage | undefined> {
    return this.#process.usage();
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}

function isSweep(line: unknown): line is SweepLine {
  return typeof line === 'object' && line !== null && Reflect.get(line, 'msg') === 'sweep finished';
}

/** Waits, in milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

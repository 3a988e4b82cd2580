import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './root.js';
import { until } from './wait.js';

/** The command as it is shipped. */
const MAIN = path.join(root, 'dist/main.js');

/** A process may take this long to say something, milliseconds: the machine may have a lot else to do. */
const LONGEST_WAIT_MS = 60_000;

/** A process that has ended. */
export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of the daemon's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A process that runs. */
export interface Running {
  /** Its output so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of JSON that it has printed so far. */
  readonly log: readonly LogLine[];
  /** Waits for a line of its log; fails at once when the process ends before, and shows what it said. */
  line(what: string, matches: (line: LogLine) => boolean): Promise<LogLine>;
  kill(signal: NodeJS.Signals): void;
  readonly end: Promise<Finished>;
}

/** The options of a process. */
interface CliOptions {
  /** Added to the few variables that every process here has. */
  readonly env?: Readonly<Record<string, string>>;
  /** The root of the repository when left out. */
  readonly cwd?: string;
  /** Flags of Node itself. */
  readonly node?: readonly string[];
}

/** The output of `c1sync emulator` when it is ready. */
export interface SpawnedEmulator {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accessToken: string;
  readonly userAccessToken: string;
  /** The vendor's variables with which a command finds it. */
  readonly env: Readonly<Record<string, string>>;
}

/** A home of its own for processes of the built command: none sees the settings or the state of the user of the tests. */
export interface CliHome {
  /** An empty folder for the test; what processes keep is below `home`, `state` and `tmp` in it. */
  readonly directory: string;
  /** Runs the command to its end. */
  run(args: readonly string[], options?: CliOptions): Promise<Finished>;
  /** Starts the command. */
  start(args: readonly string[], options?: CliOptions): Running;
  /** Starts `c1sync emulator` on a free port and waits until it is ready. */
  emulator(...flags: readonly string[]): Promise<SpawnedEmulator>;
  /** Ends what still runs and removes everything. */
  remove(): Promise<void>;
}

/** Makes a home. Throws when the command was not built. */
export async function cliHome(): Promise<CliHome> {
  await access(MAIN).catch(() => {
    throw new Error(`${MAIN} is missing: build it with "npm run build" first`);
  });
  const directory = await mkdtemp(path.join(tmpdir(), 'c1sync-cli-'));
  const children: Child[] = [];
  const env = { ...baseEnv(directory), TMPDIR: path.join(directory, 'tmp') };
  await mkdir(env.TMPDIR);
  const start = (args: readonly string[], options: CliOptions = {}): Child => {
    const child = new Child(
      spawn(process.execPath, [...(options.node ?? []), MAIN, ...args], {
        cwd: options.cwd ?? root,
        env: { ...env, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    children.push(child);
    return child;
  };
  return {
    directory,
    start,
    run: (args, options) => start(args, options).end,
    emulator: async (...flags) => {
      const child = start(['emulator', '--port', '0', ...flags]);
      const ready = await child.line('the emulator to be ready', ({ url }) => url !== undefined);
      return spawned(ready);
    },
    remove: async () => {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(children.map(({ end }) => end));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function baseEnv(directory: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: path.join(directory, 'home'),
    XDG_STATE_HOME: path.join(directory, 'state'),
    TZ: 'UTC',
    // Daemons of several tests run at the same time.
    C1SYNC_SERVER_PORT: '0',
  };
}

function spawned(ready: LogLine): SpawnedEmulator {
  const said = (name: string): string => String(ready[name]);
  const [url, clientId, clientSecret] = [said('url'), said('clientId'), said('clientSecret')];
  return {
    url,
    clientId,
    clientSecret,
    accessToken: said('accessToken'),
    userAccessToken: said('userAccessToken'),
    env: {
      CONDUCTORONE_SERVER_URL: url,
      CONDUCTORONE_CLIENT_ID: clientId,
      CONDUCTORONE_CLIENT_SECRET: clientSecret,
    },
  };
}

class Child implements Running {
  stdout = '';
  stderr = '';
  readonly end: Promise<Finished>;
  readonly #process: ChildProcess;
  #ended: Finished | undefined;

  constructor(child: ChildProcess) {
    this.#process = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.end = new Promise((resolve) => {
      child.on('close', (code) => {
        this.#ended = { code, stdout: this.stdout, stderr: this.stderr };
        resolve(this.#ended);
      });
    });
  }

  get log(): readonly LogLine[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return whole.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []));
  }

  async line(what: string, matches: (line: LogLine) => boolean): Promise<LogLine> {
    const probe = (): LogLine | Finished | undefined => this.log.find(matches) ?? this.#ended;
    const found = await until(probe, what, LONGEST_WAIT_MS);
    if (found !== this.#ended) return found as LogLine;
    throw new Error(
      `the process ended with ${this.#ended.code} while the test waited for ${what}\n${this.stdout}\n${this.stderr}`,
    );
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Access } from './tenant.js';

/** A process that has ended. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of the built command, with everything that it has said. */
export class Process {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  isRunning = true;
  readonly #child: ChildProcess;

  constructor(main: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      this.isRunning = false;
      return { code, signal };
    });
  }

  /** True once a daemon obeys signals. */
  get isWorking(): boolean {
    return this.stdout.includes('"definitions loaded"');
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** The processes of one run. */
export class Processes {
  /** The lives of the daemon, the present one last. */
  readonly lives: Process[] = [];
  /** Everything else that was run, for what it said. */
  readonly others: Process[] = [];
  /** Ends of the daemon that nobody asked for, and other ends than asked for. */
  readonly faults: string[] = [];
  readonly #main: string;
  readonly #cwd: string;
  readonly #env: Readonly<Record<string, string>>;
  #expectsEnd = false;

  /** `env` comes on top of the few variables that every process here has. */
  constructor(main: string, cwd: string, env: Readonly<Record<string, string>>) {
    this.#main = main;
    this.#cwd = cwd;
    this.#env = { PATH: process.env.PATH ?? '', HOME: cwd, TZ: 'UTC', C1SYNC_SERVER_PORT: '0', ...env };
    process.once('exit', () => {
      for (const one of [...this.lives, ...this.others]) one.kill('SIGKILL');
    });
  }

  get daemon(): Process | undefined {
    return this.lives.at(-1);
  }

  /** Starts the emulator and waits until it is ready. */
  async startEmulator(seed: string): Promise<Access> {
    const emulator = this.#spawn(['emulator', '--port', '0', '--seed', seed]);
    this.others.push(emulator);
    for (;;) {
      if (emulator.stdout.includes('\n')) return JSON.parse(emulator.stdout) as Access;
      if (!emulator.isRunning) throw new Error(`the emulator did not start: ${emulator.stderr}`);
      await pause(20);
    }
  }

  startDaemon(env: Readonly<Record<string, string>>): void {
    const daemon = this.#spawn(['run', '--settings', 'c1sync.yaml'], env);
    this.#expectsEnd = false;
    this.lives.push(daemon);
    void daemon.ended.then(({ code, signal }) => {
      if (this.#expectsEnd || this.daemon !== daemon) return;
      this.faults.push(`the daemon ended by itself with ${code ?? signal}: ${tail(daemon)}`);
    });
  }

  /** Ends the daemon as a power cut would. */
  async killDaemon(): Promise<void> {
    const { daemon } = this;
    if (daemon === undefined || !daemon.isRunning) return;
    this.#expectsEnd = true;
    daemon.kill('SIGKILL');
    await daemon.ended;
  }

  /** Asks the daemon to stop, which it has to do in order. */
  async stopDaemon(): Promise<void> {
    const { daemon } = this;
    if (daemon === undefined || !daemon.isRunning) return;
    // Before it works, a signal ends it as it ends any process.
    while (daemon.isRunning && !daemon.isWorking) await pause(20);
    this.#expectsEnd = true;
    const startedAt = Date.now();
    daemon.kill('SIGTERM');
    const { code, signal } = await daemon.ended;
    if (code !== 0) this.faults.push(`the daemon ended with ${code ?? signal} on SIGTERM: ${tail(daemon)}`);
    const tookMs = Date.now() - startedAt;
    if (tookMs > LONGEST_STOP_MS) this.faults.push(`the daemon took ${tookMs} ms to stop`);
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Process & Ended> {
    const other = this.#spawn(args, env);
    this.others.push(other);
    return Object.assign(other, await other.ended);
  }

  async endAll(): Promise<void> {
    this.#expectsEnd = true;
    const all = [...this.lives, ...this.others].filter(({ isRunning }) => isRunning);
    for (const one of all) one.kill('SIGKILL');
    await Promise.all(all.map(({ ended }) => ended));
  }

  #spawn(args: readonly string[], env: Readonly<Record<string, string>> = {}): Process {
    return new Process(this.#main, args, this.#cwd, { ...this.#env, ...env });
  }
}

/** Writes under way may take this long to end, and a little on top. */
const LONGEST_STOP_MS = 25_000;

/** Waits on real time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tail({ stdout, stderr }: Process): string {
  return `${stdout.slice(-2000)}\n${stderr.slice(-2000)}`;
}

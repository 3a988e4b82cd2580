import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Access } from './tenant.js';

/** How a process ended. */
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
  /** True after a signal to stop. */
  isToEnd = false;
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

  /** True once a daemon has the lock and obeys signals. */
  get isWorking(): boolean {
    return this.isRunning && this.stdout.includes('"definitions loaded"');
  }

  /** True once a daemon has found that another one has the lock. */
  get isWaiting(): boolean {
    return this.stdout.includes('"waiting for the state folder"');
  }

  /** Where the server of a running daemon listens. */
  get url(): string | undefined {
    return this.isRunning ? /"url":"(http[^"]*)","msg":"listening"/.exec(this.stdout)?.[1] : undefined;
  }

  /** How many sweeps of everything a daemon has made. */
  get fullSweeps(): number {
    return this.stdout.split('"scope":"full"').length - 1;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.isToEnd = true;
    this.signal('SIGKILL');
    await this.ended;
  }
}

/** The processes of one run. */
export class Processes {
  /** The lives of the daemon, the present one last. */
  readonly lives: Process[] = [];
  /** Commands that ran beside it. */
  readonly commands: Process[] = [];
  /** Unexpected ends of the daemon, and unexpected exit codes. */
  readonly faults: string[] = [];
  readonly #main: string;
  readonly #cwd: string;
  #env: Readonly<Record<string, string>>;
  #emulator: Process | undefined;
  readonly #killAll = (): void => {
    for (const one of this.#all) one.signal('SIGKILL');
  };

  /** `main`: the built command; `cwd`: where everything runs. */
  constructor(main: string, cwd: string) {
    this.#main = main;
    this.#cwd = cwd;
    this.#env = { PATH: process.env.PATH ?? '', HOME: cwd, TZ: 'UTC', C1SYNC_SERVER_PORT: '0' };
    process.once('exit', this.#killAll);
  }

  get #all(): Process[] {
    const emulator = this.#emulator === undefined ? [] : [this.#emulator];
    return [...emulator, ...this.lives, ...this.commands].filter(({ isRunning }) => isRunning);
  }

  /** The life of the daemon that was started last. */
  get daemon(): Process | undefined {
    return this.lives.at(-1);
  }

  /** Starts the emulator and waits until it is ready. What starts afterwards knows the secret of its client. */
  async startEmulator(seed: string): Promise<Access> {
    const emulator = this.#spawn(['emulator', '--port', '0', '--seed', seed]);
    this.#emulator = emulator;
    await until(() => !emulator.isRunning || emulator.stdout.includes('\n'), 'the emulator starts');
    if (!emulator.isRunning) throw new Error(`the emulator did not start: ${emulator.stderr}`);
    const access = JSON.parse(emulator.stdout) as Access;
    this.#env = { ...this.#env, CHAOS_SECRET: access.clientSecret };
    return access;
  }

  /** Starts a daemon; the one before it may still run. */
  startDaemon(): Process {
    const daemon = this.#spawn(['run', '--settings', 'c1sync.yaml']);
    this.lives.push(daemon);
    void daemon.ended.then(({ code, signal }) => {
      if (!daemon.isToEnd)
        this.faults.push(`the daemon ended by itself with ${code ?? signal}: ${tail(daemon)}`);
    });
    return daemon;
  }

  /** Asks a daemon to stop, which it has to do in order. */
  async stop(daemon: Process): Promise<void> {
    // Before it works, a signal ends it as it ends any process.
    await until(() => !daemon.isRunning || daemon.isWorking, 'the daemon works');
    if (!daemon.isRunning) return;
    daemon.isToEnd = true;
    daemon.signal('SIGTERM');
    await until(() => !daemon.isRunning, 'the daemon stops after SIGTERM');
    const { code, signal } = await daemon.ended;
    if (code !== 0) this.faults.push(`the daemon ended with ${code ?? signal} on SIGTERM: ${tail(daemon)}`);
  }

  /** Starts a command. */
  start(...args: string[]): Process {
    const command = this.#spawn([...args, '--settings', 'c1sync.yaml']);
    this.commands.push(command);
    return command;
  }

  async endAll(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.kill()));
    process.off('exit', this.#killAll);
  }

  #spawn(args: readonly string[]): Process {
    return new Process(this.#main, args, this.#cwd, this.#env);
  }
}

/** How long one thing may take that is certain to come, on a machine with other work to do, milliseconds. */
const PATIENCE_MS = 120_000;

/** Waits in real time for a condition. Throws after a limit. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const startedAt = Date.now();
  while (!isSo()) {
    if (Date.now() - startedAt > PATIENCE_MS) throw new Error(`waited ${PATIENCE_MS} ms in vain: ${what}`);
    await pause(20);
  }
}

/** Waits on real time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tail({ stdout, stderr }: Process): string {
  return `${stdout.slice(-2000)}\n${stderr.slice(-2000)}`;
}

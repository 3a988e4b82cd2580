import type { Signals } from './daemon.js';

/**
 * The signals of the process. SIGTERM and SIGINT stop it; a second one ends it at once, with the exit code that the
 * shell gives to a process killed by that signal. SIGHUP reloads, once a daemon runs. From the call on,
 * none of them kills the process.
 */
export function processSignals(target: NodeJS.Process = process): Signals {
  const stop = new Promise<string>((resolve) => {
    let isStopping = false;
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      target.on(signal, () => {
        if (isStopping) target.exit(code);
        isStopping = true;
        resolve(signal);
      });
    }
  });
  const reloads: (() => void)[] = [];
  target.on('SIGHUP', () => {
    for (const reload of reloads) reload();
  });
  return { stop, onReload: (reload) => void reloads.push(reload) };
}

/** Signals of one part of a process, which may end before the process does. */
export interface Branch extends Signals {
  /** Stops this part alone. */
  end(reason: string): void;
  /** Drops it: it gets no further signal. */
  release(): void;
}

/** Gives the signals of a process to parts that come and go. */
export class SignalHub {
  readonly #stops = new Set<(signal: string) => void>();
  readonly #reloads = new Set<() => void>();
  #stopped: string | undefined;

  constructor({ stop, onReload }: Signals) {
    void stop.then((signal) => {
      this.#stopped = signal;
      for (const end of this.#stops) end(signal);
    });
    onReload(() => {
      for (const reload of this.#reloads) reload();
    });
  }

  /** Signals for one more part. */
  branch(): Branch {
    const own: (() => void)[] = [];
    let end: (reason: string) => void = () => undefined;
    const stop = new Promise<string>((resolve) => {
      end = resolve;
    });
    if (this.#stopped !== undefined) end(this.#stopped);
    this.#stops.add(end);
    return {
      stop,
      end,
      onReload: (reload) => {
        own.push(reload);
        this.#reloads.add(reload);
      },
      release: () => {
        this.#stops.delete(end);
        for (const reload of own) this.#reloads.delete(reload);
      },
    };
  }
}

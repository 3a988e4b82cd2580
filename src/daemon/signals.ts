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

import { Presets, SingleBar } from 'cli-progress';
import { safe } from '../../text/safe.js';

/** The progress of some work. */
export interface Progress {
  /** Starts with `total` steps to do. */
  start(total: number): void;
  /** Counts one step, named by `label`. */
  tick(label: string): void;
  /** Removes the bar. */
  stop(): void;
}

const SILENT: Progress = { start: () => {}, tick: () => {}, stop: () => {} };

/** A progress bar on a terminal; no output on any other stream. */
export function createProgress(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): Progress {
  if (stream.isTTY !== true) return SILENT;
  const bar = new SingleBar(
    {
      stream,
      format: '{bar} {value}/{total} {label}',
      clearOnComplete: true,
      // With these, a killed process would leave the terminal changed, and Ctrl-C would not end it.
      gracefulExit: false,
      hideCursor: false,
      linewrap: true,
    },
    Presets.shades_classic,
  );
  return {
    start: (total) => bar.start(total, 0, { label: '' }),
    tick: (label) => bar.increment(1, { label: safe(label) }),
    stop: () => bar.stop(),
  };
}

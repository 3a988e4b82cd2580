import { Presets, SingleBar } from 'cli-progress';
import { safe } from '../../text/safe.js';

/** Shows how far a piece of work has come. */
export interface Progress {
  /** Begins with `total` steps ahead. */
  start(total: number): void;
  /** One step is done; `label` says which. */
  tick(label: string): void;
  /** Takes the bar away. */
  stop(): void;
}

const SILENT: Progress = { start: () => {}, tick: () => {}, stop: () => {} };

/** A progress bar on a terminal; nothing at all on any other stream. */
export function createProgress(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): Progress {
  if (stream.isTTY !== true) return SILENT;
  const bar = new SingleBar(
    {
      stream,
      format: '{bar} {value}/{total} {label}',
      clearOnComplete: true,
      // Left on, these would leave the terminal changed when the process is killed, or keep Ctrl-C from ending it.
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

import { Presets, SingleBar } from 'cli-progress';
import type { Clock, Timer } from '../../core/model/clock.js';
import { safe } from '../../text/safe.js';

/** The progress of some work. */
export interface Progress {
  /** Starts with `total` steps to do. */
  start(total: number): void;
  /** Counts one step, named by `label`. */
  tick(label: string): void;
  /** Removes the bar, and ends the lines. */
  stop(): void;
}

/** Time between two lines, milliseconds. */
const LINE_EVERY_MS = 10_000;

/** A progress bar on a terminal; a line every ten seconds on any other stream. */
export function createProgress(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
  clock: Clock,
): Progress {
  return stream.isTTY === true ? barOn(stream) : linesOn(stream, clock);
}

function linesOn(stream: NodeJS.WritableStream, clock: Clock): Progress {
  let [done, total, last] = [0, 0, ''];
  let timer: Timer | undefined;
  const wait = (): void => {
    timer = clock.after(LINE_EVERY_MS, () => {
      stream.write(`${done} of ${total} changes made${last === '' ? '' : `, the last of ${last}`}\n`);
      wait();
    });
  };
  return {
    start: (steps) => {
      total = steps;
      wait();
    },
    tick: (label) => {
      done += 1;
      last = safe(label);
    },
    stop: () => timer?.cancel(),
  };
}

function barOn(stream: NodeJS.WritableStream): Progress {
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

import { createColors } from 'picocolors';
import { safe } from '../../text/safe.js';
import type { TextOptions } from './text.js';

/** One thing that was checked. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong and how to mend it. */
  readonly message: string;
}

/** Checks as a list, what failed in red. */
export function renderChecks(checks: readonly CheckResult[], { colour }: TextOptions): string {
  const colours = createColors(colour);
  const width = Math.max(...checks.map(({ name }) => name.length));
  const indent = `\n${' '.repeat('failed'.length + 2 + width + 2)}`;
  return checks
    .map(({ name, ok, message }) => {
      const lines = message.split('\n').map(safe).join(indent);
      return `${ok ? colours.green('ok    ') : colours.red('failed')}  ${name.padEnd(width)}  ${lines}`;
    })
    .join('\n');
}

import { createColors } from 'picocolors';
import { safe } from '../../text/safe.js';
import type { TextOptions } from './text.js';

/** The result of one check. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** The finding, or the fault and its remedy. */
  readonly message: string;
}

/** Checks as a list, failures in red. */
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

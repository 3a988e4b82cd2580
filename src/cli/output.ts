import { messageOf } from '../core/model/errors.js';
import { safeJson, safeLines, safeOutput } from '../text/safe.js';
import type { TextOptions } from './render/text.js';

/** Writes a result to stdout. Control characters other than colours are escaped. */
export function print(text: string): void {
  write(process.stdout, text);
}

/** Writes a message that is not a result to stderr, as {@link print} does. */
export function printError(text: string): void {
  write(process.stderr, text);
}

function write(stream: NodeJS.WriteStream, text: string): void {
  const shown = safeOutput(text, layout(stream).colour);
  stream.write(shown.endsWith('\n') ? shown : `${shown}\n`);
}

/** An error for people. Its message may quote the tenant or another server, so control characters are escaped. */
export function errorText(error: unknown): string {
  return `error: ${safeLines(messageOf(error))}`;
}

/** A result in JSON, for programs. */
export function printJson(value: unknown): void {
  print(safeJson(JSON.stringify(value, null, 2)));
}

/** A result in the form that was asked for. */
export function printResult(
  flags: { readonly output: string; readonly tenant?: string },
  value: unknown,
  text: () => string,
): void {
  if (flags.output === 'json') printJson(value);
  else print(forTenant(text(), flags.tenant));
}

/** The commands of reasons and hints that work on one tenant. */
const COMMAND =
  /\bc1sync (plan|apply|status|approve|resume|reconcile|suspend|export|accept|history|state (?:list|forget|move))\b(?!\s+--tenant)/g;

/** A text whose commands name the tenant that they are for, if they do not yet; none: that of the only one. */
export function forTenant(text: string, tenant: string | undefined): string {
  return tenant === undefined ? text : text.replaceAll(COMMAND, `$& --tenant ${tenant}`);
}

/** The layout of text on a stream: colours on a terminal only, and lines as wide as the terminal. */
export function layout(stream: NodeJS.WriteStream): TextOptions {
  const colour = stream.isTTY === true && process.env.NO_COLOR === undefined;
  return { colour, width: stream.columns ?? 100 };
}

import { messageOf } from '../core/model/errors.js';
import { safeJson, safeLines, safeOutput } from '../text/safe.js';
import type { TextOptions } from './render/text.js';

/** Writes a result to stdout; nothing in it reaches a terminal but text and colours. */
export function print(text: string): void {
  write(process.stdout, text);
}

/** Writes everything that is not a result to stderr, as {@link print} does. */
export function tell(text: string): void {
  write(process.stderr, text);
}

function write(stream: NodeJS.WriteStream, text: string): void {
  const shown = safeOutput(text, layout(stream).colour);
  stream.write(shown.endsWith('\n') ? shown : `${shown}\n`);
}

/** What an error says to a person. It may quote the tenant, or whatever answers as a daemon. */
export function errorText(error: unknown): string {
  return `error: ${safeLines(messageOf(error))}`;
}

/** A result in JSON, for programs. */
export function printJson(value: unknown): void {
  print(safeJson(JSON.stringify(value, null, 2)));
}

/** A result in the form that was asked for. */
export function printResult(flags: { readonly output: string }, value: unknown, text: () => string): void {
  if (flags.output === 'json') printJson(value);
  else print(text());
}

/** How text is laid out on a stream: colours only where a person looks, and lines as wide as the terminal. */
export function layout(stream: NodeJS.WriteStream): TextOptions {
  const colour = stream.isTTY === true && process.env.NO_COLOR === undefined;
  return { colour, width: stream.columns ?? 100 };
}

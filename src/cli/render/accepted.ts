import { createTwoFilesPatch } from 'diff';
import { createColors } from 'picocolors';
import type { Acceptance } from '../../core/plan/accept.js';
import type { Redactor } from '../../core/redact/redactor.js';
import { safe } from '../../text/safe.js';
import { count } from './summary.js';
import type { TextOptions } from './text.js';

/** An object whose present state was accepted. */
export interface Accepted {
  readonly key: string;
  readonly acceptance: Acceptance;
}

/** A file that was written. */
export interface WrittenFile {
  readonly shown: string;
  readonly target: string;
  readonly before: string;
  readonly after: string;
}

/** The diff of every file, and what was accepted. Known secrets are hidden. Ends with a newline. */
export function renderAccepted(
  accepted: readonly Accepted[],
  files: readonly WrittenFile[],
  redactor: Redactor,
  options: TextOptions,
): string {
  const colours = createColors(options.colour);
  const paint = (line: string): string => {
    if (line.startsWith('+')) return colours.green(safe(line));
    return line.startsWith('-') ? colours.red(safe(line)) : safe(line);
  };
  const diffs = files.flatMap((file) =>
    redactor.text(diffOf(file), Number.POSITIVE_INFINITY).split('\n').map(paint),
  );
  return `${[...diffs, ...accepted.map(({ key, acceptance }) => sentenceOf(key, acceptance))].join('\n')}\n`;
}

/** The same for programs. */
export function acceptedToJson(
  accepted: readonly Accepted[],
  files: readonly WrittenFile[],
  redactor: Redactor,
): unknown {
  return {
    accepted: accepted.map(({ key, acceptance: { fields, secrets } }) => ({
      key,
      fields: fields.map((field) => redactor.value(field)),
      secrets: secrets.map(({ path, stamp }) => ({ path, writtenAt: stamp })),
    })),
    files: files.map((file) => ({
      file: file.target,
      diff: redactor.text(diffOf(file), Number.POSITIVE_INFINITY),
    })),
  };
}

function sentenceOf(key: string, { fields, secrets }: Acceptance): string {
  if (fields.length + secrets.length === 0) return `${safe(key)} is in sync; nothing to accept.`;
  const parts = [
    ...(fields.length === 0 ? [] : [count(fields.length, 'field')]),
    ...secrets.map(({ path, stamp }) => `the secrets in ${path} that were written at ${stamp}`),
  ];
  return safe(`Accepted ${parts.join(' and ')} of ${key}.`);
}

function diffOf({ shown, before, after }: WrittenFile): string {
  const [, ...lines] = createTwoFilesPatch(`a/${shown}`, `b/${shown}`, before, after).trimEnd().split('\n');
  return lines.map((line) => line.replace(/\r$|\t$/, '')).join('\n');
}

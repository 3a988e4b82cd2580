import { isDeepStrictEqual } from 'node:util';
import { diffArrays, structuredPatch } from 'diff';
import { safe } from '../../text/safe.js';
import type { FieldChange } from '../model/kind.js';

/** The kind of a line. `inline` follows the name of the field. */
export type LineMark = 'inline' | 'added' | 'removed' | 'kept' | 'place';

/** One line of a difference, safe to print. */
export interface DiffLine {
  readonly mark: LineMark;
  readonly text: string;
}

/** Lines around a change that are shown with it. */
const CONTEXT = 2;

/** Comparing takes quadratic time: with more differences than this, both sides are shown whole. */
const MOST_EDITS = 500;

const HIDDEN = '(secret)';
const BEYOND = '(the difference is beyond the shown part)';
const UNVERIFIED = `${HIDDEN} will be written, never verified before`;

/**
 * A difference as lines: small values on one line, lists as added and removed items, long texts line by line.
 * A single `inline` line follows the field's name, all others stand below it.
 * `width` is how many characters an inline difference may take.
 */
export function diffLines(change: FieldChange, width: number): readonly DiffLine[] {
  if (change.sensitive === true)
    return [{ mark: 'inline', text: change.unverified === true ? UNVERIFIED : HIDDEN }];
  const { from, to } = change;
  if (from !== undefined && isDeepStrictEqual(from, to)) return [{ mark: 'inline', text: BEYOND }];
  if (isList(from) || isList(to)) {
    if (isListOrNothing(from) && isListOrNothing(to)) return listLines(from ?? [], to ?? [], width);
  }
  const isLong = [from, to].some((value) => typeof value === 'string' && value.includes('\n'));
  if (isLong || isObject(from) || isObject(to)) return textLines(textOf(from), textOf(to));
  if (from === undefined) return [{ mark: 'inline', text: shortText(to) }];
  const inline = `${shortText(from)} → ${to === undefined ? '(none)' : shortText(to)}`;
  if (inline.length <= width) return [{ mark: 'inline', text: inline }];
  return [
    { mark: 'removed', text: shortText(from) },
    ...(to === undefined ? [] : [{ mark: 'added', text: shortText(to) } as const]),
  ];
}

/** A value on one line, texts in quotes, safe to print. */
function shortText(value: unknown): string {
  return safe(JSON.stringify(value) ?? '(none)');
}

type Scalar = string | number | boolean | null;

function isList(value: unknown): value is readonly Scalar[] {
  return Array.isArray(value) && value.every((item) => item === null || typeof item !== 'object');
}

function isListOrNothing(value: unknown): value is readonly Scalar[] | undefined {
  return value === undefined || isList(value);
}

function isObject(value: unknown): boolean {
  return value !== null && typeof value === 'object';
}

function listLines(from: readonly Scalar[], to: readonly Scalar[], width: number): DiffLine[] {
  const whole = shortText(to);
  if (from.length === 0 && whole.length <= width) return [{ mark: 'inline', text: whole }];
  const parts = diffArrays([...from], [...to], { maxEditLength: MOST_EDITS });
  if (parts === undefined) return oneBelowTheOther(from.map(shortText), to.map(shortText));
  return parts.flatMap(({ added, removed, value }) => {
    if (!added && !removed) return [];
    return value.map((item): DiffLine => ({ mark: added ? 'added' : 'removed', text: shortText(item) }));
  });
}

/** The text in which a value is compared line by line. */
function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  return JSON.stringify(value, undefined, 2) ?? '';
}

function textLines(from: string, to: string): DiffLine[] {
  // A missing end of line is shown only where the sides differ in it.
  const isOpen = [from, to].every((text) => !text.endsWith('\n'));
  const [before, after] = [from, to].map((text) => (isOpen && text !== '' ? `${text}\n` : text));
  const options = { context: CONTEXT, maxEditLength: MOST_EDITS };
  const patch = structuredPatch('', '', before ?? '', after ?? '', '', '', options);
  if (patch === undefined) return oneBelowTheOther(safeLinesOf(from), safeLinesOf(to));
  return patch.hunks.flatMap(({ oldStart, lines }, index) => {
    const place: DiffLine[] =
      index === 0 && oldStart <= 1 ? [] : [{ mark: 'place', text: `line ${oldStart}` }];
    return [...place, ...lines.map(patchLine)];
  });
}

function oneBelowTheOther(from: readonly string[], to: readonly string[]): DiffLine[] {
  return [
    ...from.map((text): DiffLine => ({ mark: 'removed', text })),
    ...to.map((text): DiffLine => ({ mark: 'added', text })),
  ];
}

function safeLinesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n').map(safe);
}

const MARKS: Readonly<Record<string, LineMark>> = { '+': 'added', '-': 'removed', ' ': 'kept' };

function patchLine(line: string): DiffLine {
  return { mark: MARKS[line[0] ?? ''] ?? 'place', text: safe(line.slice(1)) };
}

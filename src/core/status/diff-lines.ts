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

const NONE = '(none)';
const BEYOND = '(the difference is beyond the shown part)';

/** How a difference is shown. */
export interface DiffLayout {
  /** Characters that an inline difference may take. */
  readonly width: number;
  /** True where the object is created: there is no old value. */
  readonly isNew: boolean;
  /** True for a change that was carried out. */
  readonly isDone: boolean;
}

/** The name of the field of a difference for people: the one that takes names, where there are names. */
export function labelOf({ path, namePath }: FieldChange): string {
  return namePath ?? path;
}

/**
 * A difference as lines: small values on one line, lists as added and removed items, long texts line by line, names
 * instead of ids. A single `inline` line follows the field's name, all others stand below it.
 */
export function diffLines(change: FieldChange, layout: DiffLayout): readonly DiffLine[] {
  return rawLines(change, layout).map(safeLine);
}

/** The first lines of {@link diffLines}, and the number of those that are left out. */
export function firstDiffLines(
  change: FieldChange,
  layout: DiffLayout,
  most: number,
): { readonly lines: readonly DiffLine[]; readonly left: number } {
  const lines = rawLines(change, layout);
  return { lines: lines.slice(0, most).map(safeLine), left: Math.max(0, lines.length - most) };
}

function safeLine({ mark, text }: DiffLine): DiffLine {
  return { mark, text: safe(text) };
}

/** The lines with their texts as they are. */
function rawLines(change: FieldChange, { width, isNew, isDone }: DiffLayout): readonly DiffLine[] {
  if (change.sensitive === true) return [{ mark: 'inline', text: secretText(change, isDone) }];
  const isNamed = change.namePath !== undefined;
  const old = isNamed ? nameOrNull(change.fromName) : change.from;
  const from = isNew ? undefined : old;
  const to = isNamed ? nameOrNull(change.toName) : change.to;
  if (from !== undefined && isDeepStrictEqual(from, to)) return [{ mark: 'inline', text: BEYOND }];
  if (isList(from) || isList(to)) {
    if (isListOrNothing(from) && isListOrNothing(to)) return listLines(from, to ?? [], width);
  }
  const isLong = [from, to].some((value) => typeof value === 'string' && value.includes('\n'));
  if (isLong || isObject(from) || isObject(to)) return textLines(textOf(from), textOf(to));
  if (from === undefined) return [{ mark: 'inline', text: shortText(to) }];
  const inline = `${shortText(from)} → ${shortText(to)}`;
  if (inline.length <= width) return [{ mark: 'inline', text: inline }];
  return [
    { mark: 'removed', text: shortText(from) },
    ...(to === undefined ? [] : [{ mark: 'added', text: shortText(to) } as const]),
  ];
}

function secretText({ unverified }: FieldChange, isDone: boolean): string {
  if (isDone) return '(secret) written';
  return `(secret) will be written${unverified === true ? ', never verified before' : ''}`;
}

/** The name of no object is null. */
function nameOrNull(name: unknown): unknown {
  return name === '' ? null : name;
}

/** A value on one line, texts in quotes. */
function shortText(value: unknown): string {
  if (value === undefined || value === null) return NONE;
  return JSON.stringify(value) ?? NONE;
}

/** An item of a list: a plain word without quotes. */
function itemText(item: Scalar): string {
  return typeof item === 'string' && PLAIN.test(item) ? item : shortText(item);
}

/** A word that needs no quotes in a list. */
const PLAIN = /^[\w@.+:/-]+$/;

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

function listLines(from: readonly Scalar[] | undefined, to: readonly Scalar[], width: number): DiffLine[] {
  if (from === undefined || (to.length === 0 && from.length === 0)) {
    const whole = to.length === 0 ? NONE : to.map(itemText).join(', ');
    if (whole.length <= width) return [{ mark: 'inline', text: whole }];
  }
  const old = from ?? [];
  const parts = isFar(old, to) ? undefined : diffArrays([...old], [...to], { maxEditLength: MOST_EDITS });
  if (parts === undefined) return oneBelowTheOther(old.map(itemText), to.map(itemText));
  return parts.flatMap(({ added, removed, value }) => {
    if (!added && !removed) return [];
    return value.map((item): DiffLine => ({ mark: added ? 'added' : 'removed', text: itemText(item) }));
  });
}

/** The text in which a value is compared line by line. */
function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (isObject(value) && Object.keys(Object(value)).length === 0) return '';
  return JSON.stringify(value, undefined, 2) ?? '';
}

function textLines(from: string, to: string): DiffLine[] {
  // A missing end of line is shown only where the sides differ in it.
  const isOpen = [from, to].every((text) => !text.endsWith('\n'));
  const [before, after] = [from, to].map((text) => (isOpen && text !== '' ? `${text}\n` : text));
  const options = { context: CONTEXT, maxEditLength: MOST_EDITS };
  const [old, now] = [linesIn(from), linesIn(to)];
  const patch = isFar(old, now)
    ? undefined
    : structuredPatch('', '', before ?? '', after ?? '', '', '', options);
  if (patch === undefined) return oneBelowTheOther(old, now);
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

function linesIn(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

/** True where both sides have too few lines or items in common, in any order, for a comparison to end in time. */
function isFar(from: readonly Scalar[], to: readonly Scalar[]): boolean {
  const all = from.length + to.length;
  if (all <= MOST_EDITS) return false;
  const left = new Map<Scalar, number>();
  for (const item of from) left.set(item, (left.get(item) ?? 0) + 1);
  let common = 0;
  for (const item of to) {
    const count = left.get(item) ?? 0;
    if (count === 0) continue;
    left.set(item, count - 1);
    common += 1;
  }
  return all - 2 * common > MOST_EDITS;
}

const MARKS: Readonly<Record<string, LineMark>> = { '+': 'added', '-': 'removed', ' ': 'kept' };

function patchLine(line: string): DiffLine {
  return { mark: MARKS[line[0] ?? ''] ?? 'place', text: line.slice(1) };
}

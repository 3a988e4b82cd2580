import { isDeepStrictEqual } from 'node:util';
import type { Difference, DiffInput, Field, FieldChange } from './kind.js';

const IN_LINE: Difference = { changes: [], send: undefined };

/** Compares one declared field with the live one, by the field's own comparison or by its shape. */
export function differenceOf(field: Field, input: DiffInput): Difference {
  if (field.diff !== undefined) return field.diff(input);
  switch (field.shape) {
    case 'value':
      return valueDifference(field.path, input);
    case 'set':
      return setDifference(field.path, input);
    case 'entries':
      return entriesDifference(field.path, input);
  }
}

/** Deep equality. */
function valueDifference(path: string, { declared, live }: DiffInput): Difference {
  if (isDeepStrictEqual(declared, live)) return IN_LINE;
  return { changes: [fieldChange(path, live, declared)], send: declared };
}

/** Arrays without order or repeats; a live value that was never set counts as empty. */
export function setDifference(path: string, { declared, live }: DiffInput): Difference {
  const wanted = sorted(declared);
  const found = live === undefined ? undefined : sorted(live);
  if (isDeepStrictEqual(wanted, found)) return IN_LINE;
  return { changes: [fieldChange(path, found, wanted)], send: wanted };
}

/** Only the named keys count; an empty text means that the key shall be absent. Sends the differing keys alone. */
function entriesDifference(path: string, { declared, live }: DiffInput): Difference {
  const found = entriesOf(live);
  const differing = Object.entries(entriesOf(declared)).filter(
    ([key, value]) => (found[key] ?? '') !== value,
  );
  if (differing.length === 0) return IN_LINE;
  return {
    changes: differing
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => fieldChange(`${path}.${key}`, found[key], value === '' ? undefined : value)),
    send: Object.fromEntries(differing),
  };
}

/** The part of a declared value that a write holds: of entries, those that it sends. */
export function sentPart(field: Field, declared: unknown, sent: unknown): unknown {
  if (field.shape !== 'entries') return declared;
  return Object.fromEntries(Object.entries(entriesOf(declared)).filter(([key]) => key in entriesOf(sent)));
}

/** The change of a field; a side that is undefined is left out. */
export function fieldChange(path: string, from: unknown, to: unknown): FieldChange {
  return { path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function sorted(value: unknown): string[] {
  return [...new Set((Array.isArray(value) ? value : []).map(String))].sort();
}

function entriesOf(value: unknown): Record<string, string> {
  return value !== null && typeof value === 'object' ? (value as Record<string, string>) : {};
}

import { describe, expect, it } from 'vitest';
import type { LiveObject, Marks } from '../../../src/core/model/kind.js';
import type { ObjectRecord } from '../../../src/core/model/record.js';
import { type ClaimCase, conflictOf } from '../../../src/core/observe/conflict.js';

const object = (id: string, displayName = 'Widgets'): LiveObject => ({
  id,
  displayName,
  values: {},
  stamps: {},
  facts: {},
});
const record = (key: string, id: string, more: Partial<ObjectRecord> = {}): ObjectRecord => ({
  key,
  id,
  displayName: 'Widgets',
  origin: 'created',
  marked: true,
  sent: {},
  secrets: {},
  corrections: {},
  ...more,
});
const marks = (address: string): Marks => ({ managedBy: 'c1sync', workspace: 'test', address });

/** Of App/x, recorded as `a`, which carries its marks. */
const clear: ClaimCase = {
  key: 'App/x',
  pinned: false,
  record: record('App/x', 'a'),
  live: object('a'),
  isGone: false,
  marks: marks('App/x'),
  marked: [object('a')],
  former: undefined,
  recordOf: (id) => (id === 'a' ? record('App/x', 'a') : undefined),
  isDefined: (key) => key === 'App/x' || key === 'App/y',
  isRecorded: (key) => key === 'App/x',
  namedLike: undefined,
};
const fresh: ClaimCase = {
  ...clear,
  record: undefined,
  live: undefined,
  marks: undefined,
  recordOf: () => undefined,
};

describe('the object of a definition is clear', () => {
  it.each<[string, ClaimCase]>([
    ['recorded and marked', clear],
    ['recorded, its marks taken off in the web app', { ...clear, marks: undefined, marked: [] }],
    ['marked and not recorded', fresh],
    ['neither', { ...fresh, marked: [] }],
    ['recorded and gone, nothing marked', { ...clear, live: undefined, marks: undefined, marked: [] }],
    [
      'recorded and gone, with its marks on the object that took its place',
      { ...clear, live: undefined, isGone: true, marks: undefined, marked: [object('b')] },
    ],
    [
      'marked, and recorded for a definition that is gone',
      { ...fresh, recordOf: () => record('App/gone', 'a'), isDefined: (key) => key === 'App/x' },
    ],
    ['recorded, with the marks of a former name', { ...clear, marks: marks('App/old'), marked: [] }],
    [
      'moved, with the marks of the name it was moved from, which has another definition by now',
      { ...clear, record: record('App/x', 'a', { movedFrom: 'App/y' }), marks: marks('App/y'), marked: [] },
    ],
    ['renamed in the tenant to a name without a definition', { ...clear, live: object('a', 'Gadgets') }],
    ['renamed by its definition to a name that another one asks for', { ...clear, namedLike: 'Connector/y' }],
    ['pinned, beside any others', { ...clear, pinned: true, marked: [object('a'), object('b')] }],
  ])('where it is %s', (_, subject) => expect(conflictOf(subject)).toBeUndefined());
});

describe('the object of a definition is ambiguous', () => {
  it.each<[string, ClaimCase, RegExp]>([
    ['two carry its marks', { ...clear, marked: [object('a'), object('b')] }, /^2 objects carry the marks/],
    [
      'two carry its marks and none is recorded',
      { ...fresh, marked: [object('a'), object('b')] },
      /\(a, b\)/,
    ],
    [
      'its marks are on another one',
      { ...clear, marks: undefined, marked: [object('b')] },
      /name a, and 'Widgets' \(b\)/,
    ],
    [
      'the recorded one is gone and its marks are on another one',
      { ...clear, live: undefined, marks: undefined, marked: [object('b')] },
      /name a, and 'Widgets' \(b\)/,
    ],
    [
      'the recorded one carries the marks of another definition',
      { ...clear, marks: marks('App/y'), marked: [] },
      /carries the marks of App\/y/,
    ],
    [
      'the recorded one carries the marks of another record',
      { ...clear, marks: marks('App/z'), marked: [], isRecorded: (key) => key === 'App/z' },
      /carries the marks of App\/z/,
    ],
    [
      'one without a record carries its marks, and another one may have been renamed',
      {
        ...fresh,
        former: object('b', 'Gadgets'),
        recordOf: (id) => (id === 'b' ? record('App/old', 'b') : undefined),
      },
      /^'Widgets' \(a\) carries its marks, and 'Gadgets' \(b\) .* renamed from App\/old; .*forget App\/old/,
    ],
    [
      'the one with its marks is recorded for another definition',
      { ...fresh, recordOf: () => record('App/y', 'a') },
      /carries its marks, and the records name App\/y/,
    ],
    [
      'the recorded one got the name of another definition',
      { ...clear, marks: undefined, marked: [], live: object('a', 'Gadgets'), namedLike: 'Connector/y' },
      /was 'Widgets' and now has the name of Connector\/y/,
    ],
  ])('where %s', (_, subject, reason) => {
    const text = conflictOf(subject)?.reason;
    expect(text).toMatch(reason);
    expect(text).toMatch(/metadata\.id.*'c1sync state move', or run 'c1sync state forget App\//);
    expect(conflictOf({ ...subject, pinned: true })).toBeUndefined();
  });
});

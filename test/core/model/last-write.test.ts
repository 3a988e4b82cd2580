import { expect, it } from 'vitest';
import { type LastWrite, lastWrite } from '../../../src/core/model/last-write.js';
import type { ObjectRecord } from '../../../src/core/model/record.js';

const BEFORE = '2026-11-01T10:00:00.000Z';
const AFTER = '2026-11-01T11:00:00.000Z';
const EARLIER = '2026-11-01T09:00:00.000Z';
const written = { hash: 'old', stamp: BEFORE, key: 'k1' };
const unsure = { at: 0, hash: 'new', stamp: BEFORE, key: 'k1' };
type Sides = Pick<ObjectRecord, 'secrets' | 'unsure'>;

const cases: readonly [string, Sides | undefined, string | undefined, string, boolean, LastWrite][] = [
  ['no record', undefined, AFTER, 'k1', false, { type: 'unknown' }],
  ['nothing written', { secrets: {} }, AFTER, 'k1', false, { type: 'unknown' }],
  ['ours', { secrets: { c: written } }, BEFORE, 'k1', false, { type: 'ours', hash: 'old' }],
  ['a stale answer', { secrets: { c: written } }, EARLIER, 'k1', false, { type: 'ours', hash: 'old' }],
  ['a later write', { secrets: { c: written } }, AFTER, 'k1', false, { type: 'foreign', hash: 'old' }],
  ['another key', { secrets: { c: written } }, BEFORE, 'k2', false, { type: 'ours', hash: undefined }],
  [
    'a later write, another key',
    { secrets: { c: written } },
    AFTER,
    'k2',
    false,
    { type: 'foreign', hash: undefined },
  ],
  [
    'no word of the key',
    { secrets: { c: { hash: 'old', stamp: BEFORE } } },
    BEFORE,
    'k2',
    false,
    { type: 'ours', hash: 'old' },
  ],
  [
    'begun, not arrived',
    { secrets: { c: written }, unsure: { c: [unsure] } },
    BEFORE,
    'k1',
    false,
    { type: 'ours', hash: 'old' },
  ],
  [
    'begun, moved',
    { secrets: { c: written }, unsure: { c: [unsure] } },
    AFTER,
    'k1',
    false,
    { type: 'maybeOurs', hashes: ['new', 'old'] },
  ],
  [
    'begun, moved, the one before with another key',
    { secrets: { c: { ...written, key: 'k0' } }, unsure: { c: [unsure] } },
    AFTER,
    'k1',
    false,
    { type: 'maybeOurs', hashes: [] },
  ],
  [
    'begun twice, moved',
    { secrets: { c: written }, unsure: { c: [{ ...unsure, hash: '' }] } },
    AFTER,
    'k1',
    false,
    { type: 'maybeOurs', hashes: [] },
  ],
  [
    'begun, moved by us',
    { secrets: { c: written }, unsure: { c: [unsure] } },
    AFTER,
    'k1',
    true,
    { type: 'ours', hash: 'new' },
  ],
  [
    'begun first, moved',
    { secrets: {}, unsure: { c: [unsure] } },
    AFTER,
    'k1',
    false,
    { type: 'maybeOurs', hashes: ['new'] },
  ],
  [
    'the very first begun, not arrived',
    { secrets: {}, unsure: { c: [{ ...unsure, stamp: '' }] } },
    undefined,
    'k1',
    false,
    { type: 'unknown' },
  ],
  [
    'the very first begun, written',
    { secrets: {}, unsure: { c: [{ ...unsure, stamp: '' }] } },
    AFTER,
    'k1',
    false,
    { type: 'maybeOurs', hashes: ['new'] },
  ],
  [
    'the very first begun, written by us',
    { secrets: {}, unsure: { c: [{ ...unsure, stamp: '' }] } },
    AFTER,
    'k1',
    true,
    { type: 'ours', hash: 'new' },
  ],
  [
    'begun, moved by us, another key',
    { secrets: {}, unsure: { c: [unsure] } },
    AFTER,
    'k2',
    true,
    { type: 'ours', hash: undefined },
  ],
  [
    'begun twice with one value, moved by us',
    { secrets: {}, unsure: { c: [unsure, { ...unsure, at: 1 }] } },
    AFTER,
    'k1',
    true,
    { type: 'ours', hash: 'new' },
  ],
  [
    'begun twice with two values, moved by us',
    { secrets: { c: written }, unsure: { c: [unsure, { ...unsure, hash: 'newer' }] } },
    AFTER,
    'k1',
    true,
    { type: 'ours', hash: undefined },
  ],
  [
    'begun twice with two values, moved',
    { secrets: { c: written }, unsure: { c: [unsure, { ...unsure, hash: 'newer' }] } },
    AFTER,
    'k1',
    false,
    { type: 'maybeOurs', hashes: ['new', 'newer', 'old'] },
  ],
  [
    'begun twice, the second one after what moved',
    { secrets: { c: written }, unsure: { c: [unsure, { ...unsure, stamp: AFTER, hash: 'newer' }] } },
    AFTER,
    'k1',
    true,
    { type: 'ours', hash: 'new' },
  ],
  [
    'begun twice, moved by us',
    { secrets: {}, unsure: { c: [{ ...unsure, hash: '' }] } },
    AFTER,
    'k1',
    true,
    { type: 'ours', hash: undefined },
  ],
];
it.each(cases)('classifies %s', (_name, sides, stamp, keyId, isOnlyOurs, expected) => {
  const record = sides && {
    key: 'Connector/a',
    id: 'x',
    displayName: 'A',
    origin: 'adopted' as const,
    marked: false,
    sent: {},
    corrections: {},
    ...sides,
  };
  expect(lastWrite({ record, path: 'c', stamp, keyId, isOnlyOurs })).toEqual(expected);
});

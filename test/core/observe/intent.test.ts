import { describe, expect, it } from 'vitest';
import type { Kind, LiveObject, Marks } from '../../../src/core/model/kind.js';
import type { Intent } from '../../../src/core/model/record.js';
import { findingOf, unprovenReason } from '../../../src/core/observe/intent.js';
import { appKind } from '../../../src/kinds/app/schema.js';
import { connectorKind } from '../../../src/kinds/connector/schema.js';

const SELF = 'u-self';
const OURS: Marks = { managedBy: 'c1sync', workspace: 'test', address: 'App/widgets' };

function live(id: string, displayName: string, values: Readonly<Record<string, unknown>>): LiveObject {
  return { id, displayName, values: { displayName, ...values }, stamps: {}, facts: {} };
}

function app(id: string, marks?: Partial<Marks>, displayName = 'Widgets'): LiveObject {
  const annotations = marks === undefined ? {} : appKind.marks?.toEntries({ ...OURS, ...marks });
  return live(id, displayName, { annotations });
}

function connector(id: string, userIds?: readonly string[], displayName = 'Widgets Cloud'): LiveObject {
  return live(id, displayName, { catalogId: 'c1', ...(userIds === undefined ? {} : { userIds }) });
}

function finding(
  kind: Kind,
  objects: readonly LiveObject[],
  more: { taken?: readonly string[]; ownersSettle?: boolean; selfId?: string | undefined } = {},
): [string, ...string[]] {
  const intent: Intent = {
    key: `${kind.name}/widgets`,
    kind: kind.name,
    natural:
      kind === appKind ? { displayName: 'Widgets' } : { catalogId: 'c1', displayName: 'Widgets Cloud' },
    at: 0,
    knownIds: ['known'],
    misses: 0,
  };
  const found = findingOf(intent, {
    kind,
    workspace: 'test',
    selfId: 'selfId' in more ? more.selfId : SELF,
    objects,
    isTaken: ({ id }) => more.taken?.includes(id) === true,
    ownersSettle: more.ownersSettle === true,
  });
  if (found.type === 'ours') return ['ours', found.live.id];
  return [found.type, ...('candidates' in found ? found.candidates.map(({ id }) => id) : [])];
}

describe('a lost create of an app', () => {
  it.each<[string, readonly LiveObject[], ReturnType<typeof finding>]>([
    ['nothing at all', [], ['nothing']],
    ['an app with its marks', [app('a', {})], ['ours', 'a']],
    ['an app with its marks under another name', [app('a', {}, 'Gadgets')], ['ours', 'a']],
    ['its marks, and a namesake of a person beside it', [app('b'), app('a', {})], ['ours', 'a']],
    ['two apps with its marks', [app('a', {}), app('b', {})], ['doubled', 'a', 'b']],
    ['a namesake without marks', [app('a')], ['unproven', 'a']],
    ['two namesakes without marks', [app('a'), app('b')], ['unproven', 'a', 'b']],
    ['a namesake in another spelling', [app('a', undefined, ' wIDGETS ')], ['unproven', 'a']],
    ['another name without marks', [app('a', undefined, 'Gadgets')], ['nothing']],
    ['marks of another address', [app('a', { address: 'App/other' })], ['nothing']],
    ['marks of another workspace', [app('a', { workspace: 'other' })], ['nothing']],
    ['marks of another tool', [app('a', { managedBy: 'terraform' })], ['nothing']],
    ['a namesake that was there before', [app('known')], ['nothing']],
    ['an app with its marks that was there before', [app('known', {})], ['nothing']],
  ])('and %s', (_, objects, expected) => {
    expect(finding(appKind, objects)).toEqual(expected);
    // Nothing about marks takes time to show.
    expect(finding(appKind, objects, { ownersSettle: true })).toEqual(expected);
  });

  it('does not find what belongs to another definition', () => {
    expect(finding(appKind, [app('a', {}), app('b')], { taken: ['a', 'b'] })).toEqual(['nothing']);
  });
});

describe('a lost create of a connector', () => {
  const ours = [SELF, 'u-alice'];
  it.each<[string, readonly LiveObject[], ReturnType<typeof finding>, ReturnType<typeof finding>]>([
    ['nothing at all', [], ['nothing'], ['nothing']],
    ['one that we own', [connector('a', ours)], ['ours', 'a'], ['ours', 'a']],
    [
      'one that we own, in another spelling',
      [connector('a', ours, 'widgets cloud ')],
      ['ours', 'a'],
      ['ours', 'a'],
    ],
    ['one that others own', [connector('a', ['u-bob'])], ['settling', 'a'], ['unproven', 'a']],
    ['one without an owner yet', [connector('a', [])], ['settling', 'a'], ['unproven', 'a']],
    ['one whose owners were not read', [connector('a')], ['settling', 'a'], ['unproven', 'a']],
    [
      'one that we own and one that others own',
      [connector('b', []), connector('a', ours)],
      ['ours', 'a'],
      ['ours', 'a'],
    ],
    [
      'two that we own',
      [connector('a', ours), connector('b', ours)],
      ['unproven', 'a', 'b'],
      ['unproven', 'a', 'b'],
    ],
    ['one that was there before', [connector('known', ours)], ['nothing'], ['nothing']],
    ['one of another name', [connector('a', ours, 'Gadgets')], ['nothing'], ['nothing']],
  ])('and %s', (_, objects, soon, late) => {
    expect(finding(connectorKind, objects, { ownersSettle: true })).toEqual(soon);
    expect(finding(connectorKind, objects)).toEqual(late);
  });

  it('proves nothing where the tenant does not name us', () => {
    expect(finding(connectorKind, [connector('a', ours)], { selfId: undefined })).toEqual(['unproven', 'a']);
  });
});

it('names the candidates and the remedy', () => {
  expect(unprovenReason([app('a')])).toMatch(/'Widgets' \(a\).*metadata\.id: a,/);
  expect(unprovenReason([app('a'), app('b')])).toMatch(/'Widgets' \(a\), 'Widgets' \(b\).*metadata\.id/);
});

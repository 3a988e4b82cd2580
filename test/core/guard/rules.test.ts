import { describe, expect, it } from 'vitest';
import {
  type Decision,
  fateOf,
  type Hold,
  holdOn,
  ownership,
  type RuleContext,
} from '../../../src/core/guard/rules.js';
import type { Marks } from '../../../src/core/model/kind.js';
import type { Facts, ParentFacts } from '../../../src/core/plan/proposal.js';
import { kinds } from '../../../src/kinds/index.js';
import { changeOf, standingOf } from '../../support/changes.js';

const app = kinds.find(({ marks }) => marks !== undefined);
const LIVE = { id: 'one', displayName: 'One', values: {}, stamps: {}, facts: {} };
const OURS: Marks = { managedBy: 'c1sync', workspace: 'test', address: 'App/one' };
const THEIRS: Marks = { managedBy: 'terraform', workspace: '', address: 'conductorone_app.one' };

function facts(more: Partial<Facts> = {}): Facts {
  return {
    key: 'App/one',
    live: LIVE,
    marks: OURS,
    takeover: 'none',
    actor: undefined,
    takeFrom: undefined,
    suspend: undefined,
    conflict: undefined,
    unset: [],
    immutable: undefined,
    doubts: [],
    deletion: undefined,
    ...more,
  };
}

const DELETION = { claim: undefined, kept: undefined, children: [], isRemembered: true } as const;

function context(more: Partial<RuleContext> = {}): RuleContext {
  return {
    workspace: 'test',
    refuseUnset: true,
    decisions: new Map(),
    leaving: new Set(),
    selects: () => true,
    isApproved: () => false,
    ...more,
  };
}

const holdOf = (more: Partial<Facts>, around: Partial<RuleContext> = {}): Hold | null =>
  holdOn({ facts: facts(more), parent: undefined }, context(around));

describe('whose an object is', () => {
  it.each([
    ['ours by its marks', OURS, 'none', undefined, 'free'],
    ['free', undefined, 'none', undefined, 'free'],
    ["another tool's", THEIRS, 'none', undefined, 'foreign'],
    ["another tool's that is taken from it", THEIRS, 'none', 'terraform', 'free'],
    ["another workspace's", { ...OURS, workspace: 'other' }, 'none', undefined, 'foreign'],
    [
      "another workspace's that is taken from it",
      { ...OURS, workspace: 'other' },
      'none',
      'c1sync/other',
      'free',
    ],
    ['taken over by a person', undefined, 'yield', undefined, 'takenOver'],
    ['taken over and to be reverted', undefined, 'revert', undefined, 'free'],
  ] as const)('%s', (_, marks, takeover, takeFrom, type) => {
    expect(ownership(marks, takeover, { workspace: 'test', takeFrom }).type).toBe(type);
  });
});

describe('the rules about an object', () => {
  it('hold nothing that is ours', () => expect(holdOf({})).toBeNull());

  it.each<[string, Partial<Facts>, string, string]>([
    ['what is gone', { conflict: { status: 'Gone', reason: 'it was deleted' } }, 'Gone', 'it was deleted'],
    ['a definition that suspends it', { suspend: 'incident 12' }, 'Suspended', 'remove c1sync/suspend'],
    ["another tool's", { marks: THEIRS }, 'ForeignOwner', 'c1sync/take-from: "terraform"'],
    ['a take-over', { takeover: 'yield', actor: 'bob' }, 'TakenOver', "'c1sync resume App/one'"],
    ['a secret without a value', { unset: ['env TOKEN'] }, 'Failed', 'env TOKEN'],
    ['an immutable field', { immutable: 'spec.catalog cannot change' }, 'Held', 'spec.catalog'],
    ['a doubt', { doubts: ['one', 'two'] }, 'Held', 'one; two'],
    [
      'an orphan of another tool',
      { marks: THEIRS, deletion: DELETION },
      'ForeignOwner',
      "'c1sync state forget App/one'",
    ],
    [
      'an orphan that a person took over',
      { takeover: 'yield', deletion: DELETION },
      'TakenOver',
      'not deleted',
    ],
    [
      'an orphan that is claimed',
      { deletion: { ...DELETION, claim: { reason: 'App/two means it' } } },
      'Held',
      'App/two',
    ],
    [
      'an orphan that its kind keeps',
      { deletion: { ...DELETION, kept: 'a directory' } },
      'Held',
      'a directory',
    ],
    ['an orphan with something under it', { deletion: { ...DELETION, children: [LIVE] } }, 'Held', "'One'"],
    [
      'an orphan of a lost record',
      { deletion: { ...DELETION, isRemembered: false } },
      'Held',
      'names no source',
    ],
  ])('hold %s, with the fact and the remedy', (_, more, status, reason) => {
    const hold = holdOf(more);
    expect(hold?.status).toBe(status);
    expect(hold?.reason).toContain(reason);
  });

  it.each<[string, Partial<Facts>, boolean]>([
    ['a doubt', { doubts: ['one'] }, true],
    ['a lost record', { deletion: { ...DELETION, isRemembered: false } }, true],
    ['an immutable field, with any other facts', { immutable: 'x', doubts: ['one'] }, false],
    ["another tool's, with any other facts", { marks: THEIRS, doubts: ['one'] }, false],
  ])('let a person approve %s: %s', (_, more, isApprovable) => {
    expect(holdOf(more)?.approvable === true).toBe(isApprovable);
  });

  it('let a plan show unset secrets', () => {
    expect(holdOf({ unset: ['env TOKEN'] }, { refuseUnset: false })).toBeNull();
  });

  it('let a parent go with its last child', () => {
    expect(holdOf({ deletion: { ...DELETION, children: [LIVE] } }, { leaving: new Set(['one']) })).toBeNull();
  });

  it('name the first reason alone', () => {
    expect(holdOf({ suspend: 'x', marks: THEIRS, doubts: ['y'] })?.status).toBe('Suspended');
  });
});

const DEFINED: ParentFacts = { type: 'defined', key: 'App/one', id: 'one' };

function decision(more: Partial<Decision>, action?: 'create' | 'adopt'): ReadonlyMap<string, Decision> {
  const standing = standingOf('App/one', action === undefined ? 'Synced' : 'Pending', 'a reason');
  const change = action === undefined ? {} : { change: changeOf('App/one', action) };
  const proposal = { key: 'App/one', standing, parent: undefined, ...change };
  return new Map([['App/one', { proposal, hold: null, standing, isPlanned: true, ...more }]]);
}

const held = (status: Hold['status'], approvable?: true): Hold => ({
  status,
  reason: 'a reason',
  ...(approvable === undefined ? {} : { approvable }),
});

describe('what lives under an object', () => {
  const missing: ParentFacts = { type: 'defined', key: 'App/one', id: undefined };

  it.each<[string, ParentFacts, Partial<RuleContext>, object]>([
    ['is free under one in sync', DEFINED, { decisions: decision({}) }, {}],
    ['is free under one that will be created', missing, { decisions: decision({}, 'create') }, {}],
    [
      'waits for one whose creation is held',
      missing,
      { decisions: decision({ hold: held('Held') }, 'create') },
      { waits: { status: 'Pending' } },
    ],
    ['waits for one that has no valid definition', missing, {}, { waits: { status: 'UnresolvedReference' } }],
    [
      'waits for one that is created outside of the plan',
      missing,
      { decisions: decision({}, 'create'), selects: () => false },
      { waits: { status: 'Pending' } },
    ],
    [
      'is held under a suspended one',
      DEFINED,
      { decisions: decision({ hold: held('Suspended'), standing: standingOf('App/one', 'Suspended') }) },
      { held: { status: 'Suspended' } },
    ],
    [
      'is held under a held adoption',
      DEFINED,
      { decisions: decision({ hold: held('Held', true) }, 'adopt') },
      { held: { status: 'Held' } },
    ],
    [
      'is free under an approved adoption',
      DEFINED,
      { decisions: decision({ hold: held('Held', true) }, 'adopt'), isApproved: () => true },
      {},
    ],
  ])('%s', (_, parent, around, fate) => {
    const found = fateOf(parent, context(around));
    expect(found).toMatchObject(fate);
    if (Object.keys(fate).length === 0) expect(found).toEqual({});
  });

  function stated(more: Partial<Extract<ParentFacts, { type: 'stated' }>>): ParentFacts {
    if (app === undefined) throw new Error('there is no kind');
    return {
      type: 'stated',
      kind: app,
      id: 'one',
      live: LIVE,
      error: undefined,
      marks: OURS,
      takeover: 'none',
      path: 'app',
      key: 'App/one',
      suspended: undefined,
      ...more,
    };
  }

  it.each<[string, ParentFacts, object]>([
    ['is free where it is ours', stated({}), {}],
    ['is free where no definition or record has it', stated({ key: undefined, marks: undefined }), {}],
    ['names the wrong id', stated({ live: undefined }), { waits: { status: 'UnresolvedReference' } }],
    ['could not be read', stated({ live: undefined, error: 'timed out' }), { waits: { status: 'Failed' } }],
    ["is another tool's", stated({ marks: THEIRS }), { held: { status: 'ForeignOwner' } }],
    [
      'was taken over',
      stated({ marks: undefined, takeover: 'yield' }),
      { whose: 'App/one', held: { status: 'TakenOver' } },
    ],
    [
      'is suspended by its definition',
      stated({ suspended: { key: 'App/uno', reason: 'x' } }),
      { whose: 'App/uno', held: { status: 'Suspended' } },
    ],
  ])('by an id that %s', (_, parent, fate) => {
    const found = fateOf(parent, context());
    expect(found).toMatchObject(fate);
    if (Object.keys(fate).length === 0) expect(found).toEqual({});
  });
});

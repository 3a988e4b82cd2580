import { describe, expect, it } from 'vitest';
import { lapsed, releases } from '../../../src/core/guard/approval.js';
import type { Held, Status } from '../../../src/core/model/change.js';
import type { Approval } from '../../../src/core/model/decision.js';
import { changeOf, standingOf } from '../../support/changes.js';

const APPROVABLE: Held = { status: 'Held', reason: 'we would lose it', approval: 'own' };
const FIRM: Held = { status: 'ForeignOwner', reason: 'terraform manages it' };

function approval(more: Partial<Approval> = {}): Approval {
  return { key: 'App/a', hash: changeOf('App/a').hash, at: 0, ...more };
}

describe('an approval', () => {
  const cases: readonly [string, Approval | undefined, Held | null, boolean][] = [
    ['of nothing releases nothing', undefined, null, false],
    ['of the change releases it', approval({ group: 'updates' }), null, true],
    ['of another change does not', approval({ hash: 'sha256:other' }), null, false],
    ['of the hold releases it', approval({ group: 'App/a' }), APPROVABLE, true],
    ['of a limit does not release a hold that came later', approval({ group: 'updates' }), APPROVABLE, false],
    ['of a freeze does not either', approval({ group: 'freeze' }), APPROVABLE, false],
    ['of version 0.1.0 releases what may be approved', approval(), APPROVABLE, true],
    ['releases nothing that cannot be approved', approval({ group: 'App/a' }), FIRM, false],
  ];
  it.each(cases)('%s', (_, given, held, expected) =>
    expect(releases(given, changeOf('App/a', 'update', { held }))).toBe(expected),
  );
});

describe('an approval lapses', () => {
  const planned: readonly [string, string, boolean][] = [
    ['with another change', 'sha256:other', true],
    ['not with its own', changeOf('App/a').hash, false],
  ];
  it.each(planned)('%s', (_, hash, isOver) => {
    const plan = {
      changes: [changeOf('App/a', 'update', { hash })],
      standings: [standingOf('App/a', 'Held')],
    };
    expect(lapsed([approval()], plan, false)).toHaveLength(isOver ? 1 : 0);
  });

  const standing: readonly [Status, boolean][] = [
    ['Synced', true],
    ['Orphaned', true],
    ['TakenOver', true],
    ['Gone', true],
    ['Failed', false],
    ['Invalid', false],
    ['UnresolvedReference', false],
    ['Suspended', false],
    ['Settling', false],
  ];
  it.each(standing)('without a change where its object is %s: %s', (status, isOver) => {
    const plan = { changes: [], standings: [standingOf('App/a', status)] };
    expect(lapsed([approval()], plan, false)).toHaveLength(isOver ? 1 : 0);
  });

  it.each([true, false])('with its object, if the plan is about every object: %s', (isWhole) => {
    expect(lapsed([approval()], { changes: [], standings: [] }, isWhole)).toHaveLength(isWhole ? 1 : 0);
  });
});

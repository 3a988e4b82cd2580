import type { Standing } from '../model/change.js';
import { revisionFields } from '../model/definition.js';
import { inScope } from '../model/scope.js';
import { standingOf } from '../model/standing.js';
import { KeysByObject } from '../observe/keys-by-object.js';
import { type Desired, referredKeys } from '../observe/resolve.js';
import type { PlanInput } from './input.js';
import { proposalOf } from './object.js';
import type { Proposed } from './proposal.js';
import { proposedDeletions } from './prune.js';
import { invalidReason } from './subject.js';

/** Proposes the changes that bring the tenant in sync with the definitions. Pure: no I/O, no clock, no logging, no rule. */
export function makePlan(input: PlanInput): Proposed {
  const needed = [...selectedWithReferred(input)].sort((a, b) => (keyIn(a) < keyIn(b) ? -1 : 1));
  const ordered = input.kinds.flatMap((kind) => needed.filter((desired) => desired.kind === kind));
  const keys = new KeysByObject(input);
  const { load, scope } = input;
  return {
    definitions: ordered.map((desired) => proposalOf(input, desired, keys)),
    orphans: proposedDeletions(input, keys),
    others: [...invalidStandings(input), ...lostStandings(input)],
    invalid: [...load.invalid.keys(), ...load.lost.keys()].filter((key) => inScope(scope, key)).length,
    ...revisionFields(load),
  };
}

/** The selected definitions and their references, whose statuses decide on them. */
function selectedWithReferred({ desired, scope }: PlanInput): ReadonlySet<Desired> {
  const needed = new Set<Desired>();
  const add = (one: Desired | undefined): void => {
    if (one === undefined || needed.has(one)) return;
    needed.add(one);
    for (const key of referredKeys(one)) add(desired.get(key));
  };
  for (const key of scope === 'all' ? desired.keys() : scope) add(desired.get(key));
  return needed;
}

const keyIn = ({ definition }: Desired): string => definition.key;

/** Statuses of invalid documents without a valid version. */
function invalidStandings({ load, desired, scope }: PlanInput): Standing[] {
  const invalid = [...load.invalid].filter(([key]) => !desired.has(key) && inScope(scope, key));
  return invalid.map(([key, reason]) =>
    standingOf(key, { status: 'Invalid', reason: invalidReason(reason) }),
  );
}

/** Statuses of recorded objects that lost their file. */
function lostStandings({ load, records, scope }: PlanInput): Standing[] {
  return [...load.lost]
    .filter(([key]) => inScope(scope, key))
    .map(([key, reason]) => {
      const { id, position } = records.objects.get(key) ?? {};
      return standingOf(key, { status: 'Invalid', ...reason }, { id, position });
    });
}

import type { Standing } from '../model/change.js';
import { revisionFields } from '../model/definition.js';
import { standingOf } from '../model/standing.js';
import { type Desired, referredKeys } from '../observe/resolve.js';
import type { PlanInput } from './input.js';
import { proposalOf } from './object.js';
import type { Proposed } from './proposal.js';
import { proposedDeletions } from './prune.js';
import { invalidReason } from './subject.js';

/** Proposes the changes that bring the tenant in sync with the definitions. Pure: no I/O, no clock, no logging, no rule. */
export function makePlan(input: PlanInput): Proposed {
  const needed = selectedWithReferred(input);
  const ordered = input.kinds.flatMap((kind) =>
    [...input.desired.values()].filter((desired) => desired.kind === kind && needed.has(desired)),
  );
  const keysById = new Map(
    [...input.matches].flatMap(([key, match]) => (match.type === 'found' ? [[match.live.id, key]] : [])),
  );
  const { load, selects } = input;
  return {
    definitions: ordered.map((desired) => proposalOf(input, desired, keysById)),
    orphans: proposedDeletions(input),
    others: [...invalidStandings(input), ...lostStandings(input)],
    invalid: [...load.invalid.keys(), ...load.lost.keys()].filter(selects).length,
    ...revisionFields(load),
  };
}

/** The selected definitions and their references, whose statuses decide on them. */
function selectedWithReferred({ desired, selects }: PlanInput): ReadonlySet<Desired> {
  const needed = new Set<Desired>();
  const add = (one: Desired | undefined): void => {
    if (one === undefined || needed.has(one)) return;
    needed.add(one);
    for (const key of referredKeys(one)) add(desired.get(key));
  };
  for (const [key, one] of desired) if (selects(key)) add(one);
  return needed;
}

/** Statuses of invalid documents without a valid version. */
function invalidStandings({ load, desired, selects }: PlanInput): Standing[] {
  const invalid = [...load.invalid].filter(([key]) => !desired.has(key) && selects(key));
  return invalid.map(([key, reason]) =>
    standingOf(key, { status: 'Invalid', reason: invalidReason(reason) }),
  );
}

/** Statuses of recorded objects that lost their file. */
function lostStandings({ load, records, selects }: PlanInput): Standing[] {
  return [...load.lost]
    .filter(([key]) => selects(key))
    .map(([key, reason]) => {
      const { id, position } = records.objects.get(key) ?? {};
      return standingOf(key, { status: 'Invalid', ...reason }, { id, position });
    });
}

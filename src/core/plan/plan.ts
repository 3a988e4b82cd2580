import type { Change, Plan, Standing, Status, Summary, Update } from '../model/change.js';
import { keyOf, revisionFields } from '../model/definition.js';
import { canonicalJson, sha256 } from '../model/hash.js';
import { parentRef } from '../model/kind.js';
import type { Desired } from '../observe/resolve.js';
import type { Outcome, PlanInput } from './input.js';
import { invalidReason, planObject } from './object.js';
import { planOrphans } from './prune.js';
import { costOf, countsOf } from './summary.js';

/** Works out what brings the tenant in line. Pure: no I/O, no clock, no logging. */
export function makePlan(input: PlanInput): Plan {
  const outcomes = new Map<string, Outcome>();
  const needed = selectedWithParents(input);
  for (const kind of input.kinds) {
    for (const desired of input.desired.values()) {
      if (desired.kind !== kind || !needed.has(desired)) continue;
      outcomes.set(desired.definition.key, planObject(input, desired, outcomes));
    }
  }
  const selected = [...outcomes].filter(([key]) => input.selects(key)).map(([, outcome]) => outcome);
  const changes: Change[] = selected.flatMap(({ change }) => change ?? []);
  const upkeep = selected.flatMap((outcome) => outcome.upkeep ?? []);
  const orphans = planOrphans(input);
  changes.push(...orphans.flatMap(({ change }) => change ?? []));
  const standings = [
    ...selected.map(({ standing }) => standing),
    ...invalidStandings(input),
    ...lostStandings(input),
    ...orphans.map(({ standing }) => standing),
  ];
  standings.sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    changes,
    upkeep,
    standings,
    summary: summarise(input, changes, upkeep, standings),
    planHash: sha256(canonicalJson(changes.map(({ hash }) => hash))),
    ...revisionFields(input.load),
    cost: costOf([...changes, ...upkeep], input.settings.requestsPerSecond),
  };
}

/** What the plan is about, and what that lives under: where a parent stands decides what becomes of its children. */
function selectedWithParents({ desired, selects }: PlanInput): ReadonlySet<Desired> {
  const needed = new Set<Desired>();
  const add = (one: Desired | undefined): void => {
    if (one === undefined || needed.has(one)) return;
    needed.add(one);
    const { kind, definition } = one;
    const ref = parentRef(kind, definition);
    if (kind.parent && ref && 'name' in ref) add(desired.get(keyOf(kind.parent.kind, ref.name)));
  };
  for (const [key, one] of desired) if (selects(key)) add(one);
  return needed;
}

function summarise(
  input: PlanInput,
  changes: readonly Change[],
  upkeep: readonly Update[],
  standings: readonly Standing[],
): Summary {
  return {
    ...countsOf(changes, standings),
    invalid: [...input.load.invalid.keys(), ...input.load.lost.keys()].filter(input.selects).length,
    unmarked: upkeep.filter(({ updateMask, live, kind }) => {
      const carrier = input.kinds.find(({ name }) => name === kind)?.marks;
      return (
        updateMask !== '' &&
        carrier !== undefined &&
        carrier.fromEntries(live.values[carrier.field]) === undefined
      );
    }).length,
  };
}

/** What is invalid and has no valid version to fall back on. */
function invalidStandings({ load, desired, selects }: PlanInput): Standing[] {
  const invalid = [...load.invalid].filter(([key]) => !desired.has(key) && selects(key));
  return invalid.map(([key, reason]) => standing(key, 'Invalid', invalidReason(reason)));
}

/** What is recorded and lost its file. */
function lostStandings({ load, records, selects }: PlanInput): Standing[] {
  return [...load.lost]
    .filter(([key]) => selects(key))
    .map(([key, reason]) => {
      const { id, position } = records.objects.get(key) ?? {};
      return {
        ...standing(key, 'Invalid', reason),
        ...(id === undefined ? {} : { id }),
        ...(position === undefined ? {} : { position }),
      };
    });
}

function standing(key: string, status: Status, reason: string): Standing {
  const slash = key.indexOf('/');
  return {
    key,
    kind: key.slice(0, slash),
    name: key.slice(slash + 1),
    status,
    reason,
    unverified: false,
    facts: {},
  };
}

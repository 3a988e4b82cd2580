import type { Change, Plan, Standing, Status, Summary, Update } from './change.js';
import { keyOf, type Load } from './definition.js';
import { canonicalJson, sha256 } from './hash.js';
import { type Kind, type LiveObject, type Principal, parentRef } from './kind.js';
import type { Match } from './match.js';
import { type Outcome, planObject } from './plan-object.js';
import type { Records } from './record.js';
import type { Desired, LookupTable } from './resolve.js';

/** Everything that planning looks at. */
export interface PlanInput {
  readonly load: Load;
  /** Kinds, parents first. */
  readonly kinds: readonly Kind[];
  readonly desired: ReadonlyMap<string, Desired>;
  readonly matches: ReadonlyMap<string, Match>;
  /** Parents that definitions name by id, as they are live, by that id. */
  readonly statedParents: ReadonlyMap<string, LiveObject>;
  /** Objects whose own reads failed, with the reason, by live id. */
  readonly readErrors: ReadonlyMap<string, string>;
  readonly lookups: LookupTable;
  readonly records: Records;
  readonly self: Principal | undefined;
  readonly keyedHash: (value: unknown) => string;
  readonly settings: PlanSettings;
  /** True for objects that the plan is about. */
  readonly selects: (key: string) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The settings that shape a plan. */
export interface PlanSettings {
  readonly workspace: string;
  /** How long an owner write may take to show, milliseconds. */
  readonly settleMs: number;
  /** Requests a second, for the cost. */
  readonly requestsPerSecond: number;
  /** True for `apply` and `run`: a secret without a value is an error of its object. */
  readonly refuseUnset: boolean;
}

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
  const changes = selected.flatMap(({ change }) => change ?? []);
  const upkeep = selected.flatMap((outcome) => outcome.upkeep ?? []);
  const standings = [...selected.map(({ standing }) => standing), ...undefinedStandings(input)];
  standings.sort((a, b) => (a.key < b.key ? -1 : 1));
  const requests = [...changes, ...upkeep]
    .filter(({ held }) => held === null)
    .reduce((sum, change) => sum + change.writes.length + (change.action === 'create' ? 1 : 0), 0);
  return {
    changes,
    upkeep,
    standings,
    summary: summarise(input, changes, upkeep, standings),
    planHash: sha256(canonicalJson(changes.map(({ hash }) => hash))),
    revision: input.load.revision,
    cost: { requests, seconds: requests / input.settings.requestsPerSecond },
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
  const free = changes.filter(({ held }) => held === null);
  const count = (action: Change['action']): number =>
    free.filter((change) => change.action === action).length;
  const touched = new Set(changes.map(({ key }) => key));
  const failures: readonly Status[] = ['Failed', 'UnresolvedReference'];
  const inLine: readonly Status[] = ['Synced', 'Settling', 'Invalid'];
  return {
    create: count('create'),
    update: count('update'),
    adopt: count('adopt'),
    delete: 0,
    unchanged: standings.filter(
      ({ key, id, status }) => !touched.has(key) && id !== undefined && inLine.includes(status),
    ).length,
    held: standings.filter(({ status }) => !failures.includes(status) && isHeld(status)).length,
    invalid: [...input.load.invalid.keys()].filter(input.selects).length,
    unverified: standings.filter(({ unverified }) => unverified).length,
    unmarked: upkeep.filter(({ updateMask, live, kind }) => {
      const carrier = input.kinds.find(({ name }) => name === kind)?.marks;
      return (
        updateMask !== '' &&
        carrier !== undefined &&
        carrier.fromEntries(live.values[carrier.field]) === undefined
      );
    }).length,
    failed: standings.filter(({ status }) => failures.includes(status)).length,
  };
}

function isHeld(status: Status): boolean {
  return ['Held', 'Suspended', 'TakenOver', 'ForeignOwner', 'Gone', 'NotConverging', 'Contested'].includes(
    status,
  );
}

/** What is invalid and has no valid version to fall back on, and what has a record but no definition. */
function undefinedStandings({ load, desired, matches, records, selects }: PlanInput): Standing[] {
  const renamed = new Set(
    [...matches.values()].map((match) => (match.type === 'found' ? match.renamedFrom : undefined)),
  );
  const invalid = [...load.invalid].filter(([key]) => !desired.has(key) && selects(key));
  const orphaned = [...records.objects.values()].filter(
    ({ key }) =>
      load.complete && !desired.has(key) && !load.invalid.has(key) && !renamed.has(key) && selects(key),
  );
  return [
    ...invalid.map(([key, reason]) => standing(key, 'Invalid', reason)),
    ...orphaned.map((record) => ({
      ...standing(
        record.key,
        'Orphaned',
        `no definition names it any more and it is left alone; put the definition back, or run 'c1sync state forget ${record.key}'`,
      ),
      id: record.id,
    })),
  ];
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

import type { Change, Held } from '../model/change.js';
import type { Approval, Suspension } from '../model/decision.js';
import { type Cause, suspendedHold } from './hold-cause.js';
import type { Begun, Limits, Tally } from './limits.js';
import { covers } from './target.js';

/** The input of the rules about the moment, beside the plan. */
export interface HoldInput {
  readonly limits: Limits;
  /** When the freeze window that is open now closes, as time of day; undefined when none is open. */
  readonly frozenUntil: number | undefined;
  /** Suspensions in force. */
  readonly suspensions: readonly Suspension[];
  /** Approvals that are not used up, by the hash of their change. */
  readonly approvals: ReadonlyMap<string, Approval>;
  /** Changes of the last hour, which count against the limits. */
  readonly executed: Begun;
  /** Objects that are recorded or carry our marks. */
  readonly managed: number;
  /** Milliseconds since the epoch, steady. */
  readonly now: number;
  /** How far the time of day is ahead of `now`, milliseconds. */
  readonly aheadMs: number;
  /** Labels of a defined object; undefined for one without a definition. */
  readonly labelsOf: (key: string) => Readonly<Record<string, string>> | undefined;
  /** Keys of definitions and records of the object that another one lives under, and of definitions that may mean it. */
  readonly parentsOf: (key: string) => readonly string[];
}

/** The context of one change, beside that of all changes. */
export interface ChangeContext {
  /** Counts the change where no limit is reached. */
  readonly tally: Pick<Tally, 'take'>;
  /** Causes of parents whose create or adoption is held. */
  readonly above: ReadonlyMap<string, Cause>;
  /** True where an approval releases the change. */
  readonly isReleased: boolean;
}

/** A rule about the moment: the cause of a hold, `free` where no later rule is asked, or undefined. Pure. */
type MomentRule = (change: Change, input: HoldInput, context: ChangeContext) => Cause | 'free' | undefined;

const suspendedInDefinition: MomentRule = ({ held }) => (held?.status === 'Suspended' ? 'free' : undefined);

const suspendedByCommand: MomentRule = ({ key }, input) => {
  const held = suspendedBy(key, input);
  return held && { type: 'suspended', held };
};

const heldByItself: MomentRule = ({ key, held }, _, { isReleased }) => {
  if (held === null || isReleased) return undefined;
  return held.approval === undefined ? 'free' : { type: 'single', key, held };
};

const restOfCreate: MomentRule = (change) => (isPartOfCreate(change) ? 'free' : undefined);

const frozen: MomentRule = (_, { frozenUntil }, { isReleased }) =>
  isReleased || frozenUntil === undefined ? undefined : { type: 'frozen', until: frozenUntil };

const afterHeldCreate: MomentRule = ({ key, awaits = [] }, { parentsOf }, { above }) => {
  const first = [...parentsOf(key), ...awaits].find((other) => above.has(other));
  return above.get(first ?? '');
};

const overLimit: MomentRule = (change, { aheadMs }, { tally, isReleased }) => {
  const limit = isReleased ? undefined : tally.take(change);
  if (limit === undefined) return undefined;
  const { freeAt } = limit;
  // Reasons show the time of day.
  return { type: 'limit', limit: freeAt === undefined ? limit : { ...limit, freeAt: freeAt + aheadMs } };
};

/** The rules about the moment, in order: they follow those about the object, and are asked again right before a write. */
const MOMENT_RULES: readonly MomentRule[] = [
  suspendedInDefinition,
  suspendedByCommand,
  heldByItself,
  restOfCreate,
  frozen,
  afterHeldCreate,
  overLimit,
];

/** The cause of the first rule that holds a change; undefined where none does. Pure. */
export function causeOf(change: Change, input: HoldInput, context: ChangeContext): Cause | undefined {
  for (const rule of MOMENT_RULES) {
    const cause = rule(change, input, context);
    if (cause !== undefined) return cause === 'free' ? undefined : cause;
  }
  return undefined;
}

/** True for the remaining calls of a begun create: no limit counts them, and no freeze window holds them. */
export function isPartOfCreate(change: Change): boolean {
  return change.action === 'update' && change.completes === true;
}

/** The first suspension that covers an object or what it lives under. */
export function suspendedBy(
  key: string,
  { suspensions, labelsOf, parentsOf, aheadMs }: HoldInput,
): Held | undefined {
  if (suspensions.length === 0) return undefined;
  const line = [key];
  for (const above of line) {
    line.push(...parentsOf(above));
    const labels = labelsOf(above) ?? (above === key ? undefined : {});
    for (const suspension of suspensions) {
      if (!covers(suspension.target, above, labels)) continue;
      const whose = above === key ? '' : `${above} is held with everything under it: `;
      return suspendedHold(suspension, aheadMs, whose);
    }
  }
  return undefined;
}

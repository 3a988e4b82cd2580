import type { Change, Held, Plan, Summary } from '../model/change.js';
import { revisionFields } from '../model/definition.js';
import { canonicalJson, sha256 } from '../model/hash.js';
import type { Proposal, Proposed } from '../plan/proposal.js';
import { costOf, countsOf } from '../plan/summary.js';
import { groupHash } from './group.js';
import type { PlanHoldInput } from './hold.js';
import {
  type Decision,
  fateOf,
  type Hold,
  holdOn,
  isStanding,
  type RuleContext,
  unmetReference,
} from './rules.js';

/** The context of the rules about objects. */
export interface RuleInput
  extends Pick<RuleContext, 'workspace' | 'refuseUnset' | 'selects'>,
    Pick<PlanHoldInput, 'approvals' | 'requestsPerSecond'> {}

/**
 * The plan by the rules about the objects: parents before what lives under them, orphans after what they hold. The rules
 * about the moment (`holdPlan`) come after. Pure.
 */
export function decide(proposed: Proposed, input: RuleInput): Plan {
  const decisions = new Map<string, Decision>();
  const leaving = new Set<string>();
  const isApproved = (hash: string): boolean => input.approvals.has(hash);
  const around = { ...input, isApproved, decisions, leaving };
  for (const proposal of proposed.definitions) decisions.set(proposal.key, decisionOn(proposal, around));
  const selected = [...decisions.values()].filter(({ proposal }) => input.selects(proposal.key));
  const orphans = proposed.orphans.map((proposal) => {
    const decision = decisionOn(proposal, around);
    const live = proposal.facts?.live;
    if (decision.hold === null && live !== undefined) leaving.add(live.id);
    return decision;
  });
  const all = [...selected, ...orphans];
  const changes = all.flatMap(changeOf);
  const bookkeeping = all.flatMap(({ proposal, hold, isPlanned }) =>
    hold === null && isPlanned ? (proposal.bookkeeping ?? []) : [],
  );
  const standings = [...all.map(({ standing }) => standing), ...proposed.others];
  standings.sort((a, b) => (a.key < b.key ? -1 : 1));
  const summary: Summary = {
    ...countsOf(changes, standings),
    invalid: proposed.invalid,
    bookkeeping: bookkeeping.length,
    unmarked: selected.filter(
      ({ proposal, hold, isPlanned }) => proposal.isUnmarked === true && hold === null && isPlanned,
    ).length,
  };
  return {
    changes,
    bookkeeping,
    standings,
    summary,
    planHash: sha256(canonicalJson([...changes, ...bookkeeping].map(({ hash }) => hash))),
    ...revisionFields(proposed),
    cost: costOf([...changes, ...bookkeeping], input.requestsPerSecond),
  };
}

function decisionOn(proposal: Proposal, context: RuleContext): Decision {
  const { parent, facts } = proposal;
  const unmet = proposal.isBroken === true ? undefined : unmetReference(proposal, context);
  const standing = { ...proposal.standing, ...unmet };
  const isPlanned = proposal.isBroken !== true && unmet === undefined;
  if (isPlanned) {
    const fate = fateOf(parent, context);
    if ('waits' in fate)
      return {
        proposal,
        hold: null,
        standing: { ...standing, ...fate.waits, unverified: false },
        isPlanned: false,
      };
  }
  const first = facts === undefined ? null : holdOn({ facts, parent }, context);
  const hold = isPlanned || (first !== null && isStanding(first)) ? first : null;
  const shown =
    hold === null
      ? standing
      : { ...standing, status: hold.status, reason: hold.reason, remedies: hold.remedies };
  return { proposal, hold, standing: shown, isPlanned };
}

function changeOf({ proposal: { change }, hold, isPlanned }: Decision): readonly Change[] {
  if (change === undefined || !isPlanned) return [];
  return [{ ...change, held: hold && heldAs(hold, change.hash) }];
}

/** A hold that a person may approve is a group of its own. */
function heldAs({ status, reason, remedies, approvable }: Hold, hash: string): Held {
  return { status, reason, remedies, approval: approvable === true ? groupHash([hash]) : undefined };
}

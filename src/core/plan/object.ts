import type { Create, Held } from '../model/change.js';
import type { FieldChange, LiveObject } from '../model/kind.js';
import { commandFor, type Reason, type Remedy } from '../model/remedy.js';
import { immutableChange, immutableReason } from '../observe/immutable.js';
import type { KeysByObject } from '../observe/keys-by-object.js';
import { naturalOf } from '../observe/match-index.js';
import { liveOf, type Match } from '../observe/matching.js';
import { type Desired, missingContexts } from '../observe/resolve.js';
import { changeBase, changeOf, markChanges } from './changes.js';
import { differencesOf } from './differences.js';
import { broken, found } from './found.js';
import type { PlanInput } from './input.js';
import { parentOf } from './parent.js';
import type { Facts, ParentFacts, Proposal } from './proposal.js';
import { underWayReason } from './settle.js';
import {
  doubtsIn,
  factsOf,
  ourMarks,
  proposalWith,
  type Subject,
  takeoverNow,
  unreadReason,
} from './subject.js';

/** Proposes the change of one definition, before any rule. Pure. */
export function proposalOf(input: PlanInput, desired: Desired, keys: KeysByObject): Proposal {
  const awaits = desired.references.filter(({ id }) => id === undefined).map(({ key }) => key);
  const proposal = bareProposal(input, desired, keys);
  return awaits.length === 0 ? proposal : { ...proposal, awaits };
}

function bareProposal(input: PlanInput, desired: Desired, keys: KeysByObject): Proposal {
  const subject = { input, desired, parent: parentOf(input, desired, keys) };
  const match = input.matches.get(desired.definition.key);
  const live = liveOf(match);
  const problems = [...desired.unresolved, ...missingContexts(desired, live, input.lookups)];
  if (problems.length > 0) {
    const error: Held = { status: 'UnresolvedReference', reason: problems.join('; ') };
    return match?.type === 'found'
      ? broken(subject, match, error)
      : { ...proposalWith(subject, error, live), isBroken: true };
  }
  const immutable = immutableChange(desired, match);
  if (immutable !== undefined) {
    const reason = immutableReason(immutable, desired);
    return unchangeable(subject, immutable.live, immutable.field, reason);
  }
  switch (match?.type) {
    case 'found':
      return found(subject, match);
    case 'missing':
      return created(subject, {});
    case 'gone':
      return created(subject, {
        conflict: { status: 'Gone', ...goneReason(desired, match) },
      });
    case 'underWay': {
      const status = match.intent.isAnswered === true ? 'Failed' : 'Settling';
      return proposalWith(subject, { status, reason: underWayReason(match.intent) });
    }
    case 'conflict':
      if (match.status === 'Failed')
        return proposalWith(subject, { status: 'Failed', reason: match.reason, remedies: match.remedies });
      if (match.doubted !== undefined) return created(subject, { doubts: [match.reason] });
      return created(subject, { conflict: { status: 'Held', reason: match.reason } });
    default: {
      const reason = unreadReason(match?.type === 'unread' ? match.reason : 'it was not observed');
      return proposalWith(subject, { status: 'Failed', reason });
    }
  }
}

function goneReason({ kind, definition }: Desired, { id, pinned }: Extract<Match, { type: 'gone' }>): Reason {
  const { key } = definition;
  if (!pinned) {
    const recreate: Remedy = { type: 'recreate', key };
    const reason = `it was deleted in the tenant (${id}); remove the definition, or ${commandFor(recreate)}`;
    return { reason, remedies: [recreate] };
  }
  if (kind.parent === undefined) {
    return {
      reason: `no object in the tenant has the id ${id}; correct metadata.id, or remove it to create a new object`,
    };
  }
  const { kind: parent, path } = kind.parent;
  return {
    reason: `no ${kind.name} of its ${parent} has the id ${id}; correct metadata.id or spec.${path}, or remove metadata.id to create a new object`,
  };
}

const CREATING: Held = {
  status: 'Pending',
  reason: 'it does not exist yet and will be created; nothing to do',
};

function created(subject: Subject, { conflict, doubts = [] }: Partial<Facts>): Proposal {
  const { input, desired, parent } = subject;
  const { kind, definition, values } = desired;
  const { active } = differencesOf(input, desired, undefined, undefined);
  const marks = kind.marks === undefined ? undefined : ourMarks(input, definition.key);
  const base = changeBase(subject, 'create', undefined, {
    differences: active,
    extra: markChanges(kind, undefined, marks),
    marks,
  });
  return {
    ...proposalWith(subject, CREATING),
    facts: factsOf(subject, undefined, { conflict, doubts: [...doubts, ...doubtsIn(active)] }),
    change: {
      action: 'create',
      ...base,
      parent: parent && placeOf(parent),
      natural: naturalOf(kind, values) ?? {},
    },
  };
}

/** The parent's key while it has no id. */
function placeOf(parent: ParentFacts): Create['parent'] {
  if (parent.id !== undefined) return { id: parent.id };
  return parent.type === 'defined' ? { key: parent.key } : undefined;
}

/** A difference in an immutable field holds the whole object. */
function unchangeable(subject: Subject, live: LiveObject, field: FieldChange, immutable: string): Proposal {
  const { input, desired } = subject;
  const record = input.records.objects.get(desired.definition.key);
  const takeover = takeoverNow(subject, live, record);
  const update = changeOf(subject, live, 'update', { differences: new Map(), extra: [field] });
  return {
    ...proposalWith(subject, { status: 'Held', reason: immutable }, live),
    facts: factsOf(subject, live, { takeover, immutable }),
    change: { action: 'update', ...update, bookkeeping: false },
  };
}

import type { Delete, Held, Standing } from '../model/change.js';
import { partsOf } from '../model/definition.js';
import { canonicalJson, sha256 } from '../model/hash.js';
import type { LiveObject } from '../model/kind.js';
import { marksOf } from '../model/marks.js';
import type { ObjectRecord } from '../model/record.js';
import { type Reason, releaseReason } from '../model/remedy.js';
import { standingOf } from '../model/standing.js';
import type { KeysByObject } from '../observe/keys-by-object.js';
import { asksToPrune, isFromSource, isSound, type Orphan, orphanRecords } from '../observe/orphans.js';
import { referrerTo } from '../observe/references.js';
import { claimOn } from './claim-on.js';
import type { PlanInput } from './input.js';
import { statedParent } from './parent.js';
import type { Facts, Proposal } from './proposal.js';
import { unreadReason } from './subject.js';

/** Proposes deletions of recorded objects without a definition: children before their parents. Pure. */
export function proposedDeletions(input: PlanInput, keys: KeysByObject): readonly Proposal[] {
  const renamed = new Set(
    [...input.matches.values()].map((match) => (match.type === 'found' ? match.renamedFrom : undefined)),
  );
  return orphanRecords(input)
    .filter(({ key }) => !renamed.has(key))
    .sort((a, b) => depth(input, b) - depth(input, a) || (a.key < b.key ? -1 : 1))
    .map((record) => proposalOf(input, record, keys));
}

function depth({ kinds }: PlanInput, { key }: ObjectRecord): number {
  return kinds.findIndex(({ name }) => key.startsWith(`${name}/`));
}

function proposalOf(input: PlanInput, record: ObjectRecord, keys: KeysByObject): Proposal {
  const proposed = { key: record.key, parent: undefined };
  const orphaned = (why: string | Reason): Proposal => {
    const reason = typeof why === 'string' ? { reason: why } : why;
    return { ...proposed, standing: standingWith(record, { status: 'Orphaned', ...reason }) };
  };
  if (!asksToPrune(record, input.settings.prune)) {
    return orphaned(
      releaseReason(
        'its definition is gone and pruning is off for it; restore the definition, or ',
        record.key,
      ),
    );
  }
  if (input.load.definitions.length === 0) {
    return orphaned(
      'the load holds no definition at all, so nothing is deleted; point source.directory at the definitions',
    );
  }
  if (!isSound(input.load)) {
    return orphaned(
      'no definition of it was found, and others have errors, so it is not deleted; correct the definitions that are Invalid',
    );
  }
  if (!isFromSource(record, input.load.seen)) {
    return orphaned(
      releaseReason(
        `its last definition was in ${record.source?.root} and the present source is ${input.load.seen.root}, so it is not deleted; load the definitions from there, restore its definition here for one load, or `,
        record.key,
      ),
    );
  }
  if (record.absentSince === undefined && input.settings.mode === 'observe') {
    return orphaned(
      'its definition is gone, and nothing is deleted under sync.mode: observe; restore the definition to keep it under sync.mode: enforce, too',
    );
  }
  const due = absenceOf(record, input) + input.settings.pruneAfterMs;
  const isConfirmed = record.absentSince !== undefined && input.now >= due;
  if (!isConfirmed && input.settings.showsUnconfirmed !== true) {
    const { standing } = orphaned(
      'its definition is gone, and it is deleted if a later load confirms that; restore the definition to keep it',
    );
    return { ...proposed, standing: { ...standing, requeueAt: due } };
  }
  const orphan = input.orphans.get(record.key);
  if (orphan === undefined)
    return orphaned(
      'its definition is gone, and it is deleted after the next full sweep; restore the definition to keep it',
    );
  if (orphan.error !== undefined) {
    const reason = unreadReason(orphan.error);
    return { ...proposed, standing: standingWith(record, { status: 'Failed', reason }) };
  }
  if (orphan.live === undefined) {
    return orphaned('its definition and the object itself are gone; nothing to do');
  }
  const pending: Held = {
    status: 'Pending',
    reason: 'its definition is gone and it will be deleted; restore the definition to keep it',
  };
  return {
    key: record.key,
    parent: parentOf(input, orphan, keys),
    facts: factsOf(input, orphan, orphan.live),
    change: deletionOf(record, orphan, orphan.live),
    standing: { ...standingWith(record, pending), facts: orphan.live.facts },
  };
}

/** Since when the absence of a definition counts. */
function absenceOf({ absentSince }: ObjectRecord, { now, settings }: PlanInput): number {
  return Math.max(absentSince ?? now, settings.absenceFrom ?? Number.NEGATIVE_INFINITY);
}

function parentOf(input: PlanInput, { kind, parent }: Orphan, keys: KeysByObject): Proposal['parent'] {
  const above = input.kinds.find(({ name }) => name === kind.parent?.kind);
  return parent && above && statedParent(input, above, { id: parent.id, live: parent }, keys);
}

function referralOn({ desired }: PlanInput, { kind, record }: Orphan, live: LiveObject): Reason | undefined {
  const key = referrerTo(desired.values(), kind, live, partsOf(record.key).name);
  return key === undefined
    ? undefined
    : { reason: `${key} refers to it; remove the reference, or restore the definition` };
}

function factsOf(input: PlanInput, orphan: Orphan, live: LiveObject): Facts {
  const { record, kind, children } = orphan;
  const marks = marksOf(kind, live);
  const isTakenOver = kind.marks !== undefined && record.marked && marks === undefined;
  const { deletion } = kind;
  const isKept = deletion?.guards(live) === true && record.prune !== deletion.consent;
  return {
    key: record.key,
    live,
    marks,
    takeover: isTakenOver ? 'yield' : 'none',
    actor: undefined,
    takeFrom: undefined,
    suspend: undefined,
    conflict: undefined,
    unset: [],
    immutable: undefined,
    doubts: [],
    deletion: {
      claim: claimOn(input, orphan, live) ?? referralOn(input, orphan, live),
      kept: isKept ? deletion.reason : undefined,
      children,
      // Lost records, or those of an earlier version, have no source until a definition names the object again.
      isRemembered: record.source !== undefined,
    },
  };
}

function deletionOf(record: ObjectRecord, { kind }: Orphan, live: LiveObject): Delete {
  const { key, id, parentId } = record;
  const hash = sha256(canonicalJson({ key, id, action: 'delete', fields: [], sensitive: [] }));
  return {
    action: 'delete',
    key,
    ...partsOf(key),
    position: record.position ?? { file: '(no definition)', line: 1, column: 1 },
    fields: [],
    writes: [{ name: 'delete', values: {}, mask: '' }],
    updateMask: '',
    hash,
    held: null,
    risk: 'deletion',
    reach: kind.reach?.(live.facts),
    sentHashes: {},
    correctionHashes: {},
    id,
    parentId,
    live,
  };
}

function standingWith({ key, id, position }: ObjectRecord, held: Held): Standing {
  return standingOf(key, held, { id, position });
}

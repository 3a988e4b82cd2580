import { type Hold, holdOfParent } from '../guard/guard.js';
import type { Delete, Held, Standing } from '../model/change.js';
import { canonicalJson, sha256 } from '../model/hash.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { ObjectRecord } from '../model/record.js';
import { asksToPrune, isFromSource, type Orphan, orphanRecords } from '../observe/orphans.js';
import { heldAs } from './changes.js';
import { claimOn } from './claim-on.js';
import type { PlanInput } from './input.js';
import { standingHold, unreadReason } from './parent.js';

/** What came of one recorded object without a definition. */
export interface OrphanOutcome {
  readonly change?: Delete;
  readonly standing: Standing;
}

/** Plans what becomes of recorded objects that no definition names any more: children before their parents. Pure. */
export function planOrphans(input: PlanInput): readonly OrphanOutcome[] {
  const renamed = new Set(
    [...input.matches.values()].map((match) => (match.type === 'found' ? match.renamedFrom : undefined)),
  );
  const records = orphanRecords(input)
    .filter(({ key }) => input.selects(key) && !renamed.has(key))
    .sort((a, b) => depth(input, b) - depth(input, a) || (a.key < b.key ? -1 : 1));
  const leaving = new Set<string>();
  return records.map((record) => {
    const outcome = planOrphan(input, record, leaving);
    if (outcome.change?.held === null) leaving.add(record.id);
    return outcome;
  });
}

function depth({ kinds }: PlanInput, { key }: ObjectRecord): number {
  return kinds.findIndex(({ name }) => key.startsWith(`${name}/`));
}

function planOrphan(input: PlanInput, record: ObjectRecord, leaving: ReadonlySet<string>): OrphanOutcome {
  const orphaned = (reason: string): OrphanOutcome => ({
    standing: standingOf(record, { status: 'Orphaned', reason }),
  });
  if (!asksToPrune(record, input.settings.prune)) {
    return orphaned(
      `no definition names it any more and it is left alone; put the definition back, or run 'c1sync state forget ${record.key}' to let go of it`,
    );
  }
  if (input.load.definitions.length === 0) {
    return orphaned(
      'no definition is there at all, so nothing is deleted; point source.directory at the definitions',
    );
  }
  if (!isFromSource(record, input.load)) {
    return orphaned(
      `it was last defined in ${record.source?.root}, and these definitions are ${input.load.seen.root}, so it is not deleted; load the definitions from there, put its definition back here for one load, or run 'c1sync state forget ${record.key}' to let go of it`,
    );
  }
  if (record.absentSince === undefined && input.settings.mode === 'observe') {
    return orphaned(
      'its definition is gone, and nothing is deleted under sync.mode: observe; put the definition back to keep it under sync.mode: enforce, too',
    );
  }
  const due = (record.absentSince ?? input.now) + input.settings.pruneAfterMs;
  if (record.absentSince === undefined || input.now < due) {
    const { standing } = orphaned(
      'its definition is gone, and it is deleted when that is still so at a later look; put the definition back to keep it',
    );
    return { standing: { ...standing, lookAt: due } };
  }
  const orphan = input.orphans.get(record.key);
  if (orphan === undefined)
    return orphaned(
      'its definition is gone, and it is deleted after the next full sweep; put the definition back to keep it',
    );
  if (orphan.error !== undefined) {
    return {
      standing: standingOf(record, {
        status: 'Failed',
        reason: unreadReason(orphan.error),
      }),
    };
  }
  if (orphan.live === undefined) {
    return orphaned('its definition is gone, and so is the object itself; nothing to do');
  }
  const held = holdOf(input, orphan, leaving);
  const change = deletionOf(record, orphan.live, held);
  const pending: Held = {
    status: 'Pending',
    reason: 'its definition is gone and it will be deleted; put the definition back to keep it',
  };
  return { change, standing: { ...standingOf(record, held ?? pending), facts: orphan.live.facts } };
}

/** A reason to leave an orphan in the tenant. */
function holdOf(input: PlanInput, orphan: Orphan, leaving: ReadonlySet<string>): Hold | null {
  const { record, kind, live, children, parent } = orphan;
  if (live === undefined) return null;
  const marks = marksOf(kind, live);
  if (marks !== undefined && !areOurs(marks, input.settings.workspace)) {
    return {
      status: 'ForeignOwner',
      reason: `${marks.managedBy} manages it now; run 'c1sync state forget ${record.key}' to let go of it`,
    };
  }
  if (kind.marks !== undefined && record.marked && marks === undefined) {
    return {
      status: 'TakenOver',
      reason: `a person edited it in the web app, so it is not deleted; delete it there, or run 'c1sync state forget ${record.key}' to let go of it`,
    };
  }
  const parentKind = input.kinds.find(({ name }) => name === kind.parent?.kind);
  const above = parent && parentKind && standingHold(input, parentKind, parent);
  if (above !== undefined) return holdOfParent(above);
  const claimed = claimOn(input, orphan, live);
  if (claimed !== undefined) return claimed;
  const { deletion } = kind;
  if (deletion?.guards(live) === true && record.prune !== deletion.consent) {
    return { status: 'Held', reason: deletion.reason };
  }
  const staying = children.filter(({ id }) => !leaving.has(id));
  if (staying.length === 0) return isUnremembered(record) ? UNREMEMBERED : null;
  const names = staying.map(({ displayName }) => `'${displayName}'`).join(', ');
  return { status: 'Held', reason: `it still holds ${names}; delete or move what is under it first` };
}

/** True for an object of lost records, or of an earlier version's, that no definition has named since. */
function isUnremembered({ source }: ObjectRecord): boolean {
  return source === undefined;
}

const UNREMEMBERED: Hold = {
  status: 'Held',
  reason:
    'no record says where its last definition was: the records were lost, or an earlier version wrote them; put the definition back for one load, or delete it by hand',
  approvable: true,
};

function deletionOf(record: ObjectRecord, live: Orphan['live'] & object, held: Hold | null): Delete {
  const { key, id, parentId } = record;
  const hash = sha256(canonicalJson({ key, id, action: 'delete', fields: [], sensitive: [] }));
  return {
    action: 'delete',
    key,
    kind: kindOf(key),
    name: nameOf(key),
    position: record.position ?? { file: '(no definition)', line: 1, column: 1 },
    fields: [],
    writes: [{ name: 'delete', values: {}, mask: '' }],
    updateMask: '',
    hash,
    held: held && heldAs(held, hash),
    sentHashes: {},
    correctionHashes: {},
    id,
    ...(parentId === undefined ? {} : { parentId }),
    live,
  };
}

function kindOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}

function nameOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

function standingOf(record: ObjectRecord, { status, reason }: Held): Standing {
  return {
    key: record.key,
    kind: kindOf(record.key),
    name: nameOf(record.key),
    id: record.id,
    ...(record.position === undefined ? {} : { position: record.position }),
    status,
    reason,
    unverified: false,
    facts: {},
  };
}

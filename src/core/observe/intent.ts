import { listed } from '../../text/listed.js';
import type { Kind, LiveObject } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { Intent } from '../model/record.js';
import { foldedText } from '../model/spelling.js';
import { naturalOf } from './match-index.js';

/** The evidence of a list about an unconfirmed create. */
export type Finding =
  /** The create made this object. */
  | { readonly type: 'ours'; readonly live: LiveObject }
  /** Several objects carry the marks that only it could have written. */
  | { readonly type: 'doubled'; readonly candidates: readonly LiveObject[] }
  /** The create may have made one of these, whose owners may not show yet. */
  | { readonly type: 'settling'; readonly candidates: readonly LiveObject[] }
  /** The create may have made one of these, and nothing proves it. */
  | { readonly type: 'unproven'; readonly candidates: readonly LiveObject[] }
  /** The create made no object on the list. */
  | { readonly type: 'nothing' };

/** The facts that an intent is judged by. */
export interface Sighting {
  readonly kind: Kind;
  readonly workspace: string;
  /** Id of the user that c1sync acts as; undefined where the tenant does not name it. */
  readonly selfId: string | undefined;
  /** Everything below the parent of the intent. */
  readonly objects: readonly LiveObject[];
  /** True for an object of another definition or record. */
  readonly isTaken: (live: LiveObject) => boolean;
  /** True while the owners of the created object may not show yet. */
  readonly ownersSettle: boolean;
}

/**
 * Judges an unconfirmed create by an observation. The create made an object that was not there right before
 * the call and that carries our marks, or has our user among its owners where its kind carries none. Pure.
 */
export function findingOf(intent: Intent, sighting: Sighting): Finding {
  const { kind, ownersSettle } = sighting;
  const candidates = candidatesOf(intent, sighting);
  const [first, ...others] = candidates.filter((live) => isProven(intent, live, sighting));
  if (first !== undefined && others.length === 0) return { type: 'ours', live: first };
  if (first !== undefined && kind.marks !== undefined) {
    return { type: 'doubled', candidates: [first, ...others] };
  }
  if (candidates.length === 0) return { type: 'nothing' };
  if (first === undefined && kind.marks === undefined && ownersSettle)
    return { type: 'settling', candidates };
  return { type: 'unproven', candidates };
}

/** The objects that a create may have made, in any spelling of their names. */
export function candidatesOf(
  intent: Intent,
  { kind, workspace, objects, isTaken }: Pick<Sighting, 'kind' | 'workspace' | 'objects' | 'isTaken'>,
): readonly LiveObject[] {
  const known = new Set(intent.knownIds);
  const name = foldedText(intent.natural);
  return objects.filter((live) => {
    if (known.has(live.id) || isTaken(live)) return false;
    const marks = marksOf(kind, live);
    if (marks !== undefined) return areOurs(marks, workspace) && marks.address === addressOf(intent);
    return foldedText(naturalOf(kind, live.values)) === name;
  });
}

function isProven(intent: Intent, live: LiveObject, { kind, workspace, selfId }: Sighting): boolean {
  if (kind.marks !== undefined) {
    const marks = marksOf(kind, live);
    return areOurs(marks, workspace) && marks?.address === addressOf(intent);
  }
  const owners = kind.owners === undefined ? undefined : live.values[kind.owners];
  return selfId !== undefined && Array.isArray(owners) && owners.includes(selfId);
}

function addressOf({ key, movedFrom }: Intent): string {
  return movedFrom ?? key;
}

/** Why a possible result of a lost create is neither managed nor created again. */
export function unprovenReason(candidates: readonly LiveObject[]): string {
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) {
    return `the answer to its create call was lost, and '${only.displayName}' (${only.id}) may be its result or somebody else's object; to manage it, pin it with metadata.id: ${only.id}, otherwise give this definition another display name`;
  }
  const names = listed(candidates.map(({ displayName, id }) => `'${displayName}' (${id})`));
  return `the answer to its create call was lost, and each of ${names} may be its result or somebody else's object; pin the right one with metadata.id, or give this definition another display name`;
}

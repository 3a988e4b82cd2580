import { listed } from '../../text/listed.js';
import type { Kind, LiveObject } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { Intent } from '../model/record.js';
import { foldedText } from '../model/spelling.js';
import { naturalOf } from './match-index.js';

/** What a list says about a create whose outcome is not known. */
export type Finding =
  /** This object was made by it. */
  | { readonly type: 'ours'; readonly live: LiveObject }
  /** Several objects carry the marks that only it could have written. */
  | { readonly type: 'doubled'; readonly candidates: readonly LiveObject[] }
  /** These could have been made by it, and their owners may not show yet. */
  | { readonly type: 'settling'; readonly candidates: readonly LiveObject[] }
  /** These could have been made by it, and nothing shows that they were. */
  | { readonly type: 'unproven'; readonly candidates: readonly LiveObject[] }
  /** Nothing on the list could have been made by it. */
  | { readonly type: 'nothing' };

/** What an intent is judged by. */
export interface Sighting {
  readonly kind: Kind;
  readonly workspace: string;
  /** Id of the user that c1sync acts as; undefined where the tenant does not tell. */
  readonly selfId: string | undefined;
  /** Everything below the parent of the intent. */
  readonly objects: readonly LiveObject[];
  /** True for what belongs to another definition or record. */
  readonly isTaken: (live: LiveObject) => boolean;
  /** True while the owners of what the create made may not show yet. */
  readonly ownersSettle: boolean;
}

/**
 * Says what an observation means for a create whose outcome is not known. Made by it is what was not there right before
 * the call and carries our marks, or has our user among its owners where its kind carries none. Pure.
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

/** The objects that a create may have made, however the tenant spells their names. */
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

/** Why an object that a lost create may have made is neither managed nor made again. */
export function unprovenReason(candidates: readonly LiveObject[]): string {
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) {
    return `the answer to its creation was lost, and '${only.displayName}' (${only.id}) may be the result or somebody else's; if it is to be managed by this definition, pin it with metadata.id: ${only.id}, otherwise give this definition another display name`;
  }
  const names = listed(candidates.map(({ displayName, id }) => `'${displayName}' (${id})`));
  return `the answer to its creation was lost, and each of ${names} may be the result or somebody else's; pin the right one with metadata.id, or give this definition another display name`;
}

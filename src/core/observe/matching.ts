import { listed } from '../../text/listed.js';
import { type LiveObject, parentRef } from '../model/kind.js';
import type { Intent } from '../model/record.js';
import { parentKey } from './references.js';
import type { Desired } from './resolve.js';

/** `matching`: a unique display name may be adopted; `marked`: only what carries our marks; `never`: nothing. */
export type AdoptMode = 'matching' | 'marked' | 'never';

/**
 * By what a live object was recognised. `recovery`: by its name, under a parent whose record was lost with its own.
 * `unproven`: a lost create may have made it, and nothing shows that it did.
 */
export type Basis = 'pin' | 'record' | 'rename' | 'intent' | 'unproven' | 'marks' | 'recovery' | 'name';

/**
 * Whose an object without marks of its own is, by where it stands. `joining`: its parent is defined here and nobody's
 * yet, or it has none. `ours`: its parent carries our marks. `recovered`: and has no record, or records were lost.
 * `strange`: else.
 */
export type Footing = 'strange' | 'joining' | 'ours' | 'recovered';

/** What a definition stands against. */
export type Match =
  | { readonly type: 'found'; readonly live: LiveObject; readonly by: Basis; readonly renamedFrom?: string }
  /** Nothing there: it may be made. */
  | { readonly type: 'missing' }
  /** It was there and the tenant says it is not any more; or nothing has the pinned id. */
  | { readonly type: 'gone'; readonly id: string; readonly pinned: boolean }
  /** A create was begun and has not shown itself. `isSeen`: something may be its object, whose owners do not show yet. */
  | { readonly type: 'underWay'; readonly intent: Intent; readonly isSeen: boolean }
  /** It is there, under another parent than its definition names. */
  | { readonly type: 'moved'; readonly live: LiveObject }
  /**
   * `Held`: a namesake that must not be adopted, or an object that may be meant and has another name.
   * `Failed`: two candidates, two definitions for one object, or records that contradict the marks.
   */
  | {
      readonly type: 'conflict';
      readonly status: 'Held' | 'Failed';
      readonly reason: string;
      /** Ids of objects that may be meant since records were lost; an approval creates another one. */
      readonly doubted?: readonly string[];
    }
  /** The tenant could not be asked. */
  | { readonly type: 'unread'; readonly reason: string };

/** Objects that may be meant under a former name, now that no record tells. */
export function renamedSince(doubted: readonly LiveObject[]): Match {
  const names = listed(doubted.map(({ displayName, id }) => `'${displayName}' (${id})`));
  return {
    type: 'conflict',
    status: 'Held',
    reason: `the records were lost, and ${names} may be this object under a former name; if so, pin it with metadata.id`,
    doubted: doubted.map(({ id }) => id),
  };
}

/** A match that only a person can decide, with the reason and the remedy. */
export const held = (reason: string): Match => ({ type: 'conflict', status: 'Held', reason });

/** A match that several objects claim; `what` says why. */
export function conflict(what: string, candidates: readonly LiveObject[]): Match {
  const ids = listed(candidates.map((live) => live.id));
  return {
    type: 'conflict',
    status: 'Failed',
    reason: `${what} (${ids}); pin the right one with metadata.id`,
  };
}

/** The id of the parent that a definition names, given the parents' matches. */
export function parentIdOf(desired: Desired, parentMatches: ReadonlyMap<string, Match>): string | undefined {
  const ref = parentRef(desired.kind, desired.definition);
  if (ref !== undefined && 'id' in ref) return ref.id;
  const match = parentMatches.get(parentKey(desired.kind, desired.definition) ?? '');
  return match?.type === 'found' ? match.live.id : undefined;
}

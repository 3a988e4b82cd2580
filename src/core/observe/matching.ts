import { listed } from '../../text/listed.js';
import { type LiveObject, parentRef } from '../model/kind.js';
import type { Intent } from '../model/record.js';
import type { Reason } from '../model/remedy.js';
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
 * The owner of an object without marks, by its parent. `joining`: its parent is defined here and has no owner
 * yet, or it has no parent. `ours`: its parent carries our marks. `recovered`: and has no record, or records were lost.
 * `strange`: else.
 */
export type Footing = 'strange' | 'joining' | 'ours' | 'recovered';

/** The result of matching one definition. */
export type Match =
  | {
      readonly type: 'found';
      readonly live: LiveObject;
      readonly by: Basis;
      readonly renamedFrom?: string | undefined;
    }
  /** No object exists: it may be created. */
  | { readonly type: 'missing' }
  /** The tenant reports that the recorded object does not exist any more, or no object has the pinned id. */
  | { readonly type: 'gone'; readonly id: string; readonly pinned: boolean }
  /** A create is unconfirmed. `isSeen`: an object may be its result, and its owners do not show yet. */
  | { readonly type: 'underWay'; readonly intent: Intent; readonly isSeen: boolean }
  /** The object lives under another parent than its definition names. */
  | { readonly type: 'moved'; readonly live: LiveObject }
  /**
   * `Held`: a namesake that must not be adopted, or an object that may match and has another name.
   * `Failed`: two candidates, two definitions for one object, or records that contradict the marks.
   */
  | {
      readonly type: 'conflict';
      readonly status: 'Held' | 'Failed';
      readonly reason: string;
      readonly remedies?: Reason['remedies'];
      /** Ids of the objects that the definition may mean. */
      readonly about: readonly string[];
      /** Ids of objects that may match since the records were lost; an approval creates another one. */
      readonly doubted?: readonly string[];
    }
  /** The object could not be read. */
  | { readonly type: 'unread'; readonly reason: string };

/** The object that a definition means, be it under another parent than the definition names. */
export function liveOf(match: Match | undefined): LiveObject | undefined {
  return match?.type === 'found' || match?.type === 'moved' ? match.live : undefined;
}

/** Ids of the objects that a definition without one may mean: a person has to decide. */
export function mayMean(match: Match | undefined): readonly string[] {
  return match?.type === 'conflict' ? [...match.about, ...(match.doubted ?? [])] : [];
}

/** The match with objects that may be the definition's under a former name, after the records were lost. */
export function renamedSince(doubted: readonly LiveObject[]): Match {
  const names = listed(doubted.map(({ displayName, id }) => `'${displayName}' (${id})`));
  return {
    type: 'conflict',
    status: 'Held',
    reason: `the records were lost, and ${names} may be this object under a former name; if so, pin it with metadata.id`,
    about: [],
    doubted: idsOf(doubted),
  };
}

/** A match that only a person can decide, with the reason and the remedy, and the objects it is about. */
export const held = (reason: string, about: readonly Pick<LiveObject, 'id'>[]): Match => ({
  type: 'conflict',
  status: 'Held',
  reason,
  about: idsOf(about),
});

/** A match that fails for a reason about objects. */
export const failed = (reason: Reason, about: readonly Pick<LiveObject, 'id'>[]): Match => ({
  type: 'conflict',
  status: 'Failed',
  ...reason,
  about: idsOf(about),
});

const idsOf = (objects: readonly Pick<LiveObject, 'id'>[]): readonly string[] => objects.map(({ id }) => id);

/** A match that several objects claim, with the reason in `what`. */
export function conflict(what: string, candidates: readonly LiveObject[]): Match {
  const reason = `${what} (${listed(idsOf(candidates))}); pin the right one with metadata.id`;
  return failed({ reason }, candidates);
}

/** The id of the parent that a definition names, given the parents' matches. */
export function parentIdOf(desired: Desired, parentMatches: ReadonlyMap<string, Match>): string | undefined {
  const ref = parentRef(desired.kind, desired.definition);
  if (ref !== undefined && 'id' in ref) return ref.id;
  const match = parentMatches.get(parentKey(desired.kind, desired.definition) ?? '');
  return match?.type === 'found' ? match.live.id : undefined;
}

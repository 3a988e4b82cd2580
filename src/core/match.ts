import { type Kind, type LiveObject, type Marks, parentRef } from './kind.js';
import type { Intent, ObjectRecord, Records } from './record.js';
import type { Desired } from './resolve.js';

/** `matching`: a unique display name may be adopted; `marked`: only what carries our marks; `never`: nothing. */
export type AdoptMode = 'matching' | 'marked' | 'never';

/** By what a live object was recognised. */
export type Basis = 'pin' | 'record' | 'rename' | 'intent' | 'marks' | 'name';

/** What a definition stands against. */
export type Match =
  | { readonly type: 'found'; readonly live: LiveObject; readonly by: Basis; readonly renamedFrom?: string }
  /** Nothing there: it may be made. */
  | { readonly type: 'missing' }
  /** It was there and the tenant says it is not any more; or nothing has the pinned id. */
  | { readonly type: 'gone'; readonly id: string; readonly pinned: boolean }
  /** A create was begun and has not shown itself. */
  | { readonly type: 'underWay'; readonly intent: Intent }
  /**
   * `Held`: a namesake that must not be adopted, or a parent that cannot change in place.
   * `Failed`: two candidates, or two definitions for one object.
   */
  | { readonly type: 'conflict'; readonly status: 'Held' | 'Failed'; readonly reason: string }
  /** The tenant could not be asked. */
  | { readonly type: 'unread'; readonly reason: string };

/** What was read of one kind, of one parent where it has one. */
export interface Scope {
  readonly objects: readonly LiveObject[];
  /** Why the list is not complete. */
  readonly error?: string;
}

/** What matching looks at. */
export interface MatchInput {
  readonly kind: Kind;
  /** Every resolved definition of this kind in the load, whether asked for or not: each may claim an object. */
  readonly desired: readonly Desired[];
  readonly records: Records;
  readonly workspace: string;
  readonly adopt: AdoptMode;
  /** The parent's id for a definition; undefined while the parent has none. Unused for kinds without a parent. */
  readonly parentId: (desired: Desired) => string | undefined;
  /** False where connectors that nobody recorded must not be adopted by name. */
  readonly mayAdoptUnder: (desired: Desired) => boolean;
  readonly scope: (parentId: string | undefined) => Scope | undefined;
  /** Ids that a read by id found missing. */
  readonly goneIds: ReadonlySet<string>;
}

/** How a definition's objects are told apart by eye: its natural key values; undefined while one is not known. */
export function naturalOf(
  kind: Kind,
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const entries = kind.naturalKey.map((path) => [path, values[path]] as const);
  return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries);
}

/** True for marks that this workspace of c1sync wrote. */
export function areOurs(marks: Marks | undefined, workspace: string): boolean {
  return marks?.managedBy === 'c1sync' && marks.workspace === workspace;
}

/** The marks on a live object; undefined when it carries none or its kind cannot. */
export function marksOf(kind: Kind, live: LiveObject): Marks | undefined {
  return kind.marks?.fromEntries(live.values[kind.marks.field]);
}

/** Finds the live object of every definition of a kind. Pure. */
export function matchKind(input: MatchInput): ReadonlyMap<string, Match> {
  const matcher = new Matcher(input);
  const matches = new Map<string, Match>();
  for (const step of [matcher.byIdentity, matcher.byMarks, matcher.byName]) {
    for (const desired of input.desired) {
      if (matches.has(desired.definition.key)) continue;
      const match = step.call(matcher, desired);
      if (match !== undefined) matches.set(desired.definition.key, match);
    }
    matcher.claim(matches);
  }
  return withoutDoubleClaims(matches);
}

/** Two definitions that mean one object are both wrong; neither is acted on. */
function withoutDoubleClaims(matches: Map<string, Match>): ReadonlyMap<string, Match> {
  const keysById = new Map<string, string[]>();
  for (const [key, match] of matches) {
    if (match.type !== 'found') continue;
    keysById.set(match.live.id, [...(keysById.get(match.live.id) ?? []), key]);
  }
  for (const [id, keys] of keysById) {
    if (keys.length < 2) continue;
    const reason = `${keys.join(' and ')} both mean the object ${id}; remove one of them or pin another object with metadata.id`;
    for (const key of keys) matches.set(key, { type: 'conflict', status: 'Failed', reason });
  }
  return matches;
}

class Matcher {
  readonly #input: MatchInput;
  readonly #definedKeys: ReadonlySet<string>;
  readonly #recordsById: ReadonlyMap<string, ObjectRecord>;
  readonly #claimed = new Set<string>();
  readonly #indexes = new Map<string, Index>();

  constructor(input: MatchInput) {
    this.#input = input;
    this.#definedKeys = new Set(input.desired.map((desired) => desired.definition.key));
    this.#recordsById = new Map([...input.records.objects.values()].map((record) => [record.id, record]));
  }

  claim(matches: ReadonlyMap<string, Match>): void {
    for (const match of matches.values()) if (match.type === 'found') this.#claimed.add(match.live.id);
  }

  /** A pinned id, the id in the record, or the record of the former name. */
  byIdentity(desired: Desired): Match | undefined {
    const { key, id: pinned, steering } = desired.definition;
    const { objects } = this.#input.records;
    if (pinned !== undefined) {
      const former = this.#recordsById.get(pinned);
      const renamedFrom = former !== undefined && former.key !== key && !this.#definedKeys.has(former.key);
      return this.#withId(desired, pinned, 'pin', renamedFrom ? former.key : undefined);
    }
    const record = objects.get(key);
    if (record !== undefined)
      return this.#movedParent(desired, record) ?? this.#withId(desired, record.id, 'record');
    if (steering.renamedFrom === undefined) return undefined;
    const formerKey = `${desired.kind.name}/${steering.renamedFrom}`;
    const former = objects.get(formerKey);
    if (former === undefined || this.#definedKeys.has(formerKey)) return undefined;
    return this.#withId(desired, former.id, 'rename', formerKey);
  }

  /** The trace of a create that was begun, then our marks. */
  byMarks(desired: Desired): Match | undefined {
    const index = this.#index(desired);
    if (index === undefined) return { type: 'missing' };
    const intent = this.#input.records.intents.get(desired.definition.key);
    if (intent !== undefined) {
      const made = this.#madeBy(intent, desired, index);
      if (made.length === 1 && made[0] !== undefined) return { type: 'found', live: made[0], by: 'intent' };
      if (made.length > 1)
        return conflict(`${made.length} objects could be the one that was being created`, made);
      if (index.error !== undefined) return { type: 'unread', reason: index.error };
      return { type: 'underWay', intent };
    }
    const marked = index.byAddress.get(desired.definition.key) ?? [];
    const free = marked.filter((live) => !this.#claimed.has(live.id));
    if (free.length === 1 && free[0] !== undefined) return { type: 'found', live: free[0], by: 'marks' };
    if (free.length > 1) return conflict(`${free.length} objects carry the marks of this definition`, free);
    const formerName = desired.definition.steering.renamedFrom;
    if (formerName === undefined) return undefined;
    const formerKey = `${desired.kind.name}/${formerName}`;
    const former = this.#definedKeys.has(formerKey) ? undefined : index.byAddress.get(formerKey);
    if (former?.length !== 1 || former[0] === undefined) return undefined;
    return { type: 'found', live: former[0], by: 'rename', renamedFrom: formerKey };
  }

  /** A unique natural key among what nobody else claims. */
  byName(desired: Desired): Match {
    const index = this.#index(desired);
    if (index === undefined) return { type: 'missing' };
    const natural = naturalOf(desired.kind, desired.values);
    const candidates = (index.byNatural.get(naturalText(natural)) ?? []).filter(
      (live) => !this.#isTaken(live, desired),
    );
    const [only] = candidates;
    if (only === undefined) {
      return index.error === undefined ? { type: 'missing' } : { type: 'unread', reason: index.error };
    }
    if (candidates.length > 1) return conflict(`${candidates.length} objects have this name`, candidates);
    return this.#namesake(desired, only);
  }

  #namesake(desired: Desired, live: LiveObject): Match {
    const former = this.#recordsById.get(live.id);
    if (former !== undefined) return { type: 'found', live, by: 'rename', renamedFrom: former.key };
    const marks = marksOf(desired.kind, live);
    if (marks !== undefined && areOurs(marks, this.#input.workspace)) {
      return { type: 'found', live, by: 'rename', renamedFrom: marks.address };
    }
    if (marks === undefined && !this.#mayAdopt(desired)) {
      return {
        type: 'conflict',
        status: 'Held',
        reason: `the tenant already holds '${live.displayName}' (${live.id}), which c1sync does not manage and may not adopt here; pin it with metadata.id: ${live.id}, or give this definition another display name`,
      };
    }
    return { type: 'found', live, by: 'name' };
  }

  #mayAdopt(desired: Desired): boolean {
    return this.#input.adopt === 'matching' && this.#input.mayAdoptUnder(desired);
  }

  /** An object that belongs to another definition is no candidate. */
  #isTaken(live: LiveObject, desired: Desired): boolean {
    if (this.#claimed.has(live.id)) return true;
    const owner = this.#recordsById.get(live.id);
    if (owner !== undefined && owner.key !== desired.definition.key) return this.#definedKeys.has(owner.key);
    const marks = marksOf(desired.kind, live);
    return (
      marks !== undefined &&
      areOurs(marks, this.#input.workspace) &&
      marks.address !== desired.definition.key &&
      this.#definedKeys.has(marks.address)
    );
  }

  #madeBy(intent: Intent, desired: Desired, index: Index): LiveObject[] {
    const known = new Set(intent.knownIds);
    const named = index.byNatural.get(naturalText(intent.natural)) ?? [];
    const marked = index.byAddress.get(desired.definition.key) ?? [];
    return [...new Set([...named, ...marked])].filter(
      (live) => !known.has(live.id) && !this.#claimed.has(live.id) && !this.#recordsById.has(live.id),
    );
  }

  #movedParent(desired: Desired, record: ObjectRecord): Match | undefined {
    const parentId = this.#input.parentId(desired);
    if (desired.kind.parent === undefined || parentId === undefined) return undefined;
    if (parentId === record.parentId) return undefined;
    return {
      type: 'conflict',
      status: 'Held',
      reason: `spec.${desired.kind.parent.path} cannot change in place: the object ${record.id} lives under ${record.parentId}; change it back, or take the object out of the records with 'c1sync state forget ${record.key}' to have a new one made`,
    };
  }

  #withId(desired: Desired, id: string, by: Basis, renamedFrom?: string): Match {
    const index = this.#index(desired);
    const live = index?.byId.get(id);
    if (live !== undefined) {
      return { type: 'found', live, by, ...(renamedFrom === undefined ? {} : { renamedFrom }) };
    }
    if (this.#input.goneIds.has(id)) return { type: 'gone', id, pinned: by === 'pin' };
    return { type: 'unread', reason: index?.error ?? `the object ${id} could not be read` };
  }

  #index(desired: Desired): Index | undefined {
    const parentId = this.#input.parentId(desired);
    if (desired.kind.parent !== undefined && parentId === undefined) return undefined;
    const name = parentId ?? '';
    const existing = this.#indexes.get(name);
    if (existing !== undefined) return existing;
    const index = indexOf(this.#input, this.#input.scope(parentId));
    this.#indexes.set(name, index);
    return index;
  }
}

interface Index {
  readonly byId: ReadonlyMap<string, LiveObject>;
  readonly byNatural: ReadonlyMap<string, readonly LiveObject[]>;
  readonly byAddress: ReadonlyMap<string, readonly LiveObject[]>;
  readonly error?: string;
}

function indexOf({ kind, workspace }: MatchInput, scope: Scope | undefined): Index {
  const byId = new Map<string, LiveObject>();
  const byNatural = new Map<string, LiveObject[]>();
  const byAddress = new Map<string, LiveObject[]>();
  for (const live of scope?.objects ?? []) {
    if (byId.has(live.id)) continue;
    byId.set(live.id, live);
    push(byNatural, naturalText(naturalOf(kind, live.values)), live);
    const marks = marksOf(kind, live);
    if (marks !== undefined && areOurs(marks, workspace)) push(byAddress, marks.address, live);
  }
  const error = scope === undefined ? 'it was not read' : scope.error;
  return { byId, byNatural, byAddress, ...(error === undefined ? {} : { error }) };
}

function push(map: Map<string, LiveObject[]>, key: string, live: LiveObject): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [live]);
  else list.push(live);
}

function naturalText(natural: Readonly<Record<string, unknown>> | undefined): string {
  return natural === undefined ? '' : JSON.stringify(Object.values(natural));
}

function conflict(what: string, candidates: readonly LiveObject[]): Match {
  const ids = candidates.map((live) => live.id).join(', ');
  return {
    type: 'conflict',
    status: 'Failed',
    reason: `${what} (${ids}); pin the right one with metadata.id`,
  };
}

/** The id of the parent that a definition names, given the parents' matches. */
export function parentIdOf(desired: Desired, parentMatches: ReadonlyMap<string, Match>): string | undefined {
  const ref = parentRef(desired.kind, desired.definition);
  if (ref === undefined || desired.kind.parent === undefined) return undefined;
  if ('id' in ref) return ref.id;
  const match = parentMatches.get(`${desired.kind.parent.kind}/${ref.name}`);
  return match?.type === 'found' ? match.live.id : undefined;
}

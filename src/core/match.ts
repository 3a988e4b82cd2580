import { type Kind, type LiveObject, parentRef } from './kind.js';
import { listed } from './listed.js';
import { areOurs, marksOf } from './marks.js';
import { type Index, indexOf, naturalOf, naturalText, push, type Scope } from './match-index.js';
import type { Intent, ObjectRecord, Records } from './record.js';
import type { Desired } from './resolve.js';

/** `matching`: a unique display name may be adopted; `marked`: only what carries our marks; `never`: nothing. */
export type AdoptMode = 'matching' | 'marked' | 'never';

/** By what a live object was recognised. `recovery`: by its name, under a parent whose record was lost with its own. */
export type Basis = 'pin' | 'record' | 'rename' | 'intent' | 'marks' | 'recovery' | 'name';

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
  /** A create was begun and has not shown itself. */
  | { readonly type: 'underWay'; readonly intent: Intent }
  /** It is there, under another parent than its definition names. */
  | { readonly type: 'moved'; readonly live: LiveObject }
  /**
   * `Held`: a namesake that must not be adopted.
   * `Failed`: two candidates, or two definitions for one object.
   */
  | { readonly type: 'conflict'; readonly status: 'Held' | 'Failed'; readonly reason: string }
  /** The tenant could not be asked. */
  | { readonly type: 'unread'; readonly reason: string };

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
  readonly footing: (desired: Desired) => Footing;
  readonly scope: (parentId: string | undefined) => Scope | undefined;
  /** Ids that a read by id found missing. */
  readonly goneIds: ReadonlySet<string>;
  /** True where what is gone is looked for anew, as if it had never been, unless it is pinned. */
  readonly recreate: boolean;
  /** What is remembered under another parent than its definition names, as it is live there, by id. */
  readonly elsewhere: ReadonlyMap<string, LiveObject>;
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
    if (match.type !== 'found' && match.type !== 'moved') continue;
    push(keysById, match.live.id, key);
  }
  for (const [id, keys] of keysById) {
    if (keys.length < 2) continue;
    const reason = `${listed(keys.sort(), ' and ')} both mean the object ${id}; remove one of them or pin another object with metadata.id`;
    for (const key of keys) matches.set(key, { type: 'conflict', status: 'Failed', reason });
  }
  return matches;
}

class Matcher {
  readonly #input: MatchInput;
  readonly #definedKeys: ReadonlySet<string>;
  readonly #recordsById: ReadonlyMap<string, ObjectRecord>;
  /** Keys of definitions by the ids of the objects that they have. */
  readonly #claimed = new Map<string, string>();
  readonly #indexes = new Map<string, Index>();
  /** Keys of the definitions that ask for an object of a name, and of those that leave the name open. */
  readonly #asking = new Map<string, string[]>();
  readonly #unnamed = new Set<string>();
  /** Why nobody may have what is asked for at a place, if so: worked out once for all who ask. */
  readonly #doubledAt = new Map<string, string | undefined>();
  /** Creates that were begun for definitions that are gone, or have another name now. */
  readonly #orphanIntents: readonly Intent[];

  constructor(input: MatchInput) {
    this.#input = input;
    this.#definedKeys = new Set(input.desired.map((desired) => desired.definition.key));
    this.#recordsById = new Map([...input.records.objects.values()].map((record) => [record.id, record]));
    this.#orphanIntents = [...input.records.intents.values()].filter(
      (intent) => intent.kind === input.kind.name && !this.#definedKeys.has(intent.key),
    );
    for (const desired of input.desired) {
      const natural = naturalText(naturalOf(desired.kind, desired.values));
      if (natural === '') this.#unnamed.add(desired.definition.key);
      else push(this.#asking, this.#place(desired, natural), desired.definition.key);
    }
  }

  claim(matches: ReadonlyMap<string, Match>): void {
    for (const [key, match] of matches) {
      if (match.type === 'found' || match.type === 'moved') this.#claimed.set(match.live.id, key);
    }
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
    if (index === undefined) return this.#doubled(desired, []) ?? { type: 'missing' };
    const intent = this.#intentFor(desired);
    if (intent !== undefined) return this.#byIntent(intent, desired, index);
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

  /** A create that was begun for a definition, be it under a former name. One below another parent is another's. */
  #intentFor(desired: Desired): Intent | undefined {
    const { intents } = this.#input.records;
    const { key, steering } = desired.definition;
    const parentId = this.#input.parentId(desired);
    const isHere = (intent: Intent | undefined): boolean => intent?.parentId === parentId;
    const own = intents.get(key);
    if (own !== undefined) return isHere(own) ? own : undefined;
    if (this.#orphanIntents.length === 0) return undefined;
    const natural = naturalText(naturalOf(desired.kind, desired.values));
    const formerKey = `${desired.kind.name}/${steering.renamedFrom ?? ''}`;
    return this.#orphanIntents.find(
      (intent) => isHere(intent) && (intent.key === formerKey || naturalText(intent.natural) === natural),
    );
  }

  #byIntent(intent: Intent, desired: Desired, index: Index): Match {
    const renamedFrom = intent.key === desired.definition.key ? {} : { renamedFrom: intent.key };
    const made = this.#madeBy(intent, index);
    const [only] = made;
    if (made.length > 1)
      return conflict(`${made.length} objects could be the one that was being created`, made);
    if (only !== undefined) return { type: 'found', live: only, by: 'intent', ...renamedFrom };
    if (index.error !== undefined) return { type: 'unread', reason: index.error };
    return { type: 'underWay', intent };
  }

  /** A unique natural key among what nobody else claims. */
  byName(desired: Desired): Match {
    const index = this.#index(desired);
    if (index === undefined) return { type: 'missing' };
    const named = index.byNatural.get(naturalText(naturalOf(desired.kind, desired.values))) ?? [];
    const doubled = this.#doubled(desired, named);
    if (doubled !== undefined) return doubled;
    const candidates = named.filter((live) => !this.#isTaken(live, desired));
    const [only] = candidates;
    if (only === undefined) {
      if (index.error !== undefined) return { type: 'unread', reason: index.error };
      return this.#mismarked(desired, named) ?? { type: 'missing' };
    }
    if (candidates.length > 1) return conflict(`${candidates.length} objects have this name`, candidates);
    return this.#namesake(desired, only);
  }

  /**
   * Refuses a definition where another one means the same object: asks for the same name, or has an object of this name
   * without asking for another one.
   */
  #doubled(desired: Desired, named: readonly LiveObject[]): Match | undefined {
    const { key } = desired.definition;
    const natural = naturalText(naturalOf(desired.kind, desired.values));
    const place = natural === '' ? key : this.#place(desired, natural);
    if (!this.#doubledAt.has(place)) {
      const asking = natural === '' ? [key] : (this.#asking.get(place) ?? []);
      this.#doubledAt.set(place, this.#doubledReason(asking, named));
    }
    const reason = this.#doubledAt.get(place);
    return reason === undefined ? undefined : { type: 'conflict', status: 'Failed', reason };
  }

  #doubledReason(asking: readonly string[], named: readonly LiveObject[]): string | undefined {
    const having = named
      .flatMap(({ id }) => this.#claimed.get(id) ?? [])
      .filter((other) => this.#unnamed.has(other));
    const keys = [...new Set([...asking, ...having])];
    if (keys.length === 1) return undefined;
    return `${listed(keys.sort(), ' and ')} both mean the same object; remove one of them or give it another name`;
  }

  /** A name below a parent, by whatever is known of that. */
  #place(desired: Desired, natural: string): string {
    const parent =
      this.#input.parentId(desired) ?? JSON.stringify(parentRef(desired.kind, desired.definition));
    return `${parent} ${natural}`;
  }

  #namesake(desired: Desired, live: LiveObject): Match {
    const former = this.#recordsById.get(live.id);
    if (former !== undefined) return { type: 'found', live, by: 'rename', renamedFrom: former.key };
    const marks = marksOf(desired.kind, live);
    if (marks !== undefined && areOurs(marks, this.#input.workspace)) {
      return { type: 'found', live, by: 'rename', renamedFrom: marks.address };
    }
    const footing = this.#input.footing(desired);
    if (marks === undefined && footing === 'recovered') return { type: 'found', live, by: 'recovery' };
    if (marks === undefined && !this.#mayAdopt(footing)) {
      return {
        type: 'conflict',
        status: 'Held',
        reason: `the tenant already holds '${live.displayName}' (${live.id}), which c1sync does not manage and may not adopt here; pin it with metadata.id: ${live.id}, or give this definition another display name`,
      };
    }
    return { type: 'found', live, by: 'name' };
  }

  #mayAdopt(footing: Footing): boolean {
    if (this.#input.adopt === 'matching') return footing !== 'strange';
    return this.#input.adopt === 'marked' && footing === 'ours';
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

  /** An object of this name that carries the marks of another definition, which does not have it: nobody can tell whose it is. */
  #mismarked(desired: Desired, named: readonly LiveObject[]): Match | undefined {
    const live = named.find(({ id }) => !this.#claimed.has(id) && !this.#recordsById.has(id));
    if (live === undefined) return undefined;
    return {
      type: 'conflict',
      status: 'Held',
      reason: `the tenant already holds '${live.displayName}' (${live.id}) with the marks of ${marksOf(desired.kind, live)?.address}, which has another object; pin it with metadata.id: ${live.id}, or give this definition another display name`,
    };
  }

  #madeBy(intent: Intent, index: Index): LiveObject[] {
    const known = new Set(intent.knownIds);
    const named = index.byNatural.get(naturalText(intent.natural)) ?? [];
    const marked = index.byAddress.get(intent.key) ?? [];
    return [...new Set([...named, ...marked])].filter(
      (live) => !known.has(live.id) && !this.#claimed.has(live.id) && !this.#recordsById.has(live.id),
    );
  }

  #movedParent(desired: Desired, record: ObjectRecord): Match | undefined {
    const parentId = this.#input.parentId(desired);
    if (desired.kind.parent === undefined || parentId === record.parentId) return undefined;
    if (this.#input.goneIds.has(record.id)) return undefined;
    const live = this.#input.elsewhere.get(record.id);
    return live === undefined ? undefined : { type: 'moved', live };
  }

  #withId(desired: Desired, id: string, by: Basis, renamedFrom?: string): Match | undefined {
    const index = this.#index(desired);
    const live = index?.byId.get(id);
    if (live !== undefined) {
      return { type: 'found', live, by, ...(renamedFrom === undefined ? {} : { renamedFrom }) };
    }
    if (this.#input.goneIds.has(id)) {
      const pinned = by === 'pin';
      return this.#input.recreate && !pinned ? undefined : { type: 'gone', id, pinned };
    }
    const reason = index?.unread.get(id) ?? index?.error ?? `the object ${id} could not be read`;
    return { type: 'unread', reason };
  }

  #index(desired: Desired): Index | undefined {
    const parentId = this.#input.parentId(desired);
    if (desired.kind.parent !== undefined && parentId === undefined) return undefined;
    const name = parentId ?? '';
    const existing = this.#indexes.get(name);
    if (existing !== undefined) return existing;
    const { kind, workspace, scope } = this.#input;
    const index = indexOf(kind, workspace, scope(parentId));
    this.#indexes.set(name, index);
    return index;
  }
}

function conflict(what: string, candidates: readonly LiveObject[]): Match {
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
  if (ref === undefined || desired.kind.parent === undefined) return undefined;
  if ('id' in ref) return ref.id;
  const match = parentMatches.get(`${desired.kind.parent.kind}/${ref.name}`);
  return match?.type === 'found' ? match.live.id : undefined;
}

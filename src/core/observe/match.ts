import { listed } from '../../text/listed.js';
import { type Kind, type LiveObject, parentRef } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { Intent, ObjectRecord, Records } from '../model/record.js';
import { foldedText } from '../model/spelling.js';
import { isNamesake } from '../state/decision-store.js';
import { Claims } from './claims.js';
import { hasImmutablesOf } from './immutable.js';
import { findingOf, unprovenReason } from './intent.js';
import { type Index, indexOf, naturalOf, naturalText, push, type Scope } from './match-index.js';
import {
  type AdoptMode,
  type Basis,
  conflict,
  type Footing,
  held,
  type Match,
  renamedSince,
} from './matching.js';
import type { Desired } from './resolve.js';

/** The input of {@link matchKind}. */
export interface MatchInput {
  readonly kind: Kind;
  /** Every resolved definition of this kind in the load, selected or not: each may claim an object. */
  readonly desired: readonly Desired[];
  /** Keys of definitions that are not valid, or lost their file: their records stay theirs. */
  readonly reserved: ReadonlySet<string>;
  readonly records: Records;
  readonly workspace: string;
  readonly adopt: AdoptMode;
  /** The parent's id for a definition; undefined while the parent has none. Unused for kinds without a parent. */
  readonly parentId: (desired: Desired) => string | undefined;
  readonly footing: (desired: Desired) => Footing;
  readonly scope: (parentId: string | undefined) => Scope | undefined;
  /** Ids that a read by id found missing. */
  readonly goneIds: ReadonlySet<string>;
  /** True where a gone object is matched as if it had never been recorded, unless it is pinned. */
  readonly recreate: boolean;
  /** Live objects that are recorded under another parent than their definition names, by id. */
  readonly elsewhere: ReadonlyMap<string, LiveObject>;
  /** Id of the user that c1sync acts as; undefined where the tenant does not name it. */
  readonly selfId: string | undefined;
  /** True while the owners of a created object may not show yet. */
  readonly ownersSettle: (intent: Intent) => boolean;
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

/** Two definitions that claim one object are in conflict, both of them. */
function withoutDoubleClaims(matches: Map<string, Match>): ReadonlyMap<string, Match> {
  const keysById = new Map<string, string[]>();
  for (const [key, match] of matches) {
    if (match.type !== 'found' && match.type !== 'moved') continue;
    push(keysById, match.live.id, key);
  }
  for (const [id, keys] of keysById) {
    if (keys.length < 2) continue;
    const reason = `${listed(keys.sort(), ' and ')} both claim the object ${id}; remove one of them or pin another object with metadata.id`;
    for (const key of keys) matches.set(key, { type: 'conflict', status: 'Failed', reason });
  }
  return matches;
}

class Matcher {
  readonly #input: MatchInput;
  readonly #claims: Claims;
  /** Keys of definitions by the ids of the objects that they have. */
  readonly #claimed = new Map<string, string>();
  readonly #indexes = new Map<string, Index>();
  /** Keys of definitions by the natural key that they declare, and of those without one. */
  readonly #asking = new Map<string, string[]>();
  readonly #unnamed = new Set<string>();
  /** Why no definition may have the object at a place; undefined where one may. Computed once a place. */
  readonly #doubledAt = new Map<string, string | undefined>();
  /** Why no definition may have an object, by its id. */
  readonly #disputed = new Map<string, string>();
  /** Creates that were begun for definitions that are gone, or have another name now. */
  readonly #orphanIntents: readonly Intent[];

  constructor(input: MatchInput) {
    this.#input = input;
    this.#claims = new Claims(input, (desired) => this.#index(desired));
    this.#orphanIntents = [...input.records.intents.values()].filter(
      (intent) => intent.kind === input.kind.name && !this.#isKept(intent.key),
    );
    for (const desired of input.desired) {
      const natural = naturalText(naturalOf(desired.kind, desired.values));
      if (natural === '') this.#unnamed.add(desired.definition.key);
      else push(this.#asking, this.#place(desired, natural), desired.definition.key);
    }
  }

  /** A conflict where the object of a definition is ambiguous. */
  #conflict(desired: Desired): Match | undefined {
    const conflict = this.#claims.conflict(desired, (live) => this.#namedLike(desired, live));
    if (conflict === undefined) return undefined;
    const { reason, live } = conflict;
    if (live !== undefined) this.#disputed.set(live.id, reason);
    return { type: 'conflict', status: 'Failed', reason };
  }

  /** Another definition with the name of an object. */
  #namedLike(desired: Desired, live: LiveObject): string | undefined {
    const natural = naturalText(naturalOf(desired.kind, live.values));
    return this.#asking.get(this.#place(desired, natural))?.find((key) => key !== desired.definition.key);
  }

  claim(matches: ReadonlyMap<string, Match>): void {
    for (const [key, match] of matches) {
      if (match.type === 'found' || match.type === 'moved') this.#claimed.set(match.live.id, key);
    }
  }

  /** A pinned id, the id in the record, or the record of the former name. */
  byIdentity(desired: Desired): Match | undefined {
    const { key, id: pinned } = desired.definition;
    const conflict = this.#conflict(desired);
    if (conflict !== undefined) return conflict;
    if (pinned !== undefined) {
      const former = this.#claims.recordOf(pinned);
      const renamedFrom = former !== undefined && former.key !== key && this.#claims.isFree(former, key);
      return this.#withId(desired, pinned, 'pin', renamedFrom ? former.key : undefined);
    }
    const record = this.#claims.record(key);
    if (record !== undefined)
      return this.#movedParent(desired, record) ?? this.#withId(desired, record.id, 'record');
    const former = this.#claims.formerRecord(desired);
    if (former === undefined || !this.#claims.isFree(former, key)) return undefined;
    return this.#withId(desired, former.id, 'rename', former.key);
  }

  /** The result of a create that was begun, then our marks. */
  byMarks(desired: Desired): Match | undefined {
    const index = this.#index(desired);
    if (index === undefined) return this.#doubled(desired, []) ?? { type: 'missing' };
    const intent = this.#intentFor(desired);
    const result = intent && this.#byIntent(intent, desired, index);
    if (result !== undefined && result.type !== 'underWay') return result;
    const marked = index.byAddress.get(desired.definition.key) ?? [];
    const free = marked.find((live) => !this.#claimed.has(live.id));
    if (free !== undefined) {
      const former = this.#claims.recordOf(free.id);
      return former === undefined || this.#isKept(former.key)
        ? { type: 'found', live: free, by: 'marks' }
        : { type: 'found', live: free, by: 'rename', renamedFrom: former.key };
    }
    if (result !== undefined) return result;
    return this.#byFormerMarks(desired, index);
  }

  /** The marks of the former name (`renamed-from`) of a definition. */
  #byFormerMarks({ kind, definition }: Desired, index: Index): Match | undefined {
    const formerKey = `${kind.name}/${definition.steering.renamedFrom ?? ''}`;
    if (this.#claims.isDefined(formerKey)) return undefined;
    const marked = (index.byAddress.get(formerKey) ?? []).filter(({ id }) => !this.#claimed.has(id));
    const [only] = marked;
    if (only === undefined) return undefined;
    if (marked.length > 1)
      return conflict(`${marked.length} objects carry the marks of ${formerKey}`, marked);
    return { type: 'found', live: only, by: 'rename', renamedFrom: formerKey };
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
    const { kind, workspace, selfId, ownersSettle } = this.#input;
    const finding = findingOf(intent, {
      kind,
      workspace,
      selfId,
      objects: [...index.byId.values()],
      isTaken: ({ id }) => this.#claimed.has(id) || this.#claims.recordOf(id) !== undefined,
      ownersSettle: ownersSettle(intent),
    });
    switch (finding.type) {
      case 'ours':
        return { type: 'found', live: finding.live, by: 'intent', ...renamedFrom };
      case 'doubled':
        return conflict(
          `${finding.candidates.length} objects carry the marks of this definition`,
          finding.candidates,
        );
      case 'settling':
        return { type: 'underWay', intent, isSeen: true };
      case 'unproven':
        return unproven(finding.candidates, renamedFrom);
      default:
        if (index.error !== undefined) return { type: 'unread', reason: index.error };
        return { type: 'underWay', intent, isSeen: false };
    }
  }

  /** A unique natural key among the unclaimed objects. */
  byName(desired: Desired): Match {
    const index = this.#index(desired);
    if (index === undefined) return { type: 'missing' };
    const named = index.byNatural.get(naturalText(naturalOf(desired.kind, desired.values))) ?? [];
    const match = this.#named(desired, named, index);
    if (match.type !== 'conflict') return match;
    const doubted = this.#unrecorded(desired, named);
    return doubted.length === 0 ? match : { ...match, doubted: doubted.map(({ id }) => id) };
  }

  #named(desired: Desired, named: readonly LiveObject[], index: Index): Match {
    const doubled = this.#doubled(desired, named);
    if (doubled !== undefined) return doubled;
    const reason = named.flatMap(({ id }) => this.#disputed.get(id) ?? [])[0];
    if (reason !== undefined) return { type: 'conflict', status: 'Failed', reason };
    const reserved = this.#reserved(desired, named);
    if (reserved !== undefined) return reserved;
    const candidates = named.filter((live) => !this.#isTaken(live, desired));
    const [only] = candidates;
    if (only === undefined) {
      if (index.error !== undefined) return { type: 'unread', reason: index.error };
      return (
        this.#mismarked(desired, named) ??
        this.#respelled(desired, index) ??
        this.#renamed(desired, index) ?? { type: 'missing' }
      );
    }
    if (candidates.length > 1) return conflict(`${candidates.length} objects have this name`, candidates);
    return this.#namesake(desired, only);
  }

  /**
   * A conflict where another definition claims the same object: it has the same name, or has an object of this name
   * without declaring another one.
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
    return `${listed(keys.sort(), ' and ')} both claim the same object; remove one of them or give it another name`;
  }

  /** A name below a parent, by the parent's id or reference. */
  #place(desired: Desired, natural: string): string {
    const parent =
      this.#input.parentId(desired) ?? JSON.stringify(parentRef(desired.kind, desired.definition));
    return `${parent} ${natural}`;
  }

  #namesake(desired: Desired, live: LiveObject): Match {
    const former = this.#claims.recordOf(live.id);
    if (former !== undefined) return { type: 'found', live, by: 'rename', renamedFrom: former.key };
    const marks = marksOf(desired.kind, live);
    if (marks !== undefined && areOurs(marks, this.#input.workspace)) {
      return { type: 'found', live, by: 'rename', renamedFrom: marks.address };
    }
    const footing = this.#input.footing(desired);
    if (marks === undefined && footing === 'recovered') return { type: 'found', live, by: 'recovery' };
    if (marks === undefined && !this.#mayAdopt(footing)) {
      return held(
        `the tenant already holds '${live.displayName}' (${live.id}), which c1sync does not manage and may not adopt here; pin it with metadata.id: ${live.id}, or give this definition another display name`,
      );
    }
    return { type: 'found', live, by: 'name' };
  }

  /** True for the key of a definition, valid or not: only an explicit rename or pin moves its object. */
  #isKept(key: string): boolean {
    return this.#claims.isDefined(key) || this.#input.reserved.has(key);
  }

  /** An object of this name that is recorded for a definition which is not valid, or lost its file. */
  #reserved({ kind, definition }: Desired, named: readonly LiveObject[]): Match | undefined {
    for (const live of named) {
      const marks = marksOf(kind, live);
      const marked = areOurs(marks, this.#input.workspace) ? marks?.address : undefined;
      const key = this.#claims.recordOf(live.id)?.key ?? marked ?? '';
      if (key === definition.key || !this.#input.reserved.has(key)) continue;
      return held(
        `the tenant already holds '${live.displayName}' (${live.id}), which ${key} manages, and that definition is not valid or lost its file; correct it, or set metadata.annotations c1sync/renamed-from or metadata.id: ${live.id} here to manage the object with this definition`,
      );
    }
    return undefined;
  }

  #mayAdopt(footing: Footing): boolean {
    if (this.#input.adopt === 'matching') return footing !== 'strange';
    return this.#input.adopt === 'marked' && footing === 'ours';
  }

  /** An object that belongs to another definition is no candidate. */
  #isTaken(live: LiveObject, desired: Desired): boolean {
    if (this.#claimed.has(live.id)) return true;
    const owner = this.#claims.recordOf(live.id);
    if (owner !== undefined && owner.key !== desired.definition.key) return this.#isKept(owner.key);
    const marks = marksOf(desired.kind, live);
    return (
      marks !== undefined &&
      areOurs(marks, this.#input.workspace) &&
      marks.address !== desired.definition.key &&
      this.#isKept(marks.address)
    );
  }

  /** An object whose name differs in its spelling alone: the tenant may have changed the spelling. */
  #respelled(desired: Desired, index: Index): Match | undefined {
    const text = foldedText(naturalOf(desired.kind, desired.values));
    const live = (index.byFolded.get(text) ?? []).find(({ id }) => {
      const owner = this.#claims.recordOf(id);
      return !this.#claimed.has(id) && (owner === undefined || !this.#isKept(owner.key));
    });
    if (live === undefined) return undefined;
    return held(
      `the tenant already holds '${live.displayName}' (${live.id}), whose name differs only in spaces, case or composition; pin it with metadata.id: ${live.id}, or give this definition another display name`,
    );
  }

  /** Objects of lost records whose name no definition has: a definition may have been renamed since. */
  #renamed(desired: Desired, index: Index): Match | undefined {
    const { kind } = desired;
    const doubted = this.#unrecorded(desired, [...index.byId.values()]).filter(
      (live) =>
        !this.#asking.has(this.#place(desired, naturalText(naturalOf(kind, live.values)))) &&
        hasImmutablesOf(desired, live),
    );
    return doubted.length === 0 ? undefined : renamedSince(doubted);
  }

  /** Unclaimed objects of a kind without marks that may have been in lost records. */
  #unrecorded(desired: Desired, objects: readonly LiveObject[]): LiveObject[] {
    if (desired.kind.marks !== undefined) return [];
    const isRecovered = this.#input.footing(desired) === 'recovered';
    return objects.filter(
      ({ id }) =>
        (isRecovered || isNamesake(this.#input.records, id)) &&
        !this.#claimed.has(id) &&
        this.#claims.recordOf(id) === undefined,
    );
  }

  /** An object of this name with the marks of another definition, which has another object: its owner is ambiguous. */
  #mismarked(desired: Desired, named: readonly LiveObject[]): Match | undefined {
    const live = named.find(({ id }) => !this.#claimed.has(id) && this.#claims.recordOf(id) === undefined);
    if (live === undefined) return undefined;
    return held(
      `the tenant already holds '${live.displayName}' (${live.id}) with the marks of ${marksOf(desired.kind, live)?.address}, which has another object; pin it with metadata.id: ${live.id}, or give this definition another display name`,
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
      return { type: 'found', live, by, renamedFrom };
    }
    if (this.#input.goneIds.has(id)) {
      const pinned = by === 'pin';
      // Its replacement: the result of a create of ours, or an object younger than the records.
      const [marked] = pinned ? [] : (index?.byAddress.get(desired.definition.key) ?? []);
      if (marked !== undefined && this.#intentFor(desired) !== undefined) return undefined;
      if (marked !== undefined) return { type: 'found', live: marked, by: 'marks' };
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

function unproven(candidates: readonly LiveObject[], former: { readonly renamedFrom?: string }): Match {
  const [live, other] = candidates;
  if (live === undefined || other !== undefined) return held(unprovenReason(candidates));
  return { type: 'found', live, by: 'unproven', ...former };
}

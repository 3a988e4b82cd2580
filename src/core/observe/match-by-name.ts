import { listed } from '../../text/listed.js';
import type { LiveObject } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import { foldedText } from '../model/spelling.js';
import { isNamesake } from '../state/decision-store.js';
import { hasImmutablesOf } from './immutable.js';
import type { MatchGround } from './match-ground.js';
import { type Index, naturalOf, naturalText } from './match-index.js';
import { conflict, type Footing, failed, held, type Match, renamedSince } from './matching.js';
import { isFromSource } from './orphans.js';
import type { Desired } from './resolve.js';

/** Matches definitions of one kind by their natural keys. */
export class NameMatcher {
  readonly #ground: MatchGround;
  /** Why no definition may have the object at a place; undefined where one may. Computed once a place. */
  readonly #doubledAt = new Map<string, string | undefined>();

  constructor(ground: MatchGround) {
    this.#ground = ground;
  }

  /** A unique natural key among the unclaimed objects. */
  byName(desired: Desired): Match {
    const index = this.#ground.index(desired);
    if (index === undefined) return { type: 'missing' };
    const named = index.byNatural.get(naturalText(naturalOf(desired.kind, desired.values))) ?? [];
    const match = this.#named(desired, named, index);
    if (match.type !== 'conflict') return match;
    const doubted = this.#unrecorded(desired, named);
    return doubted.length === 0 ? match : { ...match, doubted: doubted.map(({ id }) => id) };
  }

  #named(desired: Desired, named: readonly LiveObject[], index: Index): Match {
    const doubled = this.doubled(desired, named);
    if (doubled !== undefined) return doubled;
    const reason = named.flatMap(({ id }) => this.#ground.disputed.get(id) ?? [])[0];
    if (reason !== undefined) return failed(reason, named);
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
  doubled(desired: Desired, named: readonly LiveObject[]): Match | undefined {
    const { key } = desired.definition;
    const natural = naturalText(naturalOf(desired.kind, desired.values));
    const place = natural === '' ? key : this.#ground.place(desired, natural);
    if (!this.#doubledAt.has(place)) {
      const asking = natural === '' ? [key] : (this.#ground.asking.get(place) ?? []);
      this.#doubledAt.set(place, this.#doubledReason(asking, named));
    }
    const reason = this.#doubledAt.get(place);
    return reason === undefined ? undefined : failed({ reason }, named);
  }

  #doubledReason(asking: readonly string[], named: readonly LiveObject[]): string | undefined {
    const having = named
      .flatMap(({ id }) => this.#ground.claimed.get(id) ?? [])
      .filter((other) => this.#ground.unnamed.has(other));
    const keys = [...new Set([...asking, ...having])];
    if (keys.length === 1) return undefined;
    return `${listed(keys.sort(), ' and ')} both claim the same object; remove one of them or give it another name`;
  }

  #namesake(desired: Desired, live: LiveObject): Match {
    const former = this.#ground.claims.recordOf(live.id);
    if (former !== undefined) return { type: 'found', live, by: 'rename', renamedFrom: former.key };
    const marks = marksOf(desired.kind, live);
    if (marks !== undefined && areOurs(marks, this.#ground.input.workspace)) {
      return { type: 'found', live, by: 'rename', renamedFrom: marks.address };
    }
    const footing = this.#ground.input.footing(desired);
    if (marks === undefined && footing === 'recovered') return { type: 'found', live, by: 'recovery' };
    if (marks === undefined && !this.#mayAdopt(footing)) {
      return held(
        `the tenant already holds '${live.displayName}' (${live.id}), which c1sync does not manage and may not adopt here; pin it with metadata.id: ${live.id}, or give this definition another display name`,
        [live],
      );
    }
    return { type: 'found', live, by: 'name' };
  }

  /**
   * An object of this name whose definition is not valid, lost its file, or may be in an invalid document or in another
   * source.
   */
  #reserved({ kind, definition }: Desired, named: readonly LiveObject[]): Match | undefined {
    for (const live of named) {
      const marks = marksOf(kind, live);
      const marked = areOurs(marks, this.#ground.input.workspace) ? marks?.address : undefined;
      const key = this.#ground.claims.recordOf(live.id)?.key ?? marked;
      if (key === undefined || key === definition.key) continue;
      const doubt = this.#doubtOf(key, live);
      if (doubt === undefined) continue;
      return held(
        `the tenant already holds '${live.displayName}' (${live.id}), which ${key} manages, and ${doubt}, or set metadata.annotations c1sync/renamed-from or metadata.id: ${live.id} here to manage the object with this definition`,
        [live],
      );
    }
    return undefined;
  }

  /** Why the absence of a definition does not free its object, with the remedy. */
  #doubtOf(key: string, { id }: LiveObject): string | undefined {
    if (this.#ground.input.reserved.has(key))
      return 'that definition is not valid or lost its file; correct it';
    if (this.#ground.claimed.has(id)) return undefined;
    if (this.#ground.mayBeDefined(key))
      return 'an invalid document or a lost file may define it; correct the definitions that are Invalid';
    const record = this.#ground.input.records.objects.get(key);
    const isHere =
      record === undefined || this.#ground.isKept(key) || isFromSource(record, this.#ground.input);
    return isHere
      ? undefined
      : `its last definition was in ${record.source?.root}, another source; load the definitions from there`;
  }

  #mayAdopt(footing: Footing): boolean {
    if (this.#ground.input.adopt === 'matching') return footing !== 'strange';
    return this.#ground.input.adopt === 'marked' && footing === 'ours';
  }

  /** An object that belongs to another definition is no candidate. */
  #isTaken(live: LiveObject, desired: Desired): boolean {
    if (this.#ground.claimed.has(live.id)) return true;
    const owner = this.#ground.claims.recordOf(live.id);
    if (owner !== undefined && owner.key !== desired.definition.key) return this.#ground.isKept(owner.key);
    const marks = marksOf(desired.kind, live);
    return (
      marks !== undefined &&
      areOurs(marks, this.#ground.input.workspace) &&
      marks.address !== desired.definition.key &&
      this.#ground.isKept(marks.address)
    );
  }

  /** An object whose name differs in its spelling alone: the tenant may have changed the spelling. */
  #respelled(desired: Desired, index: Index): Match | undefined {
    const text = foldedText(naturalOf(desired.kind, desired.values));
    const live = (index.byFolded.get(text) ?? []).find(({ id }) => {
      const owner = this.#ground.claims.recordOf(id);
      return !this.#ground.claimed.has(id) && (owner === undefined || !this.#ground.isKept(owner.key));
    });
    if (live === undefined) return undefined;
    return held(
      `the tenant already holds '${live.displayName}' (${live.id}), whose name differs only in spaces, case or composition; pin it with metadata.id: ${live.id}, or give this definition another display name`,
      [live],
    );
  }

  /** Objects of lost records whose name no definition has: a definition may have been renamed since. */
  #renamed(desired: Desired, index: Index): Match | undefined {
    const { kind } = desired;
    const doubted = this.#unrecorded(desired, [...index.byId.values()]).filter(
      (live) =>
        !this.#ground.asking.has(this.#ground.place(desired, naturalText(naturalOf(kind, live.values)))) &&
        hasImmutablesOf(desired, live),
    );
    return doubted.length === 0 ? undefined : renamedSince(doubted);
  }

  /** Unclaimed objects of a kind without marks that may have been in lost records. */
  #unrecorded(desired: Desired, objects: readonly LiveObject[]): LiveObject[] {
    if (desired.kind.marks !== undefined) return [];
    const isRecovered = this.#ground.input.footing(desired) === 'recovered';
    return objects.filter(
      ({ id }) =>
        (isRecovered || isNamesake(this.#ground.input.records, id)) &&
        !this.#ground.claimed.has(id) &&
        this.#ground.claims.recordOf(id) === undefined,
    );
  }

  /** An object of this name with the marks of another definition, which has another object: its owner is ambiguous. */
  #mismarked(desired: Desired, named: readonly LiveObject[]): Match | undefined {
    const live = named.find(
      ({ id }) => !this.#ground.claimed.has(id) && this.#ground.claims.recordOf(id) === undefined,
    );
    if (live === undefined) return undefined;
    return held(
      `the tenant already holds '${live.displayName}' (${live.id}) with the marks of ${marksOf(desired.kind, live)?.address}, which has another object; pin it with metadata.id: ${live.id}, or give this definition another display name`,
      [live],
    );
  }
}

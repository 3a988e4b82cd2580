import { listed } from '../../text/listed.js';
import type { LiveObject } from '../model/kind.js';
import type { Intent } from '../model/record.js';
import { findingOf, unprovenReason } from './intent.js';
import { NameMatcher } from './match-by-name.js';
import { MatchGround, type MatchInput } from './match-ground.js';
import { type Index, naturalOf, naturalText, push } from './match-index.js';
import { type Basis, conflict, failed, held, liveOf, type Match } from './matching.js';
import type { Desired } from './resolve.js';

/** Finds the live object of every definition of a kind. Pure. */
export function matchKind(input: MatchInput): ReadonlyMap<string, Match> {
  const ground = new MatchGround(input);
  const names = new NameMatcher(ground);
  const identities = new IdentityMatcher(ground, names);
  const steps = [
    (desired: Desired) => identities.byIdentity(desired),
    (desired: Desired) => identities.byMarks(desired),
    (desired: Desired) => names.byName(desired),
  ];
  const matches = new Map<string, Match>();
  for (const step of steps) {
    for (const desired of input.desired) {
      if (matches.has(desired.definition.key)) continue;
      const match = step(desired);
      if (match !== undefined) matches.set(desired.definition.key, match);
    }
    ground.claim(matches);
  }
  return withoutDoubleClaims(matches);
}

/** Two definitions that claim one object are in conflict, both of them. */
function withoutDoubleClaims(matches: Map<string, Match>): ReadonlyMap<string, Match> {
  const keysById = new Map<string, string[]>();
  for (const [key, match] of matches) {
    const live = liveOf(match);
    if (live !== undefined) push(keysById, live.id, key);
  }
  for (const [id, keys] of keysById) {
    if (keys.length < 2) continue;
    const reason = `${listed(keys.sort(), ' and ')} both claim the object ${id}; remove one of them or pin another object with metadata.id`;
    for (const key of keys) matches.set(key, failed({ reason }, [{ id }]));
  }
  return matches;
}

/** Matches definitions of one kind by ids and marks. */
class IdentityMatcher {
  readonly #ground: MatchGround;
  readonly #names: NameMatcher;
  /** Creates that were begun for definitions that are gone, or have another name now. */
  readonly #orphanIntents: readonly Intent[];

  constructor(ground: MatchGround, names: NameMatcher) {
    this.#ground = ground;
    this.#names = names;
    const { kind, records } = ground.input;
    this.#orphanIntents = [...records.intents.values()].filter(
      (intent) => intent.kind === kind.name && !ground.isKept(intent.key),
    );
  }

  /** A pinned id, the id in the record, or the record of the former name. */
  byIdentity(desired: Desired): Match | undefined {
    const { key, id: pinned } = desired.definition;
    const conflict = this.#conflict(desired);
    if (conflict !== undefined) return conflict;
    if (pinned !== undefined) {
      const former = this.#ground.claims.recordOf(pinned);
      const renamedFrom =
        former !== undefined && former.key !== key && this.#ground.claims.isFree(former, key);
      return this.#withId(desired, pinned, 'pin', renamedFrom ? former.key : undefined);
    }
    const record = this.#ground.claims.record(key);
    if (record !== undefined) return this.#withId(desired, record.id, 'record');
    const former = this.#ground.claims.formerRecord(desired);
    if (former === undefined || !this.#ground.claims.isFree(former, key)) return undefined;
    return this.#withId(desired, former.id, 'rename', former.key);
  }

  /** The result of a create that was begun, then our marks. */
  byMarks(desired: Desired): Match | undefined {
    const index = this.#ground.index(desired);
    if (index === undefined) return this.#names.doubled(desired, []) ?? { type: 'missing' };
    const intent = this.#intentFor(desired);
    if (intent !== undefined && this.#isDoubted(intent, desired)) return held(doubtedReason(intent.key), []);
    const result = intent && this.#byIntent(intent, desired, index);
    if (result !== undefined && result.type !== 'underWay') return result;
    const marked = index.byAddress.get(desired.definition.key) ?? [];
    const free = marked.find((live) => !this.#ground.claimed.has(live.id));
    if (free !== undefined) {
      const former = this.#ground.claims.recordOf(free.id);
      return former === undefined || this.#ground.isKept(former.key)
        ? { type: 'found', live: free, by: 'marks' }
        : { type: 'found', live: free, by: 'rename', renamedFrom: former.key };
    }
    if (result !== undefined) return result;
    return this.#byFormerMarks(desired, index);
  }

  /** The marks of the former name (`renamed-from`) of a definition. */
  #byFormerMarks({ kind, definition }: Desired, index: Index): Match | undefined {
    const formerKey = `${kind.name}/${definition.steering.renamedFrom ?? ''}`;
    if (this.#ground.claims.isDefined(formerKey)) return undefined;
    const marked = (index.byAddress.get(formerKey) ?? []).filter(({ id }) => !this.#ground.claimed.has(id));
    const [only] = marked;
    if (only === undefined) return undefined;
    if (marked.length > 1)
      return conflict(`${marked.length} objects carry the marks of ${formerKey}`, marked);
    return { type: 'found', live: only, by: 'rename', renamedFrom: formerKey };
  }

  /** A conflict where the object of a definition is ambiguous. */
  #conflict(desired: Desired): Match | undefined {
    const conflict = this.#ground.claims.conflict(desired, (live) => this.#namedLike(desired, live));
    if (conflict === undefined) return undefined;
    const { reason, live } = conflict;
    if (live !== undefined) this.#ground.disputed.set(live.id, reason);
    return failed(reason, live === undefined ? [] : [live]);
  }

  /** Another definition with the name of an object. */
  #namedLike(desired: Desired, live: LiveObject): string | undefined {
    const natural = naturalText(naturalOf(desired.kind, live.values));
    return this.#ground.asking
      .get(this.#ground.place(desired, natural))
      ?.find((key) => key !== desired.definition.key);
  }

  /** True for a create of another definition, which an invalid document may hold; only `renamed-from` says otherwise. */
  #isDoubted({ key }: Intent, { kind, definition }: Desired): boolean {
    if (key === definition.key || key === `${kind.name}/${definition.steering.renamedFrom ?? ''}`)
      return false;
    return this.#ground.mayBeDefined(key);
  }

  /** A create that was begun for a definition, be it under a former name. One below another parent is another's. */
  #intentFor(desired: Desired): Intent | undefined {
    const { intents } = this.#ground.input.records;
    const { key, steering } = desired.definition;
    const parentId = this.#ground.input.parentId(desired);
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
    const { kind, workspace, selfId, ownersSettle } = this.#ground.input;
    const finding = findingOf(intent, {
      kind,
      workspace,
      selfId,
      objects: [...index.byId.values()],
      isTaken: ({ id }) => this.#ground.claimed.has(id) || this.#ground.claims.recordOf(id) !== undefined,
      ownersSettle: ownersSettle(intent),
    });
    switch (finding.type) {
      case 'ours':
        return (
          this.#renamedAway(desired, finding.live) ?? {
            type: 'found',
            live: finding.live,
            by: 'intent',
            ...renamedFrom,
          }
        );
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

  /** A conflict where a create of an object without marks is older than its name, which another definition has now. */
  #renamedAway(desired: Desired, live: LiveObject): Match | undefined {
    const { kind, values } = desired;
    const isNamed = naturalText(naturalOf(kind, live.values)) === naturalText(naturalOf(kind, values));
    const other = kind.marks !== undefined || isNamed ? undefined : this.#namedLike(desired, live);
    if (other === undefined) return undefined;
    return conflict(`a create of this definition was begun under the name that ${other} has now`, [live]);
  }

  #withId(desired: Desired, id: string, by: Basis, renamedFrom?: string): Match | undefined {
    const index = this.#ground.index(desired);
    const live = index?.byId.get(id);
    if (live !== undefined) {
      return { type: 'found', live, by, renamedFrom };
    }
    if (this.#ground.input.goneIds.has(id)) {
      const pinned = by === 'pin';
      // Its replacement: the result of a create of ours, or an object younger than the records.
      const [marked] = pinned ? [] : (index?.byAddress.get(desired.definition.key) ?? []);
      if (marked !== undefined && this.#intentFor(desired) !== undefined) return undefined;
      if (marked !== undefined) return { type: 'found', live: marked, by: 'marks' };
      return this.#ground.input.recreate && !pinned ? undefined : { type: 'gone', id, pinned };
    }
    const moved = this.#ground.input.elsewhere.get(id);
    if (moved !== undefined) return { type: 'moved', live: moved };
    const reason = index?.unread.get(id) ?? index?.error ?? `the object ${id} could not be read`;
    return { type: 'unread', reason };
  }
}

function doubtedReason(key: string): string {
  return `a create of this name was begun for ${key}, which an invalid document or a lost file may define; correct the definitions that are Invalid, or set metadata.annotations c1sync/renamed-from here`;
}

function unproven(candidates: readonly LiveObject[], former: { readonly renamedFrom?: string }): Match {
  const [live, other] = candidates;
  if (live === undefined || other !== undefined) return held(unprovenReason(candidates), candidates);
  return { type: 'found', live, by: 'unproven', ...former };
}

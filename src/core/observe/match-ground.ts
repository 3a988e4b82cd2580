import { type Kind, type LiveObject, parentRef } from '../model/kind.js';
import type { Intent, Records } from '../model/record.js';
import type { Reason } from '../model/remedy.js';
import { Claims } from './claims.js';
import { type Index, indexOf, naturalOf, naturalText, push, type Scope } from './match-index.js';
import type { AdoptMode, Footing, Match } from './matching.js';
import type { Desired } from './resolve.js';

/** The input of `matchKind`. */
export interface MatchInput {
  readonly kind: Kind;
  /** The resolved definitions of this kind, selected or not, that may claim one of the objects. */
  readonly desired: readonly Desired[];
  /** True for the key of any definition of this kind in the load. */
  readonly isDefined: (key: string) => boolean;
  /** Keys of definitions that are not valid, or lost their file: their records stay theirs. */
  readonly reserved: ReadonlySet<string>;
  /** As in `Load`: a document that is not known may define any key that the load lacks. */
  readonly hasNameless: boolean;
  /** The source of the load, as in `Seen`. */
  readonly root: string;
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

/** The shared ground of all steps of matching one kind: which objects there are, and which definitions have or want them. */
export class MatchGround {
  readonly input: MatchInput;
  readonly claims: Claims;
  /** Keys of definitions by the ids of the objects that they have. */
  readonly claimed = new Map<string, string>();
  /** Keys of definitions by the natural key that they declare, and of those without one. */
  readonly asking = new Map<string, string[]>();
  readonly unnamed = new Set<string>();
  /** Why no definition may have an object, by its id. */
  readonly disputed = new Map<string, Reason>();
  readonly #indexes = new Map<string, Index>();

  constructor(input: MatchInput) {
    this.input = input;
    this.claims = new Claims(input, (desired) => this.index(desired));
    for (const desired of input.desired) {
      const natural = naturalText(naturalOf(desired.kind, desired.values));
      if (natural === '') this.unnamed.add(desired.definition.key);
      else push(this.asking, this.place(desired, natural), desired.definition.key);
    }
  }

  /** Notes the objects that definitions have by now. */
  claim(matches: ReadonlyMap<string, Match>): void {
    for (const [key, match] of matches) {
      if (match.type === 'found' || match.type === 'moved') this.claimed.set(match.live.id, key);
    }
  }

  /** True for the key of a definition, valid or not: only an explicit rename or pin moves its object. */
  isKept(key: string): boolean {
    return this.claims.isDefined(key) || this.input.reserved.has(key);
  }

  /** True for a key that no known definition has, and that an invalid document without a known name may have. */
  mayBeDefined(key: string): boolean {
    return this.input.hasNameless && !this.isKept(key);
  }

  /** A name below a parent, by the parent's id or reference. */
  place(desired: Desired, natural: string): string {
    const parent =
      this.input.parentId(desired) ?? JSON.stringify(parentRef(desired.kind, desired.definition));
    return `${parent} ${natural}`;
  }

  /** The live objects around that of a definition; undefined while that has no parent. */
  index(desired: Desired): Index | undefined {
    const parentId = this.input.parentId(desired);
    if (desired.kind.parent !== undefined && parentId === undefined) return undefined;
    const name = parentId ?? '';
    const existing = this.#indexes.get(name);
    if (existing !== undefined) return existing;
    const { kind, workspace, scope } = this.input;
    const index = indexOf(kind, workspace, scope(parentId));
    this.#indexes.set(name, index);
    return index;
  }
}

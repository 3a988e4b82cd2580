import type { LiveObject } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { ObjectRecord, Records } from '../model/record.js';
import { recordsById } from '../model/record-index.js';
import type { Reason } from '../model/remedy.js';
import { conflictOf } from './conflict.js';
import { type Index, naturalOf, naturalText } from './match-index.js';
import type { Desired } from './resolve.js';

/** The input of {@link Claims}. */
export interface ClaimsInput {
  /** As in {@link MatchInput}. */
  readonly desired: readonly Desired[];
  readonly isDefined: (key: string) => boolean;
  readonly records: Records;
  readonly workspace: string;
  /** Ids that a read by id found missing. */
  readonly goneIds: ReadonlySet<string>;
}

/** Assigns records to the definitions of one kind, and finds where records contradict live objects. Pure. */
export class Claims {
  readonly #input: ClaimsInput;
  readonly #index: (desired: Desired) => Index | undefined;
  readonly #recordsById: ReadonlyMap<string, ObjectRecord>;
  readonly #pinnedIds: ReadonlySet<string>;
  /** By the key of a definition, the key of the one that claims its recorded object. */
  readonly #takenOver: ReadonlyMap<string, string>;

  /** `index`: the live objects around that of a definition; undefined while that has no parent. */
  constructor(input: ClaimsInput, index: (desired: Desired) => Index | undefined) {
    this.#input = input;
    this.#index = index;
    this.#recordsById = recordsById(input.records.objects);
    this.#pinnedIds = new Set(input.desired.flatMap(({ definition }) => definition.id ?? []));
    this.#takenOver = this.#renamesOverDefinitions();
  }

  isDefined(key: string): boolean {
    return this.#input.isDefined(key);
  }

  /** The record of a live object. */
  recordOf(id: string): ObjectRecord | undefined {
    return this.#recordsById.get(id);
  }

  /** The record of a definition, unless another one claims its object. */
  record(key: string): ObjectRecord | undefined {
    return this.#takenOver.has(key) ? undefined : this.#input.records.objects.get(key);
  }

  /** The record under the former name (`renamed-from`) of a definition without a record of its own. */
  formerRecord({ kind, definition }: Desired): ObjectRecord | undefined {
    const { objects } = this.#input.records;
    const { key, steering } = definition;
    if (objects.has(key) || steering.renamedFrom === undefined) return undefined;
    return objects.get(`${kind.name}/${steering.renamedFrom}`);
  }

  /** True where the object of a record may go to a definition of another key. */
  isFree(former: ObjectRecord, key: string): boolean {
    return !this.isDefined(former.key) || this.#takenOver.get(former.key) === key;
  }

  /**
   * Why the object of a definition is ambiguous, with the recorded one; undefined where it is clear.
   * `namedLike`: another definition that asks for the name of a live object.
   */
  conflict(
    desired: Desired,
    namedLike: (live: LiveObject) => string | undefined,
  ): { readonly reason: Reason; readonly live: LiveObject | undefined } | undefined {
    const index = this.#index(desired);
    if (index === undefined) return undefined;
    const { key, id: pinned } = desired.definition;
    const record = this.record(key);
    const live = record === undefined ? undefined : index.byId.get(record.id);
    const marks = live === undefined ? undefined : marksOf(desired.kind, live);
    const isMarked = desired.kind.marks !== undefined;
    const reason = conflictOf({
      key,
      pinned: pinned !== undefined,
      record,
      live,
      isGone: record !== undefined && this.#input.goneIds.has(record.id),
      marks: areOurs(marks, this.#input.workspace) ? marks : undefined,
      marked: (index.byAddress.get(key) ?? []).filter((marked) => !this.#hasMovedOn(marked, key)),
      former: this.#formerByName(desired, index),
      recordOf: (id) => this.#recordsById.get(id),
      isDefined: (other) => this.isDefined(other),
      isRecorded: (other) => this.#input.records.objects.has(other),
      namedLike: live === undefined || isMarked ? undefined : namedLike(live),
    });
    return reason === undefined ? undefined : { reason, live };
  }

  /** A recorded object with the natural key of a definition that no definition has, had (`renamed-from`) or pins. */
  #formerByName({ kind, values }: Desired, index: Index): LiveObject | undefined {
    const natural = naturalText(naturalOf(kind, values));
    const named = natural === '' ? [] : (index.byNatural.get(natural) ?? []);
    return named.find(({ id }) => {
      const record = this.#recordsById.get(id);
      if (record === undefined || this.isDefined(record.key) || this.#pinnedIds.has(id)) return false;
      return !this.#input.desired.some((other) => this.formerRecord(other)?.id === id);
    });
  }

  /** True for an object that another definition has by a pin or a move, though it still carries the marks of `key`. */
  #hasMovedOn({ id }: LiveObject, key: string): boolean {
    if (this.#pinnedIds.has(id) || this.#takenOver.has(key)) return true;
    const owner = this.#recordsById.get(id);
    return owner !== undefined && owner.key !== key && owner.movedFrom === key;
  }

  /**
   * Objects that one definition claims under a new name while another one is new under the old name: by pin or by
   * `renamed-from`, and only where the new one does not mean the object by its natural key.
   */
  #renamesOverDefinitions(): ReadonlyMap<string, string> {
    const byKey = new Map(this.#input.desired.map((desired) => [desired.definition.key, desired]));
    const taken = new Map<string, string>();
    for (const desired of this.#input.desired) {
      const { key, id: pinned } = desired.definition;
      const former = pinned === undefined ? this.formerRecord(desired) : this.#recordsById.get(pinned);
      const other = former === undefined || former.key === key ? undefined : byKey.get(former.key);
      if (former === undefined || other === undefined || other.definition.id === former.id) continue;
      const live = this.#index(desired)?.byId.get(former.id);
      if (live === undefined) continue;
      const name = naturalText(naturalOf(desired.kind, live.values));
      const means = ({ kind, values }: Desired): boolean => naturalText(naturalOf(kind, values)) === name;
      if (!means(other) && (pinned !== undefined || means(desired))) taken.set(other.definition.key, key);
    }
    return taken;
  }
}

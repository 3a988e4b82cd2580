import type { Change, Held, Standing, Update } from '../model/change.js';
import type { Revision } from '../model/definition.js';
import type { Kind, LiveObject, Marks } from '../model/kind.js';
import type { ObjectRecord } from '../model/record.js';
import type { Takeover } from './takeover.js';

/** What an object lives under, as far as it decides on the object. */
export type ParentFacts =
  /** Of a definition of the load. `id` is missing while it is not in the tenant. */
  | { readonly type: 'defined'; readonly key: string; readonly id: string | undefined }
  /** Known by its id alone. `live` is undefined where the tenant does not have it; `error`: why it could not be read. */
  | {
      readonly type: 'stated';
      readonly kind: Kind;
      readonly id: string;
      readonly live: LiveObject | undefined;
      readonly error: string | undefined;
      readonly marks: Marks | undefined;
      readonly takeover: Takeover;
      /** The `spec` path that names it. */
      readonly path: string;
      readonly record: ObjectRecord | undefined;
      /** Why the definition of its record suspends it. */
      readonly suspend: string | undefined;
    };

/** What the rules are asked about one object. */
export interface Facts {
  readonly key: string;
  readonly live: LiveObject | undefined;
  /** Marks on the object; undefined without any. */
  readonly marks: Marks | undefined;
  /** What an edit in the web app means, where there was one. */
  readonly takeover: Takeover;
  /** Who last changed the object, where that is known. */
  readonly actor: string | undefined;
  /** The owner that the definition takes the object from: `c1sync/take-from`. */
  readonly takeFrom: string | undefined;
  /** Why the definition suspends the object. */
  readonly suspend: string | undefined;
  /** What the tenant holds in place of the object, or holds no more; nothing is done about it. */
  readonly conflict: Held | undefined;
  /** Secrets without a value. */
  readonly unset: readonly string[];
  /** Why no write can make the object what its definition asks for. */
  readonly immutable: string | undefined;
  /** What a person has to decide. */
  readonly doubts: readonly string[];
  /** Set for an object whose definition is gone. */
  readonly deletion: DeletionFacts | undefined;
}

/** What decides on a deletion beside everything else. */
interface DeletionFacts {
  /** Why another definition means the object, or may mean it, or refers to it. */
  readonly claim: string | undefined;
  /** Why the kind's own guard keeps it. */
  readonly kept: string | undefined;
  /** What lives under it. */
  readonly children: readonly LiveObject[];
  /** False where no record tells the source of its last definition. */
  readonly isRemembered: boolean;
}

/** One object as planning leaves it to the rules. */
export interface Proposal {
  readonly key: string;
  /** Where the object stands when no rule holds it. */
  readonly standing: Standing;
  readonly parent: ParentFacts | undefined;
  /** Keys of definitions that its fields refer to and that have no object yet. */
  readonly awaits?: readonly string[];
  /** Missing where nothing is proposed and nothing but the parent's fate counts. */
  readonly facts?: Facts;
  readonly change?: Change;
  /** Writes that change nothing a reader could see. */
  readonly bookkeeping?: Update;
  /** True where those writes give an object its marks that has none. */
  readonly isUnmarked?: true;
  /** True where the object could not be compared: of the rules only those show that pass on to what lives under it. */
  readonly isBroken?: true;
  /** True of a broken one that is not managed yet, or not any more: what lives under it waits. */
  readonly isUnmanaged?: true;
}

/** What planning proposes, before any rule is asked. */
export interface Proposed extends Revision {
  /** Of the definitions that the plan is about, and of what they refer to: that comes first. */
  readonly definitions: readonly Proposal[];
  /** Of recorded objects without a definition: children first. */
  readonly orphans: readonly Proposal[];
  /** Where objects stand about which nothing can be proposed. */
  readonly others: readonly Standing[];
  /** Definitions that are not valid, or lost their file. */
  readonly invalid: number;
}

import type { Change, Held, Standing, Update } from '../model/change.js';
import type { Revision } from '../model/definition.js';
import type { Kind, LiveObject, Marks } from '../model/kind.js';
import type { Reason } from '../model/remedy.js';
import type { Takeover } from './takeover.js';

/** The parent of an object, as far as the rules need it. */
export type ParentFacts =
  /** Of a definition of the load. `id` is missing until the object exists. */
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
      /** The definition that was matched with it, or else that of its record, or one that may mean it. */
      readonly key: string | undefined;
      /** A definition that has it or may mean it, and suspends it, with the reason. */
      readonly suspended: { readonly key: string; readonly reason: string } | undefined;
    };

/** The facts about one object that rules judge. */
export interface Facts {
  readonly key: string;
  readonly live: LiveObject | undefined;
  /** Marks on the object; undefined without any. */
  readonly marks: Marks | undefined;
  /** The effect of an edit in the web app; `none` without one. */
  readonly takeover: Takeover;
  /** Who last changed the object, where that is known. */
  readonly actor: string | undefined;
  /** The owner that the definition takes the object from: `c1sync/take-from`. */
  readonly takeFrom: string | undefined;
  /** Why the definition suspends the object. */
  readonly suspend: string | undefined;
  /** The hold on an object that is gone, or that conflicts with another one. */
  readonly conflict: Held | undefined;
  /** Secrets without a value. */
  readonly unset: readonly string[];
  /** Why no write can bring the object in sync: a difference in an immutable field. */
  readonly immutable: string | undefined;
  /** Questions that only a person can decide. */
  readonly doubts: readonly string[];
  /** Set for an object whose definition is gone. */
  readonly deletion: DeletionFacts | undefined;
}

/** The facts about a deletion. */
interface DeletionFacts {
  /** Why another definition claims the object, may claim it, or refers to it. */
  readonly claim: Reason | undefined;
  /** Why the kind's own guard keeps it. */
  readonly kept: string | undefined;
  /** Its live children. */
  readonly children: readonly LiveObject[];
  /** False where the record has no source. */
  readonly isRemembered: boolean;
}

/** The proposal for one object, before the rules. */
export interface Proposal {
  readonly key: string;
  /** The status of the object when no rule holds it. */
  readonly standing: Standing;
  readonly parent: ParentFacts | undefined;
  /** Keys of definitions that its fields refer to and that have no object yet. */
  readonly awaits?: readonly string[];
  /** Missing where only the parent decides on the object. */
  readonly facts?: Facts;
  readonly change?: Change;
  /** Writes that only c1sync needs. */
  readonly bookkeeping?: Update;
  /** True where those writes give an object its marks that has none. */
  readonly isUnmarked?: boolean;
  /** True where the object could not be compared: only holds that pass on to its children show. */
  readonly isBroken?: true;
  /** True for a broken object that is not managed: its children wait. */
  readonly isUnmanaged?: boolean;
}

/** The proposals of a plan, before the rules. */
export interface Proposed extends Revision {
  /** Of the selected definitions and their references, references first. */
  readonly definitions: readonly Proposal[];
  /** Of recorded objects without a definition: children first. */
  readonly orphans: readonly Proposal[];
  /** Statuses of objects without a proposal. */
  readonly others: readonly Standing[];
  /** Definitions that are not valid, or lost their file. */
  readonly invalid: number;
}

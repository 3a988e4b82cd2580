/** The members of an object that a selection reads. */
export interface Selectable {
  /** `Kind/name`. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** True for an object that a command selects. */
export type Selection = (object: Selectable) => boolean;

/** The selection of a command that names nothing: every object. Compare by identity to recognise a full sweep. */
export const everything: Selection = () => true;

/** What a selection looks at. */
export interface Selectable {
  /** `Kind/name`. */
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Says whether an object takes part in what a command does. */
export type Selection = (object: Selectable) => boolean;

/** The selection of a command that names nothing: every object. Compare by identity to tell a full look. */
export const everything: Selection = () => true;

import type { RevisionView } from './views.js';

/** The sources of {@link Revisions}. */
export interface RevisionParts {
  readonly reconciler: {
    readonly actedRevision: string | undefined;
    readonly passedRevisions: ReadonlySet<string>;
  };
  /**
   * `earlier`: the commits before a revision and part of it; none for a source without an order, undefined where they
   * cannot be read now.
   */
  readonly definitions: { readonly earlier: (revision: string) => Promise<readonly string[] | undefined> };
}

/** A commit that was replaced does not return; the hash of a content does with that content. */
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Compares revisions with the one whose changes sweeps have taken up. */
export class Revisions {
  readonly #parts: RevisionParts;

  constructor(parts: RevisionParts) {
    this.#parts = parts;
  }

  /** The standing of a revision, named by at least its first characters. */
  async standing(wanted: string): Promise<RevisionView> {
    const { reconciler, definitions } = this.#parts;
    const { actedRevision: present, passedRevisions } = reconciler;
    const isWanted = (revision: string): boolean => revision.startsWith(wanted);
    if (present === undefined) return { revision: null, standing: 'unknown' };
    if (isWanted(present)) return { revision: present, standing: 'in force' };
    const earlier = await definitions.earlier(present);
    if (earlier === undefined) return { revision: present, standing: 'unknown' };
    if (earlier.some(isWanted)) return { revision: present, standing: 'included' };
    const isReplaced = [...passedRevisions].some((passed) => isWanted(passed) && COMMIT.test(passed));
    return { revision: present, standing: isReplaced ? 'replaced' : 'unknown' };
  }
}

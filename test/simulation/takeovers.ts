/** An edit in the web app by which an object is a person's. */
interface Yielded {
  /** Key of the definition that it was of. */
  readonly key: string;
  /** Milliseconds since the beginning. */
  readonly at: number;
}

/** When an edit in the web app was reverted. */
interface Reverted {
  /** Milliseconds since the beginning. */
  readonly at: number;
  /** The same as the time of day. */
  readonly wallAt: number;
}

const DAY_MS = 24 * 60 * 60_000;

/** What c1sync leaves to the people who edited it in the web app, by the ids of the apps. */
export class Takeovers {
  readonly #mode: 'once' | 'always' | 'hold';
  /** When apps were edited, milliseconds since the beginning, until their marks are back. */
  readonly #edited = new Map<string, number>();
  readonly #reverted = new Map<string, Reverted>();
  readonly #yielded = new Map<string, Yielded>();
  /** Apps without our marks of which the state may know an earlier edit, or not, until our marks are written to them. */
  readonly #doubtful = new Set<string>();
  /** Apps that a person had managed again, until our marks are written to them. */
  readonly #resumed = new Set<string>();

  constructor(mode: 'once' | 'always' | 'hold') {
    this.#mode = mode;
  }

  /** A person edits an app of a definition that was in sync; its marks go with that. It is taken over once, by the first such edit. */
  edits(id: string, key: string, at: number, wallAt: number): void {
    if (this.#yielded.get(id)?.key === key || this.#doubtful.has(id)) return;
    const reverted = this.#reverted.get(id);
    const isRepeated = reverted !== undefined && wallAt - reverted.wallAt < DAY_MS;
    // Without marks an app may have been taken over by an earlier edit: a definition that changed since then reclaims it.
    if (!this.#edited.has(id)) this.#edited.set(id, at);
    if (this.#mode === 'hold' || (this.#mode === 'once' && isRepeated)) this.#yielded.set(id, { key, at });
  }

  /** A person resumes an app. The judge does not know if it was taken over, so its next marks may revert or reclaim. */
  resumes(id: string | undefined): void {
    this.forgets(id);
    if (id !== undefined) this.#resumed.add(id);
  }

  /** An app carries our marks again: what a person did before counts no more. */
  returns(id: string): void {
    this.#doubtful.delete(id);
    if (this.#yielded.has(id)) this.#clear(id);
  }

  /**
   * The sender of a write that carries our marks hears that it was done. `isChangedSince`: true where the definition is
   * another one since a moment: then this may have ended a take-over.
   */
  marks(id: string, at: number, wallAt: number, isChangedSince: (at: number) => boolean): void {
    const editedAt = this.#edited.get(id);
    if (editedAt === undefined) return;
    this.#clear(id);
    if (!this.#resumed.delete(id) && !isChangedSince(editedAt)) this.#reverted.set(id, { at, wallAt });
  }

  /** True for an app of which an edit was reverted: another one counts. */
  isReverted(id: string): boolean {
    return this.#reverted.has(id);
  }

  /** When a person took the app of a definition over, milliseconds since the beginning; undefined where nobody did. */
  takenAt(id: string, key: string): number | undefined {
    const yielded = this.#yielded.get(id);
    return yielded?.key === key ? yielded.at : undefined;
  }

  /** A plan was acted on at a time of day: reverts of long before count no more, whatever the clock says later. */
  passes(wallAt: number): void {
    for (const [id, reverted] of this.#reverted)
      if (wallAt - reverted.wallAt >= DAY_MS) this.#reverted.delete(id);
  }

  /** A person has an app managed again, or the state may know nothing of it any more; the same for all of them without an id. */
  forgets(id?: string): void {
    for (const edited of this.#edited.keys())
      if (id === undefined || id === edited) this.#doubtful.add(edited);
    this.#clear(id);
  }

  #clear(id?: string): void {
    for (const known of [this.#edited, this.#reverted, this.#yielded]) {
      if (id === undefined) known.clear();
      else known.delete(id);
    }
  }

  /** The state may miss what was heard since a moment. */
  misses(since: number): void {
    for (const [id, { at }] of this.#reverted) if (at >= since) this.#reverted.delete(id);
  }
}

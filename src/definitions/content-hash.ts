import { hash } from 'node:crypto';

/** Files whose digests are hashed together. */
const BLOCK = 128;

/** The digests of files by their paths, sorted by these. */
type Files = ReadonlyMap<string, { readonly digest: string }>;

/** A hash over the paths and contents of files. It is made of blocks: a changed file costs the hash of its block. */
export class ContentHash {
  /** SHA-256, hex. */
  readonly text: string;
  readonly #paths: readonly string[];
  readonly #blocks: readonly string[];

  private constructor(paths: readonly string[], blocks: readonly string[]) {
    this.#paths = paths;
    this.#blocks = blocks;
    this.text = hash('sha256', blocks.join(''));
  }

  static of(files: Files): ContentHash {
    const paths = [...files.keys()];
    const blocks = Array.from({ length: Math.ceil(paths.length / BLOCK) }, (_, at) =>
      blockOf(paths, files, at),
    );
    return new ContentHash(paths, blocks);
  }

  /** The hash after these paths have other digests. `files` has the same paths as before. */
  with(changed: Iterable<string>, files: Files): ContentHash {
    const blocks = this.#blocks.slice();
    for (const at of new Set([...changed].map((path) => this.#blockWith(path))))
      blocks[at] = blockOf(this.#paths, files, at);
    return new ContentHash(this.#paths, blocks);
  }

  #blockWith(path: string): number {
    let [first, end] = [0, this.#blocks.length];
    while (end - first > 1) {
      const middle = (first + end) >> 1;
      if ((this.#paths[middle * BLOCK] ?? '') <= path) first = middle;
      else end = middle;
    }
    return first;
  }
}

function blockOf(paths: readonly string[], files: Files, at: number): string {
  const lines = paths
    .slice(at * BLOCK, (at + 1) * BLOCK)
    .map((path) => `${path}\0${files.get(path)?.digest}\0`);
  return hash('sha256', lines.join(''));
}

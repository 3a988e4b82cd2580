import { keyOf, type Position, type Problem } from '../core/model/definition.js';
import type { Kind } from '../core/model/kind.js';
import { excerpt } from '../text/excerpt.js';
import { grouped } from '../text/grouped.js';
import { listed, othersThan } from '../text/listed.js';
import { suggestion } from '../text/nearest.js';
import type { BadDocument, Draft } from './document.js';
import { listable } from './problems.js';
import type { FolderContents } from './read.js';

/** The last valid version of every object, by key. */
export type Memory = ReadonlyMap<string, Draft>;

/** A load, completed with the last valid versions. */
export interface Assembly {
  /** Definitions in force, by key; the memory of the next load. */
  readonly drafts: Map<string, Draft>;
  /** By position, as {@link listable} caps them. */
  readonly problems: readonly Problem[];
  /** See `Load.hasNameless`. */
  readonly hasNameless: boolean;
  /** See `Load.invalid`. */
  readonly invalid: ReadonlyMap<string, string>;
}

/**
 * Compares the documents of a load with each other and with the last valid versions. These versions stay in force for a broken document, for objects
 * missing from a file with a broken document (it may be half written), and for all objects
 * of an unreadable file. Only other missing objects count as absent.
 */
export function assemble(contents: FolderContents, memory: Memory, kinds: readonly Kind[]): Assembly {
  return new Assembler(contents, memory).run(kinds);
}

class Assembler {
  readonly #contents: FolderContents;
  readonly #memory: Memory;
  readonly #problems: Problem[];
  readonly #invalid = new Map<string, string>();
  /** Usable new documents by key. */
  readonly #fresh = new Map<string, Draft>();
  /** Last valid versions that stay, by key. */
  readonly #kept = new Map<string, Draft>();

  constructor(contents: FolderContents, memory: Memory) {
    this.#contents = contents;
    this.#memory = memory;
    this.#problems = [
      ...contents.unusable.map((unusable) => unusable.problem),
      ...contents.bad.flatMap((document) => document.problems),
    ];
  }

  run(kinds: readonly Kind[]): Assembly {
    this.#sortByKey();
    this.#keepMissing();
    this.#refuseSharedIds();
    this.#refuseUnknownParents(kinds);
    return {
      drafts: new Map([...this.#fresh, ...this.#kept]),
      problems: listable(this.#problems, unlistedIn(this.#contents.bad)),
      hasNameless:
        this.#contents.unusable.length > 0 || this.#contents.bad.some(({ key }) => key === undefined),
      invalid: this.#invalid,
    };
  }

  #sortByKey(): void {
    const named = this.#contents.bad.filter((document) => document.key !== undefined);
    for (const [key, documents] of grouped(
      [...this.#contents.drafts, ...named],
      (document) => document.key ?? '',
    )) {
      const [first] = documents;
      if (documents.length > 1) this.#refuseDuplicates(key, documents);
      else if (first !== undefined && 'spec' in first) this.#fresh.set(key, first);
      else if (first !== undefined) this.#refuse(key, first, first.problems[0]);
    }
  }

  #refuseDuplicates(key: string, documents: readonly (Draft | BadDocument)[]): void {
    for (const document of documents) {
      const places = othersThan(document, documents).map((other) => placeText(other.position));
      const others = listed(places, ', ', documents.length - 1);
      const message = `${key} is defined here and at ${others}: neither is used until one of them goes.`;
      this.#report(key, document, { position: document.position, key, path: 'metadata.name', message });
    }
  }

  /** Keys of the last load that are missing now without proof that they were removed. */
  #keepMissing(): void {
    const unusable = firstBy(this.#contents.unusable, ({ path }) => path);
    const bad = firstBy(this.#contents.bad, ({ file }) => file);
    for (const [key, draft] of this.#memory) {
      if (this.#fresh.has(key) || this.#invalid.has(key)) continue;
      const hidden = withFolders(draft.file).find((path) => unusable.has(path));
      const reason = unusable.get(hidden ?? '')?.problem ?? bad.get(draft.file)?.problems[0];
      if (reason !== undefined) this.#refuse(key, draft, reason);
    }
  }

  #refuseSharedIds(): void {
    const pinned = [...this.#fresh.values(), ...this.#kept.values()].filter(
      (draft) => draft.id !== undefined,
    );
    for (const [, drafts] of grouped(pinned, (draft) => `${draft.kind}/${draft.id}`)) {
      if (drafts.length === 1) continue;
      for (const draft of drafts.filter(({ key }) => this.#fresh.has(key))) {
        const places = othersThan(draft, drafts).map(
          ({ key, position }) => `${key} at ${placeText(position)}`,
        );
        const others = listed(places, ', ', drafts.length - 1);
        const message = `This id is also that of ${others}: two definitions cannot manage one object.`;
        this.#report(draft.key, draft, {
          position: draft.position,
          key: draft.key,
          path: 'metadata.id',
          message,
        });
      }
    }
  }

  /** Reports nothing while an unreadable document could be the parent. */
  #refuseUnknownParents(kinds: readonly Kind[]): void {
    if (
      this.#contents.unusable.length > 0 ||
      this.#contents.bad.some((document) => document.key === undefined)
    )
      return;
    const known = new Set([...this.#fresh.keys(), ...this.#kept.keys(), ...this.#invalid.keys()]);
    const parents = new Map(
      kinds.flatMap((kind) => (kind.parent === undefined ? [] : [[kind.name, kind.parent]])),
    );
    const suggest = suggesterFor(known);
    for (const draft of [...this.#fresh.values()]) {
      const parent = parents.get(draft.kind);
      const name = parent && draft.spec[parent.path];
      if (parent === undefined || typeof name !== 'string' || known.has(keyOf(parent.kind, name))) continue;
      const message = `No ${parent.kind} named "${excerpt(name)}" is defined.${suggest(parent.kind, name)} An ${parent.kind} without a definition is named by { id: ... }.`;
      const position = draft.parentPosition ?? draft.position;
      this.#report(draft.key, draft, { position, key: draft.key, path: `spec.${parent.path}`, message });
    }
  }

  #report(key: string, document: Draft | BadDocument, problem: Problem): void {
    this.#problems.push(problem);
    this.#refuse(key, document, problem);
  }

  /** Rejects a document; its last valid version stays in force, with the position of the document. */
  #refuse(key: string, document: Draft | BadDocument, problem: Problem | undefined): void {
    this.#fresh.delete(key);
    if (!this.#invalid.has(key)) this.#invalid.set(key, problemText(problem));
    const last = this.#memory.get(key);
    if (last !== undefined)
      this.#kept.set(key, { ...last, file: document.file, position: document.position });
  }
}

/** How many problems the documents of a file have beside those they name, by the file as it is shown. */
function unlistedIn(documents: readonly BadDocument[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { position, unlisted } of documents) {
    if (unlisted > 0) counts.set(position.file, (counts.get(position.file) ?? 0) + unlisted);
  }
  return counts;
}

/** Number of suggestions in one load, since comparing a name with all others takes time. */
const MOST_SUGGESTIONS = 100;

/** Suggests a known name for an unknown one; computed once for each. */
function suggesterFor(known: ReadonlySet<string>): (kind: string, name: string) => string {
  let namesOf: ReadonlyMap<string, readonly string[]> | undefined;
  const suggestions = new Map<string, string>();
  return (kind, name) => {
    const key = keyOf(kind, name);
    const computed = suggestions.get(key);
    if (computed !== undefined || suggestions.size >= MOST_SUGGESTIONS) return computed ?? '';
    const prefix = keyOf(kind, '');
    namesOf ??= grouped(known, (other) => other.slice(0, other.indexOf('/') + 1));
    const text = suggestion(
      name,
      (namesOf.get(prefix) ?? []).map((other) => other.slice(prefix.length)),
    );
    suggestions.set(key, text);
    return text;
  };
}

/** A path and the folders above it. */
function withFolders(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function firstBy<T>(items: readonly T[], keyFor: (item: T) => string): ReadonlyMap<string, T> {
  return new Map(items.map((item): [string, T] => [keyFor(item), item]).reverse());
}

function problemText(problem: Problem | undefined): string {
  if (problem === undefined) return '';
  return problem.path === undefined ? problem.message : `${problem.path}: ${problem.message}`;
}

function placeText({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

import { keyOf, type Position, type Problem } from '../core/definition.js';
import type { Kind } from '../core/kind.js';
import { suggestion } from '../core/nearest.js';
import type { BadDocument, Draft } from './document.js';
import type { Look } from './read.js';

/** The last valid version of every object, by key. */
export type Memory = ReadonlyMap<string, Draft>;

/** One look, made whole with what is remembered. */
export interface Assembly {
  /** What is to be used, by key. It is also what to remember. */
  readonly drafts: ReadonlyMap<string, Draft>;
  readonly problems: readonly Problem[];
  /** See `Load.invalid`. */
  readonly invalid: ReadonlyMap<string, string>;
}

/**
 * Compares the documents of a look with each other and with what is remembered. Whatever is wrong keeps its last valid
 * version: a broken document, everything that is missing from a file with a broken document (it may be half written),
 * everything of a file that could not be read, everything of a file that holds nothing any more. Only what is absent without any such doubt is absent.
 */
export function assemble(look: Look, memory: Memory, kinds: readonly Kind[]): Assembly {
  return new Assembler(look, memory, kinds).run();
}

class Assembler {
  readonly #look: Look;
  readonly #memory: Memory;
  readonly #kinds: readonly Kind[];
  readonly #problems: Problem[];
  readonly #invalid = new Map<string, string>();
  /** Usable new documents by key. */
  readonly #fresh = new Map<string, Draft>();
  /** Last valid versions that stay, by key. */
  readonly #kept = new Map<string, Draft>();

  constructor(look: Look, memory: Memory, kinds: readonly Kind[]) {
    this.#look = look;
    this.#memory = memory;
    this.#kinds = kinds;
    this.#problems = [
      ...look.blind.map((blind) => blind.problem),
      ...look.bad.flatMap((document) => document.problems),
    ];
  }

  run(): Assembly {
    this.#sortByKey();
    this.#keepWhatIsInDoubt();
    this.#refuseSharedIds();
    this.#refuseUnknownParents();
    return {
      drafts: new Map([...this.#fresh, ...this.#kept]),
      problems: this.#problems,
      invalid: this.#invalid,
    };
  }

  #sortByKey(): void {
    const named = this.#look.bad.filter((document) => document.key !== undefined);
    for (const [key, documents] of grouped(
      [...this.#look.drafts, ...named],
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
      const others = documents
        .filter((other) => other !== document)
        .map((other) => placeText(other.position));
      const message = `${key} is defined here and at ${others.join(', ')}: neither is used until one of them goes.`;
      this.#report(key, document, { position: document.position, key, path: 'metadata.name', message });
    }
  }

  /** Keys of the last load that are nowhere now, although nobody can say that they were taken away. */
  #keepWhatIsInDoubt(): void {
    const emptied = new Map<string, Draft[]>(this.#look.empty.map(({ path }) => [path, []]));
    for (const [key, draft] of this.#memory) {
      if (this.#fresh.has(key) || this.#invalid.has(key)) continue;
      const blind = this.#look.blind.find(
        ({ path }) => draft.file === path || draft.file.startsWith(`${path}/`),
      );
      const reason = blind?.problem ?? this.#look.bad.find(({ file }) => file === draft.file)?.problems[0];
      if (reason !== undefined) this.#refuse(key, draft, reason);
      else emptied.get(draft.file)?.push(draft);
    }
    for (const { path, position } of this.#look.empty) {
      const drafts = emptied.get(path) ?? [];
      const names = drafts.map((draft) => draft.key).join(', ');
      const message = `The file held ${names} and holds nothing now. Remove the file if that is meant; until then they stay as they were.`;
      drafts.forEach((draft, index) => {
        if (index === 0) this.#report(draft.key, draft, { position, message });
        else this.#refuse(draft.key, draft, { position, message });
      });
    }
  }

  #refuseSharedIds(): void {
    const pinned = [...this.#fresh.values(), ...this.#kept.values()].filter(
      (draft) => draft.id !== undefined,
    );
    for (const [, drafts] of grouped(pinned, (draft) => `${draft.kind}/${draft.id}`)) {
      if (drafts.length === 1) continue;
      for (const draft of drafts.filter(({ key }) => this.#fresh.has(key))) {
        const others = drafts
          .filter((other) => other !== draft)
          .map(({ key, position }) => `${key} at ${placeText(position)}`);
        const message = `This id is also that of ${others.join(', ')}: two definitions cannot manage one object.`;
        this.#report(draft.key, draft, {
          position: draft.position,
          key: draft.key,
          path: 'metadata.id',
          message,
        });
      }
    }
  }

  /** Says nothing while a document that could be the parent cannot be read. */
  #refuseUnknownParents(): void {
    if (this.#look.blind.length > 0 || this.#look.bad.some((document) => document.key === undefined)) return;
    const known = new Set([...this.#fresh.keys(), ...this.#kept.keys(), ...this.#invalid.keys()]);
    const parents = new Map(
      this.#kinds.flatMap((kind) => (kind.parent === undefined ? [] : [[kind.name, kind.parent]])),
    );
    for (const draft of [...this.#fresh.values()]) {
      const parent = parents.get(draft.kind);
      const name = parent && draft.spec[parent.path];
      if (parent === undefined || typeof name !== 'string' || known.has(keyOf(parent.kind, name))) continue;
      const prefix = keyOf(parent.kind, '');
      const names = [...known].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
      const message = `No ${parent.kind} named "${name}" is defined.${suggestion(name, names)} An ${parent.kind} without a definition is named by { id: ... }.`;
      const position = draft.parentPosition ?? draft.position;
      this.#report(draft.key, draft, { position, key: draft.key, path: `spec.${parent.path}`, message });
    }
  }

  #report(key: string, document: Draft | BadDocument, problem: Problem): void {
    this.#problems.push(problem);
    this.#refuse(key, document, problem);
  }

  /** Takes a document out of use; its last valid version stays, known from now on by where the document stands. */
  #refuse(key: string, document: Draft | BadDocument, problem: Problem | undefined): void {
    this.#fresh.delete(key);
    if (!this.#invalid.has(key)) this.#invalid.set(key, problemText(problem));
    const last = this.#memory.get(key);
    if (last !== undefined)
      this.#kept.set(key, { ...last, file: document.file, position: document.position });
  }
}

function problemText(problem: Problem | undefined): string {
  if (problem === undefined) return '';
  return problem.path === undefined ? problem.message : `${problem.path}: ${problem.message}`;
}

function placeText({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

function grouped<T>(items: readonly T[], keyFor: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyFor(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

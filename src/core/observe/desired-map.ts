import type { Definition } from '../model/definition.js';
import type { DefinitionsByKey } from '../model/definition-index.js';
import type { Kind } from '../model/kind.js';
import type { Desired } from './resolve.js';

/** The definitions of a load by key, each resolved when it is asked for. Iterates kind after kind, parents first. */
export class DesiredMap implements ReadonlyMap<string, Desired> {
  readonly #definitions: DefinitionsByKey;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #resolve: (kind: Kind, definition: Definition) => Desired;
  readonly #resolved = new Map<string, Desired>();
  #all: ReadonlyMap<string, Desired> | undefined;

  /** `kinds`: by name, parents first. `resolve` gives the same result whenever it is called. */
  constructor(
    definitions: DefinitionsByKey,
    kinds: ReadonlyMap<string, Kind>,
    resolve: (kind: Kind, definition: Definition) => Desired,
  ) {
    this.#definitions = definitions;
    this.#kinds = kinds;
    this.#resolve = resolve;
  }

  get size(): number {
    return this.#definitions.size;
  }

  get(key: string): Desired | undefined {
    const known = this.#resolved.get(key);
    if (known !== undefined) return known;
    const definition = this.#definitions.get(key);
    const kind = this.#kinds.get(definition?.kind ?? '');
    if (definition === undefined || kind === undefined) return undefined;
    const desired = this.#resolve(kind, definition);
    this.#resolved.set(key, desired);
    return desired;
  }

  has(key: string): boolean {
    return this.#definitions.has(key);
  }

  /** The definitions of one kind. */
  ofKind({ name }: Kind): readonly Desired[] {
    return [...this.#definitions.values()]
      .filter(({ kind }) => kind === name)
      .flatMap(({ key }) => this.get(key) ?? []);
  }

  forEach(callback: (value: Desired, key: string, map: ReadonlyMap<string, Desired>) => void): void {
    for (const [key, desired] of this.#whole()) callback(desired, key, this);
  }

  entries(): MapIterator<[string, Desired]> {
    return this.#whole().entries();
  }

  keys(): MapIterator<string> {
    return this.#whole().keys();
  }

  values(): MapIterator<Desired> {
    return this.#whole().values();
  }

  [Symbol.iterator](): MapIterator<[string, Desired]> {
    return this.entries();
  }

  #whole(): ReadonlyMap<string, Desired> {
    const all = (): Desired[] => [...this.#kinds.values()].flatMap((kind) => this.ofKind(kind));
    this.#all ??= new Map(all().map((desired) => [desired.definition.key, desired]));
    return this.#all;
  }
}

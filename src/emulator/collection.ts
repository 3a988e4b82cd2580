/**
 * Objects in the order of their making, found by id. Reading a page costs the page, not the collection.
 */
export class Collection<T extends { readonly id: string }> {
  readonly #items: T[] = [];
  readonly #byId = new Map<string, T>();

  /** How many objects there are. */
  get size(): number {
    return this.#items.length;
  }

  /** The objects in order; not to be changed by the caller. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** The object with this id. */
  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  /** Puts an object at the end. The id must be free. */
  add(item: T): void {
    this.#items.push(item);
    this.#byId.set(item.id, item);
  }

  /** Takes an object out; those behind it move up. */
  remove(id: string): void {
    const item = this.#byId.get(id);
    if (item === undefined) return;
    this.#byId.delete(id);
    this.#items.splice(this.#items.indexOf(item), 1);
  }
}

/** Objects in the order of their creation, indexed by id. */
export class Collection<T extends { readonly id: string }> {
  readonly #items: T[] = [];
  readonly #byId = new Map<string, T>();

  /** The number of objects. */
  get size(): number {
    return this.#items.length;
  }

  /** The objects in order. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** The object with this id. */
  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  /** Appends an object with an id that no other object has. */
  add(item: T): void {
    this.#items.push(item);
    this.#byId.set(item.id, item);
  }

  /** Removes an object and keeps the order of the others. */
  remove(id: string): void {
    const item = this.#byId.get(id);
    if (item === undefined) return;
    this.#byId.delete(id);
    this.#items.splice(this.#items.indexOf(item), 1);
  }
}

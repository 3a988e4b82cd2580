import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';

/** The parser's value for a missing offset. */
export const NO_RANGE = -1;

/** The offset of a node; undefined for an empty value and for the end of a collection. */
export function offsetOf(event: Event): number | undefined {
  switch (event.type) {
    case EVENT_ID.SCALAR: {
      if (event.tagStart !== NO_RANGE) return event.tagStart;
      if (event.anchorStart !== NO_RANGE) return event.anchorStart - 1;
      if (event.valueStart === NO_RANGE) return undefined;
      const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
      return quoted ? event.valueStart - 1 : event.valueStart;
    }
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1;
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return event.start;
    default:
      return undefined;
  }
}

/** The offset of the content of a document. `events` are those of one document. */
export function documentOffset(events: readonly Event[]): number {
  const first = events[1];
  return (first && offsetOf(first)) ?? 0;
}

interface Found {
  /** Index of the event that is the name; undefined in a list. */
  readonly name: number | undefined;
  readonly value: number;
}

/**
 * Finds paths in one document. The first search costs one pass over the events, each further search the length of its path.
 */
export class Locator {
  readonly #text: string;
  readonly #events: readonly Event[];
  #shape: Shape | undefined;
  readonly #pairs = new Map<number, ReadonlyMap<string, Found>>();

  /** `events` are those of one document without an alias that contains itself. */
  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  /** The offset of a path: of its last name or of its value. See `YamlDocument.locate`. */
  find(path: readonly PropertyKey[], target: 'name' | 'value'): number {
    let offset = documentOffset(this.#events);
    let node = 1;
    for (const [depth, part] of path.entries()) {
      const found = this.#childOf(node, part);
      if (found === undefined) return offset;
      const name = found.name === undefined ? undefined : this.#offsetAt(found.name);
      const value = this.#offsetAt(found.value) ?? name ?? offset;
      const isLast = depth === path.length - 1;
      offset = isLast && target === 'value' ? value : (name ?? value);
      node = found.value;
    }
    return offset;
  }

  #offsetAt(index: number): number | undefined {
    const event = this.#events[index];
    return event && offsetOf(event);
  }

  /** The child named `part` of the node at `index`, through aliases and merge keys. */
  #childOf(index: number, part: PropertyKey): Found | undefined {
    const node = this.#resolved(index);
    const event = this.#events[node];
    if (event?.type === EVENT_ID.SEQUENCE) {
      const value = this.#children(node)[Number(part)];
      return value === undefined ? undefined : { name: undefined, value };
    }
    return event?.type === EVENT_ID.MAPPING ? this.#pairsOf(node).get(String(part)) : undefined;
  }

  /** The node itself, or the target of its alias. */
  #resolved(index: number): number {
    this.#shape ??= shapeOf(this.#text, this.#events);
    return this.#shape.anchored.get(index) ?? index;
  }

  #children(index: number): readonly number[] {
    this.#shape ??= shapeOf(this.#text, this.#events);
    return this.#shape.children.get(index) ?? [];
  }

  /** The pairs of a mapping by name: its own before merged ones, and the first of several. */
  #pairsOf(index: number): ReadonlyMap<string, Found> {
    const known = this.#pairs.get(index);
    if (known !== undefined) return known;
    const pairs = new Map<string, Found>();
    this.#pairs.set(index, pairs);
    const children = this.#children(index);
    const merged: number[] = [];
    for (let at = 0; at + 1 < children.length; at += 2) {
      const name = children[at] ?? 0;
      const value = children[at + 1] ?? 0;
      const event = this.#events[name];
      if (event?.type !== EVENT_ID.SCALAR) continue;
      const written = getScalarValue(this.#text, event);
      if (!pairs.has(written)) pairs.set(written, { name, value });
      if (written === '<<') merged.push(value);
    }
    for (const source of merged.flatMap((at) => this.#sourcesOf(at))) {
      for (const [name, found] of this.#pairsOf(source)) if (!pairs.has(name)) pairs.set(name, found);
    }
    return pairs;
  }

  /** The mappings that a merge key names. */
  #sourcesOf(index: number): number[] {
    const node = this.#resolved(index);
    const nodes =
      this.#events[node]?.type === EVENT_ID.SEQUENCE
        ? this.#children(node).map((child) => this.#resolved(child))
        : [node];
    return nodes.filter((at) => this.#events[at]?.type === EVENT_ID.MAPPING);
  }
}

/** The tree of a document's events. */
interface Shape {
  /** Nodes directly below a collection: items, or names and values in turn. By the index of the collection. */
  readonly children: ReadonlyMap<number, readonly number[]>;
  /** The target of each alias, by the index of the alias. */
  readonly anchored: ReadonlyMap<number, number>;
}

function shapeOf(text: string, events: readonly Event[]): Shape {
  const children = new Map<number, number[]>();
  const anchored = new Map<number, number>();
  const anchors = new Map<string, number>();
  const open: number[][] = [];
  events.forEach((event, index) => {
    if (event.type === EVENT_ID.POP) {
      open.pop();
      return;
    }
    open.at(-1)?.push(index);
    if (event.type === EVENT_ID.ALIAS) {
      const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
      if (target !== undefined) anchored.set(index, target);
      return;
    }
    if ('anchorStart' in event && event.anchorStart !== NO_RANGE)
      anchors.set(text.slice(event.anchorStart, event.anchorEnd), index);
    if (event.type === EVENT_ID.SCALAR) return;
    const below: number[] = [];
    children.set(index, below);
    open.push(below);
  });
  return { children, anchored };
}

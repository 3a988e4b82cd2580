import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';

/** The parser's sign for "not there" in an offset. */
export const NO_RANGE = -1;

/** Where a node begins in its text; undefined for an empty value and for the end of a collection. */
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

/** Where the content of a document begins. `events` are those of one document. */
export function documentOffset(events: readonly Event[]): number {
  const first = events[1];
  return (first && offsetOf(first)) ?? 0;
}

interface Found {
  /** Index of the event that is the name; undefined in a list. */
  readonly name: number | undefined;
  readonly value: number;
}

/** The offset of a path in one document: of its last name or of its value. See `YamlDocument.locate`. */
export function findOffset(
  text: string,
  events: readonly Event[],
  path: readonly PropertyKey[],
  target: 'name' | 'value',
): number {
  let offset = documentOffset(events);
  let node = 1;
  for (const [depth, part] of path.entries()) {
    const found = childOf(text, events, node, part, 0);
    if (found === undefined) return offset;
    const name = found.name === undefined ? undefined : eventOffset(events, found.name);
    const value = eventOffset(events, found.value) ?? name ?? offset;
    const isLast = depth === path.length - 1;
    offset = isLast && target === 'value' ? value : (name ?? value);
    node = found.value;
  }
  return offset;
}

function eventOffset(events: readonly Event[], index: number): number | undefined {
  const event = events[index];
  return event && offsetOf(event);
}

/** The child named `part` of the node at `index`, looking through aliases and merge keys. */
function childOf(
  text: string,
  events: readonly Event[],
  index: number,
  part: PropertyKey,
  jumps: number,
): Found | undefined {
  const event = events[index];
  if (event === undefined || jumps > 100) return undefined;
  if (event.type === EVENT_ID.ALIAS) {
    const anchor = anchorBefore(text, events, index, text.slice(event.anchorStart, event.anchorEnd));
    return anchor === undefined ? undefined : childOf(text, events, anchor, part, jumps + 1);
  }
  if (event.type === EVENT_ID.SEQUENCE) {
    const value = childIndexes(events, index)[Number(part)];
    return value === undefined ? undefined : { name: undefined, value };
  }
  return event.type === EVENT_ID.MAPPING ? pairOf(text, events, index, String(part), jumps) : undefined;
}

function pairOf(
  text: string,
  events: readonly Event[],
  index: number,
  wanted: string,
  jumps: number,
): Found | undefined {
  const children = childIndexes(events, index);
  const merged: number[] = [];
  for (let at = 0; at + 1 < children.length; at += 2) {
    const name = children[at] ?? 0;
    const value = children[at + 1] ?? 0;
    const event = events[name];
    if (event?.type !== EVENT_ID.SCALAR) continue;
    const written = getScalarValue(text, event);
    if (written === wanted) return { name, value };
    if (written === '<<') merged.push(value);
  }
  for (const source of merged.flatMap((at) =>
    events[at]?.type === EVENT_ID.SEQUENCE ? childIndexes(events, at) : [at],
  )) {
    const found = childOf(text, events, source, wanted, jumps + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Indexes of the nodes directly below the collection at `index`: items, or names and values in turn. */
function childIndexes(events: readonly Event[], index: number): number[] {
  const children: number[] = [];
  let depth = 0;
  for (let at = index + 1; at < events.length; at += 1) {
    const type = events[at]?.type;
    if (type === EVENT_ID.POP) {
      if (depth === 0) break;
      depth -= 1;
      continue;
    }
    if (depth === 0) children.push(at);
    if (type === EVENT_ID.SEQUENCE || type === EVENT_ID.MAPPING) depth += 1;
  }
  return children;
}

function anchorBefore(
  text: string,
  events: readonly Event[],
  index: number,
  name: string,
): number | undefined {
  for (let at = index - 1; at > 0; at -= 1) {
    const event = events[at];
    if (event === undefined || !('anchorStart' in event) || event.type === EVENT_ID.ALIAS) continue;
    if (event.anchorStart !== NO_RANGE && text.slice(event.anchorStart, event.anchorEnd) === name) return at;
  }
  return undefined;
}

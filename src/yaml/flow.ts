import { isMap, type YAMLMap, type YAMLSeq } from 'yaml';
import { commaEnd, type Source, type Splice, startOf } from './tree.js';

/** A step of turning the entries of a collection into others, in order. */
export type Step =
  | { readonly type: 'keep'; readonly entry: number }
  | { readonly type: 'remove'; readonly entry: number }
  | { readonly type: 'insert'; readonly text: string };

/** The extent of an entry: of an item with its dash, or of a key with its value. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** The steps in a collection in brackets; comments beside its entries stay. */
export function flowSplices(
  source: Source,
  node: YAMLMap | YAMLSeq,
  extents: readonly Extent[],
  steps: readonly Step[],
): readonly Splice[] {
  const kept = steps.flatMap((step) => (step.type === 'keep' ? step.entry : []));
  const removals = steps.flatMap((step) =>
    step.type === 'remove' ? [flowRemoval(source, node, extents, step.entry, kept)] : [],
  );
  const insertions: Splice[] = [];
  let last: Extent | undefined;
  const startsOf = (index: number): number | undefined => {
    const next = steps.slice(index).find(({ type }) => type === 'keep');
    return next !== undefined && 'entry' in next ? extents[next.entry]?.start : undefined;
  };
  steps.forEach((step, index) => {
    if (step.type === 'keep') last = extents[step.entry];
    if (step.type !== 'insert') return;
    const next = startsOf(index);
    if (last !== undefined) insertions.push(pointed(last.end, `, ${step.text}`));
    else if (next !== undefined) insertions.push(pointed(next, `${step.text}, `));
    else {
      const isFirst = insertions.length === 0;
      const open = extents[0]?.start ?? startOf(node) + 1;
      const padded = isMap(node) && node.items.length === 0 ? ` ${step.text} ` : step.text;
      insertions.push(pointed(open, isFirst ? padded : `, ${step.text}`));
    }
  });
  return [...removals, ...merged(insertions)];
}

function pointed(offset: number, text: string): Splice {
  return { start: offset, end: offset, text };
}

/** Removes an entry with the comma behind it, or before it where nothing follows; a comment beside it stays. */
function flowRemoval(
  { text }: Source,
  node: YAMLMap | YAMLSeq,
  extents: readonly Extent[],
  entry: number,
  kept: readonly number[],
): Splice {
  const { start, end } = extents[entry] ?? { start: 0, end: 0 };
  const isPlain = (from: number, to: number): boolean => !text.slice(from, to).includes('#');
  const bare = { start, end: commaEnd(node, entry) ?? end, text: '' };
  const next = extents[entry + 1];
  const last = Math.max(...kept);
  if (kept.length === 0 || entry < last) {
    return next !== undefined && isPlain(end, next.start) ? { start, end: next.start, text: '' } : bare;
  }
  const isTail = extents
    .slice(last, -1)
    .every((extent, index) => isPlain(extent.end, extents[last + index + 1]?.start ?? extent.end));
  return isTail ? { start: extents[entry - 1]?.end ?? start, end, text: '' } : bare;
}

/** Insertions at one place become one, in their order. */
export function merged(splices: readonly Splice[]): readonly Splice[] {
  const result: Splice[] = [];
  for (const splice of splices) {
    const last = result.at(-1);
    const isSame = last !== undefined && last.start === splice.start && last.end === splice.end;
    if (isSame && splice.start === splice.end) {
      result[result.length - 1] = { ...last, text: last.text + splice.text };
    } else result.push(splice);
  }
  return result;
}

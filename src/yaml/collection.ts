import { isDeepStrictEqual } from 'node:util';
import { diffArrays } from 'diff';
import { isCollection, isMap, isScalar, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { type Extent, flowSplices, merged, type Step } from './flow.js';
import { inlineYaml, scalarYaml } from './render.js';
import {
  contentOf,
  dashOf,
  endOf,
  hasComment,
  headEnd,
  isBlock,
  isNode,
  keepsLines,
  pairOf,
  type Source,
  type Splice,
  startOf,
} from './tree.js';

/** A change that cannot be made without touching what is around it. */
export class Unwritable extends Error {
  override readonly name = 'Unwritable';
}

/** Turns a node into another value with the least change of the text. `pair`: whose value it is. */
export function valueSplices(source: Source, node: unknown, value: unknown, pair?: Pair): readonly Splice[] {
  if (isDeepStrictEqual(contentOf(source, node), value)) return [];
  if (isMap(node) && isRecord(value)) return mapSplices(source, node, value, pair);
  if (isCollection(node) && !isMap(node) && Array.isArray(value)) {
    return seqSplices(source, node as YAMLSeq, value, pair);
  }
  if (isScalar(node) && !isRecord(value) && !Array.isArray(value))
    return [scalarSplice(source, node, value, pair)];
  return [replacement(source, node, inlineYaml(value), pair)];
}

/** Gives a mapping one more pair, behind those that it has. */
export function insertionInto(source: Source, map: YAMLMap, key: string, value: unknown): readonly Splice[] {
  const steps: Step[] = map.items.map((_, entry) => ({ type: 'keep', entry }));
  return collectionSplices(source, map, [...steps, { type: 'insert', text: pairText(key, value) }]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function pairText(key: string, value: unknown): string {
  return `${inlineYaml(key)}: ${inlineYaml(value)}`;
}

/** Replaces a node as a whole; comments inside it would be lost, so there must be none. */
function replacement(source: Source, node: unknown, text: string, pair: Pair | undefined): Splice {
  const end = endOf(source, node);
  const isBelow = isCollection(node) && node.flow !== true;
  const start = isBelow && pair !== undefined ? (headEnd(pair) ?? startOf(node)) : startOf(node);
  if (isCollection(node) && hasComment(node)) throw new Unwritable('comments are inside the value');
  if (isScalar(node) && node.source === '') return { start, end, text: ` ${text}` };
  return { start, end, text: isBelow && pair !== undefined ? ` ${text}` : text };
}

function scalarSplice(source: Source, node: Scalar, value: unknown, pair: Pair | undefined): Splice {
  const start = startOf(node);
  const end = endOf(source, node);
  const before = source.text.slice(start, end);
  const [, ...more] = before.split(/\r?\n/);
  const indents = more.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const line = source.text.slice(source.text.lastIndexOf('\n', start) + 1);
  const below = (/^(?: |- )*/.exec(line)?.[0].length ?? 0) + 2;
  const indent = ' '.repeat(indents.length === 0 ? below : Math.min(...indents));
  const text = scalarYaml(value, {
    type: node.type ?? 'PLAIN',
    isFlow: isFlowAt(source, start),
    keepsLines: keepsLines(node),
    isFolded: node.type === 'BLOCK_FOLDED' || (more.length > 0 && !isBlock(node)),
    indent,
    eol: source.eol,
  });
  return replacementOfScalar(source, node, { start, end, text }, pair);
}

/** The comment behind the header of a block scalar stays, in any new form. */
function replacementOfScalar(source: Source, node: Scalar, splice: Splice, pair: Pair | undefined): Splice {
  if (node.source === '' && !isBlock(node)) return replacement(source, node, splice.text, pair);
  const token = node.srcToken;
  const comment =
    token?.type === 'block-scalar' ? token.props.find(({ type }) => type === 'comment') : undefined;
  if (comment === undefined || !('source' in comment)) return splice;
  const [first = '', ...more] = splice.text.split(source.eol);
  return { ...splice, text: [`${first} ${comment.source}`, ...more].join(source.eol) };
}

function isFlowAt({ document }: Source, offset: number): boolean {
  const inside = (node: unknown): boolean => {
    if (!isCollection(node)) return false;
    const [start = 0, end = 0] = node.range ?? [];
    if (node.flow === true) return start < offset && offset < end;
    return node.items.some((item) => inside(isNode(item) ? item : (item as Pair).value));
  };
  return inside(document.contents);
}

function mapSplices(
  source: Source,
  map: YAMLMap,
  value: Readonly<Record<string, unknown>>,
  pair: Pair | undefined,
): readonly Splice[] {
  const present = contentOf(source, map) as Readonly<Record<string, unknown>>;
  const removed = Object.keys(present).filter((key) => !Object.hasOwn(value, key));
  if (removed.some((key) => pairOf(map, key) === undefined)) {
    return [replacement(source, map, inlineYaml(value), pair)];
  }
  const steps: Step[] = map.items.map((item, entry) => ({
    type: isScalar(item.key) && removed.includes(String(item.key.value)) ? 'remove' : 'keep',
    entry,
  }));
  const nested: Splice[] = [];
  for (const [key, item] of Object.entries(value)) {
    const own = pairOf(map, key);
    if (own !== undefined) nested.push(...valueSplices(source, own.value, item, own));
    else if (!isDeepStrictEqual(present[key], item))
      steps.push({ type: 'insert', text: pairText(key, item) });
  }
  return [...nested, ...collectionSplices(source, map, steps, pair)];
}

/** Items that stay, stay as they are written. A mapping in the place of another one is edited. */
function seqSplices(
  source: Source,
  seq: YAMLSeq,
  value: readonly unknown[],
  pair: Pair | undefined,
): readonly Splice[] {
  const present = seq.items.map((item) => contentOf(source, item));
  const parts = diffArrays<unknown>(present, [...value], { comparator: isDeepStrictEqual });
  const steps: Step[] = [];
  const nested: Splice[] = [];
  let replaced: number[] = [];
  let entry = 0;
  for (const part of parts) {
    for (const item of part.value) {
      if (part.removed === true && isRecord(item)) replaced.push(entry);
      if (part.removed === true) steps.push({ type: 'remove', entry: entry++ });
      else if (part.added !== true) steps.push({ type: 'keep', entry: entry++ });
      else {
        const old = isRecord(item) ? replaced.shift() : undefined;
        if (old === undefined) steps.push({ type: 'insert', text: inlineYaml(item) });
        else {
          nested.push(...valueSplices(source, seq.items[old], item));
          steps[steps.findIndex((step) => 'entry' in step && step.entry === old)] = {
            type: 'keep',
            entry: old,
          };
        }
      }
    }
    if (part.removed !== true) replaced = [];
  }
  return [...nested, ...collectionSplices(source, seq, steps, pair)];
}

function collectionSplices(
  source: Source,
  node: YAMLMap | YAMLSeq,
  steps: readonly Step[],
  pair?: Pair,
): readonly Splice[] {
  if (steps.every(({ type }) => type === 'keep')) return [];
  const extents = node.items.map((item, index): Extent => {
    const dash = isMap(node) ? undefined : dashOf(node, index);
    const start = dash ?? startOf(isNode(item) ? item : (item as Pair).key);
    return { start, end: Math.max(endOf(source, item), dash === undefined ? 0 : dash + 1) };
  });
  return node.flow === true
    ? flowSplices(source, node, extents, steps)
    : blockSplices(source, node, extents, steps, pair);
}

/** Whole lines come and go; comments on lines of their own stay. */
function blockSplices(
  source: Source,
  node: YAMLMap | YAMLSeq,
  extents: readonly Extent[],
  steps: readonly Step[],
  pair: Pair | undefined,
): readonly Splice[] {
  const { text, eol } = source;
  const splices: Splice[] = [];
  const first = lineOf(text, extents[0]?.start ?? 0);
  const mark = isMap(node) ? '' : '- ';
  let at: number | undefined;
  for (const step of steps) {
    if (step.type === 'insert') {
      const place = at ?? first.start;
      const isOpen = place > 0 && text[place - 1] !== '\n';
      const line = `${first.indent}${mark}${step.text}`;
      splices.push({ start: place, end: place, text: isOpen ? `${eol}${line}` : `${line}${eol}` });
      continue;
    }
    const extent = extents[step.entry] ?? { start: 0, end: 0 };
    const line = lineOf(text, extent.start);
    const end = lineEnd(text, extent.end);
    if (step.type === 'remove') {
      if (line.isShared) throw new Unwritable('the entry shares its line with another one');
      splices.push({ start: line.start, end, text: '' });
    }
    at = end;
  }
  const rest = steps.some(({ type }) => type !== 'remove');
  if (rest) return merged(splices);
  const head = pair && headEnd(pair);
  if (head === undefined) return [replacement(source, node, isMap(node) ? '{}' : '[]', undefined)];
  return [...splices, { start: head, end: head, text: isMap(node) ? ' {}' : ' []' }];
}

function lineOf(text: string, offset: number): { start: number; indent: string; isShared: boolean } {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(start, offset);
  return { start, indent: ' '.repeat(before.length), isShared: before.trim() !== '' };
}

function lineEnd(text: string, offset: number): number {
  // A block scalar that keeps its empty lines ends behind the last of them.
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}

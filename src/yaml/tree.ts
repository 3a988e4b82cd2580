import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Node,
  type Pair,
  type Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/** A replacement of a part of a text. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A document of a text with the text itself, since splices are about its characters. */
export interface Source {
  readonly text: string;
  readonly document: Document;
  /** The line ending of the text. */
  readonly eol: string;
}

/** The text after all splices, which must not overlap. At one place, a replacement comes after an insertion. */
export function spliced(text: string, splices: readonly Splice[]): string {
  return [...splices]
    .sort((a, b) => b.start - a.start || b.end - a.end)
    .reduce((result, { start, end, text: part }) => result.slice(0, start) + part + result.slice(end), text);
}

/** The value of a node, aliases and merge keys resolved. A number that is not written as it reads is its text. */
export function contentOf({ document }: Source, node: unknown): unknown {
  if (isScalar(node) && typeof node.value === 'number' && String(node.value) !== node.source)
    return node.source;
  return isNode(node) ? node.toJS(document) : null;
}

/** True for a node that may be a value. */
export function isNode(node: unknown): node is Alias | Scalar | YAMLMap | YAMLSeq {
  return isAlias(node) || isScalar(node) || isCollection(node);
}

/** The pair that a mapping itself has for a key; a merge key may bring others. */
export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

/** Where a node starts, without its anchor and tag. */
export function startOf(node: unknown): number {
  return (isNode(node) && node.range?.[0]) || 0;
}

/** Where the last character of a node's content ends, without a comment behind it. */
export function endOf(source: Source, node: unknown): number {
  if (isPair(node)) {
    const end = isNode(node.value) ? endOf(source, node.value) : 0;
    return Math.max(end, endOf(source, node.key), headEnd(node) ?? 0);
  }
  if (!isNode(node)) return 0;
  const end = node.range?.[1] ?? 0;
  if (isScalar(node) && isBlock(node)) return keepsLines(node) ? end : trimmedEnd(source, node, end);
  if (!isCollection(node) || node.flow === true || node.items.length === 0) return end;
  const last = node.items.at(-1);
  const dash = isMap(node) ? 0 : (dashOf(node, node.items.length - 1) ?? 0) + 1;
  return Math.max(endOf(source, last), dash);
}

/** True for a literal or folded scalar. */
export function isBlock({ type }: Scalar): boolean {
  return type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED';
}

/** True where the empty lines behind a block scalar belong to it. */
export function keepsLines({ srcToken }: Scalar): boolean {
  if (srcToken?.type !== 'block-scalar') return false;
  return srcToken.props.some((token) => token.type === 'block-scalar-header' && token.source.includes('+'));
}

function trimmedEnd({ text }: Source, node: Node, end: number): number {
  const start = startOf(node);
  return start + text.slice(start, end).trimEnd().length;
}

/** The end of what stands before the value of a pair: its colon, an anchor or a tag. */
export function headEnd({ srcToken }: Pair): number | undefined {
  const heads = ['map-value-ind', 'anchor', 'tag'];
  const last = srcToken?.sep?.filter(({ type }) => heads.includes(type)).at(-1);
  return last === undefined || !('offset' in last) ? undefined : last.offset + last.source.length;
}

/** Where the `-` of an item of a block list stands. */
export function dashOf({ srcToken }: YAMLSeq, index: number): number | undefined {
  if (srcToken?.type !== 'block-seq') return undefined;
  return srcToken.items[index]?.start.find(({ type }) => type === 'seq-item-ind')?.offset;
}

/** Where the comma behind an entry of a flow collection ends. */
export function commaEnd({ srcToken }: YAMLSeq | YAMLMap, index: number): number | undefined {
  if (srcToken?.type !== 'flow-collection') return undefined;
  const comma = srcToken.items[index + 1]?.start.find(({ type }) => type === 'comma');
  return comma === undefined ? undefined : comma.offset + comma.source.length;
}

/** True where a comment is inside a node, or beside its last line. */
export function hasComment(node: Node): boolean {
  let isFound = false;
  const check = (
    _: unknown,
    { comment, commentBefore }: { comment?: unknown; commentBefore?: unknown },
  ): void => {
    isFound ||= Boolean(comment) || Boolean(commentBefore);
  };
  visit(node, { Node: check });
  return isFound;
}

import { isDeepStrictEqual } from 'node:util';
import { type Alias, isAlias, isMap, type Node, type Pair, parseAllDocuments, visit } from 'yaml';
import { insertionInto, Unwritable, valueSplices } from './collection.js';
import { parseYaml } from './parse.js';
import { inlineYaml } from './render.js';
import { contentOf, isNode, pairOf, type Source, type Splice, spliced, startOf } from './tree.js';

/** A new value at a path of mapping keys. */
export interface YamlEdit {
  readonly path: readonly [string, ...string[]];
  readonly value: unknown;
  /** A new name for the last key of the path. */
  readonly key?: string;
}

/** Nodes that a document may hold, aliases written out: an edited document was loaded before. */
const MOST_NODES = 10_000_000;

/**
 * Gives values to the paths of the one document for which `isMeant` is true. Everything else of the text stays as it is
 * written: comments, order, quoting, line endings. A value that comes from an alias or a merge key is overridden at its
 * path; anchors keep the meaning that they have elsewhere.
 * @throws Error when the text cannot be edited like this without any other change of its meaning
 */
export function editYaml(
  text: string,
  isMeant: (document: unknown) => boolean,
  edits: readonly YamlEdit[],
): string {
  try {
    const edited = edits.reduce((result, edit) => editOne(result, isMeant, edit), text);
    verify(text, edited, isMeant, edits);
    return edited;
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    const paths = edits.map(({ path }) => path.join('.')).join(', ');
    throw new Error(`${paths} cannot be written automatically: ${error.message}`, { cause: error });
  }
}

function editOne(text: string, isMeant: (document: unknown) => boolean, edit: YamlEdit): string {
  let current = text;
  for (;;) {
    const source = sourceOf(current, isMeant);
    const shared = sharedNode(source, edit.path);
    if (shared === undefined) return spliced(current, splicesOf(source, edit));
    current = spliced(current, moved(source, shared));
  }
}

function sourceOf(text: string, isMeant: (document: unknown) => boolean): Source {
  const documents = parseAllDocuments(text, { keepSourceTokens: true, merge: true });
  const document = [...documents].find((one) => one.errors.length === 0 && isMeant(one.toJS()));
  if (document === undefined)
    throw new Unwritable('the document is not there, or not in a form that can be edited');
  return { text, document, eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

function splicesOf(source: Source, { path, value, key }: YamlEdit): readonly Splice[] {
  let node: unknown = source.document.contents;
  let pair: Pair | undefined;
  for (const [index, name] of path.entries()) {
    const rest = path.slice(index + 1);
    if (isAlias(node)) return [overridden(source, node, name, rest, value)];
    if (!isMap(node)) throw new Unwritable(`${path.slice(0, index).join('.')} is no mapping`);
    pair = pairOf(node, name);
    if (pair === undefined) {
      const present = contentOf(source, node);
      return insertionInto(source, node, key ?? name, withValue(memberOf(present, name), rest, value));
    }
    node = pair.value;
  }
  const changed = isAlias(node)
    ? [{ start: startOf(node), end: node.range?.[1] ?? 0, text: inlineYaml(value) }]
    : valueSplices(source, node, value, pair);
  return key === undefined || pair === undefined ? changed : [...changed, renamed(pair, key)];
}

function renamed({ key }: Pair, name: string): Splice {
  const [start = 0, end = 0] = (isNode(key) && key.range) || [];
  return { start, end, text: inlineYaml(name) };
}

/** A mapping in the place of an alias: what the alias stands for, with one value overridden. */
function overridden(
  source: Source,
  alias: Alias,
  name: string,
  rest: readonly string[],
  value: unknown,
): Splice {
  const present = memberOf(contentOf(source, alias), name);
  const text = `{ <<: *${alias.source}, ${inlineYaml(name)}: ${inlineYaml(withValue(present, rest, value))} }`;
  return { start: startOf(alias), end: alias.range?.[1] ?? 0, text };
}

function memberOf(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/** A copy of a value with another one at a path. */
function withValue(present: unknown, path: readonly string[], value: unknown, key?: string): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const entries = Object.entries(present ?? {}).map(([member, old]): [string, unknown] =>
    member === name
      ? [rest.length === 0 ? (key ?? name) : name, withValue(old, rest, value, key)]
      : [member, old],
  );
  const isNew = !entries.some(([member]) => member === name || member === key);
  return Object.fromEntries(
    isNew
      ? [...entries, [rest.length === 0 ? (key ?? name) : name, withValue(undefined, rest, value, key)]]
      : entries,
  );
}

/** A node on the path whose anchor is used again, with the first alias of it. */
interface Shared {
  readonly node: Node & { anchor?: string };
  readonly alias: Alias;
}

function sharedNode(source: Source, path: readonly string[]): Shared | undefined {
  let node: unknown = source.document.contents;
  for (const name of [...path, undefined]) {
    if (!isNode(node) || isAlias(node)) return undefined;
    const alias = node.anchor === undefined ? undefined : firstAlias(source, node.anchor, startOf(node));
    if (alias !== undefined) return { node, alias };
    node = isMap(node) && name !== undefined ? pairOf(node, name)?.value : undefined;
  }
  return undefined;
}

/** The first alias of an anchor behind a place, unless the anchor is defined again before it. */
function firstAlias({ document }: Source, anchor: string, after: number): Alias | undefined {
  let found: Alias | undefined;
  visit(document, {
    Node: (_, node) => {
      if (startOf(node) <= after) return undefined;
      if (isAlias(node) && node.source === anchor) found = node;
      return found !== undefined || (!isAlias(node) && 'anchor' in node && node.anchor === anchor)
        ? visit.BREAK
        : undefined;
    },
  });
  return found;
}

/** Moves an anchor, with the present value, to where it is used first, so that its node may change. */
function moved(source: Source, { node, alias }: Shared): readonly Splice[] {
  const name = `&${node.anchor}`;
  const at = source.text.lastIndexOf(name, startOf(node));
  const start = source.text[at - 1] === ' ' ? at - 1 : at;
  return [
    { start, end: at + name.length, text: '' },
    {
      start: startOf(alias),
      end: alias.range?.[1] ?? 0,
      text: `${name} ${inlineYaml(contentOf(source, node))}`,
    },
  ];
}

/** Compares both texts as the loader reads them: only the edited paths may differ. */
function verify(
  before: string,
  after: string,
  isMeant: (document: unknown) => boolean,
  edits: readonly YamlEdit[],
): void {
  const expected = documentsOf(before).map((value) =>
    isMeant(value)
      ? edits.reduce((result, { path, value: wanted, key }) => withValue(result, path, wanted, key), value)
      : value,
  );
  if (!isDeepStrictEqual(documentsOf(after), expected))
    throw new Unwritable('more than these values would change');
}

/** The value of every document; of a broken one, the fault. Without shared objects. */
function documentsOf(text: string): unknown[] {
  const { documents, fault } = parseYaml(text, MOST_NODES);
  if (fault !== undefined) return [fault.message];
  return [...documents].map(({ value, fault: broken }) =>
    broken === undefined ? JSON.parse(JSON.stringify(value)) : broken.message,
  );
}

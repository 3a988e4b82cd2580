import { EVENT_ID, type Event } from 'js-yaml';
import { NO_RANGE, offsetOf } from './locate.js';

/** The reason to refuse a document before a walk. */
export interface Excess {
  readonly offset: number;
  readonly message: string;
}

/** The weight of a node with everything below it. */
export interface Weight {
  readonly nodes: number;
  /** Characters of its scalars. */
  readonly characters: number;
}

interface Frame {
  readonly weight: { nodes: number; characters: number };
  readonly anchor: Anchor | undefined;
}

interface Anchor {
  /** Undefined before the end of the node. */
  weight: Weight | undefined;
}

/** The largest number of characters of a document with expanded aliases. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

/** Factor by which aliases may enlarge a document. */
const MOST_TIMES = 10;

const EMPTY: Weight = { nodes: 1, characters: 0 };

/** The largest number of documents of a text: even an empty document costs work. */
const MOST_DOCUMENTS = 20_000;
/** The largest number of lines, entries and brackets of a text: the parser cannot be interrupted. */
const MOST_SEPARATORS = 250_000;
const SEPARATORS = new Set(['\n', ',', ':', '[', '{'].map((character) => character.charCodeAt(0)));

/** The first place where a text exceeds a limit of the parser; undefined within the limits. */
export function findCrowd(text: string): Excess | undefined {
  if (text.length <= MOST_DOCUMENTS) return undefined;
  let separators = 0;
  for (let offset = 0; offset < text.length; offset += 1) {
    if (!SEPARATORS.has(text.charCodeAt(offset))) continue;
    separators += 1;
    if (separators > MOST_SEPARATORS)
      return { offset, message: `The file holds more than ${MOST_SEPARATORS} lines and entries: split it.` };
  }
  let documents = 0;
  for (const { index } of text.matchAll(/^(---|\.\.\.)(?=\s|$)/gm)) {
    documents += 1;
    if (documents > MOST_DOCUMENTS)
      return { offset: index, message: `The file holds more than ${MOST_DOCUMENTS} documents: split it.` };
  }
  return undefined;
}

/**
 * Weighs one document with expanded aliases. Returns its weight, or the first place with more than `maxNodes` nodes, too
 * many characters, too much growth by aliases, or an alias that contains itself. The time depends on the size of the text,
 * not on the expanded size.
 */
export function weigh(text: string, events: readonly Event[], maxNodes: number): Weight | Excess {
  const hasAlias = events.some(({ type }) => type === EVENT_ID.ALIAS);
  const most = {
    nodes: maxNodes,
    unfolded: hasAlias ? events.length * MOST_TIMES : Number.POSITIVE_INFINITY,
  };
  const anchors = new Map<string, Anchor>();
  const frames: Frame[] = [];
  let whole = EMPTY;
  for (const event of events) {
    let weight = EMPTY;
    if (event.type === EVENT_ID.POP) {
      const closed = frames.pop();
      weight = closed?.weight ?? EMPTY;
      whole = weight;
      if (closed?.anchor !== undefined) closed.anchor.weight = weight;
    } else if (event.type === EVENT_ID.ALIAS) {
      const anchor = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
      if (anchor !== undefined && anchor.weight === undefined) {
        return {
          offset: event.anchorStart - 1,
          message: 'This alias is inside its own value: write the value out.',
        };
      }
      weight = anchor?.weight ?? EMPTY;
    } else if (event.type !== EVENT_ID.SCALAR) {
      frames.push({
        weight: { ...EMPTY },
        anchor: event.type === EVENT_ID.DOCUMENT ? undefined : openAnchor(text, event, anchors),
      });
      continue;
    } else {
      weight = { nodes: 1, characters: event.valueEnd - event.valueStart };
      const anchor = openAnchor(text, event, anchors);
      if (anchor !== undefined) anchor.weight = weight;
    }
    const parent = frames.at(-1);
    if (parent === undefined) continue;
    parent.weight.nodes += weight.nodes;
    parent.weight.characters += weight.characters;
    const message = overweight(parent.weight, most);
    if (message !== undefined) return { offset: offsetOf(event) ?? 0, message };
  }
  return whole;
}

interface Most {
  readonly nodes: number;
  /** Nodes in a document with aliases. */
  readonly unfolded: number;
}

function overweight({ nodes, characters }: Weight, most: Most): string | undefined {
  const remedy = 'split it, or use fewer aliases.';
  if (nodes > most.nodes)
    return `The document holds more than ${most.nodes} values once its aliases are written out: ${remedy}`;
  if (nodes > most.unfolded)
    return `The document grows more than ${MOST_TIMES} times once its aliases are written out: use fewer aliases.`;
  return characters > MOST_CHARACTERS
    ? `The document holds more than ${MOST_CHARACTERS} characters once its aliases are written out: ${remedy}`
    : undefined;
}

function openAnchor(
  text: string,
  event: { readonly anchorStart: number; readonly anchorEnd: number },
  anchors: Map<string, Anchor>,
): Anchor | undefined {
  if (event.anchorStart === NO_RANGE) return undefined;
  const anchor: Anchor = { weight: undefined };
  anchors.set(text.slice(event.anchorStart, event.anchorEnd), anchor);
  return anchor;
}

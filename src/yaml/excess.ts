import { EVENT_ID, type Event } from 'js-yaml';
import { NO_RANGE, offsetOf } from './locate.js';

/** What makes a document too dangerous to walk. */
export interface Excess {
  readonly offset: number;
  readonly message: string;
}

/** How much a node and everything below it amount to. */
interface Weight {
  readonly nodes: number;
  /** Characters of its scalars. */
  readonly characters: number;
}

interface Frame {
  weight: Weight;
  readonly anchor: Anchor | undefined;
}

interface Anchor {
  /** Undefined while it is still open. */
  weight: Weight | undefined;
}

/** Characters that a document may hold once its aliases are written out. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

const EMPTY: Weight = { nodes: 1, characters: 0 };

/**
 * Weighs one document as a walker would meet it: an alias counts as all that it stands for. Gives the first place where
 * there are more than `maxNodes` nodes or too many characters, or where an alias contains itself; undefined when all is
 * well. Takes time in the size of the text, not of what it unfolds to.
 */
export function findExcess(text: string, events: readonly Event[], maxNodes: number): Excess | undefined {
  if (events.length <= maxNodes && !events.some(({ type }) => type === EVENT_ID.ALIAS)) return undefined;
  const anchors = new Map<string, Anchor>();
  const frames: Frame[] = [];
  for (const event of events) {
    let weight = EMPTY;
    if (event.type === EVENT_ID.POP) {
      const closed = frames.pop();
      weight = closed?.weight ?? EMPTY;
      if (closed?.anchor !== undefined) closed.anchor.weight = weight;
    } else if (event.type === EVENT_ID.ALIAS) {
      const anchor = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
      if (anchor !== undefined && anchor.weight === undefined) {
        return {
          offset: event.anchorStart - 1,
          message: 'This alias stands inside what it stands for: write the value out.',
        };
      }
      weight = anchor?.weight ?? EMPTY;
    } else if (event.type !== EVENT_ID.SCALAR) {
      frames.push({
        weight: EMPTY,
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
    parent.weight = sum(parent.weight, weight);
    const message = overweight(parent.weight, maxNodes);
    if (message !== undefined) return { offset: offsetOf(event) ?? 0, message };
  }
  return undefined;
}

function sum(one: Weight, other: Weight): Weight {
  return { nodes: one.nodes + other.nodes, characters: one.characters + other.characters };
}

function overweight({ nodes, characters }: Weight, maxNodes: number): string | undefined {
  const mend = 'split it, or use fewer aliases.';
  if (nodes > maxNodes)
    return `The document holds more than ${maxNodes} values once its aliases are written out: ${mend}`;
  return characters > MOST_CHARACTERS
    ? `The document holds more than ${MOST_CHARACTERS} characters once its aliases are written out: ${mend}`
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

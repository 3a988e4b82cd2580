import { EVENT_ID, type Event } from 'js-yaml';
import { NO_RANGE, offsetOf } from './locate.js';

/** What makes a document too dangerous to walk. */
export interface Excess {
  readonly offset: number;
  readonly message: string;
}

interface Frame {
  size: number;
  readonly anchor: Anchor | undefined;
}

interface Anchor {
  /** Nodes below the anchor, itself included; undefined while it is still open. */
  size: number | undefined;
}

/**
 * Counts the nodes of one document as a walker would meet them: an alias counts as all that it stands for. Gives the
 * first place where there are more than `maxNodes`, or where an alias contains itself; undefined when all is well.
 * Takes time in the size of the text, not of what it unfolds to.
 */
export function findExcess(text: string, events: readonly Event[], maxNodes: number): Excess | undefined {
  if (events.length <= maxNodes && !events.some(({ type }) => type === EVENT_ID.ALIAS)) return undefined;
  const anchors = new Map<string, Anchor>();
  const frames: Frame[] = [];
  for (const event of events) {
    let size = 1;
    if (event.type === EVENT_ID.POP) {
      const closed = frames.pop();
      size = closed?.size ?? 0;
      if (closed?.anchor !== undefined) closed.anchor.size = size;
    } else if (event.type === EVENT_ID.ALIAS) {
      const anchor = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
      if (anchor !== undefined && anchor.size === undefined) {
        return {
          offset: event.anchorStart - 1,
          message: 'This alias stands inside what it stands for: write the value out.',
        };
      }
      size = anchor?.size ?? 1;
    } else if (event.type !== EVENT_ID.SCALAR) {
      frames.push({
        size: 1,
        anchor: event.type === EVENT_ID.DOCUMENT ? undefined : openAnchor(text, event, anchors),
      });
      continue;
    } else {
      const anchor = openAnchor(text, event, anchors);
      if (anchor !== undefined) anchor.size = 1;
    }
    const parent = frames.at(-1);
    if (parent === undefined) continue;
    parent.size += size;
    if (parent.size > maxNodes) {
      const message = `The document holds more than ${maxNodes} values once its aliases are written out: split it, or use fewer aliases.`;
      return { offset: offsetOf(event) ?? 0, message };
    }
  }
  return undefined;
}

function openAnchor(
  text: string,
  event: { readonly anchorStart: number; readonly anchorEnd: number },
  anchors: Map<string, Anchor>,
): Anchor | undefined {
  if (event.anchorStart === NO_RANGE) return undefined;
  const anchor: Anchor = { size: undefined };
  anchors.set(text.slice(event.anchorStart, event.anchorEnd), anchor);
  return anchor;
}

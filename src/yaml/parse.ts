import {
  CORE_SCHEMA,
  constructFromEvents,
  defineMappingTag,
  EVENT_ID,
  type Event,
  floatCoreTag,
  intCoreTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  parseEvents,
  type ScalarTagDefinition,
  YAMLException,
} from 'js-yaml';
import { messageOf } from '../core/model/errors.js';
import { excerpt } from '../text/excerpt.js';
import { findCrowd, weigh } from './excess.js';
import { Lines, type Place } from './lines.js';
import { documentOffset, Locator } from './locate.js';

/** The first error of an invalid text or document. */
interface YamlFault {
  readonly place: Place;
  /** The error and its remedy. Never holds a value. */
  readonly message: string;
}

/** One document of a text. */
export interface YamlDocument {
  /** The place of its content. */
  readonly start: Place;
  /** The content: plain objects, arrays and scalars; null for an empty document. Anchors share objects. */
  readonly value: unknown;
  /** The cost of a walk through it, in nodes: an alias counts as its whole value. */
  readonly weight: number;
  /** Set instead of a usable `value` when this document is broken. */
  readonly fault?: YamlFault;
  /**
   * Finds the place of a path: of its value, or of the last name itself. For a path that does not exist it is the place
   * of the nearest mapping or list around it.
   */
  locate(path: readonly PropertyKey[], target: 'name' | 'value'): Place;
}

/** The content of a text. `fault` means an invalid text without `documents`. */
export interface YamlText {
  /** For one walk. Each document is read on demand, so that a caller can yield between two. */
  readonly documents: Iterable<YamlDocument>;
  readonly fault?: YamlFault;
}

/** The number of characters of scalars that cost as much as one node. */
const CHARACTERS_OF_A_NODE = 64;
/** Characters of the parser's messages that are shown, since they may quote the text. */
const LONGEST_REASON = 200;

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** Accepts text keys that cannot reach the prototype of an object. */
const strictMap = defineMappingTag<Record<string, unknown>>(mapTag.tagName, {
  create: () => ({}),
  addPair(carrier, key, value) {
    if (typeof key !== 'string') return 'a key must be text: put it in quotes';
    if (FORBIDDEN.has(key)) return `the key "${key}" is not allowed`;
    carrier[key] = value;
    return '';
  },
  has: (carrier, key) => typeof key === 'string' && Object.hasOwn(carrier, key),
  keys: (carrier) => Object.keys(carrier),
  get: (carrier, key) => carrier[String(key)],
  identify: mapTag.identify,
});

/**
 * A number stays text unless its digits survive a round trip, so that `007`, `1.10` or an id of twenty digits keeps its
 * value.
 */
function faithful(tag: ScalarTagDefinition<number>): ScalarTagDefinition<number> {
  return {
    ...tag,
    resolve(source, isExplicit, tagName) {
      const value = tag.resolve(source, isExplicit, tagName);
      return isExplicit || String(value) === source ? value : NOT_RESOLVED;
    },
  };
}

const SCHEMA = CORE_SCHEMA.withTags(mergeTag, strictMap, faithful(intCoreTag), faithful(floatCoreTag));

/**
 * Reads YAML 1.2 (core schema, with merge keys) from untrusted text without ever throwing. A fault inside one document
 * leaves the others usable. A text of more than 20,000 documents or 250,000 lines and entries is a fault. Aliases are
 * counted before expansion: a document of more than `maxNodes` nodes, or of ten times its written size, is a fault.
 */
export function parseYaml(text: string, maxNodes: number): YamlText {
  const lines = new Lines(text);
  const crowd = findCrowd(text);
  if (crowd !== undefined) {
    return { documents: [], fault: { place: lines.placeAt(crowd.offset), message: crowd.message } };
  }
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: 100 });
  } catch (error) {
    return { documents: [], fault: faultOf(error) };
  }
  return { documents: documentsOf(text, lines, events, maxNodes) };
}

function* documentsOf(
  text: string,
  lines: Lines,
  events: readonly Event[],
  maxNodes: number,
): Generator<YamlDocument> {
  let start = 0;
  for (let end = 1; end <= events.length; end += 1) {
    if (end < events.length && events[end]?.type !== EVENT_ID.DOCUMENT) continue;
    yield readDocument(text, lines, events.slice(start, end), maxNodes);
    start = end;
  }
}

function readDocument(text: string, lines: Lines, events: Event[], maxNodes: number): YamlDocument {
  const locator = new Locator(text, events);
  const frame = {
    start: lines.placeAt(documentOffset(events)),
    locate: (path: readonly PropertyKey[], target: 'name' | 'value') =>
      lines.placeAt(locator.find(path, target)),
  };
  const weighed = weigh(text, events, maxNodes);
  if ('message' in weighed) {
    const fault = { place: lines.placeAt(weighed.offset), message: weighed.message };
    return { ...frame, weight: events.length, value: null, fault };
  }
  const weight = weighed.nodes + Math.ceil(weighed.characters / CHARACTERS_OF_A_NODE);
  try {
    const [value] = constructFromEvents(events, { source: text, schema: SCHEMA });
    return { ...frame, weight, value };
  } catch (error) {
    return { ...frame, weight, value: null, fault: faultOf(error) };
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  'duplicated mapping key': 'The mapping has this key twice: remove one of them.',
  'tab characters must not be used in indentation': 'A tab is used to indent: YAML allows only spaces.',
  'object-based map does not support complex keys': 'A key must be text, not a list or a mapping.',
};

function faultOf(error: unknown): YamlFault {
  if (!(error instanceof YAMLException)) {
    return {
      place: { line: 1, column: 1 },
      message: `Is not valid YAML: ${excerpt(messageOf(error), LONGEST_REASON)}.`,
    };
  }
  const { line = 0, column = 0 } = error.mark ?? {};
  return {
    place: { line: line + 1, column: column + 1 },
    message: REMEDIES[error.reason] ?? `Is not valid YAML: ${excerpt(error.reason, LONGEST_REASON)}.`,
  };
}

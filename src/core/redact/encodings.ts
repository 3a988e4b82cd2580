/**
 * A text as it reads after some decoding, with the place in the original that each of its characters comes from:
 * character `i` stands there for `starts[i]` up to `ends[i]`.
 */
export interface Reading {
  readonly text: string;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** A way in which a text can be written inside another one. */
interface Encoding {
  /** The encoded texts. */
  readonly pattern: RegExp;
  /** Decodes one; undefined where it stands for itself. */
  readonly decode: (found: string) => string | undefined;
}

/** The entities of HTML for what is neither a letter nor a digit, and is plain ASCII. */
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  AMP: '&',
  lt: '<',
  LT: '<',
  gt: '>',
  GT: '>',
  quot: '"',
  QUOT: '"',
  apos: "'",
  nbsp: ' ',
  Tab: '\t',
  NewLine: '\n',
  excl: '!',
  num: '#',
  dollar: '$',
  percnt: '%',
  lpar: '(',
  rpar: ')',
  ast: '*',
  plus: '+',
  comma: ',',
  period: '.',
  sol: '/',
  colon: ':',
  semi: ';',
  equals: '=',
  quest: '?',
  commat: '@',
  lsqb: '[',
  lbrack: '[',
  bsol: '\\',
  rsqb: ']',
  rbrack: ']',
  Hat: '^',
  lowbar: '_',
  grave: '`',
  lcub: '{',
  lbrace: '{',
  verbar: '|',
  vert: '|',
  rcub: '}',
  rbrace: '}',
};

/** Characters by their letter after a backslash, in JSON and similar languages. */
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** White space that is not one blank already. */
const WHITE_SPACE = /\s{2,}|[^\S ]/g;

const ENCODINGS: readonly Encoding[] = [
  {
    pattern: /\\(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|["'\\/bfnrt])/gi,
    decode: (found) => {
      const code = found.replaceAll(/[\\ux{}]/gi, '');
      return found.length > 2
        ? characterOf(Number.parseInt(code, 16))
        : (ESCAPES[found.slice(1)] ?? found.slice(1));
    },
  },
  {
    // A character at a time, in UTF-8.
    pattern:
      /%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}/gi,
    decode: (found) => {
      try {
        return decodeURIComponent(found);
      } catch {
        return undefined;
      }
    },
  },
  { pattern: /\+/g, decode: () => ' ' },
  {
    pattern: /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});/gi,
    decode: (found) => {
      const name = found.slice(1, -1);
      if (!name.startsWith('#')) return ENTITIES[name];
      return characterOf(/^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
    },
  },
  // Ends of lines, indents and wrapped lines: the amount of white space does not matter.
  { pattern: WHITE_SPACE, decode: () => ' ' },
];

/** Encodings inside each other that are undone, at most. */
const DEEPEST = 3;
/** Readings of one text, at most; the plainer ones come first. */
const MOST_READINGS = 32;
/** Characters in all readings beyond those of one encoding each, at most: a long text is read in fewer ways. */
const MOST_CHARACTERS = 1_000_000;

/**
 * How a text reads when the encodings that may be in it are undone, in any order: escapes of JSON, of URLs, of forms, of
 * HTML, and white space of any sort as one blank. The text itself comes first. Takes time in proportion to its length.
 */
export function readingsOf(text: string): readonly Reading[] {
  const places = new Uint32Array(text.length + 1);
  for (let index = 1; index <= text.length; index += 1) places[index] = index;
  const readings: Reading[] = [{ text, starts: places, ends: places.subarray(1) }];
  const seen = new Set([text]);
  let characters = 0;
  for (let depth = 0, from = 0; depth < DEEPEST; depth += 1) {
    const until = readings.length;
    for (const reading of readings.slice(from)) {
      for (const encoding of ENCODINGS) {
        if (depth > 0 && characters > MOST_CHARACTERS) return readings;
        const decoded = decode(reading, encoding);
        characters += reading.text.length;
        if (decoded === undefined || seen.has(decoded.text)) continue;
        seen.add(decoded.text);
        readings.push(decoded);
        if (readings.length === MOST_READINGS) return readings;
      }
    }
    from = until;
  }
  return readings;
}

/** White space of any sort as one blank, as one of the readings has it. */
export function folded(text: string): string {
  return text.replaceAll(WHITE_SPACE, ' ');
}

/** Undefined where nothing is encoded so. */
function decode(reading: Reading, { pattern, decode }: Encoding): Reading | undefined {
  const { text, starts, ends } = reading;
  if (text.search(pattern) === -1) return undefined;
  const parts: string[] = [];
  const newStarts = new Uint32Array(text.length);
  const newEnds = new Uint32Array(text.length);
  let length = 0;
  let from = 0;
  const keep = (until: number): void => {
    parts.push(text.slice(from, until));
    newStarts.set(starts.subarray(from, until), length);
    newEnds.set(ends.subarray(from, until), length);
    length += until - from;
  };
  for (const { 0: found, index } of text.matchAll(pattern)) {
    const meant = decode(found);
    if (meant === undefined || meant === found) continue;
    keep(index);
    parts.push(meant);
    from = index + found.length;
    newStarts.fill(starts[index] ?? 0, length, length + meant.length);
    newEnds.fill(ends[from - 1] ?? 0, length, length + meant.length);
    length += meant.length;
  }
  if (from === 0) return undefined;
  keep(text.length);
  return { text: parts.join(''), starts: newStarts, ends: newEnds };
}

function characterOf(code: number): string | undefined {
  return code > 0x10ffff ? undefined : String.fromCodePoint(code);
}

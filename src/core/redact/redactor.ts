import { Secret } from '../model/secret.js';
import { Allowance } from './allowance.js';
import { folded, readingsOf } from './encodings.js';
import { PatternIndex } from './pattern-index.js';

const HIDDEN = '[secret]';
/** A shorter text appears by chance: hiding it would make texts unreadable. */
const SHORTEST_SECRET = 4;
/** A line of a longer secret (a key file) counts as a secret of its own from this length on. */
const SHORTEST_LINE = 16;
/** Characters of a text that are shown unless a caller wants fewer, since the search takes time. */
const LONGEST_SHOWN = 100_000;
/** Characters beyond those that are searched too, to recognise a secret at the cut. */
const READ_AHEAD = 16_384;
/** A text of a value is shown whole up to this length, even without an allowance. */
const ALWAYS_SHOWN = 200;
/** The characters that an entry of a list or an object uses beside its text. */
const ENTRY = 100;

/** Base64 of a part of something longer has no clear edges, so only a long piece of it is searched. */
const SHORTEST_PIECE = 8;

/**
 * Hides the secrets of one tenant in texts, in these forms: unchanged, escaped for JSON, URLs, forms or
 * HTML, inside each other too, with other line breaks, a long line alone, and in base64, alone or after something else
 * as in Basic authentication. Case counts. Secrets of less than four characters are not searched.
 *
 * Of a long text only the beginning is searched and shown, which bounds the time.
 *
 * For texts to show. Values that are compared, hashed, exported or sent stay unredacted.
 */
export class Redactor {
  /** How often each was added. */
  readonly #secrets = new Map<string, number>();
  readonly #forms = new PatternIndex(SHORTEST_SECRET);

  constructor(secrets: Iterable<string> = []) {
    this.add(secrets);
  }

  /** Hides these too from now on. */
  add(secrets: Iterable<string>): void {
    for (const secret of secrets) {
      if (secret.length < SHORTEST_SECRET) continue;
      const count = this.#secrets.get(secret) ?? 0;
      this.#secrets.set(secret, count + 1);
      if (count > 0) continue;
      for (const form of formsOf(secret)) this.#forms.add(form);
    }
  }

  /** Reverses one {@link add}, for an expired token, so that they do not pile up. */
  forget(secret: string): void {
    const count = this.#secrets.get(secret);
    if (count === undefined) return;
    if (count > 1) {
      this.#secrets.set(secret, count - 1);
      return;
    }
    this.#secrets.delete(secret);
    for (const form of formsOf(secret)) this.#forms.remove(form);
  }

  /** The first `longest` characters of a text, with `[secret]` in the place of every secret. */
  text(text: string, longest = LONGEST_SHOWN): string {
    const shown = this.#withoutSecrets(text, longest);
    const left = text.length - longest;
    return left > 0 ? `${shown}… (${left} characters more)` : shown;
  }

  #withoutSecrets(text: string, longest: number): string {
    if (this.#secrets.size === 0 || text.length < SHORTEST_SECRET) return text.slice(0, longest);
    const found: [start: number, end: number][] = [];
    for (const reading of readingsOf(text.slice(0, longest + READ_AHEAD))) {
      for (const [start, end] of this.#forms.find(reading.text)) {
        found.push([reading.starts[start] ?? 0, reading.ends[end - 1] ?? text.length]);
      }
    }
    return without(text, found, longest);
  }

  /**
   * Redacts every text in a value of lists and plain objects, names and numbers included. The value is shown within
   * `allowance`, at most the length of one text; a count stands for the rest. Short texts are always shown.
   */
  value(value: unknown, allowance = new Allowance(LONGEST_SHOWN)): unknown {
    return this.#value(value, allowance.part(LONGEST_SHOWN, ALWAYS_SHOWN));
  }

  #value(value: unknown, allowance: Allowance): unknown {
    if (typeof value === 'string') return this.#member(value, allowance);
    if (typeof value === 'number') return this.text(String(value)) === String(value) ? value : HIDDEN;
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) {
      const shown = beginning(value, allowance, (item: unknown) => this.#value(item, allowance));
      return shown.length === value.length ? shown : [...shown, more(value.length - shown.length)];
    }
    const members = Object.entries(value);
    const shown = beginning(members, allowance, ([name, member]): [string, unknown] => [
      this.#member(name, allowance),
      this.#value(member, allowance),
    ]);
    const left = members.length - shown.length;
    return Object.fromEntries(left === 0 ? shown : [...shown, ['…', more(left)]]);
  }

  #member(text: string, allowance: Allowance): string {
    const { left } = allowance;
    if (left <= ALWAYS_SHOWN && text.length > ALWAYS_SHOWN) return `… (${text.length} characters)`;
    const longest = Math.max(left, ALWAYS_SHOWN);
    allowance.use(Math.min(text.length, longest));
    return this.text(text, longest);
  }
}

/** The first entries, as far as the allowance goes. */
function beginning<Entry, Shown>(
  entries: readonly Entry[],
  allowance: Allowance,
  show: (entry: Entry) => Shown,
): Shown[] {
  const shown: Shown[] = [];
  for (const entry of entries) {
    if (allowance.left <= 0) break;
    allowance.use(ENTRY);
    shown.push(show(entry));
  }
  return shown;
}

function more(entries: number): string {
  return `… (${entries} more)`;
}

/** The text of every {@link Secret} anywhere in a value. */
export function secretsIn(value: unknown): string[] {
  return findSecrets(value).map((secret) => secret.reveal());
}

/** Every {@link Secret} anywhere in a value. */
export function findSecrets(value: unknown): Secret[] {
  if (value instanceof Secret) return [value];
  if (Array.isArray(value)) return value.flatMap(findSecrets);
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(findSecrets) : [];
}

function without(text: string, found: [start: number, end: number][], longest: number): string {
  found.sort(([a], [b]) => a - b);
  let shown = '';
  let from = 0;
  for (const [start, end] of found) {
    if (start >= longest) break;
    if (start >= from) shown += text.slice(from, start) + HIDDEN;
    from = Math.max(from, end);
  }
  return shown + text.slice(from, Math.max(from, longest));
}

/** The forms of a secret to search for in the readings of a text. */
function formsOf(secret: string): ReadonlySet<string> {
  const trimmed = secret.trim();
  const lines = trimmed.split(/[\r\n]+/).map((line) => line.trim());
  const long = lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE) : [];
  const plain = [trimmed, ...long];
  const whole = [secret, ...plain];
  // Half a surrogate pair becomes another character on its way through bytes.
  const forms = [...whole, ...plain.map(folded), Buffer.from(secret, 'utf8').toString('utf8')];
  const encoded = whole.flatMap(base64Forms);
  return new Set([...forms, ...encoded].filter((form) => form.length >= SHORTEST_SECRET));
}

/** Base64 of the secret alone, and of where it stands in something longer, such as `id:secret`. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const whole = bytes.toString('base64');
  const pieces = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // Characters that share bits with their neighbours are cut off.
    const start = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    return text.slice(start, end);
  });
  const standard = [
    whole,
    whole.replace(/=+$/, ''),
    ...pieces.filter((piece) => piece.length >= SHORTEST_PIECE),
  ];
  return [...standard, ...standard.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

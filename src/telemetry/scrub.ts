import { formsOf } from '../core/secret-forms.js';

const HIDDEN = '[secret]';
/** A shorter text appears by chance, and hiding it everywhere would make lines unreadable. */
const SHORTEST = 4;
/** A line of a longer secret (a key file) counts as a secret of its own from this length on. */
const SHORTEST_LINE = 16;

/** Hides known secrets in log lines, whatever way they got there. */
export class Scrubber {
  readonly #secrets = new Set<string>();
  #pattern: RegExp | undefined;

  /** Secrets to hide from now on. Texts of less than 4 characters are left out. */
  add(values: Iterable<string>): void {
    const before = this.#secrets.size;
    for (const value of values) {
      for (const text of [value, value.trim(), ...longLines(value)]) {
        if (text.length >= SHORTEST) this.#secrets.add(text);
      }
    }
    if (this.#secrets.size > before) this.#pattern = patternOf(this.#secrets);
  }

  /** The same line of JSON with `[secret]` in place of every known secret; keys count too. Still valid JSON. */
  line(line: string): string {
    if (this.#pattern === undefined) return line;
    const value = parse(line);
    if (value === undefined) return this.text(line);
    return `${JSON.stringify(this.#walk(value))}\n`;
  }

  /** The same text with `[secret]` in place of every known secret. */
  text(text: string): string {
    return this.#pattern === undefined ? text : text.replaceAll(this.#pattern, HIDDEN);
  }

  #walk(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.text(String(value)) === String(value) ? value : HIDDEN;
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((item: unknown) => this.#walk(item));
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [this.text(key), this.#walk(member)]),
    );
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function longLines(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  return lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE) : [];
}

/** One expression for every form of every secret; longer forms first, so that none leaves its tail behind. */
function patternOf(secrets: Iterable<string>): RegExp {
  const forms = new Set<string>();
  for (const secret of secrets) for (const form of formsOf(secret)) forms.add(form);
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  return new RegExp(sorted.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'g');
}

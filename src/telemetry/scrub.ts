import { formsOf } from '../core/secret-forms.js';

const HIDDEN = '[secret]';
/** A shorter text appears by chance, and hiding it everywhere would make lines unreadable. */
const SHORTEST = 4;
/** A line of a longer secret (a key file) counts as a secret of its own from this length on. */
const SHORTEST_LINE = 16;

/** Hides known secrets in log lines, whatever way they got there. */
export class Scrubber {
  readonly #secrets = new Set<string>();
  readonly #forms = new Set<string>();
  /** How long the forms are that begin with certain characters, longest first so that none leaves its tail behind. */
  readonly #lengths = new Map<string, number[]>();

  /** Secrets to hide from now on. Texts of less than 4 characters are left out. */
  add(values: Iterable<string>): void {
    for (const value of values) {
      for (const text of [value, value.trim(), ...longLines(value)]) {
        if (text.length < SHORTEST || this.#secrets.has(text)) continue;
        this.#secrets.add(text);
        for (const form of formsOf(text)) this.#learn(form);
      }
    }
  }

  #learn(form: string): void {
    this.#forms.add(form);
    const start = form.slice(0, SHORTEST);
    const lengths = this.#lengths.get(start) ?? [];
    if (lengths.includes(form.length)) return;
    this.#lengths.set(
      start,
      [...lengths, form.length].sort((a, b) => b - a),
    );
  }

  /** The same line of JSON with `[secret]` in place of every known secret; keys count too. Still valid JSON. */
  line(line: string): string {
    if (this.#secrets.size === 0) return line;
    const value = parse(line);
    if (value === undefined) return this.text(line);
    return `${JSON.stringify(this.#walk(value))}\n`;
  }

  /** The same text with `[secret]` in place of every known secret. */
  text(text: string): string {
    let shown = '';
    let from = 0;
    for (let at = 0; at + SHORTEST <= text.length; ) {
      const length = this.#formAt(text, at);
      if (length === undefined) at += 1;
      else {
        shown += text.slice(from, at) + HIDDEN;
        at += length;
        from = at;
      }
    }
    return shown + text.slice(from);
  }

  /**
   * The length of the longest form that stands at a place. Looked up, because one expression for thousands of secrets
   * would take seconds to make.
   */
  #formAt(text: string, at: number): number | undefined {
    const lengths = this.#lengths.get(text.slice(at, at + SHORTEST));
    return lengths?.find((length) => this.#forms.has(text.slice(at, at + length)));
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

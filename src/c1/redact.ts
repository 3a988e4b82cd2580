import { formsOf } from '../core/secret-forms.js';
import type { JsonObject } from './client.js';

const HIDDEN = '[redacted]';
/** What looks like a credential, wherever it comes from. */
const CREDENTIALS = [
  /\bbearer\s+(?=\S*\d)[\w.~+/=-]+/gi,
  /secret-token(:|%3a)[^\s"'&,;]+/gi,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
];
/** A shorter text is no secret worth the name, and hiding it would blot out innocent words. */
const SHORTEST = 4;

/** Keeps what must not be shown out of texts that a server wrote. */
export class Redactor {
  readonly #secrets = new Set<string>();

  /** Hides `secret` from now on, also where it is encoded. */
  add(secret: string): void {
    if (secret.length >= SHORTEST) this.#secrets.add(secret);
  }

  /** Stops hiding `secret`: for tokens that were replaced, so that they do not pile up. */
  remove(secret: string): void {
    this.#secrets.delete(secret);
  }

  /** `text` without the secrets known, those given, and whatever looks like a credential. */
  clean(text: string, more: Iterable<string> = []): string {
    const secrets = [...this.#secrets, ...more].filter((secret) => secret.length >= SHORTEST);
    const forms = [...new Set(secrets.flatMap(formsOf))];
    // The longest first: a secret may begin with another one.
    forms.sort((a, b) => b.length - a.length);
    const clean = forms.reduce((cleaned, form) => cleaned.replaceAll(form, HIDDEN), text);
    return CREDENTIALS.reduce((cleaned, pattern) => cleaned.replace(pattern, HIDDEN), clean);
  }
}

/** The config values in a request body (`stringValue`): any of them may be a secret that a server repeats in an error. */
export function configValues(body: JsonObject | undefined): string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'stringValue' && typeof inner === 'string') {
        if (inner !== 'true' && inner !== 'false') found.push(inner);
      } else walk(inner);
    }
  };
  walk(body);
  return found;
}

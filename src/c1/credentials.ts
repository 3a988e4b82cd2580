import type { JsonObject } from './json.js';

const HIDDEN = '[secret]';
/** Patterns of credentials from any source. */
const CREDENTIALS = [
  /\bbearer\s+(?=\S*\d)[\w.~+/=-]+/gi,
  /secret-token(:|%3a)[^\s"'&,;]+/gi,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
];

/** The text without parts in the form of credentials. */
export function withoutCredentials(text: string): string {
  return CREDENTIALS.reduce((cleaned, pattern) => cleaned.replace(pattern, HIDDEN), text);
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

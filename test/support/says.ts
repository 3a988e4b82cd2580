import { expect } from 'vitest';

/**
 * Matches a text that holds each of these parts, in any order: the fact and the remedy of a reason, such as a command or
 * a field, and not its wording.
 */
export function says(...parts: readonly string[]): unknown {
  const held = parts.map((part) => `(?=[^]*${part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')})`);
  return expect.stringMatching(new RegExp(`^${held.join('')}`));
}

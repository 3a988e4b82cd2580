/**
 * Characters that control a terminal, change the direction of text or are invisible. A value from the tenant could use
 * them to rewrite the screen. (\p{Cc}: control, \p{Cf}: format, with the bidi ones;
 * \p{Cs}: halves of surrogate pairs; \p{Zl} and \p{Zp}: other ends of line.) The joiner inside emoji stays.
 */
const UNSAFE = /(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text on one line, with control characters escaped: `\n`, `\u001b`, `\u202e`. */
export function safe(text: string): string {
  return text.replaceAll(UNSAFE, (character) => SHORT[character] ?? spelt(character));
}

/** The same for a text of several lines. */
export function safeLines(text: string): string {
  return text.split('\n').map(safe).join('\n');
}

/** A colour of the output of c1sync. */
const COLOUR = new RegExp(`(${'\u001b'}\\[\\d{1,2}m)`);

/**
 * A text that is safe for a terminal: lines, tabs and, with `colour`, colours stay; other control characters are escaped.
 */
export function safeOutput(text: string, colour: boolean): string {
  const spelt = (part: string): string =>
    part.replaceAll(UNSAFE, (character) => (/[\n\t]/.test(character) ? character : safe(character)));
  if (!colour) return spelt(text);
  return text
    .split(COLOUR)
    .map((part, index) => (index % 2 === 1 ? part : spelt(part)))
    .join('');
}

/** Equivalent JSON with all control characters escaped. JSON itself escapes only some. */
export function safeJson(json: string): string {
  return json.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index).toString(16);
      return `\\u${unit.padStart(4, '0')}`;
    }).join(''),
  );
}

/** Equivalent double-quoted scalars of YAML with all control characters escaped. */
export function safeYaml(yaml: string): string {
  return yaml.replaceAll(UNSAFE, (character) => {
    if (/[\n\t]/.test(character)) return character;
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}

function spelt(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

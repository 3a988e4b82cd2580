/**
 * Characters that steer a terminal, turn the direction of text around or cannot be seen. A value from the tenant
 * could use them to rewrite the screen. (\p{Cc}: control, \p{Cf}: format, with the bidi ones;
 * \p{Cs}: halves of surrogate pairs; \p{Zl} and \p{Zp}: other ends of line.) The joiner inside emoji stays.
 */
const UNSAFE = /(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text on one line, with everything that a terminal would act on spelt out: `\n`, `\u001b`, `\u202e`. */
export function safe(text: string): string {
  return text.replaceAll(UNSAFE, (character) => SHORT[character] ?? spelt(character));
}

/** The same of a text whose lines stay lines. */
export function safeLines(text: string): string {
  return text.split('\n').map(safe).join('\n');
}

/** A colour, as c1sync's own output sets it. */
const COLOUR = new RegExp(`(${'\u001b'}\\[\\d{1,2}m)`);

/**
 * A text that is safe for a terminal: its lines, tabs and, where `colour` allows them,
 * colours stay; everything else that a terminal would act on is spelt out.
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

/** JSON that means the same, without the characters that a terminal could act on. JSON itself escapes only some. */
export function safeJson(json: string): string {
  return json.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index).toString(16);
      return `\\u${unit.padStart(4, '0')}`;
    }).join(''),
  );
}

/** Double-quoted scalars of YAML that mean the same, without the characters that a terminal could act on. */
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

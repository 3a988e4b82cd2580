/**
 * Characters that steer a terminal, turn the direction of text around or cannot be seen. A value from the tenant
 * could use them to rewrite what stands on the screen. (\p{Cc}: control, \p{Cf}: format, with the bidi ones;
 * \p{Cs}: halves of surrogate pairs; \p{Zl} and \p{Zp}: other ends of line.) The joiner inside emoji stays.
 */
const UNSAFE = /(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text on one line, with everything that a terminal would act on spelt out: `\n`, `\u001b`, `\u202e`. */
export function safe(text: string): string {
  return text.replaceAll(UNSAFE, (character) => SHORT[character] ?? spelt(character));
}

function spelt(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Characters of a name, at most. */
const LONGEST = 100;

/** Characters that cannot be seen, and every kind of space. (Categories as in `safe`, and \p{Zs}: spaces.) */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Zs}]+/gu;

/**
 * The name of a person as one line of at most a hundred visible characters, `…` after a longer one. Undefined where
 * nothing is visible.
 */
export function personName(text: string): string | undefined {
  const characters = [...text.replaceAll(INVISIBLE, ' ').trim()];
  if (characters.length === 0) return undefined;
  const name = characters.slice(0, LONGEST).join('');
  return characters.length > LONGEST ? `${name}…` : name;
}

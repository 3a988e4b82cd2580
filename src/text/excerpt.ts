/** The largest number of characters of a name in a message. */
const LONGEST_NAME = 60;

/** The text for a message: at most `most` characters, then `...`. */
export function excerpt(text: string, most = LONGEST_NAME): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

/** Characters of a name that a message shows. */
const LONGEST_NAME = 60;

/** A text as a message may show it: at most `most` characters, and `...` where there are more. */
export function excerpt(text: string, most = LONGEST_NAME): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}

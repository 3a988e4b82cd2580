/**
 * A natural key in one text that is equal for all spellings: surrounding and repeated spaces, case and the composition
 * of characters do not count. Empty while the key is not known. Equal texts do not prove that two objects are the same.
 */
export function foldedText(natural: Readonly<Record<string, unknown>> | undefined): string {
  if (natural === undefined) return '';
  return JSON.stringify(
    Object.values(natural).map((value) => (typeof value === 'string' ? folded(value) : value)),
  );
}

/** Upper case first: some letters have several lower-case forms. */
function folded(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').replace(/\s+/gu, ' ').trim();
}

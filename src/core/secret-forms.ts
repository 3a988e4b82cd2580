/** Base64 of a part of something longer has no clear edges, so only a long piece of it is looked for. */
const SHORTEST_PIECE = 8;

/**
 * The forms in which a secret can turn up in a text that others wrote: as it is, inside JSON, inside JSON in JSON, in a
 * URL, in a form, and in base64. In no order; a form may come more than once.
 */
export function formsOf(secret: string): readonly string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  // Through bytes, because half a surrogate pair cannot be encoded.
  const url = encodeURIComponent(Buffer.from(secret, 'utf8').toString('utf8'));
  return [
    secret,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    url,
    url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    new URLSearchParams({ '': secret }).toString().slice(1),
    ...base64Forms(secret),
  ];
}

/** Base64 of the secret alone, and of where it stands in something longer, such as `id:secret`. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const whole = bytes.toString('base64');
  const pieces = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // Characters that share bits with what stands before or after are cut off.
    const start = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    return text.slice(start, end);
  });
  const standard = [
    whole,
    whole.replace(/=+$/, ''),
    ...pieces.filter((piece) => piece.length >= SHORTEST_PIECE),
  ];
  return [...standard, ...standard.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** The text of `file` with the part between the markers of `name` replaced by `part`. Throws where there are no such markers. */
export function replacePart(file, text, name, part) {
  const [start, end] = [`<!-- generated: ${name} -->\n`, `<!-- end: ${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no place for the generated part "${name}"`);
  return `${text.slice(0, from + start.length)}\n${part}\n\n${text.slice(to)}`;
}

import pc from 'picocolors';

/** Columns of a line. */
const WIDTH = 78;

/** Prints the tour for people; in colour on a terminal only. */
export class Story {
  /** The output so far. */
  printed = '';
  #colours = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);

  heading(number, text) {
    const { bold, cyan, dim } = this.#colours;
    const line = `${number}. ${text}`;
    this.#print([bold(cyan(line)), dim('-'.repeat(line.length)), '']);
  }

  say(text) {
    this.#print([...wrap(text), '']);
  }

  /** A command and the relevant part of its output. */
  command(line, output = '') {
    const shown = output.split('\n').flatMap((text) => wrap(text, '  ', `  ${/^ */.exec(text)}  `));
    const typed = wrap(`$ ${line}`, '  ', '      ').map(this.#colours.bold);
    this.#print(output === '' ? [...typed, ''] : [...typed, ...shown, '']);
  }

  /** An edit of a file: the old and the new line. */
  edit(file, before, after) {
    const { dim, red, green } = this.#colours;
    this.#print([dim(`  ${file}`), red(`  - ${before}`), green(`  + ${after}`), '']);
  }

  /** A line of the daemon's log, shortened to its message and the fields named. */
  log(line, ...fields) {
    const present = ['msg', ...fields].filter((name) => line[name] !== undefined);
    const text = JSON.stringify(Object.fromEntries(present.map((name) => [name, line[name]])));
    this.#print([...wrap(text, '  ', '   ').map(this.#colours.yellow), '']);
  }

  /** The result of a chapter. */
  outcome(text) {
    this.#print([...wrap(`=> ${text}`, '', '   ').map(this.#colours.green), '']);
  }

  #print(lines) {
    const text = `${lines.join('\n')}\n`;
    this.printed += text;
    process.stdout.write(text);
  }
}

/** Lines of at most {@link WIDTH} columns, broken after spaces and commas. `hanging`: indent of all but the first. */
function wrap(text, indent = '', hanging = indent) {
  const lines = [indent];
  for (const part of text.split(/(?<=,(?! )| )/)) {
    const line = lines.at(-1) + part;
    if (line.trimEnd().length <= WIDTH || lines.at(-1).trim() === '') lines[lines.length - 1] = line;
    else lines.push(hanging + part);
  }
  return lines.map((line) => line.trimEnd());
}

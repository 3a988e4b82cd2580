/** What happened in a run, a line an event. Two runs with the same text are the same run. */
export class Trace {
  /** The lines; kept only where somebody wants to read them. */
  readonly lines: string[] | undefined;
  #high = 0xdeadbeef;
  #low = 0x41c6ce57;

  constructor(isKept: boolean) {
    this.lines = isKept ? [] : undefined;
  }

  /** Notes what happened `at` milliseconds after the beginning. */
  note(at: number, text: string): void {
    const line = `${at} ${text}`;
    this.lines?.push(line);
    // cyrb53: quick, and good enough to tell two runs apart.
    for (let index = 0; index < line.length; index += 1) {
      const code = line.charCodeAt(index);
      this.#high = Math.imul(this.#high ^ code, 2_654_435_761);
      this.#low = Math.imul(this.#low ^ code, 1_597_334_677);
    }
  }

  /** Adds a line for readers alone: it does not count as something that happened. */
  remark(at: number, text: string): void {
    this.lines?.push(`${at}   ${text}`);
  }

  /** The same for the same lines, in other processes too. */
  get hash(): string {
    const hex = (part: number): string => (part >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }
}

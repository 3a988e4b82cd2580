/** A place for log lines that keeps them. */
export class Lines {
  readonly texts: string[] = [];

  write(text: string): void {
    this.texts.push(text);
  }

  /** Everything written so far. */
  get all(): string {
    return this.texts.join('');
  }

  /** Everything written so far, each line read as JSON. */
  get parsed(): Record<string, unknown>[] {
    return this.texts.map((text) => JSON.parse(text) as Record<string, unknown>);
  }
}

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Verdict } from './verdict.js';

/** Where the scripts of failing seeds go. */
const FOLDER = 'build/simulation';
/** Milliseconds between two lines of progress where nobody watches a terminal. */
const LINE_EVERY_MS = 10_000;

/** Tells how the runs of many seeds go: progress, every seed that fails, one line at the end. */
export class Report {
  failed = 0;
  #held = 0;
  #saidAt = performance.now();
  readonly #startedAt = performance.now();
  readonly #count: number;
  readonly #out: NodeJS.WriteStream;

  /** `count`: how many seeds there are. */
  constructor(count: number, out: NodeJS.WriteStream) {
    this.#count = count;
    this.#out = out;
  }

  /** Takes note of one seed; the script of one that fails is printed, or put in a file. */
  done({ seed, failure }: Verdict, printsScript: boolean): void {
    if (failure === undefined) this.#held += 1;
    else {
      this.failed += 1;
      const { step, invariant, faults, script } = failure;
      this.say(`seed ${seed} fails at step ${step}: ${invariant}`);
      this.say(`  ${faults[0] ?? ''}`);
      this.say(printsScript ? script : `  ${written(seed, script)}`);
    }
    this.#progress();
  }

  /** The last line. */
  end(): void {
    this.say(`${this.#held} seeds held, ${this.failed} failed, ${this.#seconds} s`);
  }

  /** A line, in the place of the progress that a terminal shows. */
  say(line: string): void {
    this.#out.write(`${this.#out.isTTY ? '\r\x1b[K' : ''}${line}\n`);
  }

  #progress(): void {
    const line = `${this.#held + this.failed} of ${this.#count} seeds, ${this.failed} failed, ${this.#seconds} s`;
    if (this.#out.isTTY) this.#out.write(`\r\x1b[K${line}`);
    else if (performance.now() - this.#saidAt > LINE_EVERY_MS) {
      this.#saidAt = performance.now();
      this.say(line);
    }
  }

  get #seconds(): number {
    return Math.round((performance.now() - this.#startedAt) / 1000);
  }
}

function written(seed: number, script: string): string {
  const file = path.join(FOLDER, `seed-${seed}.test.ts`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(file, `${script}\n`);
  return file;
}

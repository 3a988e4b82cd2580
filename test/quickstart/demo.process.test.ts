import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../support/root.js';
import { until } from '../support/wait.js';

/** The output of each chapter, on any machine. */
const KEY_LINES: readonly (readonly string[])[] = [
  ['"msg":"sweep finished","trigger":"start"', '=> 15 objects are in sync: 9 created, 6 adopted'],
  ['"action":"update"', '"updateMask":"description","outcome":"done"', '"actor":"alice@acme.example"'],
  [
    '"outcome":"held"',
    '(changed by bob@acme.example)  risk: secrets',
    '"outcome":"done","approvedBy":"alice"',
    '=> Held, then written once, and the log names alice.',
  ],
  ['"msg":"definition invalid"', '"line":9,"key":"App/slack"', '"name":"buildkite","action":"update"'],
  ['"actor":"bob@acme.example"', '"status":"TakenOver"', '=> Reverted once, then left alone'],
  [
    '"reason":"sync.limits.deletes allows 3 in an hour',
    'approve sha256:',
    'the 3 deleted objects are recreated',
  ],
  ['"fields":["config.github_access_token"]', '=> Written again. Neither this value nor any other'],
];

/** Text without what depends on where lines are broken. */
const unbroken = (text: string): string => text.replace(/\s+/g, '');

/** The tour with everything that it started: a process group and a folder of their own. */
class Tour {
  /** Everything it printed. */
  out = '';
  readonly folder: string;
  readonly #process: ChildProcess;
  readonly #end: Promise<unknown[]>;

  constructor(folder: string) {
    this.folder = folder;
    this.#process = spawn(process.execPath, [path.join(root, 'scripts/demo.mjs')], {
      cwd: folder,
      env: { PATH: process.env.PATH, TMPDIR: folder },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#end = once(this.#process, 'close');
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.out += text;
      });
    }
  }

  /** Its exit code. */
  async end(): Promise<unknown> {
    const [code] = await this.#end;
    return code;
  }

  interrupt(): void {
    this.#process.kill('SIGINT');
  }

  /** True while a process of the group is there, whether it is the tour or something that it started. */
  get runs(): boolean {
    return this.#signalAll(0);
  }

  killAll(): void {
    this.#signalAll('SIGKILL');
  }

  #signalAll(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-(this.#process.pid ?? 0), signal);
    } catch {
      return false;
    }
  }
}

let tour: Tour;

beforeEach(async () => {
  tour = new Tour(await mkdtemp(path.join(tmpdir(), 'c1sync-tour-')));
});
afterEach(async () => {
  tour.killAll();
  await tour.end();
  await rm(tour.folder, { recursive: true, force: true });
});

/** The process that holds the state of the tour; undefined while there is none. */
async function daemonOf(): Promise<number | undefined> {
  const files = await readdir(tour.folder, { recursive: true });
  const owner = files.find((file) => /^lock\.\d+$/.test(path.basename(file)));
  if (owner === undefined) return undefined;
  return Number(/"pid":\s*(\d+)/.exec(await readFile(path.join(tour.folder, owner), 'utf8'))?.[1]);
}

async function expectNothingLeft(): Promise<void> {
  expect(tour.runs).toBe(false);
  expect(await readdir(tour.folder)).toEqual([]);
}

describe('the guided tour', { timeout: 300_000 }, () => {
  it('shows every chapter, shows no secret, keeps to 80 columns, and leaves nothing behind', async () => {
    expect(await tour.end(), tour.out).toBe(0);
    const [, ...chapters] = tour.out.split(/^(?=\d\. )/m);
    expect(chapters).toHaveLength(KEY_LINES.length);
    for (const [index, lines] of KEY_LINES.entries()) {
      for (const line of lines) expect(unbroken(chapters[index] ?? '')).toContain(unbroken(line));
    }
    expect(tour.out).not.toContain('not-a-real');
    expect(tour.out).not.toContain('\u001b');
    expect(tour.out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    await expectNothingLeft();
  });

  it('fails with the step that does not happen, and ends everything', async () => {
    process.kill(await until(daemonOf, 'the daemon', 120_000), 'SIGKILL');
    expect(await tour.end(), tour.out).toBe(1);
    expect(tour.out).toContain(
      'The tour ended in chapter 1, "A company gets in sync": c1sync run ended before',
    );
    await expectNothingLeft();
  });

  it('ends everything when it is interrupted', async () => {
    await until(() => tour.out.includes('$ c1sync run'), 'the first chapter', 120_000);
    tour.interrupt();
    expect(await tour.end(), tour.out).toBe(130);
    expect(tour.out).not.toContain('ended in');
    await expectNothingLeft();
  });
});

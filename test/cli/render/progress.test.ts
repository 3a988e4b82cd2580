import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createProgress } from '../../../src/cli/render/progress.js';
import { VirtualClock } from '../../support/virtual-clock.js';

class Screen extends Writable {
  readonly isTTY: boolean;
  readonly columns = 80;
  text = '';

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function run(screen: Screen): void {
  const progress = createProgress(screen, new VirtualClock());
  progress.start(2);
  progress.tick('App/a');
  progress.tick('App/\u001b[2Jb');
  progress.stop();
}

it('shows a bar on a terminal, with labels that the terminal does not act on', () => {
  const screen = new Screen(true);
  run(screen);
  expect(screen.text).toContain('0/2');
  expect(screen.text).toContain('2/2 App/\\u001b[2Jb');
});

it('writes a line every ten seconds to anything else, until it is stopped', async () => {
  const screen = new Screen(false);
  const clock = new VirtualClock();
  const progress = createProgress(screen, clock);
  progress.start(2);
  await clock.advance(9_999);
  expect(screen.text).toBe('');
  await clock.advance(1);
  expect(screen.text).toBe('0 of 2 changes made\n');
  progress.tick('App/\u001b[2Jb');
  await clock.advance(10_000);
  expect(screen.text.split('\n')[1]).toBe('1 of 2 changes made, the last of App/\\u001b[2Jb');
  progress.stop();
  expect(clock.pending).toBe(0);
});

import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { createProgress } from '../../../src/cli/render/progress.js';

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
  const progress = createProgress(screen);
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

it('writes nothing to anything else', () => {
  const screen = new Screen(false);
  run(screen);
  expect(screen.text).toBe('');
});

import { describe, expect, it } from 'vitest';
import { readArgs, WrongFlags } from './args.js';

describe('the flags of the simulation', () => {
  it.each([
    [[], { from: 1, to: 1, steps: 100, isSingle: true, shrinks: true }],
    [['--seed', '7', '--trace', 'a'], { from: 7, to: 7, isSingle: true, trace: 'a' }],
    [
      ['--seeds', '3-9', '--steps', '5', '--no-shrink'],
      { from: 3, to: 9, steps: 5, isSingle: false, shrinks: false },
    ],
    [['--seeds', '4'], { from: 4, to: 4, isSingle: false }],
  ])('reads %j', (args, request) => {
    expect(readArgs(args)).toMatchObject(request);
  });

  it('asks for help', () => {
    expect(readArgs(['--help'])).toBeUndefined();
  });

  it.each([
    [['--seeds', '9-3']],
    [['--seeds', '1-2-3']],
    [['--seed', '1-2']],
    [['--seed', '0']],
    [['--seed', '1', '--seeds', '1-2']],
    [['--seeds', '1-2', '--trace', 'a']],
    [['--steps', 'many']],
    [['--unknown']],
    [['more']],
  ])('refuses %j', (args) => {
    expect(() => readArgs(args)).toThrow(WrongFlags);
  });
});

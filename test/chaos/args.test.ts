import { describe, expect, it } from 'vitest';
import { WrongFlags } from '../simulation/args.js';
import { readArgs } from './args.js';

describe('the flags of chaos', () => {
  it.each([
    [[], { from: 77, to: 77, rounds: 5, actions: 20, jobs: 1, isVerbose: false }],
    [['--seed', '7', '--verbose'], { from: 7, to: 7, isVerbose: true }],
    [
      ['--seeds', '3-9', '--jobs', '2', '--rounds', '4', '--actions', '8'],
      { from: 3, to: 9, jobs: 2, rounds: 4, actions: 8 },
    ],
  ])('reads %j', (args, request) => {
    expect(readArgs(args, 77)).toMatchObject(request);
  });

  it('asks for help', () => {
    expect(readArgs(['--help'], 77)).toBeUndefined();
  });

  it.each([
    [['--seeds', '9-3']],
    [['--seed', '1-2']],
    [['--seed', '1', '--seeds', '1-2']],
    [['--jobs', '0']],
    [['--rounds', 'many']],
    [['--actions', '1.5']],
    [['--steps', '5']],
    [['--unknown']],
    [['more']],
  ])('refuses %j', (args) => {
    expect(() => readArgs(args, 77)).toThrow(WrongFlags);
  });
});

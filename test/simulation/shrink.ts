import { type Outcome, replay, type Script } from './engine.js';

/** How often a run is made again at most, and for how long, milliseconds. */
const MOST_TRIES = 60;
const MOST_MS = 60_000;

/**
 * Leaves steps out of a script for as long as it still fails in the same way: halves first, then smaller parts, then single
 * steps. Stops early where that takes too long.
 */
export async function shrink(outcome: Outcome): Promise<Outcome> {
  const { failure } = outcome;
  if (failure === undefined) return outcome;
  let best = outcome;
  const until = performance.now() + MOST_MS;
  let left = MOST_TRIES;
  for (
    let part = Math.ceil(best.script.steps.length / 2);
    part >= 1;
    part = part === 1 ? 0 : Math.ceil(part / 2)
  ) {
    for (let from = 0; from < best.script.steps.length && left > 0 && performance.now() < until; ) {
      const steps = best.script.steps.filter((_, index) => index < from || index >= from + part);
      left -= 1;
      const found = await replay({ ...best.script, steps });
      if (found.failure?.invariant === failure.invariant) best = found;
      else from += part;
    }
  }
  return best;
}

/** A script as the source of a test, to be kept in test/simulation. */
export function testOf({ script, failure }: Outcome): string {
  const { seed, modes, steps }: Script = script;
  return [
    "import { expect, it } from 'vitest';",
    "import { replay } from './engine.js';",
    '',
    `// ${failure?.invariant ?? 'held'}: ${failure?.faults[0] ?? ''}`.slice(0, 400),
    `it('holds what seed ${seed} broke', async () => {`,
    '  const { failure } = await replay({',
    `    seed: ${seed},`,
    `    modes: ${JSON.stringify(modes)},`,
    '    steps: [',
    ...steps.map((step) => `      ${JSON.stringify(step)},`),
    '    ],',
    '  });',
    '  expect(failure).toBeUndefined();',
    '});',
  ].join('\n');
}

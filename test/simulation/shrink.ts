import { type Outcome, replay, type Script } from './engine.js';

/**
 * Leaves steps out of a script for as long as it still fails in the same way: halves first, then smaller parts, then single
 * steps. `tries` bounds how often it is made again.
 */
export async function shrink(outcome: Outcome, tries = 60): Promise<Outcome> {
  const { failure } = outcome;
  if (failure === undefined) return outcome;
  let best = outcome;
  let left = tries;
  for (
    let part = Math.ceil(best.script.steps.length / 2);
    part >= 1;
    part = part === 1 ? 0 : Math.ceil(part / 2)
  ) {
    for (let from = 0; from < best.script.steps.length && left > 0; ) {
      const steps = best.script.steps.filter((_, index) => index < from || index >= from + part);
      left -= 1;
      const found = await replay({ ...best.script, steps });
      if (found.failure?.invariant === failure.invariant) best = found;
      else from += part;
    }
  }
  return best;
}

/** A script as the source of a test. */
export function testOf({ script, failure }: Outcome): string {
  const { seed, modes, steps }: Script = script;
  return [
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

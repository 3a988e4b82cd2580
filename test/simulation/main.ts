import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { simulate } from './engine.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    steps: { type: 'string', default: '100' },
    trace: { type: 'string' },
  },
});

const [from = 1, to = from] = (values.seeds ?? values.seed ?? '1').split('-').map(Number);
let failed = 0;
const startedAt = performance.now();
for (let seed = from; seed <= to; seed += 1) {
  const { failure, trace, writes, ms, turns, script } = await simulate(
    seed,
    Number(values.steps),
    values.trace !== undefined,
  );
  if (values.trace !== undefined) writeFileSync(values.trace, `${trace.lines?.join('\n')}\n`);
  const told =
    failure === undefined
      ? 'held'
      : `FAILED at step ${failure.step}: ${failure.invariant}\n  ${failure.faults.slice(0, 5).join('\n  ')}`;
  if (failure !== undefined) failed += 1;
  process.stdout.write(
    `seed ${seed}: ${told} (${script.steps.length} steps, ${writes} writes, ${Math.round(ms / 60_000)} min, ${turns} turns, ${trace.hash}, ${Math.round(performance.now() - startedAt)} ms)\n`,
  );
}
process.stdout.write(
  `${to - from + 1} seeds, ${failed} failed, ${Math.round((performance.now() - startedAt) / 1000)} s\n`,
);

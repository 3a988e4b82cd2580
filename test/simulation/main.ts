import { writeFileSync } from 'node:fs';
import { type Request, readArgs, runCommand, usage } from './args.js';
import { simulate } from './engine.js';
import { runSeeds } from './pool.js';
import { Report } from './report.js';
import { verdictOf } from './verdict.js';

async function single({ from: seed, steps, trace, shrinks }: Request, report: Report): Promise<void> {
  const outcome = await simulate(seed, steps, trace !== undefined);
  if (trace !== undefined) writeFileSync(trace, `${outcome.trace.lines?.join('\n')}\n`);
  const { writes, ms } = outcome;
  report.say(
    `seed ${seed}: trace ${outcome.trace.hash}, ${writes} writes, ${Math.round(ms / 60_000)} virtual minutes`,
  );
  report.done(await verdictOf(seed, outcome, shrinks), true);
}

async function main(): Promise<number> {
  const request = readArgs(process.argv.slice(2));
  if (request === undefined) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const report = new Report(request.to - request.from + 1, process.stdout);
  if (request.isSingle) await single(request, report);
  else await runSeeds({ ...request, done: (verdict) => report.done(verdict, false) });
  report.end();
  return report.failed > 0 ? 1 : 0;
}

await runCommand(main, usage);

// Sums up what Vitest's JSON reporter wrote in one or more runs: `node scripts/test-summary.mjs RESULTS STATUS ...`,
// where STATUS is what the run of these results ended with. Exits with 1 when a test failed, when a run had none, or
// when a run itself failed.
import { readFileSync } from 'node:fs';

const print = (line) => process.stdout.write(`${line}\n`);
const total = { passed: 0, failed: 0, skipped: 0 };
let inOrder = true;

for (let at = 2; at < process.argv.length; at += 2) {
  const [file = '', status = '0'] = process.argv.slice(at, at + 2);
  const run = summary(read(file));
  if (run.passed + run.failed === 0) print('no test ran');
  if (status !== '0' && run.failed === 0)
    print(`no test failed, but the run ended with ${status}: see above`);
  inOrder &&= status === '0' && run.failed === 0 && run.passed > 0;
  for (const sort of Object.keys(total)) total[sort] += run[sort];
}
if (total.skipped > 0) print(`${total.skipped} skipped`);
print(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = inOrder ? 0 : 1;

function read(results) {
  const text = readFileSync(results, 'utf8');
  return text === '' ? { testResults: [] } : JSON.parse(text);
}

/** A file that could not be loaded has no tests to count: it counts as one that failed. */
function summary({ testResults }) {
  const statuses = testResults.flatMap(({ status, assertionResults }) =>
    assertionResults.length === 0 && status === 'failed'
      ? ['failed']
      : assertionResults.map((test) => test.status),
  );
  const count = (...wanted) => statuses.filter((one) => wanted.includes(one)).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped', 'pending', 'todo', 'disabled'),
  };
}

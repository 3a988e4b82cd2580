// Sums up what Vitest's JSON reporter wrote: `node scripts/test-summary.mjs RESULTS STATUS`, where STATUS is what the
// test run ended with. Exits with 1 when a test failed, when none ran, or when the run itself failed.
import { readFileSync } from 'node:fs';

const [file = '', status = '0'] = process.argv.slice(2);
const print = (line) => process.stdout.write(`${line}\n`);

const { passed, failed, skipped } = summary(read(file));
if (skipped > 0) print(`${skipped} skipped`);
if (passed + failed === 0) print('no test ran');
if (status !== '0' && failed === 0) print(`no test failed, but the run ended with ${status}: see above`);
print(`${passed} passed, ${failed} failed`);
process.exitCode = status === '0' && failed === 0 && passed > 0 ? 0 : 1;

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

import { systemClock } from '../../../src/core/model/clock.js';
import { openStore } from '../../../src/core/state/record-store.js';

/**
 * A process that changes records for ever, five at a time, and writes the number of each change to stdout once it is
 * durable. Change `n` sets `lastSuccess` of one of seven records to `n`; the first number is the second argument.
 */
const [directory = '.', first = '0'] = process.argv.slice(2);
const store = await openStore({
  directory,
  mode: 'write',
  clock: systemClock,
  command: 'run',
});
let next = Number(first);
await Promise.all(
  Array.from({ length: 5 }, async () => {
    for (;;) {
      const number = next++;
      await store.putObject({
        key: `App/${number % 7}`,
        id: `id-${number % 7}`,
        displayName: 'An app with a long name. '.repeat(20),
        origin: 'created',
        marked: true,
        sent: {},
        secrets: {},
        corrections: {},
        lastSuccess: number,
      });
      process.stdout.write(`${number}\n`);
    }
  }),
);

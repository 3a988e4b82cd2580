import { createLog } from '../../src/telemetry/log.js';

/** A process that logs 2,000 lines in the format it is given and ends in the same moment. */
const log = createLog({ level: 'info', format: process.argv[2] === 'pretty' ? 'pretty' : 'json' });
for (let i = 0; i < 2_000; i += 1) log.info({ number: i }, 'line');
process.exit(0);

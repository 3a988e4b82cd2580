#!/usr/bin/env node
import { saveMemory } from './cli/heap.js';
import { codeOf } from './core/model/errors.js';

// The reader may close the pipe, as in `c1sync history | head`: the command still completes.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (codeOf(error) !== 'EPIPE') throw error;
  });

const args = process.argv.slice(2);
// Before anything else is loaded: V8 does not soon return the space that this takes.
if (args.includes('run') && !args.includes('--once')) saveMemory();
const { main } = await import('./cli/index.js');
process.exitCode = await main(args);

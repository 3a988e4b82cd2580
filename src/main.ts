#!/usr/bin/env node
import { main } from './cli/index.js';
import { codeOf } from './core/model/errors.js';

// The reader may close the pipe, as in `c1sync history | head`: the command still completes.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (codeOf(error) !== 'EPIPE') throw error;
  });

process.exitCode = await main(process.argv.slice(2));

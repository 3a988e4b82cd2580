#!/usr/bin/env node
import { main } from './cli/index.js';
import { codeOf } from './core/model/errors.js';

// Whoever reads may have seen enough, as in `c1sync history | head`: what was begun is ended all the same.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error) => {
    if (codeOf(error) !== 'EPIPE') throw error;
  });

process.exitCode = await main(process.argv.slice(2));

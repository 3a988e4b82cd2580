import { takeCoverage } from 'node:v8';
import { afterAll } from 'vitest';

/** A worker that is killed at its end would not write what it has counted. */
afterAll(() => takeCoverage());

import path from 'node:path';
import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.js';

/**
 * Tests of the built files, for `npm run coverage`: a test and the processes that it starts run the same code, and what
 * they count adds up.
 */
export default mergeConfig(
  base,
  defineConfig({
    plugins: [
      {
        name: 'built',
        enforce: 'pre',
        async resolveId(id, importer, options) {
          const resolved = await this.resolve(id, importer, { ...options, skipSelf: true });
          const source = path.join(import.meta.dirname, 'src/');
          if (resolved === null || !resolved.id.startsWith(source)) return resolved;
          const file = resolved.id.slice(source.length).replace(/\.ts$/, '.js');
          return { id: path.join(import.meta.dirname, 'dist', file), external: true };
        },
      },
    ],
    test: {
      setupFiles: ['test/support/coverage.ts'],
      server: { deps: { external: [/\/dist\//] } },
    },
  }),
);

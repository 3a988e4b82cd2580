import { defineConfig } from 'vitest/config';

/** Takes the screenshots of the README: `npm run screenshots`. */
export default defineConfig({
  test: { include: ['test/browser/screenshots.ts'], testTimeout: 300_000 },
});

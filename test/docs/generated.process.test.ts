import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../support/root.js';

it('the generated tables and the JSON Schema are those of the program', async () => {
  const check = promisify(execFile)(process.execPath, [path.join(root, 'scripts/docs.mjs'), '--check']);
  expect(await check).toMatchObject({ stdout: 'Everything is up to date.\n' });
});

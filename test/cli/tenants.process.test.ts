import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type Finished } from '../support/cli.js';

let home: CliHome;

beforeEach(async () => {
  home = await cliHome();
  for (const name of ['acme', 'beta']) await mkdir(path.join(home.directory, name));
});
afterEach(() => home.remove());

const app = (name: string, more = ''): string =>
  `apiVersion: c1sync/v1\nkind: App\nmetadata: { name: ${name} }\nspec: { displayName: ${name}${more} }\n`;

const run = (...args: string[]): Promise<Finished> => home.run(args, { cwd: home.directory });

/** A file with two tenants, the second of which cannot be read. */
async function writeSettings(): Promise<void> {
  await writeFile(path.join(home.directory, 'acme/app.yaml'), app('slack'));
  await writeFile(path.join(home.directory, 'beta/app.yaml'), app('jira', ', colour: red'));
  await writeFile(
    path.join(home.directory, 'c1sync.yaml'),
    `tenant: { embedded: true }
tenants:
  - { name: acme, workspace: acme, source: { directory: acme } }
  - { name: beta, workspace: beta, source: { directory: beta } }
  - { name: wrong, workspace: wrong, sync: { interval: soon } }
`,
  );
}

describe('with several tenants', () => {
  it('commands that read do all, or the one that is named; others ask for one', async () => {
    await writeSettings();
    const all = await run('validate', '--output', 'json');
    expect(all.code).toBe(1);
    expect(JSON.parse(all.stdout)).toMatchObject({
      valid: false,
      tenants: [
        { tenant: 'acme', valid: true, definitions: 1 },
        { tenant: 'beta', valid: false, problems: [{ message: expect.stringContaining('colour') }] },
        { tenant: 'wrong', valid: false, error: expect.stringContaining('tenants[2].sync.interval') },
      ],
    });
    const acme = await run('validate', '--tenant', 'acme');
    expect(acme).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 definitions are valid/) });
    const ping = await run('ping');
    expect(ping.code).toBe(1);
    expect(ping.stdout).toMatch(/^acme:\n[\s\S]*workspace acme[\s\S]*\nbeta:\n[\s\S]*\nwrong:\nerror: /m);
    const plan = await run('plan', '--tenant', 'acme');
    expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('App/slack') });
    for (const args of [
      ['plan'],
      ['apply', '--yes'],
      ['export', '--all'],
      ['state', 'list'],
      ['suspend', '*', '--reason', 'x'],
    ])
      expect(await run(...args), args[0]).toMatchObject({
        code: 64,
        stderr: expect.stringMatching(/--tenant: acme, beta, wrong/),
      });
    expect(await run('plan', '--tenant', 'acne')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('Did you mean "acme"'),
    });
    expect(await run('validate', '-f', 'acme')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('--tenant'),
    });
    expect((await run('__complete', '--', 'plan', '--tenant', '')).stdout).toBe('acme\nbeta\nwrong\n');
    const objects = await run('__complete', '--', 'plan', '--tenant', 'acme', 'App/');
    expect(objects.stdout).toBe('App/slack\n');
  });

  it('--tenant without them is wrong usage', async () => {
    expect(await run('validate', '--tenant', 'acme')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('hold no tenants'),
    });
  });
});

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApplyJson, PlanJson } from '../../src/cli/render/json.js';
import { type CliHome, cliHome, type SpawnedEmulator } from '../support/cli.js';

const SNYK = '{ snyk_api_token: { valueFrom: { env: TOKEN } } }';
const SLACK = '{ slack_api_key: { valueFrom: { env: TOKEN } } }';

let home: CliHome;
let emulator: SpawnedEmulator;
let directory: string;
let env: Record<string, string>;

beforeEach(async () => {
  home = await cliHome();
  emulator = await home.emulator();
  directory = path.join(home.directory, 'definitions');
  await mkdir(directory);
  env = { ...emulator.env, TOKEN: 'planted-secret' };
});
afterEach(() => home.remove());

const define = (catalog: string, config: string): Promise<void> =>
  writeFile(
    path.join(directory, 'wiki.yaml'),
    `apiVersion: c1sync/v1
kind: App
metadata: { name: wiki }
spec: { displayName: Wiki }
---
apiVersion: c1sync/v1
kind: Connector
metadata: { name: wiki, annotations: { c1sync/replace: "true" } }
spec: { app: wiki, catalog: ${catalog}, displayName: Wiki connector, config: ${config} }
`,
  );

const run = (...args: string[]) => home.run([...args, '-f', directory], { env });

/** Ids of the live connectors of this name. */
async function connectors(): Promise<string[]> {
  const state = (await (await fetch(`${emulator.url}/_emulator/state`)).json()) as {
    connectors: { id: string; displayName: string }[];
  };
  return state.connectors.filter(({ displayName }) => displayName === 'Wiki connector').map(({ id }) => id);
}

describe('a connector that is made anew', { timeout: 180_000 }, () => {
  it('by apply, from a saved plan, and by the daemon when the file changes', async () => {
    await define('snyk', SNYK);
    expect((await run('apply', '--yes')).code).toBe(0);
    const [first] = await connectors();

    await define('slack', SLACK);
    const file = path.join(home.directory, 'plan.json');
    const planned = await run('plan', '--output', 'json', '--out', file);
    const { summary, changes } = JSON.parse(planned.stdout) as PlanJson;
    expect(summary).toMatchObject({ create: 1, delete: 1, update: 0 });
    expect(changes.map(({ action, id }) => [action, id])).toEqual([
      ['delete', first],
      ['create', null],
    ]);
    const applied = await run('apply', file, '--output', 'json');
    const { results } = JSON.parse(applied.stdout) as ApplyJson;
    expect(results).toMatchObject([{ action: 'create', replacedId: first, outcome: 'done' }]);
    const [second, ...more] = await connectors();
    expect([second === first, more]).toEqual([false, []]);
    expect((await run('plan', '--detailed-exitcode')).code).toBe(0);

    const daemon = home.start(['run', '-f', directory], { env });
    await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
    await define('snyk', SNYK);
    const told = await daemon.line('the deletion', ({ action }) => action === 'delete');
    expect(told).toMatchObject({
      id: second,
      outcome: 'done',
      reason: expect.stringContaining('spec.catalog'),
    });
    await daemon.line('the creation', ({ action, outcome }) => action === 'create' && outcome === 'done');
    daemon.kill('SIGTERM');
    expect((await daemon.end).code).toBe(0);
    expect(await connectors()).toHaveLength(1);
    expect((await run('plan', '--detailed-exitcode')).code).toBe(0);
    for (const { stdout, stderr } of [planned, applied, await daemon.end]) {
      expect(stdout + stderr).not.toContain(env.TOKEN);
    }
  });
});

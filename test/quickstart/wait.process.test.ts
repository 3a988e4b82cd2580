import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type Finished, type Running, type SpawnedEmulator } from '../support/cli.js';
import { type Doc, file } from '../support/definitions.js';

const TOKEN = 'a-token-that-nobody-guesses';

let home: CliHome;
let emulator: SpawnedEmulator;
let definitions: string;
let daemon: Running;
let url: string;

const apps = (description: string): Doc[] =>
  ['wiki', 'forum'].map((name) => ({ kind: 'App', name, spec: { displayName: `The ${name}`, description } }));

const define = (...docs: readonly Doc[]): Promise<void> =>
  writeFile(path.join(definitions, 'apps.yaml'), file(...docs));

const run = (...args: readonly string[]): Promise<Finished> =>
  home.run(args, {
    env: { ...emulator.env, C1SYNC_SERVER_URL: url, C1SYNC_SERVER_TOKEN: TOKEN },
    cwd: home.directory,
  });

async function tell(route: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${emulator.url}/_emulator/${route}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
}

async function descriptions(): Promise<readonly unknown[]> {
  const state = (await (await fetch(`${emulator.url}/_emulator/state`)).json()) as {
    apps: { displayName: string; description: string }[];
  };
  return state.apps
    .filter(({ displayName }) => displayName.startsWith('The '))
    .map(({ description }) => description);
}

beforeAll(async () => {
  home = await cliHome();
  emulator = await home.emulator();
  definitions = path.join(home.directory, 'definitions');
  await mkdir(definitions);
  await define(...apps('First'));
  daemon = home.start(['run'], {
    env: {
      ...emulator.env,
      C1SYNC_SERVER_TOKEN: TOKEN,
      C1SYNC_SYNC_LIMITS_ADOPTS: '0',
      C1SYNC_SYNC_DEBOUNCE: '1h',
    },
    cwd: home.directory,
  });
  url = String((await daemon.line('the server', ({ msg }) => msg === 'listening')).url);
  await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
}, 120_000);
afterEach(async () => {
  await fetch(`${emulator.url}/_emulator/faults`, { method: 'DELETE' });
  await tell('settings', { latencyMs: 0 });
  await define(...apps('First'));
  expect(await run('reconcile', '--wait')).toMatchObject({ code: 0 });
});
afterAll(() => home.remove());

describe('reconcile --wait', { timeout: 180_000 }, () => {
  it('ends after a sweep that began with it, and not after one that was under way', async () => {
    await tell('settings', { latencyMs: 400 });
    expect(await run('reconcile')).toMatchObject({ code: 0 });
    await define(...apps('Second'));
    const { code, stdout } = await run('reconcile', '--wait');
    expect(await descriptions()).toEqual(['Second', 'Second']);
    expect(stdout).toMatch(/^2 objects in sync at revision \S+\.\n$/);
    expect(code).toBe(0);
  });

  it('passes what is held, unless it is told otherwise, and names what is not in sync', async () => {
    await define(...apps('Second'), { kind: 'App', name: 'slack', spec: { displayName: 'Slack' } });
    const held = await run('reconcile', '--wait');
    expect(held.stdout).toMatch(/^2 of 3 objects in sync at revision \S+\.\n\n.*\nApp\/\w+ +Held/s);
    expect(held.code).toBe(0);
    expect(await run('reconcile', '--wait', '--fail-on-held')).toMatchObject({ code: 1 });

    await define({ kind: 'App', name: 'new', spec: { displayName: 'New' } });
    await tell('faults', { match: 'POST /api/v1/apps', times: 50, status: 403 });
    const failed = await run('reconcile', '--wait', '--output', 'json');
    expect(JSON.parse(failed.stdout)).toMatchObject({
      result: 'failed',
      objects: expect.any(Number),
      notInSync: expect.arrayContaining([expect.objectContaining({ key: 'App/new', status: 'Failed' })]),
    });
    expect(failed.code).toBe(1);
  });

  it('waits over sweeps that fail, for as long as it is told', async () => {
    await tell('faults', { match: 'GET /api/v1/apps*', times: 1000, status: 503 });
    const { code, stderr } = await run('reconcile', '--wait', '--timeout', '3s');
    expect(stderr).toContain('timed out after 3s: the sweep has not ended');
    expect(code).toBe(1);
  });
});

describe('wait', { timeout: 180_000 }, () => {
  it('ends when the revision is reconciled, by its first characters', async () => {
    const revisionNow = async (): Promise<string> =>
      (JSON.parse((await run('validate', '--output', 'json')).stdout) as { revision: string }).revision;
    await define(...apps('Second'));
    const revision = await revisionNow();
    const short = revision.slice(0, 19);
    const waiting = run('wait', '--revision', short);
    expect(await run('reconcile')).toMatchObject({ code: 0 });
    expect(await waiting).toMatchObject({ code: 0, stdout: `2 objects in sync at revision ${short}.\n` });
    expect(await descriptions()).toEqual(['Second', 'Second']);
    const json = await run('wait', '--revision', revision, '--output', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ result: 'done', revision });
  });

  it('says where the daemon is when the time is over', async () => {
    const late = await run('wait', '--revision', 'ffffffff', '--timeout', '1s');
    expect(late.stderr).toMatch(/timed out after 1s: the sweep has not ended; the daemon is at revision \S+/);
    expect(late.code).toBe(1);
    expect(await run('wait', '--revision', 'x')).toMatchObject({ code: 64 });
  });

  it('says that the daemon has stopped', async () => {
    const env = { ...emulator.env, C1SYNC_WORKSPACE: 'other', C1SYNC_SYNC_ADOPT: 'never' };
    const other = home.start(['run'], { env, cwd: home.directory });
    const listening = await other.line('the server', ({ msg }) => msg === 'listening');
    const flags = ['--revision', 'ffffffff', '--server', String(listening.url)];
    const waiting = home.run(['wait', ...flags], { cwd: home.directory });
    other.kill('SIGTERM');
    const { code, stderr } = await waiting;
    expect(stderr).toMatch(/has stopped|no daemon answers/);
    expect(code).toBe(1);
  });
});

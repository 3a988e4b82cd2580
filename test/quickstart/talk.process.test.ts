import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type Finished, type Running, type SpawnedEmulator } from '../support/cli.js';
import { type Doc, file } from '../support/definitions.js';
import { root } from '../support/root.js';
import { until } from '../support/wait.js';

const TOKEN = 'a-token-that-nobody-guesses';
const READ = 'a-token-that-only-reads';

let home: CliHome;
let emulator: SpawnedEmulator;
let definitions: string;
let daemon: Running;
let url: string;

const apps = (description: string): Doc[] =>
  ['wiki', 'forum', 'board'].map((name) => ({
    kind: 'App',
    name,
    labels: { team: name === 'wiki' ? 'red' : 'blue' },
    spec: { displayName: `The ${name}`, description },
  }));

const define = (...docs: readonly Doc[]): Promise<void> =>
  writeFile(path.join(definitions, 'apps.yaml'), file(...docs));

/** The environment of a person who knows the daemon and its token. */
const known = (): Record<string, string> => ({ C1SYNC_SERVER_URL: url, C1SYNC_SERVER_TOKEN: TOKEN });

const run = (args: readonly string[], env: Record<string, string> = known()): Promise<Finished> =>
  home.run(args, { env, cwd: home.directory });

/** Keys of the objects that stand so. */
async function standing(status: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/v1/objects?status=${status}`);
  const { objects } = (await answer.json()) as { objects: { key: string }[] };
  return objects.map(({ key }) => key);
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
      C1SYNC_SERVER_TOKENS: JSON.stringify([{ name: 'grafana', token: READ, can: 'read' }]),
      C1SYNC_SYNC_LIMITS_UPDATES: '1',
    },
    cwd: home.directory,
  });
  url = String((await daemon.line('the server', ({ msg }) => msg === 'listening')).url);
  await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
}, 120_000);
afterAll(() => home.remove());

describe('a person at the command line', { timeout: 300_000 }, () => {
  it('shows statuses, suspends, resumes, approves, and has all of it in the history', async () => {
    const { code, stdout, stderr } = await run(['status']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/workspace default\n/);
    expect(stdout).toMatch(/App\/wiki +Synced/);
    expect(code).toBe(0);
    const one = await run(['status', '-l', 'team=red', '--output', 'json']);
    expect(JSON.parse(one.stdout)).toMatchObject({ rows: [{ key: 'App/wiki', status: 'Synced' }] });
    const none = await run(['status', 'App/wiki', '--status', 'Failed']);
    expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining('0 objects.') });
    const unknown = await run(['status', 'App/wiki', 'App/wikki']);
    expect(unknown).toMatchObject({ code: 1, stdout: expect.stringMatching(/App\/wiki +Synced/) });
    expect(unknown.stderr).toContain('the daemon knows no App/wikki');

    const suspended = await run(['suspend', '-l', 'team=red', '--reason', 'audit', '--for', '2h']);
    expect(suspended).toMatchObject({ code: 0, stderr: '' });
    expect(suspended.stdout).toContain('c1sync resume -l team=red\n');
    await until(
      async () => (await standing('Suspended')).includes('App/wiki'),
      'the suspension to show',
      60_000,
    );
    expect((await run(['status', '--status', 'Suspended'])).stdout).toContain('audit');
    expect((await run(['resume', 'team=red'])).code).toBe(64);
    expect((await run(['resume', '-l', 'team=red'])).stdout).toBe('Resumed team=red.\n');
    const talked = await run(['history']);
    expect(talked.stdout).toMatch(/suspend team=red until .* by token: audit/);
    expect(talked.stdout).toContain('resume team=red by token');

    await define(...apps('Second'));
    const output = await run(['reconcile']);
    expect(output).toMatchObject({ code: 0, stderr: '' });
    await until(async () => (await standing('Held')).length === 2, 'the limit to hold two of three', 60_000);
    const held = /(sha256:[0-9a-f]{12}) {2}2 objects/.exec((await run(['status'])).stdout)?.[1] ?? '';
    const approved = await run(['approve', held]);
    expect(approved.stdout).toContain('Approved 2 changes:');
    await until(
      async () => (await standing('Synced')).length === 3,
      'the approved changes to be made',
      60_000,
    );
    const history = await run(['history', 'App/wiki', '--limit', '5']);
    expect(history.stdout).toContain('description: "First" → "Second"');
    expect((await run(['history'])).stdout).toMatch(/updated, approved by token {2}\(command, revision/);
    const approvals = await run(['history', '--by', 'token', '--action', 'approve', '--since', '1h']);
    expect(approvals.stdout).toMatch(/^\S+ {2}approve sha256:[^\n]* by token\n$/);
    const others = await run(['history', 'App/wiki', '--by', 'nobody']);
    expect(others).toMatchObject({ code: 0, stdout: expect.not.stringContaining('App/wiki') });
    const commanded = daemon.log.filter(({ msg }) => msg === 'commanded');
    expect(commanded.map(({ command }) => command)).toContain('approve');

    const place = new URL(emulator.url).host.replace(':', '_');
    const kept = path.join(home.directory, 'state/c1sync', place, 'default/history.jsonl');
    for (const text of [await readFile(kept, 'utf8'), daemon.stdout, daemon.stderr]) {
      expect(text).not.toContain(TOKEN);
    }
  });

  it('repairs records through the daemon that has them, under the name of the token', async () => {
    const state = (...args: readonly string[]): Promise<Finished> =>
      run(['state', ...args], { ...emulator.env, ...known() });
    const moved = await state('move', 'App/forum', 'App/agora');
    expect(moved).toEqual({ code: 0, stdout: 'Moved App/forum to App/agora.\n', stderr: '' });
    const forgotten = await state('forget', 'app/board');
    expect(forgotten).toEqual({ code: 0, stdout: 'Forgot App/board.\n', stderr: '' });
    expect(await state('forget', 'App/bored')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no record of App/bored.'),
    });
    const { stdout } = await run(['history']);
    expect(stdout).toMatch(/ {2}move App\/forum, App\/agora \(1 object\) by token\n/);
    expect(stdout).toMatch(/ {2}forget App\/board \(1 object\) by token\n/);
    expect(daemon.log.filter(({ msg }) => msg === 'commanded')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ command: 'forget', by: 'token', targets: ['App/board'] }),
      ]),
    );
    const elsewhere = await run(['state', 'forget', 'App/wiki'], {
      ...emulator.env,
      ...known(),
      C1SYNC_WORKSPACE: 'other',
    });
    expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining('no record of App/wiki') });
    await until(
      async () => (await standing('Synced')).length === 3,
      'the forgotten object to be recognised by its marks',
      60_000,
    );
  });

  it('watches until the daemon ends', async () => {
    const other = path.join(home.directory, 'other');
    await mkdir(path.join(other, 'definitions'), { recursive: true });
    const second = home.start(['run'], {
      env: { ...emulator.env, C1SYNC_WORKSPACE: 'other' },
      cwd: other,
    });
    const listening = await second.line('the server', ({ msg }) => msg === 'listening');
    const watch = home.start(['status', '--watch', '--server', String(listening.url)], { cwd: other });
    await until(() => watch.stdout.includes('workspace other'), 'the first view', 60_000);
    second.kill('SIGTERM');
    expect((await second.end).code).toBe(0);
    const { code, stderr } = await watch.end;
    // It may have been about to ask once more.
    expect(stderr).toMatch(/has stopped|no daemon answers/);
    expect(code).toBe(1);
  });

  it('may stop reading before the end', async () => {
    const main = path.join(root, 'dist/main.js');
    const shown = async (command: string): Promise<string> => {
      const script = `"$0" "$1" ${command} 2>&3 | true; echo "\${PIPESTATUS[0]}"`;
      const words = ['-c', `exec 3>&1; ${script}`, process.execPath, main];
      const env = { PATH: process.env.PATH ?? '', HOME: home.directory, C1SYNC_SERVER_URL: url };
      return (await promisify(execFile)('bash', words, { env, cwd: home.directory })).stdout;
    };
    expect(await shown('status')).toBe('0\n');
    expect(await shown('history --output json')).toBe('0\n');
    // It would not end by itself.
    expect(await shown('status --watch')).toBe('0\n');
  });

  it('sees what a name would do to the terminal spelt out', async () => {
    const answer = await run(['suspend', 'App/wiki', '--reason', 'a\u009b31m\u202eb']);
    expect(answer.code).toBe(0);
    const { stdout } = await run(['status', '--output', 'json']);
    expect(stdout).toContain('a\\u009b31m\\u202eb');
    expect(JSON.parse(stdout)).toMatchObject({ suspensions: [{ reason: 'a\u009b31m\u202eb' }] });
    expect((await run(['resume', 'App/wiki'])).code).toBe(0);
    await until(async () => (await standing('Synced')).length === 3, 'the suspension to end', 60_000);
    const impostor = http.createServer((_request, reply) => {
      reply.writeHead(422).end(JSON.stringify({ error: 'no \u001b[2J such thing' }));
    });
    await new Promise<void>((listening) => impostor.listen(0, '127.0.0.1', listening));
    const { port } = impostor.address() as AddressInfo;
    const said = await run(['status', '--server', `http://127.0.0.1:${port}`]);
    impostor.close();
    expect(said.stderr).toBe('error: no \\u001b[2J such thing\n');
  });

  it('with a token that may only read is told so, with the remedy', async () => {
    const reader = { ...known(), C1SYNC_SERVER_TOKEN: READ };
    const refused = await run(['reconcile'], reader);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('the token grafana may only read: give one that may change things');
    const shown = await run(['status'], reader);
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('workspace default\n') });
    expect(shown.stderr).toMatch(/^note: the token grafana may only read: to approve, .* can: change\n$/);
    const checked = await run(['ping'], { ...emulator.env, ...reader });
    expect(checked).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('the token grafana may only read'),
    });
    const changer = await run(['ping'], { ...emulator.env, ...known() });
    expect(changer).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('the token token may change things'),
    });
    const wrong = await run(['ping'], { ...emulator.env, ...known(), C1SYNC_SERVER_TOKEN: 'another-token' });
    expect(wrong).toMatchObject({ code: 1, stdout: expect.stringContaining('has another token') });
    for (const { stdout, stderr } of [refused, shown, checked, changer, wrong])
      expect(stdout + stderr).not.toMatch(/a-token-that|another-token/);
  });

  it('gets an error: no daemon, a wrong token, another server, a port in use', async () => {
    const unreachable = await run(['status', '--server', 'http://127.0.0.1:9']);
    expect(unreachable.stderr).toContain('no daemon answers at http://127.0.0.1:9');
    expect(unreachable.stderr).toContain('c1sync run');
    const wrong = await run(['reconcile'], { ...known(), C1SYNC_SERVER_TOKEN: 'another-token' });
    expect(wrong.stderr).toContain('has another token');
    expect(wrong.stderr).not.toContain('another-token');
    const without = await run(['reconcile'], { C1SYNC_SERVER_URL: url });
    expect(without.stderr).toContain('needs its token');
    const stranger = await run(['status', '--server', emulator.url]);
    expect(stranger.stderr).toContain('is no c1sync');
    const free = await run(['status'], {});
    expect(free.stderr).toContain('server.port is 0');
    for (const { code } of [unreachable, wrong, without, stranger, free]) expect(code).toBe(1);

    const usage = await run(['suspend', '*', 'App/wiki', '--reason', 'x']);
    expect(usage.code).toBe(64);

    const apply = await run(['apply', '--yes'], emulator.env);
    expect(apply.stderr).toContain("'c1sync reconcile'");
    expect(apply.code).toBe(1);

    const forget = await run(['state', 'forget', 'App/wiki'], emulator.env);
    expect(forget.stderr).toMatch(
      /in use by c1sync run \(process \d+ on .*server\.port is 0.*or stop that process, run this again/,
    );
    expect(forget.code).toBe(1);
    const withoutToken = await run(['state', 'forget', 'App/wiki'], {
      ...emulator.env,
      C1SYNC_SERVER_URL: url,
    });
    expect(withoutToken).toMatchObject({ code: 1, stderr: expect.stringContaining('server.token') });
    expect((await run(['state', 'list'], emulator.env)).stdout).toContain('App/wiki');

    const { port } = new URL(url);
    const { code, stderr, stdout } = await run(['run'], {
      ...emulator.env,
      C1SYNC_WORKSPACE: 'third',
      C1SYNC_SERVER_PORT: port,
    });
    const fatal = stdout.split('\n').find((line) => line.includes('"level":"fatal"')) ?? '{}';
    expect(JSON.parse(fatal)).toMatchObject({
      msg: 'stopped by an error',
      error: { message: expect.stringContaining('is taken') },
    });
    expect(fatal).toContain(`port ${port} of 127.0.0.1 is taken`);
    expect(stderr).toBe('');
    expect(stdout).not.toContain('sweep finished');
    expect(code).toBe(1);
  });
});

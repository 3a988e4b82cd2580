import { cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type LogLine, type Running } from '../support/cli.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { root } from '../support/root.js';
import { until } from '../support/wait.js';

let home: CliHome;
let emulator: TestEmulator;
let directory: string;

beforeEach(async () => {
  home = await cliHome();
  emulator = await testEmulator();
  directory = path.join(home.directory, 'definitions');
  await mkdir(directory);
  const document =
    'apiVersion: c1sync/v1\nkind: App\nmetadata: { name: wiki }\nspec: { displayName: Wiki }\n';
  await writeFile(path.join(directory, 'wiki.yaml'), document);
});
afterEach(async () => {
  await home.remove();
  await emulator.close();
});

function start(): Running {
  return home.start(['run', '-f', directory], {
    env: {
      CONDUCTORONE_SERVER_URL: emulator.url,
      CONDUCTORONE_CLIENT_ID: emulator.clientId,
      CONDUCTORONE_CLIENT_SECRET: emulator.clientSecret,
    },
  });
}

const message = (text: string) => (line: LogLine) => line.msg === text;
const errors = ({ log }: Running) => log.filter(({ level }) => level === 'error' || level === 'fatal');

describe('a daemon that receives a signal to stop', { timeout: 180_000 }, () => {
  it('before it has begun, ends well', async () => {
    const daemon = start();
    await daemon.line('the first line', message('starting'));
    daemon.kill('SIGTERM');
    const { code, stderr } = await daemon.end;
    expect([code, stderr, errors(daemon)]).toEqual([0, '', []]);
    expect(daemon.log.at(-1)).toMatchObject({ msg: 'stopped' });
  });

  it('exits with 0 at once while it waits for another one', async () => {
    const other = start();
    await other.line('the first sweep', message('sweep finished'));
    const daemon = start();
    await daemon.line('that it waits', message('waiting for the state folder'));
    daemon.kill('SIGTERM');
    const { code, stderr } = await daemon.end;
    expect([code, stderr, errors(daemon)]).toEqual([0, '', []]);
    expect(daemon.log.at(-1)).toMatchObject({ msg: 'stopped' });
  });

  it('with files of tens of thousands of mistakes, ends well', async () => {
    const names = Array.from({ length: 45_000 }, (_, index) => `  wrong${index}: 1\n`).join('');
    const head = 'apiVersion: c1sync/v1\nkind: App\nmetadata: { name: b }\nspec:\n';
    for (const index of [1, 2, 3]) await writeFile(path.join(directory, `${index}.yaml`), head + names);
    const daemon = start();
    await daemon.line('the mistakes to be counted', message('definitions loaded'));
    daemon.kill('SIGTERM');
    const { code, stderr } = await daemon.end;
    expect([code, stderr]).toEqual([0, '']);
    expect(daemon.log.filter(message('stopping'))).toHaveLength(1);
  });

  it('exits with 0 in the middle of a sweep, and logs no failure', async () => {
    await emulator.faults({ match: 'GET /api/v1/apps', status: 'timeout', times: 100 });
    const daemon = start();
    const isObserving = async (): Promise<boolean> =>
      (await emulator.requests()).some(({ method, path: called }) =>
        `${method} ${called}`.includes('GET /api/v1/apps'),
      );
    await until(isObserving, 'the observation to begin', 60_000);
    daemon.kill('SIGTERM');
    const { code, stderr } = await daemon.end;
    expect([code, stderr, errors(daemon)]).toEqual([0, '', []]);
    expect(daemon.log.filter(message('sweep finished'))).toEqual([]);
  });
});

describe('a daemon whose state folder is deleted', { timeout: 180_000 }, () => {
  it('is reported as lost, and the daemon exits', async () => {
    const daemon = start();
    await daemon.line('the first sweep', message('sweep finished'));
    const state = path.join(home.directory, 'state/c1sync');
    // In one step: a folder without its files is another error.
    for (const name of await readdir(state))
      await rename(path.join(state, name), path.join(home.directory, 'deleted'));
    const { code } = await daemon.end;
    expect(code).toBe(1);
    expect(daemon.log.find(message('state folder lost'))).toMatchObject({
      reason: expect.stringMatching(/is gone: put it on a volume that stays/),
    });
  });
});

describe('a daemon with an embedded tenant', { timeout: 180_000 }, () => {
  it('shares it with a plan beside it, and reverts the edit of the command that its log has', async () => {
    await cp(path.join(root, 'config'), path.join(home.directory, 'config'), { recursive: true });
    const daemon = home.start(['run', '--settings', path.join(home.directory, 'config/c1sync.yaml')], {
      node: [`--env-file=${path.join(root, 'config/demo.env')}`],
      env: { C1SYNC_SYNC_SYSTEM_LOG_INTERVAL: '1s' },
    });
    const { url, state, edit } = await daemon.line('its address', message('embedded tenant'));
    expect(String(state).startsWith(String(url))).toBe(true);
    const answer = await fetch(String(state));
    expect(await answer.json()).toMatchObject({ apps: expect.any(Array) });
    await daemon.line('the first sweep', message('sweep finished'));
    // The body is in the last quotes of the command.
    const [, target = '', body = ''] = /^curl (\S+) .* -d '(.*)'$/.exec(String(edit)) ?? [];
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(target, { method: 'POST', headers, body })).status).toBe(200);
    const settings = ['--settings', path.join(home.directory, 'config/c1sync.yaml')];
    const plan = async () => {
      const { stdout } = await home.run(['plan', ...settings, '--output', 'json']);
      return JSON.parse(stdout).summary;
    };
    // The plan reads the tenant of the daemon, where everything has been created already.
    expect(await plan()).toMatchObject({ create: 0, adopt: 0 });
    await daemon.line('the reverted edit', ({ msg, action, fields }) => {
      return (
        msg === 'reconciled' && action === 'update' && Array.isArray(fields) && fields.includes('description')
      );
    });
    daemon.kill('SIGTERM');
    await daemon.end;
    expect((await plan()).create).toBeGreaterThan(0);
  });
});

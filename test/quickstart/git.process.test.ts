import { createHmac } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type LogLine } from '../support/cli.js';
import { file } from '../support/definitions.js';
import { GitServer } from '../support/git-server.js';

const TOKEN = 'ghp_nobody-may-see-this-token';
const AUTHOR = 'Alice Example <alice@acme.example>';

let home: CliHome;
let server: GitServer;

beforeEach(async () => {
  home = await cliHome();
  server = await GitServer.start();
  server.credentials = { username: 'x-access-token', password: TOKEN };
});
afterEach(async () => {
  await home.remove();
  await server.close();
});

const app = (description: string): Record<string, string> => ({
  'tenants/acme/widgets.yaml': file({
    kind: 'App',
    name: 'widgets',
    spec: { displayName: 'Widgets', description },
  }),
});

/** Settings by variables alone. DEBUG is what many libraries print all they know for. */
const env = (): Record<string, string> => ({
  C1SYNC_SOURCE_GIT_URL: server.url,
  C1SYNC_SOURCE_GIT_PATH: 'tenants/acme',
  C1SYNC_SOURCE_GIT_AUTH_TOKEN: TOKEN,
  C1SYNC_SOURCE_GIT_POLL_INTERVAL: '1s',
  C1SYNC_LOG_LEVEL: 'debug',
  DEBUG: '*',
});

describe('definitions from a git repository', { timeout: 180_000 }, () => {
  it('are followed by the daemon, which logs the author of the commit of every change', async () => {
    const first = await server.push(app('one'));
    const daemon = home.start(['run'], { env: { ...env(), C1SYNC_TENANT_EMBEDDED: 'true' } });
    const changed = (revision: string): Promise<LogLine> =>
      daemon.line(
        `the change of ${revision}`,
        (line) => line.msg === 'reconciled' && line.revision === revision,
      );
    expect(await changed(first)).toMatchObject({ action: 'create', outcome: 'done', revisionAuthor: AUTHOR });

    const second = await server.push(app('two'));
    expect(await changed(second)).toMatchObject({
      action: 'update',
      trigger: 'file',
      revisionAuthor: AUTHOR,
    });

    server.mood = 'broken';
    const down = await daemon.line('the outage', ({ msg }) =>
      String(msg).startsWith('git source not up to date'),
    );
    expect(down).toMatchObject({ level: 'error', fault: 'network', revision: second });
    server.mood = 'well';
    const third = await server.push(app('three'));
    await changed(third);

    daemon.kill('SIGTERM');
    const { code, stdout, stderr } = await daemon.end;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain(TOKEN);
    const said = (msg: string): LogLine[] => daemon.log.filter((line) => line.msg === msg);
    expect(said('definitions loaded').map(({ revision }) => revision)).toEqual([first, second, third]);
    expect(said('sweep finished').every(({ revisionAuthor }) => revisionAuthor === AUTHOR)).toBe(true);
    expect(said('git source up to date again')).toHaveLength(1);
  });

  it('are fetched on SIGHUP, and awaited: at the start, and by a commit that a later one overtook', async () => {
    await server.hangUp();
    const slow = { ...env(), C1SYNC_SOURCE_GIT_POLL_INTERVAL: '1h', C1SYNC_TENANT_EMBEDDED: 'true' };
    const daemon = home.start(['run'], { env: slow });
    await daemon.line('the failure', ({ msg }) => String(msg).startsWith('git source not up to date'));
    const failed = await daemon.line('the sweep', ({ msg }) => msg === 'sweep finished');
    expect(failed).toMatchObject({ outcome: 'failed' });
    expect(String(failed.reason)).toContain('cannot be reached');
    await server.listen();
    const commit = await server.push(app('one'));
    daemon.kill('SIGHUP');
    await daemon.line('the change', ({ msg, revision }) => msg === 'reconciled' && revision === commit);

    const overtaken = await server.push(app('two'));
    const last = await server.push(app('three'));
    daemon.kill('SIGHUP');
    const { url } = await daemon.line('where it listens', ({ msg }) => msg === 'listening');
    const waited = await home.run(['wait', '--revision', overtaken, '--timeout', '60s'], {
      env: { C1SYNC_SERVER_URL: String(url) },
    });
    expect(waited).toEqual({
      code: 0,
      stdout: `1 object in sync at revision ${last.slice(0, 12)}.\n`,
      stderr: `note: ${overtaken} is part of revision ${last.slice(0, 12)}, which the daemon is at\n`,
    });
    await server.git('reset', '--quiet', '--hard', commit);
    const other = await server.push(app('four'));
    daemon.kill('SIGHUP');
    await daemon.line('the other history', ({ msg, revision }) => msg === 'reconciled' && revision === other);
    expect(await home.run(['wait', '--revision', last], { env: { C1SYNC_SERVER_URL: String(url) } })).toEqual(
      {
        code: 1,
        stdout: '',
        stderr: expect.stringContaining(
          `was at revision ${last} and is at revision ${other.slice(0, 12)} now`,
        ),
      },
    );
  });

  it('are fetched at once when the git server calls the webhook', async () => {
    await server.push(app('one'));
    const secret = 'what-only-the-git-server-knows';
    const slow = { C1SYNC_SOURCE_GIT_POLL_INTERVAL: '1h', C1SYNC_SOURCE_GIT_WEBHOOK_SECRET: secret };
    const daemon = home.start(['run'], { env: { ...env(), ...slow, C1SYNC_TENANT_EMBEDDED: 'true' } });
    const { url } = await daemon.line('where it listens', ({ msg }) => msg === 'listening');
    await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
    const commit = await server.push(app('two'));
    const body = JSON.stringify({ ref: 'refs/heads/main' });
    const call = async (key: string): Promise<number> => {
      const signature = createHmac('sha256', key).update(body).digest('hex');
      const headers = {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-hub-signature-256': `sha256=${signature}`,
      };
      return (await fetch(`${url}/webhooks/git`, { method: 'POST', headers, body })).status;
    };
    expect(await call('a guess')).toBe(401);
    expect(await call(secret)).toBe(202);
    await daemon.line('the change', ({ msg, revision }) => msg === 'reconciled' && revision === commit);
  });

  it('are fetched once by the other commands, which leave nothing behind', async () => {
    const commit = await server.push(app('one'));
    const validated = await home.run(['validate', '--output', 'json'], { env: env() });
    expect(JSON.parse(validated.stdout)).toMatchObject({ valid: true, definitions: 1, revision: commit });
    const tenant = await home.emulator();
    const applied = await home.run(['apply', '--yes'], { env: { ...env(), ...tenant.env } });
    expect(applied).toMatchObject({ code: 0 });
    const planned = await home.run(['plan', '--output', 'json'], { env: { ...env(), ...tenant.env } });
    expect(JSON.parse(planned.stdout)).toMatchObject({
      revision: commit,
      changes: [],
      summary: { unchanged: 1 },
    });
    await server.push(app('two'));
    const changed = await home.run(['plan', '--output', 'json'], { env: { ...env(), ...tenant.env } });
    expect(JSON.parse(changed.stdout)).toMatchObject({
      changes: [{ source: 'tenants/acme/widgets.yaml:1' }],
    });
    const pinged = await home.run(['ping'], { env: { ...env(), ...tenant.env } });
    expect(pinged).toMatchObject({ code: 0, stdout: expect.stringContaining('git repository') });
    for (const { stdout, stderr } of [validated, applied, planned])
      expect(stdout + stderr).not.toContain(TOKEN);
    const left = await readdir(path.join(home.directory, 'tmp'));
    expect(left.filter((name) => name.includes('git'))).toEqual([]);
  });

  it('are an error with a remedy, and yield to -f', async () => {
    await server.push(app('one'));
    const wrong = { ...env(), C1SYNC_SOURCE_GIT_AUTH_TOKEN: 'another-token-of-mine' };
    const refused = await home.run(['validate'], { env: wrong });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('source.git.auth');
    expect(refused.stdout + refused.stderr).not.toContain('another-token-of-mine');
    const here = path.join(home.directory, 'here.yaml');
    await writeFile(here, app('local')['tenants/acme/widgets.yaml'] ?? '');
    const local = await home.run(['validate', '-f', home.directory, '--output', 'json'], { env: wrong });
    expect(JSON.parse(local.stdout)).toMatchObject({ valid: true, definitions: 1 });
  });
});

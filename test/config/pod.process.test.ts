import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliHome, cliHome, type Running } from '../support/cli.js';
import { file } from '../support/definitions.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { GitServer } from '../support/git-server.js';
import { until } from '../support/wait.js';
import { type Built, builtOf, FOLDER } from './built.js';
import { Pod } from './pod.js';

const FILES = '/run/secrets/connectors';
const [FIRST, SECOND] = ['1'.repeat(40), '2'.repeat(40)];

let home: CliHome;
let emulator: TestEmulator;
let git: GitServer;
let built: Built;
let pod: Pod;

beforeEach(async () => {
  home = await cliHome();
  emulator = await testEmulator();
  git = await GitServer.start();
});
afterEach(async () => {
  await home.remove();
  await emulator.close();
  await git.close();
});

/** The Secrets that each base needs. */
const credentials = () => ({
  'client-id': emulator.clientId,
  'client-secret': emulator.clientSecret,
  'server-token': 'a-token-that-may-change-things',
  'read-token': 'a-token-that-may-read',
  'git-token': 'a-token-for-git',
  'webhook-secret': 'a-secret-of-the-git-server',
});

/** Starts the container of a base with the command of the image and the arguments of the manifest. */
async function start(base: string, secrets: Record<string, Record<string, string>>): Promise<Running> {
  built = await builtOf(path.join(FOLDER, 'base', base));
  pod = new Pod(path.join(home.directory, 'container'), built);
  const settings = pod
    .located(built.text)
    .replace('https://acme.conductor.one', emulator.url)
    .replace('https://github.com/acme/access.git', git.url);
  await pod.mount(secrets, settings);
  if (base === 'sidecar') await checkOut(FIRST, app('from the first commit'));
  const env = pod.env(secrets);
  return home.start(
    built.container.args.map((arg) => pod.located(arg)),
    {
      cwd: pod.at('/'),
      env: {
        ...env,
        XDG_STATE_HOME: pod.at(env.XDG_STATE_HOME ?? ''),
        TMPDIR: pod.at('/tmp'),
        // The root of the container is read-only.
        HOME: '/nonexistent',
        // On loopback, and beside the daemons of other tests.
        C1SYNC_SERVER_HOST: '127.0.0.1',
        C1SYNC_SERVER_PORT: '0',
      },
    },
  );
}

const app = (description: string): string =>
  file({ kind: 'App', name: 'wiki', spec: { displayName: 'Wiki', description } });
const connector = (name: string, config: object): string =>
  file({ kind: 'Connector', name, spec: { app: 'wiki', catalog: name, displayName: name, config } });

/** A commit as git-sync publishes it: a new folder, and a link that one rename moves there. */
async function checkOut(commit: string, ...documents: readonly string[]): Promise<void> {
  const [tree, link] = [pod.at(`/git/.worktrees/${commit}`), pod.at('/git/current')];
  await mkdir(path.join(tree, 'definitions'), { recursive: true });
  const secrets = [
    connector('snyk', { snyk_api_token: { valueFrom: { file: path.join(pod.at(FILES), 'snyk') } } }),
    connector('slack', { slack_api_key: { valueFrom: { env: 'SLACK_API_KEY' } } }),
  ];
  await writeFile(path.join(tree, 'definitions/wiki.yaml'), [...documents, ...secrets].join('\n---\n'));
  await symlink(path.join('.worktrees', commit), `${link}.next`);
  await rename(`${link}.next`, link);
}

/** The value of a configuration field in the tenant. */
async function configured(name: string, field: string): Promise<unknown> {
  const { connectors } = await emulator.state();
  const found = connectors.find(({ displayName }) => displayName === name);
  return JSON.parse(JSON.stringify(found ?? {})).config?.configuration?.[field]?.stringValue;
}

async function expectProbesToPass(daemon: Running): Promise<void> {
  const { url } = await daemon.line('its address', ({ msg }) => msg === 'listening');
  const { startupProbe, livenessProbe, readinessProbe } = built.container;
  for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe])
    expect(await fetch(`${url}${httpGet.path}`)).toMatchObject({ status: 200 });
}

/** Stops it as Kubernetes does, and expects that it wrote to nothing but its writable volumes. */
async function expectCleanEnd(daemon: Running, before: Readonly<Record<string, string>>): Promise<void> {
  daemon.kill('SIGTERM');
  const { code, stderr } = await daemon.end;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await pod.readOnly()).toEqual(before);
  expect((await readdir(home.directory)).sort()).toEqual(['container', 'tmp']);
  expect(await readdir(path.join(home.directory, 'tmp'))).toEqual([]);
  expect(await readdir(pod.at('/var/lib/c1sync'))).not.toEqual([]);
}

describe('the container of the manifests', { timeout: 180_000 }, () => {
  it('of the sidecar follows git-sync and rotated secrets of connectors', async () => {
    const daemon = await start('sidecar', {
      'c1sync-credentials': credentials(),
      'c1sync-git': { token: 'a-token-for-git' },
      'c1sync-connector-env': { SLACK_API_KEY: 'from-the-environment' },
      'c1sync-connector-files': { snyk: 'from-a-file\n' },
    });
    const atStart = await pod.readOnly();
    await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
    await expectProbesToPass(daemon);
    expect(await configured('snyk', 'snyk_api_token')).toBe('from-a-file');
    expect(await configured('slack', 'slack_api_key')).toBe('from-the-environment');

    expect(await pod.readOnly()).toEqual(atStart);
    await pod.project(FILES, { snyk: 'rotated\n' });
    const afterRotation = await pod.readOnly();
    await until(
      async () => (await configured('snyk', 'snyk_api_token')) === 'rotated',
      'the rotated secret in the tenant',
    );
    expect(await pod.readOnly()).toEqual(afterRotation);
    await checkOut(SECOND, app('from the second commit'));
    const afterCheckOut = await pod.readOnly();
    const changed = await daemon.line(
      'the second commit',
      (line) => line.msg === 'reconciled' && line.revision === SECOND,
    );
    expect(changed).toMatchObject({ kind: 'App', fields: ['description'], outcome: 'done' });
    await expectCleanEnd(daemon, afterCheckOut);
  });

  it('of the standalone fetches the repository, without secrets of connectors', async () => {
    git.credentials = { username: 'x-access-token', password: credentials()['git-token'] };
    const commit = await git.push({ 'definitions/wiki.yaml': app('from the repository') });
    const daemon = await start('standalone', { 'c1sync-credentials': credentials() });
    const before = await pod.readOnly();
    const created = await daemon.line(
      'the app',
      ({ msg, action }) => msg === 'reconciled' && action === 'create',
    );
    expect(created).toMatchObject({ kind: 'App', name: 'wiki', outcome: 'done', revision: commit });
    await daemon.line('the first sweep', ({ msg }) => msg === 'sweep finished');
    await expectProbesToPass(daemon);
    await expectCleanEnd(daemon, before);
  });
});

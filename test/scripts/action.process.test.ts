import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../src/version.js';
import { file } from '../support/definitions.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';
import { root } from '../support/root.js';
import { GitHub } from './github.js';
import { machineEnv, runAction } from './runner.js';

const run = promisify(execFile);
/** npm asks the network for nothing that it has. */
const NPM = { ...machineEnv(), npm_config_prefer_offline: 'true' };

let base: string;
let tarball: string;
/** The folder that the first step of the action installed the package into. */
let installed: string | undefined;

beforeAll(async () => {
  base = await mkdtemp(path.join(tmpdir(), 'c1sync-action-'));
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', base], {
    cwd: root,
    env: NPM,
  });
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  tarball = path.join(base, packed.filename);
}, 180_000);
afterAll(() => rm(base, { recursive: true, force: true }));

let workspace: string;
let github: GitHub;
let emulator: TestEmulator;

beforeEach(async () => {
  workspace = await mkdtemp(path.join(base, 'workspace-'));
  github = new GitHub();
  await github.start();
  emulator = await testEmulator();
  await define('A page for every team');
});
afterEach(async () => {
  await github.close();
  await emulator.close();
});

async function define(description: string, name = 'wiki.yaml'): Promise<void> {
  await mkdir(path.join(workspace, 'definitions'), { recursive: true });
  const text = file({ kind: 'App', name: 'wiki', spec: { displayName: 'Wiki', description } });
  await writeFile(path.join(workspace, 'definitions', name), text);
}

/** Runs the action for pull request 7, with the package that is installed. */
async function act(inputs: Record<string, string> = {}, env: Record<string, string> = tenant()) {
  const places = installed === undefined ? {} : { installed: { install: { folder: installed } } };
  await rm(path.join(installed ?? base, 'plan.md'), { force: true });
  const ran = await runAction({
    file: path.join(root, 'action.yml'),
    folder: base,
    workspace,
    inputs: { package: tarball, ...inputs },
    github: { token: github.token, event: { pull_request: { number: 7 } } },
    env: {
      npm_config_prefer_offline: 'true',
      GITHUB_API_URL: github.url,
      GITHUB_REPOSITORY: 'acme/access',
      GITHUB_RUN_ID: '42',
      GITHUB_SERVER_URL: 'https://github.example',
      ...env,
    },
    ...places,
  });
  if (ran.outputs.plan) installed ??= path.dirname(ran.outputs.plan);
  return ran;
}

const tenant = () => ({
  CONDUCTORONE_SERVER_URL: emulator.url,
  CONDUCTORONE_CLIENT_ID: emulator.clientId,
  CONDUCTORONE_CLIENT_SECRET: emulator.clientSecret,
});

it('the packed package runs with npx, with nothing missing', { timeout: 180_000 }, async () => {
  const sweep = ['run', '--once', '--settings', path.join(root, 'config/c1sync.yaml')];
  const [, ...variables] = (await readFile(path.join(root, 'config/demo.env'), 'utf8')).trim().split('\n');
  const env = { ...NPM, ...Object.fromEntries(variables.map((line) => line.split('='))) };
  const { stdout } = await run('npx', ['--yes', '--package', tarball, '--', 'c1sync', ...sweep], {
    cwd: workspace,
    env: { ...env, XDG_STATE_HOME: workspace },
  });
  expect(stdout).toContain(`"version":"${version}"`);
  expect(stdout).toContain('"outcome":"done"');
});

describe('the action', { timeout: 180_000 }, () => {
  it('installs the package, plans against the tenant, and updates its comment', async () => {
    github.add('mallory', '<!-- c1sync plan c1sync -->\n### c1sync plan\n\nNothing to change.');
    const first = await act();
    expect(first).toMatchObject({ success: true, outputs: { changes: 'true' } });
    expect(first.summary).toContain('1 to create');
    expect(github.writes).toEqual(['POST /repos/acme/access/issues/7/comments']);
    expect(github.comments.at(-1)?.body).toMatch(
      /^<!-- c1sync plan c1sync -->\n### c1sync plan\n[\s\S]*1 to create/,
    );

    await define('Another description');
    const second = await act();
    expect(second).toMatchObject({ success: true, outputs: { changes: 'true' } });
    expect(github.writes.slice(1)).toEqual(['PATCH /repos/acme/access/issues/comments/2']);
    expect(github.comments).toHaveLength(2);
    expect(github.comments[1]?.body).toContain('Another description');
    expect(github.comments[0]?.body).toContain('Nothing to change.');
  });

  it('plans against an export without credentials, and keeps a comment for each name', async () => {
    for (let index = 0; index < 130; index += 1) github.add('alice', `comment ${index}`);
    github.login = 'c1sync-bot';
    github.add(github.login, '<!-- c1sync plan two -->\nanother plan');
    await writeFile(
      path.join(workspace, 'c1sync.yaml'),
      'workspace: production\ntenant: { url: https://acme.conductor.one }\n',
    );
    await mkdir(path.join(workspace, 'export'));
    const exported = file({
      kind: 'App',
      name: 'wiki',
      spec: { displayName: 'Wiki', description: 'As it was' },
    });
    await writeFile(path.join(workspace, 'export/wiki.yaml'), exported);
    const inputs = { export: 'export', settings: 'c1sync.yaml', prune: 'true' };
    const one = await act({ ...inputs, name: 'one' }, {});
    expect(one).toMatchObject({ success: true, outputs: { changes: 'true' } });
    expect(one.summary).toContain('&#34;As it was&#34; → &#34;A page for every team&#34;');
    await define('Another description');
    const again = await act({ ...inputs, name: 'one' }, {});
    expect(again, again.log).toMatchObject({ success: true });
    expect(github.comments.at(-1)?.body).toContain('Another description');
    expect(github.comments.at(-2)?.body).toBe('<!-- c1sync plan two -->\nanother plan');
    expect(github.comments).toHaveLength(132);
    expect(emulator.deviations()).toEqual([]);
    expect(await emulator.requests()).toEqual([]);
  });

  it('fails for invalid definitions, says so in the comment, and lets no text of them act on the runner', async () => {
    await define('::error::a command that nobody gave\n');
    const hostile = '::set-output name=plan::x';
    await writeFile(
      path.join(workspace, 'definitions/bad.yaml'),
      file({ kind: 'App', name: 'bad', spec: { [hostile]: '$(touch pwned)' } }),
    );
    const ran = await act({ name: '"; touch pwned; $(touch pwned)' });
    expect(ran.success).toBe(false);
    expect(annotationIn(ran.log, await matcher())).toMatchObject({
      file: 'definitions/bad.yaml',
      severity: 'error',
      message: expect.stringContaining('Is missing'),
    });
    expect(github.comments.at(-1)?.body).toContain('https://github.example/acme/access/actions/runs/42');
    expect(await readdir(workspace)).toEqual(['definitions']);
    expect(commandsIn(ran.log)).toEqual([
      expect.stringMatching(/^::add-matcher::.*problems\.json$/),
      '::remove-matcher owner=c1sync::',
    ]);
    await access(commandsIn(ran.log)[0]?.replace('::add-matcher::', '') ?? '');
  });

  it('passes where the token may not write, as in a pull request from a fork', async () => {
    github.readOnly = true;
    const ran = await act({ export: 'definitions' }, {});
    expect(ran).toMatchObject({ success: true, outputs: { changes: 'true' } });
    expect(commandsIn(ran.log)).toContainEqual(expect.stringMatching(/^::warning .*answered 403/));
    expect(github.comments).toEqual([]);
  });
});

/** Reads lines as the problem matcher of the action does. */
interface Matcher {
  readonly regexp: string;
  readonly file: number;
  readonly severity: number;
  readonly message: number;
}

async function matcher(): Promise<Matcher> {
  const text = await readFile(path.join(root, 'scripts/action/problems.json'), 'utf8');
  const { problemMatcher } = JSON.parse(text) as { problemMatcher: [{ pattern: [Matcher] }] };
  return problemMatcher[0].pattern[0];
}

/** The first annotation that a runner makes of a log. */
function annotationIn(log: string, { regexp, ...groups }: Matcher): Record<string, string | undefined> {
  const [found] = log
    .split('\n')
    .flatMap((line) => [new RegExp(regexp).exec(line)].filter((one) => one !== null));
  return Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, found?.[group]]));
}

/** The commands that a runner would carry out: those that are not between `stop-commands` and its token. */
function commandsIn(log: string): string[] {
  let stop: string | undefined;
  return log.split('\n').filter((line) => {
    if (stop !== undefined) {
      if (line === `::${stop}::`) stop = undefined;
      return false;
    }
    stop = /^::stop-commands::(.+)$/.exec(line)?.[1];
    return stop === undefined && line.startsWith('::');
  });
}

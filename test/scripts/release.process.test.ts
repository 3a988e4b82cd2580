import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { load } from 'js-yaml';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { root } from '../support/root.js';
import type { Step } from './expressions.js';
import { machineEnv, outputsIn, runStep } from './runner.js';

const FILES = [
  'package.json',
  'config/kubernetes/base/daemon/deployment.yaml',
  'docs/deployment.md',
  'docs/pull-requests.md',
];

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- A part that is new.

## [1.0.0] - 2026-01-01

### Added

- A part that is old.
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'c1sync-release-'));
  for (const file of FILES) await cp(path.join(root, file), path.join(folder, file));
  await writeFile(path.join(folder, 'CHANGELOG.md'), CHANGELOG);
});
afterEach(() => rm(folder, { recursive: true }));

const textOf = (file: string): Promise<string> => readFile(path.join(folder, file), 'utf8');

/** Runs a script of this repository as a workflow of acme/c1sync does. */
function script(name: string, ...args: readonly string[]): Promise<{ code: number; stderr: string }> {
  const env = {
    GITHUB_OUTPUT: path.join(folder, 'output'),
    GITHUB_REPOSITORY: 'acme/c1sync',
    GITHUB_SERVER_URL: 'https://github.example',
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(root, 'scripts', name), ...args],
      { cwd: folder, env },
      (error, _out, stderr) => resolve({ code: Number(error?.code ?? 0), stderr }),
    );
  });
}

/** Raises the version as `npm version` does, before its script. */
async function raise(version: string): Promise<void> {
  const manifest = JSON.parse(await textOf('package.json')) as object;
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ ...manifest, version }));
  expect(await script('version.mjs')).toEqual({ code: 0, stderr: '' });
}

it('a new version is in the changelog, the manifests and the documentation', async () => {
  await raise('1.2.3');
  expect(await textOf('CHANGELOG.md')).toMatch(
    /^## \[Unreleased\]\n\n## \[1\.2\.3\] - \d{4}-\d\d-\d\d\n\n\S/m,
  );
  expect(await textOf('config/kubernetes/base/daemon/deployment.yaml')).toContain('image: c1sync:1.2.3\n');
  expect(await textOf('docs/pull-requests.md')).toContain('acme/c1sync@v1.2.3\n');
  const page = await textOf('docs/deployment.md');
  expect(
    new Set([...page.matchAll(/\?ref=(\S+)|newTag: ([\d.]+)/g)].map(([, ref, tag]) => ref ?? `v${tag}`)),
  ).toEqual(new Set(['v1.2.3']));
});

it.each([
  ['1.2.3', 'latest'],
  ['2.0.0-rc.1', 'next'],
])('the tag of %s publishes it on %s, with the facts of the repository', async (version, channel) => {
  await raise(version);
  const before = JSON.parse(await textOf('package.json')) as object;
  expect(await script('release.mjs', `v${version}`)).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(await textOf('package.json'))).toEqual({
    ...before,
    repository: { type: 'git', url: 'git+https://github.example/acme/c1sync.git' },
    homepage: 'https://github.example/acme/c1sync#readme',
    bugs: { url: 'https://github.example/acme/c1sync/issues' },
  });
  expect(await textOf('output')).toBe(`channel=${channel}\n`);
  expect(await textOf('build/release-notes.md')).toBe('### Added\n\n- A part that is new.\n');
});

it.each([
  ['another version', 'v1.2.4', /the tag v1\.2\.4 is not v1\.2\.3/],
  ['no version', 'latest', /the tag latest is not v1\.2\.3/],
])('a tag of %s publishes nothing', async (_what, tag, reason) => {
  await raise('1.2.3');
  expect(await script('release.mjs', tag)).toEqual({ code: 1, stderr: expect.stringMatching(reason) });
});

it('a version without a part of the changelog publishes nothing', async () => {
  await writeFile(path.join(folder, 'package.json'), '{ "version": "1.2.3" }');
  const { code, stderr } = await script('release.mjs', 'v1.2.3');
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no part about 1.2.3') });
});

/** Runs the shell parts of a job for a tag, but `npm ci`, and gives the commands that it leaves to `npm` and `gh`. */
async function runJob(job: string, tag: string): Promise<{ codes: (number | null)[]; commands: string }> {
  const calls = path.join(folder, 'calls');
  for (const name of ['npm', 'gh']) {
    const text = `#!/bin/sh\necho ${name} "$@" >> '${calls}'\n`;
    await mkdir(path.join(folder, 'bin'), { recursive: true });
    await writeFile(path.join(folder, 'bin', name), text, { mode: 0o755 });
  }
  await cp(path.join(root, 'scripts'), path.join(folder, 'scripts'), { recursive: true });
  const workflow = load(await readFile(path.join(root, '.github/workflows/release.yml'), 'utf8')) as {
    readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
  };
  const steps: Record<string, { outputs: Readonly<Record<string, string>> }> = {};
  const codes: (number | null)[] = [];
  for (const step of workflow.jobs[job]?.steps ?? []) {
    if (step.run === undefined || step.run === 'npm ci') continue;
    const output = path.join(folder, `output-${codes.length}`);
    const github = { ref_name: tag, token: 'a token' };
    const env = {
      PATH: `${path.join(folder, 'bin')}:${machineEnv().PATH}`,
      GITHUB_OUTPUT: output,
      GITHUB_REPOSITORY: 'acme/c1sync',
      GITHUB_SERVER_URL: 'https://github.example',
    };
    const { code } = await runStep(step, { github, steps }, { folder, cwd: folder, env });
    codes.push(code);
    if (code !== 0) break;
    if (step.id !== undefined) steps[step.id] = { outputs: await outputsIn(output) };
  }
  return { codes, commands: await textOf('calls').catch(() => '') };
}

it.each([
  ['package', 'v1.2.3', 'npm publish --provenance --access public --tag latest\n'],
  ['package', 'v2.0.0-rc.1', 'npm publish --provenance --access public --tag next\n'],
  [
    'notes',
    'v1.2.3',
    'gh release create v1.2.3 --verify-tag --title v1.2.3 --notes-file build/release-notes.md\n',
  ],
])('the job %s for %s runs its shell parts', async (job, tag, commands) => {
  await raise(tag.slice(1));
  expect(await runJob(job, tag)).toEqual({ codes: expect.not.arrayContaining([1]), commands });
});

it.each(['package', 'notes'])('the job %s of another version publishes nothing', async (job) => {
  await raise('1.2.3');
  expect(await runJob(job, 'v1.2.4; touch oops')).toEqual({ codes: [1], commands: '' });
});

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { root } from '../support/root.js';

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

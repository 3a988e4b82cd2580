import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliHome, cliHome } from '../support/cli.js';
import { file } from '../support/definitions.js';
import { root } from '../support/root.js';

let home: CliHome;
let env: Record<string, string>;

beforeAll(async () => {
  home = await cliHome();
  const bin = path.join(home.directory, 'bin');
  await mkdir(bin);
  await mkdir(path.join(home.directory, 'definitions'));
  const app = (name: string) => ({ kind: 'App', name, spec: { displayName: name } });
  await writeFile(path.join(home.directory, 'definitions/apps.yaml'), file(app('wiki'), app('forum')));
  await writeFile(path.join(home.directory, 'plan.json'), '{}');
  const command = path.join(bin, 'c1sync');
  await writeFile(
    command,
    `#!/bin/sh\nexec '${process.execPath}' '${path.join(root, 'dist/main.js')}' "$@"\n`,
  );
  await chmod(command, 0o755);
  env = { PATH: `${bin}:${process.env.PATH ?? ''}`, HOME: home.directory };
});
afterAll(() => home.remove());

/** The candidates that a real bash has for the last word of a command line. */
function inBash(...words: readonly string[]): readonly string[] {
  const script = `
source <(c1sync completion bash)
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"$(complete -p c1sync | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '-c', script, 'bash', 'c1sync', ...words];
  const { stdout, stderr, status } = spawnSync('bash', args, { env, cwd: home.directory, encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('completion in bash', { timeout: 180_000 }, () => {
  it.each([
    ['commands', ['pl'], ['plan']],
    ['commands of a command', ['state', ''], ['list', 'forget', 'move', 'help']],
    ['flags', ['plan', '--de'], ['--detailed-exitcode']],
    ['values of a flag', ['plan', '--output', 'm'], ['markdown']],
    ['objects', ['plan', ''], ['App/forum', 'App/wiki']],
    ['objects, whatever the case', ['plan', 'App/forum', 'app/W'], ['App/wiki']],
    ['objects of another directory', ['plan', '-f', 'nowhere', ''], []],
    ['nothing where a file is meant', ['plan', '--out', 'pl'], []],
    ['shells', ['completion', ''], ['bash', 'zsh', 'fish']],
  ])('offers %s', (_, words, expected) => {
    expect(inBash(...words)).toEqual(expected);
  });

  it('hides what is not for people', () => {
    expect(inBash('')).toContain('apply');
    expect(inBash('')).not.toContain('__complete');
  });
});

describe('completion', { timeout: 60_000 }, () => {
  it.each(['zsh', 'fish'])('asks the same command in %s', async (shell) => {
    const { code, stdout } = await home.run(['completion', shell]);
    expect(stdout).toContain('c1sync __complete -- ');
    expect(code).toBe(0);
  });
});

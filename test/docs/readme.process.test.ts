import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from '../../src/cli/index.js';
import { STATUSES } from '../../src/core/model/change.js';
import { DefinitionSource } from '../../src/definitions/load.js';
import { kinds } from '../../src/kinds/index.js';
import { loadSettings } from '../../src/settings/load.js';
import { root } from '../support/root.js';

const readme = await readFile(path.join(root, 'README.md'), 'utf8');

/** The code blocks of a language, without what is generated. */
function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  );
}

/** The path of a file with the given content, in a folder that is gone after the test. */
async function withFile<T>(name: string, text: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'c1sync-readme-'));
  try {
    await writeFile(path.join(folder, name), text);
    return await use(path.join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Names and flags of all commands, by their path: `state list`. */
function commandsOf(command: Command, above: readonly string[] = []): Map<string, readonly string[]> {
  const flags = command.options.flatMap(({ long, short }) => [long ?? '', short ?? '']);
  const found = new Map<string, readonly string[]>([[above.join(' '), flags]]);
  for (const child of command.commands) {
    for (const name of [child.name(), ...child.aliases()]) {
      for (const [key, value] of commandsOf(child, [...above, name])) found.set(key, value);
    }
  }
  return found;
}

describe('the README', () => {
  it('has tables that are those of the program', async () => {
    const check = promisify(execFile)(process.execPath, [path.join(root, 'scripts/docs.mjs'), '--check']);
    expect(await check).toMatchObject({ stdout: 'Everything is up to date.\n' });
  });

  it('explains every status', () => {
    const section = readme.slice(readme.indexOf('## Statuses'), readme.indexOf('## Log'));
    const explained = [...section.matchAll(/^\| [\w ]+ \| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(explained.sort()).toEqual([...STATUSES].sort());
  });

  it('links to places that exist', async () => {
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const target of links.filter((link) => !link.startsWith('http'))) {
      if (target.startsWith('#')) expect(headings).toContain(target.slice(1));
      else await access(path.join(root, target));
    }
  });

  it('shows definitions that are valid', async () => {
    const examples = blocks('yaml').filter((text) => text.includes('apiVersion:'));
    expect(examples).toHaveLength(1);
    await withFile('example.yaml', examples[0] ?? '', async (file) => {
      const { problems, definitions } = await new DefinitionSource({
        directory: path.dirname(file),
        kinds,
        env: {},
      }).load();
      expect(problems).toEqual([]);
      expect(definitions.map(({ key }) => key)).toEqual(['App/github', 'Connector/github-cloud']);
    });
  });

  it('shows settings that are valid', async () => {
    const examples = blocks('yaml').filter((text) => text.includes('tenant:'));
    expect(examples).toHaveLength(1);
    await withFile('c1sync.yaml', examples[0] ?? '', async (file) => {
      const settings = await loadSettings({ file, env: {}, cwd: root });
      expect(settings.workspace).toBe('production');
      expect(settings.sync).toMatchObject({ interval: 600_000, adopt: 'matching' });
    });
  });

  it('shows receivers that are valid', async () => {
    const examples = blocks('yaml').filter((text) => text.startsWith('notify:'));
    expect(examples).toHaveLength(1);
    const text = (examples[0] ?? '').replace('/run/secrets/slack-webhook', 'c1sync.hook');
    await withFile('c1sync.yaml', text, async (file) => {
      await writeFile(path.join(path.dirname(file), 'c1sync.hook'), 'https://hooks.example/services/x');
      const { notify } = await loadSettings({ file, env: { ALERTS_AUTH: 'Bearer x' }, cwd: root });
      expect(notify.map(({ format }) => format)).toEqual(['slack', 'json']);
    });
  });

  it('names commands and flags that exist', () => {
    const commands = commandsOf(program());
    const shown = [
      ...blocks('sh'),
      ...blocks('console'),
      ...[...readme.matchAll(/`(c1sync [^`\n]+)`/g)].map(String),
    ]
      .flatMap((text) => [...text.matchAll(/\bc1sync ((?:[a-z]+ ?)+)([^\n#;`,]*)/g)])
      .map(([, words = '', rest = '']) => ({ words: words.trim().split(' '), rest }));
    expect(shown.length).toBeGreaterThan(15);
    for (const { words, rest } of shown) {
      const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((key) => commands.has(key));
      expect(name, words.join(' ')).toBeDefined();
      for (const [flag] of `${words.join(' ')} ${rest}`.matchAll(/(?<=\s)--?[a-z][a-z-]*/g)) {
        expect(commands.get(name ?? ''), `c1sync ${name}`).toContain(flag);
      }
    }
  });
});

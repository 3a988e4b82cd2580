import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from '../../src/cli/index.js';
import { STATUSES } from '../../src/core/model/change.js';
import { describeSettings } from '../../src/settings/keys.js';
import { emptyRegistry } from '../../src/telemetry/metrics.js';
import { root } from '../support/root.js';
import { anchorsOf, blocksOf, codeOf, linksOf, type Page, pages, textOf } from './pages.js';

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
};

/** The pages about the present program: the changelog also names what is gone. */
const present = pages.filter(({ file }) => file !== 'CHANGELOG.md');

/** Names and flags of all commands, by their path: `state list`. */
function commandsOf(command: Command, above: readonly string[] = []): Map<string, readonly string[]> {
  const flags = command.options.flatMap(({ long, short }) => [long ?? '', short ?? '']);
  const found = new Map<string, readonly string[]>([[above.join(' '), [...flags, '--help', '--version']]]);
  for (const child of command.commands) {
    for (const name of [child.name(), ...child.aliases()]) {
      for (const [key, value] of commandsOf(child, [...above, name])) found.set(key, value);
    }
  }
  return found;
}

/** The texts of a page in which commands stand. */
function commandTexts(page: Page): string[] {
  const shown = blocksOf(page).filter(({ language }) => ['sh', 'console'].includes(language));
  return [...shown.map(({ text }) => text), ...codeOf(page)];
}

/** A link that leads nowhere, with the reason; undefined for a good one. */
function fault({ file }: Page, link: string): string | undefined {
  const [target = '', anchor] = link.split('#');
  const place = target === '' ? file : path.join(path.dirname(file), target);
  if (!existsSync(path.join(root, place))) return `${file}: ${link}: there is no ${place}`;
  if (anchor === undefined) return undefined;
  const page = pages.find((one) => one.file === place);
  if (page !== undefined && anchorsOf(page).includes(anchor)) return undefined;
  return `${file}: ${link}: ${place} has no heading #${anchor}`;
}

/** The sources of the program, without line breaks between the parts of a text. */
const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(path.join(root, 'src', file), 'utf8').replaceAll(/' \+\n\s*'/g, ''))
  .join('\n');

/** The texts in backticks in the first column of the tables of a page. */
function firstColumn(file: string): string[] {
  return [...textOf(file).matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
  );
}

describe('the pages', () => {
  it('link to pages, headings and files that exist', () => {
    const links = pages.flatMap((page) => linksOf(page).map((link) => ({ page, link })));
    expect(links.length).toBeGreaterThan(80);
    expect(links.flatMap(({ page, link }) => fault(page, link) ?? [])).toEqual([]);
  });

  it('of docs/ are all in its index', () => {
    const linked = linksOf({ file: 'docs/README.md', text: textOf('docs/README.md') });
    const missing = readdirSync(path.join(root, 'docs')).filter(
      (name) => name.endsWith('.md') && name !== 'README.md' && !linked.includes(name),
    );
    expect(missing).toEqual([]);
  });

  it('that the README links to are in the package', () => {
    const packed = [...manifest.files, 'LICENSE'];
    const links = linksOf({ file: 'README.md', text: textOf('README.md') });
    const missing = links.filter(
      (link) => !packed.some((name) => `${link.split('#')[0]}/`.startsWith(`${name}/`)),
    );
    expect(missing).toEqual([]);
  });

  it('name commands and flags that exist', () => {
    const commands = commandsOf(program());
    const shown = present.flatMap((page) =>
      commandTexts(page).flatMap((text) =>
        [...text.matchAll(/\bc1sync ((?:[a-z]+ ?)+)([^\n#;`,]*)/g)].map(([line, words = '', rest = '']) => ({
          where: `${page.file}: ${line}`,
          words: words.trim().split(' '),
          rest,
        })),
      ),
    );
    expect(shown.length).toBeGreaterThan(60);
    for (const { where, words, rest } of shown) {
      const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((key) => commands.has(key));
      expect(name, where).toBeDefined();
      for (const [flag] of `${words.join(' ')} ${rest}`.matchAll(/(?<=\s)--?[a-z][a-z-]*/g)) {
        expect(commands.get(name ?? ''), where).toContain(flag);
      }
    }
  });

  it('name scripts that exist', () => {
    const named = present.flatMap((page) =>
      commandTexts(page).flatMap((text) =>
        [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = '']) => name),
      ),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
  });

  it('have a line for every setting, and name no other', () => {
    const settings = describeSettings();
    const reference = textOf('docs/settings.md');
    const missing = settings.filter(
      ({ path: key, env }) => !reference.includes(`| \`${key}\` | \`${env}\` |`),
    );
    expect(missing.map(({ path: key }) => key)).toEqual([]);

    const sections = [...new Set(settings.map(({ path: key }) => key.split('.')[0]))].join('|');
    const keys = settings.map(({ path: key }) => key);
    const variables = settings.map(({ env }) => env);
    const isKnown = (name: string): boolean =>
      /^C1SYNC_TEST_|^C1SYNC_SIMULATION_/.test(name) ||
      variables.includes(name) ||
      keys.some((key) => key === name || key.startsWith(`${name}.`));
    const named = present
      .filter(({ file }) => file === 'README.md' || file.startsWith('docs/'))
      .flatMap((page) => [
        ...codeOf(page).flatMap((code) => new RegExp(`^(?:${sections})\\.[\\w.]+`).exec(code) ?? []),
        ...[...page.text.matchAll(/\bC1SYNC_[A-Z_]+[A-Z]/g)].map(String),
      ]);
    expect(named.length).toBeGreaterThan(120);
    expect(named.filter((name) => !isKnown(name))).toEqual([]);
  });

  it('explain every status', () => {
    const explained = [...textOf('docs/statuses.md').matchAll(/^\| [\w ]+ \| `(\w+)` \|/gm)];
    expect(explained.map(([, name]) => name).sort()).toEqual([...STATUSES].sort());
  });

  it('quote messages and reasons as the program writes them', () => {
    const quoted = ['docs/troubleshooting.md', 'docs/log.md'].flatMap(firstColumn);
    expect(quoted.length).toBeGreaterThan(50);
    expect(quoted.filter((text) => !sources.includes(text))).toEqual([]);
  });

  it('have a line for every message of the log that events have', () => {
    const messages = [
      ...sources.matchAll(/\['[\w ]+', '(?:debug|info|warn|error)', '([^']+)'\]/g),
      ...sources.matchAll(/\blog(?:\.\w+|\[[^\n]*?\])\((?:[^\n]*?), '([a-z][^']+)'\)/g),
    ].map(([, message = '']) => message);
    expect(messages.length).toBeGreaterThan(20);
    const explained = firstColumn('docs/log.md');
    expect(messages.filter((message) => !explained.includes(message))).toEqual([]);
  });

  it('have a line for every metric, and name no other', () => {
    const names = emptyRegistry()
      .getMetricsAsArray()
      .map(({ name }) => name);
    const reference = textOf('docs/metrics.md');
    expect(names.filter((name) => !reference.includes(`| \`${name}\` |`))).toEqual([]);
    const named = present.flatMap(codeOf).flatMap((code) => /^c1sync_\w+/.exec(code) ?? []);
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
  });
});

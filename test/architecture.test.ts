import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { appApi } from '../src/kinds/app/api.js';
import { connectorApi } from '../src/kinds/connector/api.js';
import { kinds } from '../src/kinds/index.js';

const ROOT = path.resolve(import.meta.dirname, '../src');

interface Source {
  /** Path from `src`. */
  readonly file: string;
  readonly text: string;
  /** Files of ours that it imports, as paths from `src`. */
  readonly imports: readonly string[];
}

const sources: readonly Source[] = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort()
  .map((file) => {
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, target = '']) =>
      path.join(path.dirname(file), target).replace(/\.js$/, '.ts'),
    );
    return { file, text, imports };
  });

/** The folder, or the file at the top. */
const partOf = (file: string): string => file.split(path.sep)[0] ?? '';

/** Folders of the core: each may import those above it. */
const CORE = [
  'model',
  'redact',
  'state',
  'observe',
  'plan',
  'guard',
  'apply',
  'drift',
  'status',
  'reconcile',
];

/** The allowed imports of each part besides itself, `core` and `text`. The core imports `text`, which imports no other part. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['cli'],
  cli: [
    'compose.ts',
    'tenant.ts',
    'notifications.ts',
    'daemon',
    'kinds',
    'definitions',
    'c1',
    'telemetry',
    'settings',
    'emulator',
    'http',
    'version.ts',
  ],
  'notifications.ts': ['compose.ts', 'telemetry'],
  'compose.ts': [
    'compose-core.ts',
    'kinds',
    'definitions',
    'c1',
    'telemetry',
    'settings',
    'http',
    'tenant.ts',
    'embedded.ts',
  ],
  'compose-core.ts': ['kinds', 'c1'],
  'tenant.ts': ['c1', 'http', 'settings', 'telemetry', 'embedded.ts', 'version.ts'],
  'embedded.ts': ['http', 'emulator', 'settings', 'telemetry'],
  daemon: ['http'],
  kinds: ['c1'],
  definitions: ['yaml'],
  settings: ['yaml', 'http'],
  // The embedded tenant knows the same connector types as the client.
  emulator: ['c1/catalog.ts'],
  telemetry: ['http'],
  c1: ['http'],
  http: [],
  yaml: [],
  'version.ts': [],
};

/** `from -> to` of every import that `isBad`. */
function importsThat(isBad: (from: string, to: string) => boolean): string[] {
  return sources.flatMap(({ file, imports }) =>
    imports.filter((target) => isBad(file, target)).map((target) => `${file} -> ${target}`),
  );
}

describe('the parts', () => {
  it('are found', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(importsThat(() => true).length).toBeGreaterThan(300);
  });

  it('import only downwards', () => {
    const bad = importsThat((from, to) => {
      const [source, target] = [partOf(from), partOf(to)];
      if (source === target) return false;
      if (target === 'text') return false;
      if (source === 'core' || source === 'text') return true;
      const allowed = ALLOWED[source];
      if (allowed === undefined) throw new Error(`${from} is in no known part: add it to the table`);
      return target !== 'core' && !allowed.includes(target) && !allowed.includes(to);
    });
    expect(bad).toEqual([]);
  });

  it('import only downwards inside the core', () => {
    const folderOf = (file: string): string => file.split(path.sep)[1] ?? '';
    const inCore = sources.filter(({ file }) => partOf(file) === 'core');
    expect([...new Set(inCore.map(({ file }) => folderOf(file)))].sort()).toEqual([...CORE].sort());
    const bad = importsThat((from, to) => {
      if (partOf(from) !== 'core' || partOf(to) !== 'core') return false;
      const [source, target] = [folderOf(from), folderOf(to)];
      const areStrangers = source === 'drift' && target === 'guard';
      return CORE.indexOf(target) > CORE.indexOf(source) || areStrangers;
    });
    expect(bad).toEqual([]);
  });

  it('do not import each other in a circle, types included', () => {
    const graph = new Map(sources.map(({ file, imports }) => [file, imports] as const));
    const circles: string[] = [];
    const done = new Set<string>();
    const walk = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
      else if (!done.has(file)) for (const next of graph.get(file) ?? []) walk(next, [...trail, file]);
      done.add(file);
    };
    for (const file of graph.keys()) walk(file, []);
    expect(circles).toEqual([]);
  });
});

describe('a kind', () => {
  const folders = new Set(kinds.map(({ name }) => path.join('kinds', name.toLowerCase())));
  const isInKind = (file: string): boolean => folders.has(path.dirname(file));

  it('is one folder, imported by one line', () => {
    expect(sources.filter(({ file }) => isInKind(file)).length).toBeGreaterThan(5);
    const bad = importsThat(
      (from, to) =>
        isInKind(to) && path.dirname(from) !== path.dirname(to) && from !== path.join('kinds', 'index.ts'),
    );
    expect(bad).toEqual([]);
    const index = sources.find(({ file }) => file === path.join('kinds', 'index.ts'));
    expect(index?.imports.filter(isInKind)).toHaveLength(kinds.length);
  });

  const words = (names: Iterable<string>): string => `\\b(${[...new Set(names)].join('|')})\\b`;
  const apis = [appApi, connectorApi];

  it('is held to what follows', () => {
    expect(new Set(apis.map(({ kind }) => kind))).toEqual(new Set(kinds));
  });

  /** Facts, fields and lookups. A plain word may mean anything; the name that people see is one of every object. */
  const members = [
    ...apis.flatMap(({ partsOf }) => Object.keys(partsOf({}).facts)),
    ...kinds
      .flatMap((kind) => kind.fields)
      .flatMap(({ path: name, wire, sugar, context }) => [
        name,
        wire,
        ...(sugar === undefined ? [] : [sugar.path, sugar.lookup]),
        ...(context === undefined ? [] : [context.lookup]),
      ]),
  ].filter((name) => /[A-Z:]/.test(name) && name !== 'displayName');

  /** Facts of kinds that other code must not hold: the fact, its pattern, and exceptions, each with its reason. */
  const OWN: readonly (readonly [string, RegExp, Readonly<Record<string, string>>])[] = [
    [
      'the name',
      new RegExp(words(kinds.map(({ name }) => `${name}s?`)), 'i'),
      {
        'cli/commands.ts': 'the help of the program loads no kind',
        'cli/export.ts': 'the flag --app is part of the command line',
        'settings/schema.ts': 'descriptions say what a setting is for',
      },
    ],
    [
      'a route or an operation',
      /\/api\/v\d|c1\.api\.|connectorcatalog/,
      {
        'c1/client.ts': 'a reader sends no POST but those that it knows to read',
        'c1/introspect.ts': 'the tenant says who the credentials belong to',
        'c1/systemlog.ts': 'the log is that of the tenant',
        'cli/daemon-client.ts': 'the interface of the daemon',
        'daemon/http/paths.ts': 'the interface of the daemon',
      },
    ],
    [
      'a role',
      /role\/|OwnerRole/,
      {
        'compose.ts': 'passes the setting on',
        'compose-core.ts': 'passes it on',
        'settings/schema.ts': 'the setting api.connectorOwnerRole',
      },
    ],
    ['an annotation', new RegExp(words(kinds.flatMap(({ marks }) => marks?.keys ?? []))), {}],
    [
      'a fact, a field or a lookup',
      // Node asks a file whether it `isDirectory()`.
      new RegExp(`${words(members)}(?!\\()`),
      { 'c1/catalog.ts': 'the embedded tenant has the same connector types' },
    ],
  ];

  it.each(OWN)('keeps %s of it to itself', (_what, pattern, reasons) => {
    const saying = sources
      // The embedded tenant is the other side: it has apps and connectors for any kinds.
      .filter(({ file }) => !['kinds', 'emulator'].includes(partOf(file)))
      .flatMap(({ file, text }) =>
        text
          .replaceAll('web app', '')
          .split('\n')
          .filter((line) => pattern.test(line) && !/^\s*(\/\/|\/?\*)/.test(line))
          .map((line) => ({ file, line: `${file}: ${line.trim()}` })),
      );
    expect(saying.filter(({ file }) => reasons[file] === undefined).map(({ line }) => line)).toEqual([]);
    expect(Object.keys(reasons).filter((file) => saying.every((one) => one.file !== file))).toEqual([]);
  });
});

describe('the code', () => {
  it('documents every exported symbol', () => {
    const declaration =
      /^export (?:abstract class|async function|class|const|enum|function|interface|let|type) \w/;
    const bare = sources.flatMap(({ file, text }) => {
      const lines = text.split('\n');
      return lines
        .filter((line, index) => declaration.test(line) && !lines[index - 1]?.endsWith('*/'))
        .map((line) => `${file}: ${line}`);
    });
    expect(bare).toEqual([]);
  });

  it('has no way around the types', () => {
    const patterns = [/\bas unknown as\b/, /[:<,(|]\s*any\b/, /\bas any\b/, /@ts-/, /biome-ignore/];
    const bad = sources.flatMap(({ file, text }) =>
      text
        .split('\n')
        .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line) || /@ts-|biome-ignore/.test(line))
        .filter((line) => patterns.some((pattern) => pattern.test(line.replace(/'[^']*'|`[^`]*`/g, ''))))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(bad).toEqual([]);
  });
});

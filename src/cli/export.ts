import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { openSession } from '../compose.js';
import { keyOf } from '../core/model/definition.js';
import { TerminalError } from '../core/model/errors.js';
import { type Exported, exportTenant } from '../core/observe/export.js';
import type { Placeholder } from '../core/observe/placeholders.js';
import { definitionsJsonSchema } from '../definitions/json-schema.js';
import { renderDefinition } from '../definitions/write.js';
import { kinds } from '../kinds/index.js';
import { safeLines } from '../text/safe.js';
import { UsageError } from './args.js';
import { type CommonFlags, settingsFor } from './common.js';
import { printError, printResult } from './output.js';

/** The JSON Schema beside exported definitions: a place that every editor finds, also offline. Each document names it. */
const SCHEMA_FILE = 'definitions.schema.json';
const SCHEMA_LINE = `# yaml-language-server: $schema=${SCHEMA_FILE}\n`;

interface Flags extends CommonFlags {
  readonly app?: string;
  readonly all?: boolean;
  readonly out?: string;
}

/** `c1sync export`: the live tenant as definitions, secrets as placeholders. */
export async function exportDefinitions(flags: Flags): Promise<void> {
  if ((flags.app === undefined) === (flags.all !== true))
    throw new UsageError('give either --app <name> or --all');
  const settings = await settingsFor(flags);
  if (flags.out !== undefined) await requireEmpty(flags.out);
  const session = await openSession(settings, { mode: 'plan', command: 'export' });
  try {
    const { objects, skipped } = await exportTenant({
      readers: session.readers,
      lookups: session.lookups,
      workspace: settings.workspace,
      wants: ({ id, displayName }) => flags.all === true || flags.app === id || flags.app === displayName,
    });
    for (const reason of skipped) printError(`skipped: ${reason}`);
    if (objects.length === 0) {
      throw new TerminalError(
        flags.app === undefined
          ? 'the tenant holds nothing to export'
          : `the tenant holds no app '${flags.app}' to export`,
      );
    }
    await writeOut(objects, flags);
  } finally {
    await session.close();
  }
}

/** Refuses a directory that holds anything, so that no definition is overwritten. */
async function requireEmpty(directory: string): Promise<void> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries.length > 0) throw new TerminalError(`${directory} is not empty; export to a new directory`);
}

async function writeOut(objects: readonly Exported[], flags: Flags): Promise<void> {
  const { out } = flags;
  const files = byFile(objects);
  const variables = objects.flatMap(({ kind, name, variables }) =>
    variables.map((variable) => ({ ...variable, key: keyOf(kind, name) })),
  );
  if (variables.length > 0) printError(variablesText(variables));
  if (out === undefined) return printResult(flags, objects, () => joined([...files.values()].flat()));
  await mkdir(out, { recursive: true });
  const schema = JSON.stringify(definitionsJsonSchema(kinds), null, 2);
  await writeFileAtomic(path.join(out, SCHEMA_FILE), `${schema}\n`);
  for (const [file, documents] of files) {
    await writeFileAtomic(path.join(out, file), joined(documents.map((text) => SCHEMA_LINE + text)));
  }
  const result = { objects: objects.length, files: files.size, directory: out, variables };
  printResult(
    flags,
    result,
    () =>
      `Wrote ${result.objects} definitions in ${result.files} files to ${out}, with ${SCHEMA_FILE} for editors.\nCompare them with: c1sync plan -f ${out}`,
  );
}

function variablesText(variables: readonly (Placeholder & { readonly key: string })[]): string {
  const width = Math.max(...variables.map(({ name }) => name.length));
  const lines = variables.map(({ name, key, path }) => `  ${name.padEnd(width)}  ${key} ${path}`);
  return safeLines(['Variables to fill in before the first apply:', ...lines].join('\n'));
}

function joined(documents: readonly string[]): string {
  return documents.join('---\n');
}

/** The documents of one file for each object without a parent, with its children. */
function byFile(objects: readonly Exported[]): Map<string, readonly string[]> {
  const files = new Map<string, string[]>();
  for (const { kind, name, id, parent, spec } of objects) {
    const file = `${parent ?? name}.yaml`;
    files.set(file, [...(files.get(file) ?? []), renderDefinition({ kind, name, id, spec })]);
  }
  return files;
}

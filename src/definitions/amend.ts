import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Definition, Load } from '../core/model/definition.js';
import { messageOf, TerminalError } from '../core/model/errors.js';
import { type FolderReader, nodeFolder, type Target } from '../core/model/folder-reader.js';
import type { Kind } from '../core/model/kind.js';
import { asObject } from '../text/shape.js';
import { editYaml, type YamlEdit } from '../yaml/edit.js';
import { DefinitionSource } from './load.js';

/** New values in the `spec` of one definition. */
export interface Amendment {
  /** The definition, as it was loaded. */
  readonly definition: Definition;
  /** By path in the `spec`. */
  readonly edits: readonly YamlEdit[];
}

/** A definitions file with its new content. */
export interface AmendedFile {
  /** The file itself, links followed. */
  readonly file: string;
  /** As people see it. */
  readonly shown: string;
  /** Path from the root of the definitions. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Changed files, not written yet, and the load that they give. */
export interface Amended {
  readonly files: readonly AmendedFile[];
  readonly load: Load;
}

/**
 * Changes definitions in the text of their files and loads the result. Writes nothing.
 * @throws TerminalError when a definition has changed since, or when anything else than these values would change
 */
export async function amend(
  directory: string,
  kinds: readonly Kind[],
  amendments: readonly Amendment[],
): Promise<Amended> {
  const before = await loadFrom(directory, kinds, nodeFolder);
  const files = new Map<string, AmendedFile>();
  for (const { definition, edits } of amendments) {
    const { key, source, position } = definition;
    if (definitionIn(before, key)?.hash !== definition.hash) {
      throw new TerminalError(`${position.file}: ${key} was changed meanwhile; run the command again`);
    }
    const file = await realpath(path.join(directory, source.path));
    const known = files.get(file) ?? (await unchanged(file, definition));
    files.set(file, { ...known, after: editedText(known.after, definition, edits) });
  }
  const contents = new Map([...files].map(([file, { after }]) => [file, Buffer.from(after)]));
  const load = await loadFrom(directory, kinds, overlaid(nodeFolder, contents));
  requireOnly(before, load, amendments);
  return { files: [...files.values()], load };
}

function loadFrom(directory: string, kinds: readonly Kind[], reader: FolderReader): Promise<Load> {
  return new DefinitionSource({ directory, kinds, reader }).load();
}

async function unchanged(file: string, { source, position }: Definition): Promise<AmendedFile> {
  const text = await readFile(file, 'utf8');
  return { file, shown: position.file, path: source.path, before: text, after: text };
}

function editedText(text: string, definition: Definition, edits: readonly YamlEdit[]): string {
  const { key, kind, name, position } = definition;
  const isMeant = (document: unknown): boolean => {
    const { kind: found, metadata } = asObject(document);
    return found === kind && asObject(metadata).name === name;
  };
  try {
    const below = edits.map((edit): YamlEdit => ({ ...edit, path: ['spec', ...edit.path] }));
    return editYaml(text, isMeant, below);
  } catch (error) {
    throw new TerminalError(
      `${position.file}:${position.line}: ${key}: ${messageOf(error)}; write by hand: ${edits.map(byHand).join('; ')}`,
    );
  }
}

function byHand({ path: place, key, value }: YamlEdit): string {
  const names = [...place.slice(0, -1), key ?? place.at(-1)];
  return `spec.${names.join('.')}: ${JSON.stringify(value)}`;
}

/** The same files and folders, with another content of some files. */
function overlaid(reader: FolderReader, contents: ReadonlyMap<string, Buffer>): FolderReader {
  const targetOf = (file: string): Target | undefined => {
    const content = contents.get(file);
    return content && { ...reader.targetNow(file), size: content.length };
  };
  return {
    ...reader,
    target: async (file) => targetOf(file) ?? reader.target(file),
    read: async (file) => contents.get(file) ?? reader.read(file),
    targetNow: (file) => targetOf(file) ?? reader.targetNow(file),
    readNow: (file) => contents.get(file) ?? reader.readNow(file),
  };
}

function definitionIn({ definitions }: Load, key: string): Definition | undefined {
  return definitions.find((definition) => definition.key === key);
}

function requireOnly(before: Load, after: Load, amendments: readonly Amendment[]): void {
  const problems = ({ problems }: Load): unknown =>
    problems.map(({ key, path, message }) => [key, path, message]);
  const added = after.problems.find(
    ({ key, message }) => !before.problems.some((known) => known.key === key && known.message === message),
  );
  if (added !== undefined) {
    const { position, key = '', message } = added;
    throw new TerminalError(
      `${position.file}:${position.line}: ${key} would not be valid with the values of the tenant: ${message}`,
    );
  }
  const changed = new Map(amendments.map(({ definition: { key }, edits }) => [key, edits]));
  const expected = before.definitions.map((definition) =>
    meaningOf(definition, changed.get(definition.key) ?? []),
  );
  const found = after.definitions.map((definition) => meaningOf(definition, []));
  if (isDeepStrictEqual(found, expected) && isDeepStrictEqual(problems(before), problems(after))) return;
  throw new TerminalError(
    'other definitions would change as well, so nothing was written; edit the files by hand',
  );
}

/** Everything in a definition but its place, with some values of its `spec` replaced. */
function meaningOf(definition: Definition, edits: readonly YamlEdit[]): unknown {
  const { position: _, hash: __, title: ___, spec, ...rest } = definition;
  return { ...rest, spec: edits.reduce(withEdit, { ...spec }) };
}

function withEdit(
  spec: Record<string, unknown>,
  { path: [first, ...rest], value, key }: YamlEdit,
): Record<string, unknown> {
  const [member] = rest;
  if (member !== undefined) return { ...spec, [first]: { ...asObject(spec[first]), [member]: value } };
  return Object.fromEntries(
    Object.entries(spec).map(([name, old]) => (name === first ? [key ?? name, value] : [name, old])),
  );
}

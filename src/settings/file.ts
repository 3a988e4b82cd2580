import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, messageOf } from '../core/model/errors.js';
import { parseYaml, type YamlDocument } from '../yaml/parse.js';
import { isMapping, type Mapping } from './mapping.js';
import type { SettingsProblem } from './problems.js';

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_NODES = 10_000;
const DEFAULT_FILE = 'c1sync.yaml';

/** A settings file as it was read. */
export interface ReadFile {
  /** Absolute path; undefined where there is none. */
  readonly file: string | undefined;
  readonly values: Mapping;
  readonly document: YamlDocument | undefined;
}

/** Reads `given`, else `c1sync.yaml` in `cwd` if there is one. Reports an unusable file in `problems`. */
export async function readSettingsFile(
  given: string | undefined,
  cwd: string,
  problems: SettingsProblem[],
): Promise<ReadFile> {
  const file = path.resolve(cwd, given ?? DEFAULT_FILE);
  const nothing = { file, values: {}, document: undefined };
  const shown = path.relative(cwd, file) || file;
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    const missing = codeOf(error) === 'ENOENT';
    if (missing && given === undefined) return { ...nothing, file: undefined };
    const message = missing ? 'There is no such file.' : `The file cannot be read: ${messageOf(error)}.`;
    problems.push({ where: shown, message });
    return nothing;
  }
  const refuse = (place: { line: number; column: number }, message: string): ReadFile => {
    problems.push({ where: `${shown}:${place.line}:${place.column}`, message });
    return nothing;
  };
  const start = { line: 1, column: 1 };
  if (content.length > MAX_FILE_BYTES) return refuse(start, 'The file is larger than 1 MiB.');
  const yaml = parseYaml(content, MAX_NODES);
  if (yaml.fault !== undefined) return refuse(yaml.fault.place, yaml.fault.message);
  let document: YamlDocument | undefined;
  for (const each of yaml.documents) {
    if (each.fault !== undefined) return refuse(each.fault.place, each.fault.message);
    if (each.value === null) continue;
    if (document !== undefined)
      return refuse(each.start, 'A settings file holds one document: remove this one.');
    document = each;
  }
  if (document === undefined) return nothing;
  if (!isMapping(document.value)) return refuse(document.start, 'The settings must be a mapping.');
  return { file, values: structuredClone(document.value), document };
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, messageOf } from '../core/model/errors.js';
import { Secret } from '../core/model/secret.js';
import { readValue, valueFromSchema } from '../core/model/value-from.js';
import { andMore, check, pathText } from '../text/check.js';
import { suggestion } from '../text/nearest.js';
import { isObject } from '../text/shape.js';
import { parseYaml, type YamlDocument } from '../yaml/parse.js';
import { ENV_PREFIX, fromText, isPath, type SettingsKey, settingsKeys } from './keys.js';
import type { SettingsProblem } from './problems.js';

/** Settings from the command line. */
interface Overrides {
  /** `-f DIR`, from the working directory. */
  readonly directory?: string;
  /** `--log-level`. */
  readonly logLevel?: string;
}

/** The sources of settings. */
export interface Surroundings {
  /** `--settings FILE`; without it, `c1sync.yaml` in `cwd` if there is one. */
  readonly file?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly overrides?: Overrides;
}

type Mapping = Record<string, unknown>;

/** The merged settings of file and environment, unchecked. */
export interface SettingsTree {
  /** Absolute path of the file, if there is one. */
  readonly file: string | undefined;
  readonly values: Mapping;
  readonly problems: SettingsProblem[];
  /** The reasons of keys with an unset `valueFrom`, by dotted path. */
  readonly unset: Map<string, string>;
  /** The place of a path, for messages: `c1sync.yaml:3:5`, or the name of a variable. */
  where(path: readonly PropertyKey[], target: 'name' | 'value'): string;
  /** True when file or environment set this key. */
  has(path: readonly string[]): boolean;
  /** Resolves the paths in checked settings, each from the folder of its source. */
  resolvePaths(settings: Mapping): void;
}

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_NODES = 10_000;
const DEFAULT_FILE = 'c1sync.yaml';

/** Reads the file and the environment. Reports invalid input in `problems` and never throws for it. */
export async function readTree(around: Surroundings): Promise<SettingsTree> {
  const problems: SettingsProblem[] = [];
  const read = await readSettingsFile(around, problems);
  const shown = read.file === undefined ? '' : path.relative(around.cwd, read.file) || read.file;
  const fromOutside = new Map<string, string>();
  const folder = read.file === undefined ? around.cwd : path.dirname(read.file);
  const tree: SettingsTree = {
    file: read.file,
    values: read.values,
    problems,
    unset: new Map(),
    where(where, target) {
      const heads = where.map((_, index) => pathText(where.slice(0, index + 1)));
      const name = heads.map((head) => fromOutside.get(head)).find((found) => found !== undefined);
      if (name !== undefined) return name;
      const place = read.document?.locate(where, target);
      return place === undefined ? shown : `${shown}:${place.line}:${place.column}`;
    },
    has: (where) => {
      const parent = parentOf(read.values, where);
      return parent !== undefined && Object.hasOwn(parent, where.at(-1) ?? '');
    },
    resolvePaths: (settings) => {
      for (const { path: where } of settingsKeys.filter(isPath)) {
        const parent = parentOf(settings, where);
        const name = where.at(-1) ?? '';
        const written = parent?.[name];
        if (parent === undefined || typeof written !== 'string') continue;
        parent[name] = path.resolve(fromOutside.has(where.join('.')) ? around.cwd : folder, written);
      }
    },
  };
  applyEnvironment(tree, fromOutside, around.env);
  const level = around.overrides?.logLevel;
  if (level !== undefined && setAt(read.values, ['log', 'level'], level))
    fromOutside.set('log.level', '--log-level');
  for (const key of settingsKeys) await readKey(tree, key, { env: around.env, folder });
  return tree;
}

interface ReadFile {
  readonly file: string | undefined;
  readonly values: Mapping;
  readonly document: YamlDocument | undefined;
}

async function readSettingsFile(around: Surroundings, problems: SettingsProblem[]): Promise<ReadFile> {
  const file = path.resolve(around.cwd, around.file ?? DEFAULT_FILE);
  const nothing = { file, values: {}, document: undefined };
  const shown = path.relative(around.cwd, file) || file;
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    const missing = codeOf(error) === 'ENOENT';
    if (missing && around.file === undefined) return { ...nothing, file: undefined };
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

/** {@link isObject} for mutable values. */
const isMapping = (value: unknown): value is Mapping => isObject(value);

function applyEnvironment(
  tree: SettingsTree,
  fromOutside: Map<string, string>,
  env: NodeJS.ProcessEnv,
): void {
  const names = new Set(settingsKeys.map((key) => key.env));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith(ENV_PREFIX) || names.has(name) || isServiceVariable(name, value ?? '')) continue;
    tree.problems.push({
      where: name,
      message: `This variable is not a setting.${suggestion(name, [...names])}`,
    });
  }
  for (const key of settingsKeys) {
    const value = env[key.env];
    if (value === undefined || value === '' || isServiceVariable(key.env, value)) continue;
    if (!setAt(tree.values, key.path, fromText(key, value))) continue;
    fromOutside.set(key.path.join('.'), key.env);
  }
}

/** Kubernetes sets such variables in every pod beside a Service whose name begins with `c1sync`. */
function isServiceVariable(name: string, value: string): boolean {
  if (/_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value);
}

/** Sets a value at a path. False if a part of the path is no mapping. */
function setAt(values: Mapping, [head, ...rest]: readonly string[], value: unknown): boolean {
  if (head === undefined) return false;
  if (rest.length === 0) {
    values[head] = value;
    return true;
  }
  if (values[head] === undefined || values[head] === null || values[head] === true) values[head] = {};
  const inner = values[head];
  return isMapping(inner) && setAt(inner, rest, value);
}

function parentOf(values: Mapping, where: readonly string[]): Mapping | undefined {
  let at: unknown = values;
  for (const name of where.slice(0, -1)) at = isMapping(at) ? at[name] : undefined;
  return isMapping(at) ? at : undefined;
}

interface ReadContext {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
}

async function readKey(tree: SettingsTree, key: SettingsKey, context: ReadContext): Promise<void> {
  const parent = parentOf(tree.values, key.path);
  const name = key.path.at(-1) ?? '';
  const source = parent?.[name];
  if (parent !== undefined && typeof source === 'string') parent[name] = fromText(key, source);
  if (parent === undefined) return;
  if (isSource(source)) {
    delete parent[name];
    const text = await readSource(tree, key.path, source, context);
    if (text !== undefined) parent[name] = fromText(key, text);
  }
  if (Array.isArray(parent[name])) await readMembers(tree, key.path, parent[name], context);
}

/** Replaces every `valueFrom` inside a list by its value. */
async function readMembers(
  tree: SettingsTree,
  path: readonly PropertyKey[],
  holder: unknown[] | Mapping,
  context: ReadContext,
): Promise<void> {
  for (const [name, member] of Object.entries(holder)) {
    const at = [...path, Array.isArray(holder) ? Number(name) : name];
    if (isSource(member)) {
      const text = await readSource(tree, at, member, context);
      if (text === undefined) Reflect.deleteProperty(holder, name);
      else Reflect.set(holder, name, text);
    } else if (Array.isArray(member) || isMapping(member)) await readMembers(tree, at, member, context);
  }
}

function isSource(value: unknown): value is Mapping {
  return isMapping(value) && Object.hasOwn(value, 'valueFrom');
}

/** The text of a `valueFrom`; undefined, with a problem, if it has none. */
async function readSource(
  tree: SettingsTree,
  path: readonly PropertyKey[],
  source: Mapping,
  context: ReadContext,
): Promise<string | undefined> {
  const checked = check(valueFromSchema, source);
  if (!checked.ok) {
    for (const issue of checked.issues) {
      const where = [...path, ...issue.path];
      const place = tree.where(where, issue.onKey ? 'name' : 'value');
      tree.problems.push({ where: place, path: pathText(where), message: issue.message });
    }
    if (checked.unlisted > 0) {
      const message = andMore(checked.unlisted);
      tree.problems.push({ where: tree.where(path, 'value'), path: pathText(path), message });
    }
    return undefined;
  }
  const value = await readValue(checked.value, context);
  const dotted = pathText(path);
  if (!(value instanceof Secret)) {
    tree.unset.set(dotted, `${value.origin}: ${value.reason}`);
    return undefined;
  }
  return value.reveal();
}

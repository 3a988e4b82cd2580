import path from 'node:path';
import { pathText } from '../text/check.js';
import { suggestion } from '../text/nearest.js';
import { type ReadFile, readSettingsFile } from './file.js';
import { ENV_PREFIX, fromText, isPath, settingsKeys } from './keys.js';
import { type Mapping, parentOf, setAt } from './mapping.js';
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

/** The merged settings of one tenant from file and environment, unchecked. */
export interface SettingsTree {
  /** Absolute path of the file, if there is one. */
  readonly file: string | undefined;
  /** The folder from which the relative paths of the file start. */
  readonly folder: string;
  readonly values: Mapping;
  readonly problems: SettingsProblem[];
  /** The reasons of keys with an unset `valueFrom`, by dotted path. */
  readonly unset: Map<string, string>;
  /** The place of a path, for messages: `c1sync.yaml:3:5`, or the name of a variable. */
  where(path: readonly PropertyKey[], target: 'name' | 'value'): string;
  /** A path as it is written: that of the value in `tenants`, if it comes from there. */
  pathOf(path: readonly PropertyKey[]): readonly PropertyKey[];
  /** True for a value from the environment or the command line. */
  isFromOutside(path: readonly PropertyKey[]): boolean;
}

/** True when file or environment set this key. */
export function hasKey({ values }: SettingsTree, where: readonly string[]): boolean {
  const parent = parentOf(values, where);
  return parent !== undefined && Object.hasOwn(parent, where.at(-1) ?? '');
}

/** Adds a problem of one key. */
export function report(
  tree: SettingsTree,
  where: readonly PropertyKey[],
  message: string,
  target: 'name' | 'value' = 'value',
): void {
  tree.problems.push({ where: tree.where(where, target), path: pathText(tree.pathOf(where)), message });
}

/** Resolves the paths in checked settings, each from the folder of its source. */
export function resolvePaths(tree: SettingsTree, settings: Mapping, cwd: string): void {
  for (const { path: where } of settingsKeys.filter(isPath)) {
    const parent = parentOf(settings, where);
    const name = where.at(-1) ?? '';
    const written = parent?.[name];
    if (parent === undefined || typeof written !== 'string') continue;
    parent[name] = path.resolve(tree.isFromOutside(where) ? cwd : tree.folder, written);
  }
}

/**
 * Reads the file and the environment; every `valueFrom` stays as it is written. Reports invalid input in `problems` and
 * never throws for it.
 */
export async function readTree(around: Surroundings): Promise<SettingsTree> {
  const problems: SettingsProblem[] = [];
  const read = await readSettingsFile(around.file, around.cwd, problems);
  const fromOutside = new Map<string, string>();
  const tree = treeOf(read, around.cwd, { problems, fromOutside });
  applyEnvironment(tree, fromOutside, around.env);
  const level = around.overrides?.logLevel;
  if (level !== undefined && setAt(tree.values, ['log', 'level'], level))
    fromOutside.set('log.level', '--log-level');
  return tree;
}

interface TreeParts {
  readonly problems: SettingsProblem[];
  /** The source of each value that is not from the file, by dotted path. */
  readonly fromOutside: ReadonlyMap<string, string>;
}

function treeOf(read: ReadFile, cwd: string, { problems, fromOutside }: TreeParts): SettingsTree {
  const shown = read.file === undefined ? '' : path.relative(cwd, read.file) || read.file;
  const sourceOf = (where: readonly PropertyKey[]): string | undefined =>
    where
      .map((_, index) => fromOutside.get(pathText(where.slice(0, index + 1))))
      .find((found) => found !== undefined);
  return {
    file: read.file,
    folder: read.file === undefined ? cwd : path.dirname(read.file),
    values: read.values,
    problems,
    unset: new Map(),
    where(where, target) {
      const name = sourceOf(where);
      if (name !== undefined) return name;
      const place = read.document?.locate(where, target);
      return place === undefined ? shown : `${shown}:${place.line}:${place.column}`;
    },
    pathOf: (where) => where,
    isFromOutside: (where) => sourceOf(where) !== undefined,
  };
}

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
  // Several tenants share no variable with an address or a credential.
  const areSeveral = Object.hasOwn(tree.values, 'tenants') || env.C1SYNC_TENANTS;
  for (const key of settingsKeys) {
    const value = env[key.env];
    if (value === undefined || value === '' || isServiceVariable(key.env, value)) continue;
    if (areSeveral && key.path[0] === 'tenant') continue;
    if (!setAt(tree.values, key.path, fromText(key, value))) continue;
    fromOutside.set(key.path.join('.'), key.env);
  }
}

/** Kubernetes sets such variables in every pod beside a Service whose name begins with `c1sync`. */
function isServiceVariable(name: string, value: string): boolean {
  if (/_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value);
}

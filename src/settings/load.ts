import os from 'node:os';
import path from 'node:path';
import { andMore, check, pathText } from '../text/check.js';
import { settingsKeys } from './keys.js';
import { SettingsError } from './problems.js';
import { type RawSettings, settingsSchema } from './schema.js';
import type { Settings } from './settings.js';
import { readTenant } from './tenant.js';
import { readTree, type SettingsTree, type Surroundings } from './tree.js';

/**
 * Reads the settings: command line before C1SYNC_ variables before the file before defaults. Relative paths in the file
 * start at the file, others at `cwd`. Empty variables count as not set.
 * @throws SettingsError with all errors. A tenant that is not set, or whose secrets are not set, is no error here: see
 * `requireTenant`.
 */
export async function loadSettings(input: Surroundings): Promise<Settings> {
  const tree = await readTree(input);
  const raw = checkTree(tree);
  if (raw === undefined || tree.problems.length > 0) {
    const log = settingsSchema.shape.log.safeParse(tree.values.log);
    throw new SettingsError(tree.problems, log.data);
  }
  return settingsOf(raw, tree, input);
}

function checkTree(tree: SettingsTree): RawSettings | undefined {
  for (const [dotted, reason] of tree.unset) {
    if (dotted.startsWith('tenant.')) continue;
    const message = `Has no value: it is taken from ${reason}.`;
    const place = dotted.split(/[.[\]]+/).filter((part) => part !== '');
    tree.problems.push({ where: tree.where(place, 'value'), path: dotted, message });
  }
  const checked = check(settingsSchema, tree.values);
  if (!checked.ok) {
    for (const issue of checked.issues) {
      if (tree.unset.has(pathText(issue.path))) continue;
      const where = tree.where(issue.path, issue.onKey ? 'name' : 'value');
      tree.problems.push({ where, path: pathText(issue.path), message: issue.message });
    }
    if (checked.unlisted > 0)
      tree.problems.push({ where: tree.where([], 'value'), message: andMore(checked.unlisted) });
    return undefined;
  }
  refuseTwoTenants(checked.value, tree);
  refuseTwoSources(checked.value, tree);
  return checked.value;
}

function refuseTwoTenants({ tenant }: RawSettings, tree: SettingsTree): void {
  if (tenant.embedded === undefined || tenant.embedded === false) return;
  const remote = settingsKeys.filter(
    ({ path: [first, second] }) => first === 'tenant' && second !== 'embedded',
  );
  for (const key of remote) {
    const dotted = key.path.join('.');
    const given = tree.has(key.path) || tree.unset.has(dotted);
    if (!given) continue;
    const message = 'Conflicts with tenant.embedded: a tenant is either embedded or remote. Remove one.';
    tree.problems.push({ where: tree.where(key.path, 'name'), path: dotted, message });
  }
}

function refuseTwoSources({ source }: RawSettings, tree: SettingsTree): void {
  const directory = ['source', 'directory'];
  if (source.git === undefined || !tree.has(directory)) return;
  const message =
    'Conflicts with source.git: definitions come either from a directory or from git. Remove one.';
  tree.problems.push({ where: tree.where(directory, 'name'), path: directory.join('.'), message });
}

function settingsOf(
  raw: RawSettings,
  tree: SettingsTree,
  { env, cwd, overrides = {} }: Surroundings,
): Settings {
  tree.resolvePaths(raw);
  const { state, source } = raw;
  return {
    ...raw,
    file: tree.file,
    ...readTenant({ raw: raw.tenant, env, unset: tree.unset }),
    source:
      overrides.directory === undefined ? source : { directory: path.resolve(cwd, overrides.directory) },
    state: { ...state, path: state.path ?? defaultStatePath(env) },
  };
}

/** The XDG rules: a relative XDG_STATE_HOME counts as none. */
function defaultStatePath(env: NodeJS.ProcessEnv): string {
  const given = env.XDG_STATE_HOME ?? '';
  const base = path.isAbsolute(given) ? given : path.join(env.HOME || os.homedir(), '.local', 'state');
  return path.join(base, 'c1sync');
}

import os from 'node:os';
import path from 'node:path';
import { andMore, check, pathText } from '../text/check.js';
import { settingsKeys } from './keys.js';
import { SettingsError } from './problems.js';
import { type RawSettings, settingsSchema } from './schema.js';
import type { LoadedSettings, NamedSettings, Settings } from './settings.js';
import { readSources } from './sources.js';
import { readTenant } from './tenant.js';
import { entriesOf, refuseTwins } from './tenants.js';
import { hasKey, readTree, report, resolvePaths, type SettingsTree, type Surroundings } from './tree.js';

/**
 * Reads the settings: command line before C1SYNC_ variables before the file before defaults. Relative paths in the file
 * start at the file, others at `cwd`. Empty variables count as not set. A tenant that is not set, or whose secrets are not
 * set, is no error here: see `requireTenant`.
 * @throws SettingsError with all errors; of several tenants, where the errors are in the list itself or no tenant is
 * without one
 */
export async function loadSettings(input: Surroundings): Promise<LoadedSettings> {
  const top = await readTree(input);
  if (!Object.hasOwn(top.values, 'tenants')) return { settings: await read(top, undefined, input) };
  const entries = entriesOf(top);
  if (entries === undefined) throw errorOf(top);
  const tenants: NamedSettings[] = [];
  for (const { name, tree } of entries) tenants.push(await readEntry(name, tree, input));
  refuseTwins(top, tenants);
  if (top.problems.length > 0) throw errorOf(top);
  const shared = tenants.find(({ settings }) => settings !== undefined)?.settings;
  if (shared === undefined) throw errorOfAll(tenants);
  return { tenants, shared };
}

async function readEntry(name: string, tree: SettingsTree, input: Surroundings): Promise<NamedSettings> {
  try {
    return { name, settings: await read(tree, name, input) };
  } catch (error) {
    if (error instanceof SettingsError) return { name, error };
    throw error;
  }
}

/** The settings of one tenant. Throws a SettingsError. */
async function read(tree: SettingsTree, name: string | undefined, input: Surroundings): Promise<Settings> {
  await readSources(tree, input.env);
  const raw = checkTree(tree);
  if (raw === undefined || tree.problems.length > 0) throw errorOf(tree);
  return settingsOf(raw, { tree, name }, input);
}

function errorOf({ problems, values }: SettingsTree): SettingsError {
  return new SettingsError(problems, settingsSchema.shape.log.safeParse(values.log).data);
}

/** One error for the tenants of a list, none of which can be used. */
function errorOfAll(tenants: readonly NamedSettings[]): SettingsError {
  const all = tenants.flatMap(({ error }) => error?.problems ?? []);
  const distinct = new Map(all.map((problem) => [JSON.stringify(problem), problem]));
  return new SettingsError([...distinct.values()], tenants[0]?.error?.log);
}

function checkTree(tree: SettingsTree): RawSettings | undefined {
  for (const [dotted, reason] of tree.unset) {
    if (dotted.startsWith('tenant.')) continue;
    const place = dotted
      .split(/[.[\]]+/)
      .filter((part) => part !== '')
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    report(tree, place, `Has no value: it is taken from ${reason}.`);
  }
  const checked = check(settingsSchema, tree.values);
  if (!checked.ok) {
    for (const { path: at, message, onKey } of checked.issues)
      if (!tree.unset.has(pathText(at))) report(tree, at, message, onKey ? 'name' : 'value');
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
    if (!hasKey(tree, key.path) && !tree.unset.has(key.path.join('.'))) continue;
    const message = 'Conflicts with tenant.embedded: a tenant is either embedded or remote. Remove one.';
    report(tree, key.path, message, 'name');
  }
}

function refuseTwoSources({ source }: RawSettings, tree: SettingsTree): void {
  const directory = ['source', 'directory'];
  if (source.git === undefined || !hasKey(tree, directory)) return;
  const message =
    'Conflicts with source.git: definitions come either from a directory or from git. Remove one.';
  report(tree, directory, message, 'name');
}

function settingsOf(
  { tenants: _, ...raw }: RawSettings,
  { tree, name }: { readonly tree: SettingsTree; readonly name: string | undefined },
  { env, cwd, overrides = {} }: Surroundings,
): Settings {
  resolvePaths(tree, raw, cwd);
  const { state, source } = raw;
  return {
    ...raw,
    file: tree.file,
    name,
    ...readTenant({ raw: raw.tenant, env: name === undefined ? env : {}, unset: tree.unset, name }),
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

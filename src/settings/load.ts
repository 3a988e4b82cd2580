import os from 'node:os';
import path from 'node:path';
import { Secret } from '../core/model/secret.js';
import { andMore, check, pathText } from '../text/check.js';
import { settingsKeys } from './keys.js';
import { SettingsError } from './problems.js';
import { type RawSettings, settingsSchema } from './schema.js';
import type { GitSettings, Settings } from './settings.js';
import { readTenant, type TenantInput } from './tenant.js';
import { readTree, type SettingsTree, type Surroundings } from './tree.js';

/**
 * Reads the settings: command line before C1SYNC_ variables before the file before defaults. Relative paths start
 * where they are written: at the file, or at `cwd`. Empty variables count as not set.
 * @throws SettingsError with everything that is wrong. A tenant that is not set, or whose secrets are not, is no
 * error here: see `requireTenant`.
 */
export async function loadSettings(input: Surroundings): Promise<Settings> {
  const tree = await readTree(input);
  const raw = checkTree(tree);
  if (raw === undefined || tree.problems.length > 0) throw new SettingsError(tree.problems);
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
    const message =
      'Stands beside tenant.embedded: a tenant is either embedded or somewhere else. Remove one.';
    tree.problems.push({ where: tree.where(key.path, 'name'), path: dotted, message });
  }
}

function refuseTwoSources({ source }: RawSettings, tree: SettingsTree): void {
  const directory = ['source', 'directory'];
  if (source.git === undefined || !tree.has(directory)) return;
  const message =
    'Stands beside source.git: definitions come either from a directory or from git. Remove one.';
  tree.problems.push({ where: tree.where(directory, 'name'), path: directory.join('.'), message });
}

function settingsOf(raw: RawSettings, tree: SettingsTree, input: Surroundings): Settings {
  const { env, cwd, overrides = {} } = input;
  const base = tree.file === undefined ? cwd : path.dirname(tree.file);
  const absolute = (file: string, dotted: string): string =>
    path.resolve(tree.fromOutside.has(dotted) ? cwd : base, file);
  const secret = (text: string, dotted: string): Secret =>
    new Secret(text, tree.origins.get(dotted) ?? `file ${tree.file ?? ''}`);
  const { tenant, missing } = readTenant({ raw: raw.tenant, env, unset: tree.unset, secret, absolute });
  const directory =
    overrides.directory === undefined
      ? absolute(raw.source.directory, 'source.directory')
      : path.resolve(cwd, overrides.directory);
  return {
    ...(tree.file === undefined ? {} : { file: tree.file }),
    ...(tenant === undefined ? {} : { tenant }),
    tenantMissing: missing,
    workspace: raw.workspace,
    source: {
      directory,
      ...(raw.source.git === undefined || overrides.directory !== undefined
        ? {}
        : { git: readGit(raw.source.git, { secret, absolute }) }),
    },
    sync: raw.sync,
    api: raw.api,
    server: serverOf(raw.server, secret),
    state: {
      path: raw.state.path === undefined ? defaultStatePath(env) : absolute(raw.state.path, 'state.path'),
      ...(raw.state.hashKey === undefined ? {} : { hashKey: secret(raw.state.hashKey, 'state.hashKey') }),
    },
    notify: raw.notify.map(({ url, headers, ...rest }, index) => ({
      ...rest,
      url: secret(url, `notify[${index}].url`),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          name,
          secret(value, `notify[${index}].headers.${name}`),
        ]),
      ),
    })),
    log: raw.log,
  };
}

function serverOf(
  { host, port, token, readToken, url }: RawSettings['server'],
  secret: (text: string, dotted: string) => Secret,
): Settings['server'] {
  return {
    host,
    port,
    ...(token === undefined ? {} : { token: secret(token, 'server.token') }),
    ...(readToken === undefined ? {} : { readToken: secret(readToken, 'server.readToken') }),
    ...(url === undefined ? {} : { url }),
  };
}

function readGit(
  { auth, webhookSecret, ...git }: NonNullable<RawSettings['source']['git']>,
  { secret, absolute }: Pick<TenantInput, 'secret' | 'absolute'>,
): GitSettings {
  const file = (name: 'sshKeyFile' | 'knownHostsFile'): { [key in typeof name]?: string } =>
    auth[name] === undefined ? {} : { [name]: absolute(auth[name], `source.git.auth.${name}`) };
  return {
    ...git,
    ...(auth.username === undefined ? {} : { username: auth.username }),
    ...(auth.token === undefined ? {} : { token: secret(auth.token, 'source.git.auth.token') }),
    ...file('sshKeyFile'),
    ...file('knownHostsFile'),
    ...(webhookSecret === undefined
      ? {}
      : { webhookSecret: secret(webhookSecret, 'source.git.webhookSecret') }),
  };
}

/** The XDG rules: a relative XDG_STATE_HOME counts as none. */
function defaultStatePath(env: NodeJS.ProcessEnv): string {
  const given = env.XDG_STATE_HOME ?? '';
  const base = path.isAbsolute(given) ? given : path.join(env.HOME || os.homedir(), '.local', 'state');
  return path.join(base, 'c1sync');
}

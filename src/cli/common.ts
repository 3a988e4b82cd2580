import type { Session } from '../compose.js';
import { kinds } from '../kinds/index.js';
import type { Settings } from '../settings/settings.js';
import { parseTargets, selectionOf, UsageError } from './args.js';
import { type SettingsFlags, settingsIn, settingsOf } from './tenants.js';

const EVERYTHING = '*';

/** Flags that every command that reads settings has. */
export interface CommonFlags extends SettingsFlags {
  readonly output: 'text' | 'json' | 'markdown';
  readonly selector?: string[];
}

/** The settings of the tenant that the flags and the environment of the process name. */
export async function settingsFor(flags: SettingsFlags): Promise<Settings> {
  return settingsOf(await settingsIn(flags), flags.tenant);
}

/** The settings with `sync.prune` on where `--prune` is given. */
export function withPrune(settings: Settings, { prune }: { readonly prune?: boolean }): Settings {
  return prune === true ? { ...settings, sync: { ...settings.sync, prune } } : settings;
}

/** True for an argument that names an object and not a file. In another case, a kind may be a folder of plans. */
export function isTarget(argument: string): boolean {
  const [kind = '', name, ...more] = argument.split('/');
  if (more.length > 0 || !name) return false;
  if (kinds.some((known) => known.name === kind)) return true;
  return !name.endsWith('.json') && kinds.some((known) => known.name.toLowerCase() === kind.toLowerCase());
}

/** The targets of a command line in the form that the daemon takes: keys, labels as `k=v,k=v`, or `*`. */
export function daemonTargets(targets: readonly string[], selectors: readonly string[] = []): string[] {
  const named = targets.filter((target) => target !== EVERYTHING);
  const { keys, labels } = parseTargets(named, selectors, kinds);
  if (labels.length === 0) return [...keys, ...(named.length < targets.length ? [EVERYTHING] : [])];
  if (targets.length > 0) throw new UsageError('give either objects or labels with -l, not both');
  return [labels.map(([name, value]) => `${name}=${value}`).join(',')];
}

/** The only target of a command line, as {@link daemonTargets} gives it. */
export function daemonTarget(targets: readonly string[], selectors?: readonly string[]): string {
  const [target, ...more] = daemonTargets(targets, selectors);
  if (target !== undefined && more.length === 0) return target;
  throw new UsageError("give one target: an object as Kind/name, labels with -l, or '*' for everything");
}

/** Limits a session to the targets of the command line. Loads the definitions to know which objects exist. */
export async function selectTargets(
  { reconciler, planner, store }: Pick<Session, 'reconciler' | 'planner' | 'store'>,
  targets: readonly string[],
  selectors: readonly string[] = [],
): Promise<void> {
  const wanted = parseTargets(targets, selectors, kinds);
  if (wanted.keys.length === 0 && wanted.labels.length === 0) return;
  const load = await reconciler.load();
  const keys = [...load.invalid.keys(), ...store.records().objects.keys()];
  const known = [...load.definitions, ...keys.map((key) => ({ key, labels: {} }))];
  try {
    planner.select(selectionOf(wanted, known));
  } catch (error) {
    if (!(error instanceof UsageError) || load.problems.length === 0) throw error;
    throw new UsageError(`${error.message} An invalid document may define it: run 'c1sync validate'.`);
  }
}

import { messageOf } from '../core/model/errors.js';
import { loadSettings } from '../settings/load.js';
import type { LoadedSettings, NamedSettings, Settings } from '../settings/settings.js';
import { suggestion } from '../text/nearest.js';
import { UsageError } from './args.js';
import { errorText, printResult } from './output.js';

/** The flags that choose settings. */
export interface SettingsFlags {
  readonly settings?: string;
  readonly directory?: string;
  readonly logLevel?: string;
  readonly tenant?: string;
}

/**
 * Loads the settings that the flags and the environment of the process name.
 * @throws UsageError for a `--tenant` that is not among them, and for `-f` without it where there are several
 */
export async function settingsIn(flags: SettingsFlags): Promise<LoadedSettings> {
  const loaded = await loadSettings({
    file: flags.settings,
    env: process.env,
    cwd: process.cwd(),
    overrides: flags,
  });
  if (loaded.tenants !== undefined) {
    if (flags.tenant !== undefined) namedIn(loaded.tenants, flags.tenant);
    else if (flags.directory !== undefined)
      throw new UsageError('-f names the definitions of one tenant: give --tenant, too');
  }
  return loaded;
}

/**
 * The settings of one tenant.
 * @throws UsageError where there are several and none is named, and where one is named and there are no several
 */
export function settingsOf(loaded: LoadedSettings, name: string | undefined): Settings {
  requireOne(loaded, name);
  if (loaded.tenants === undefined) return loaded.settings;
  const { settings, error } = namedIn(loaded.tenants, name ?? '');
  if (settings === undefined) throw error;
  return settings;
}

/** Refuses a name where there are no `tenants`, and a missing one where there are. */
export function requireOne({ tenants }: LoadedSettings, name: string | undefined): void {
  if (tenants === undefined && name !== undefined)
    throw new UsageError('--tenant chooses one of the tenants in the settings, and these hold no tenants');
  if (tenants !== undefined && name === undefined)
    throw new UsageError(`the settings hold several tenants: give one with --tenant: ${namesOf(tenants)}`);
}

/** The most names in a message. */
const MOST_NAMES = 20;

function namesOf(tenants: readonly NamedSettings[]): string {
  const shown = tenants.slice(0, MOST_NAMES).map(({ name }) => name);
  const more = tenants.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function namedIn(tenants: readonly NamedSettings[], name: string): NamedSettings {
  const found = tenants.find((one) => one.name === name);
  if (found !== undefined) return found;
  const guess = suggestion(
    name,
    tenants.map((one) => one.name),
  );
  const remedy = guess === '' ? ` The settings hold: ${namesOf(tenants)}.` : guess;
  throw new UsageError(`There is no tenant "${name}".${remedy}`);
}

/** The result of a command for one tenant. */
export interface Report {
  readonly ok: boolean;
  readonly json: object;
  readonly text: () => string;
}

/** How a command reports. */
interface ReportFlags extends SettingsFlags {
  readonly output: string;
}

/**
 * Makes and prints the report of the tenant that the flags name, or those of all tenants, each under its name. Exit 1 where
 * one is not ok. `okName`: the member of the JSON that says whether all are ok.
 */
export async function reportEach<Flags extends ReportFlags>(
  flags: Flags,
  okName: string,
  make: (settings: Settings, flags: Flags) => Promise<Report>,
): Promise<void> {
  const loaded = await settingsIn(flags);
  if (loaded.tenants === undefined || flags.tenant !== undefined) {
    const report = await make(settingsOf(loaded, flags.tenant), flags);
    printResult(flags, report.json, report.text);
    process.exitCode = report.ok ? 0 : 1;
    return;
  }
  const each = async ({
    name,
    settings,
    error,
  }: NamedSettings): Promise<Report & { readonly name: string }> => {
    try {
      if (settings === undefined) throw error;
      return { name, ...(await make(settings, { ...flags, tenant: name })) };
    } catch (cause) {
      const json = { [okName]: false, error: messageOf(cause) };
      return { name, ok: false, json, text: () => errorText(cause) };
    }
  };
  const reports = await Promise.all(loaded.tenants.map(each));
  const ok = reports.every((report) => report.ok);
  const json = { [okName]: ok, tenants: reports.map((report) => ({ tenant: report.name, ...report.json })) };
  printResult(flags, json, () =>
    reports.map(({ name, text }) => `${name}:\n${text().trimEnd()}`).join('\n\n'),
  );
  process.exitCode = ok ? 0 : 1;
}

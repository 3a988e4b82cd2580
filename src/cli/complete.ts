import type { Command, Option } from 'commander';
import { systemClock } from '../core/model/clock.js';
import { EventBus } from '../core/model/events.js';
import { openDefinitions } from '../definitions/open.js';
import { kinds } from '../kinds/index.js';
import { settingsFor } from './common.js';
import { print } from './output.js';
import { settingsIn } from './tenants.js';

/** The place in a command line where a word is completed. */
interface Place {
  readonly command: Command;
  /** The flag that the word is a value of. */
  readonly option: Option | undefined;
  /** Values of flags so far, by name. */
  readonly values: ReadonlyMap<string, string>;
  /** Words so far that are no flags. */
  readonly operands: number;
}

/** Arguments that name objects. */
const OBJECTS = ['targets', 'object', 'key', 'from'];

/** Prints candidates for the last word of a command line of `program`, a line each: `c1sync __complete`. Never fails. */
export async function complete(program: Command, words: readonly string[]): Promise<void> {
  const current = words.at(-1) ?? '';
  const found = await candidates(placeOf(program, words.slice(0, -1)), current).catch(() => []);
  const wanted = current.toLowerCase();
  const matching = found.filter((candidate) => candidate.toLowerCase().startsWith(wanted));
  if (matching.length > 0) print(matching.join('\n'));
}

function placeOf(program: Command, words: readonly string[]): Place {
  let command = program;
  let option: Option | undefined;
  let operands = 0;
  const values = new Map<string, string>();
  for (const word of words) {
    if (option !== undefined) {
      values.set(option.attributeName(), word);
      option = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      option = command.options.find((one) => one.short === word || one.long === word);
      if (option?.required !== true) option = undefined;
      continue;
    }
    const child = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (child === undefined) operands += 1;
    else command = child;
  }
  return { command, option, values, operands };
}

async function candidates(place: Place, current: string): Promise<readonly string[]> {
  const { command, option, operands } = place;
  if (option?.attributeName() === 'tenant') return tenantNames(place);
  if (option !== undefined) return option.argChoices ?? [];
  if (current.startsWith('-')) {
    const own = command.options.filter(({ hidden }) => !hidden);
    return [...own.flatMap(({ long, short }) => [long ?? [], short ?? []].flat()), '--help'];
  }
  if (command.commands.length > 0)
    return command
      .createHelp()
      .visibleCommands(command)
      .map((one) => one.name());
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[operands] ?? (last?.variadic === true ? last : undefined);
  if (argument === undefined) return [];
  if (OBJECTS.includes(argument.name())) return objectsIn(place);
  return argument.argChoices ?? [];
}

/** `Kind/name` of every definition. Without the network: the kinds alone where they come from a repository. */
async function objectsIn({ values }: Place): Promise<readonly string[]> {
  const { source } = await settingsFor({
    ...optional('settings', values),
    ...optional('directory', values),
    ...optional('tenant', values),
  });
  if (source.git !== undefined) return kinds.map(({ name }) => `${name}/`);
  const definitions = await openDefinitions(source, { kinds, events: new EventBus(), clock: systemClock });
  try {
    const load = await definitions.load();
    const keys = [...load.definitions.map(({ key }) => key), ...load.invalid.keys()];
    return [...new Set(keys)].sort();
  } finally {
    await definitions.close();
  }
}

async function tenantNames({ values }: Place): Promise<readonly string[]> {
  const { tenants = [] } = await settingsIn(optional('settings', values));
  return tenants.map(({ name }) => name);
}

function optional(
  name: 'settings' | 'directory' | 'tenant',
  values: Place['values'],
): Record<string, string> {
  const value = values.get(name);
  return value === undefined ? {} : { [name]: value };
}

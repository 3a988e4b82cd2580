import { type Command, Option } from 'commander';
import type { Session } from '../compose.js';
import { messageOf } from '../core/model/errors.js';
import { kinds } from '../kinds/index.js';
import { loadSettings } from '../settings/load.js';
import type { Settings } from '../settings/settings.js';
import { safeJson, safeLines, safeOutput } from '../text/safe.js';
import { parseTargets, selectionOf, UsageError } from './args.js';
import type { TextOptions } from './render/text.js';

const EVERYTHING = '*';

/** Flags that every command that reads settings has. */
export interface CommonFlags {
  readonly settings?: string;
  readonly directory?: string;
  readonly output: 'text' | 'json' | 'markdown';
  readonly logLevel?: string;
}

/** Adds the flags of {@link CommonFlags}. `outputs`: the forms that this command can give its result in; none, no flag. */
export function withCommonFlags(command: Command, outputs: readonly string[] = ['text', 'json']): Command {
  const output = new Option('--output <form>', 'form of the result').choices([...outputs]).default('text');
  if (outputs.length > 0) command.addOption(output);
  return command
    .option('--settings <file>', 'settings file (default: ./c1sync.yaml if there is one)')
    .option('-f, --directory <dir>', 'directory of the definitions, before the one in the settings')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent');
}

/** Loads the settings that the flags and the environment of the process name. */
export function settingsFor(flags: Omit<CommonFlags, 'output'>): Promise<Settings> {
  return loadSettings({
    ...(flags.settings === undefined ? {} : { file: flags.settings }),
    env: process.env,
    cwd: process.cwd(),
    overrides: {
      ...(flags.directory === undefined ? {} : { directory: flags.directory }),
      ...(flags.logLevel === undefined ? {} : { logLevel: flags.logLevel }),
    },
  });
}

/** Writes a result to stdout; nothing in it reaches a terminal but text and colours. */
export function print(text: string): void {
  write(process.stdout, text);
}

/** Writes everything that is not a result to stderr, as {@link print} does. */
export function tell(text: string): void {
  write(process.stderr, text);
}

function write(stream: NodeJS.WriteStream, text: string): void {
  const shown = safeOutput(text, layout(stream).colour);
  stream.write(shown.endsWith('\n') ? shown : `${shown}\n`);
}

/** What an error says to a person. It may quote the tenant, or whatever answers as a daemon. */
export function errorText(error: unknown): string {
  return `error: ${safeLines(messageOf(error))}`;
}

/** A result in JSON, for programs. */
export function printJson(value: unknown): void {
  print(safeJson(JSON.stringify(value, null, 2)));
}

/** How text is laid out on a stream: colours only where a person looks, and lines as wide as the terminal. */
export function layout(stream: NodeJS.WriteStream): TextOptions {
  const colour = stream.isTTY === true && process.env.NO_COLOR === undefined;
  return { colour, width: stream.columns ?? 100 };
}

/** Adds the flag and the argument that choose objects. */
export function withTargets(command: Command, what: string): Command {
  return command
    .argument('[targets...]', what)
    .option('-l, --selector <labels...>', 'only objects with these labels: key=value[,key=value]');
}

/** True for an argument that names an object and not a file. */
export function isTarget(argument: string): boolean {
  const [kind, name, ...more] = argument.split('/');
  return more.length === 0 && Boolean(name) && kinds.some((known) => known.name === kind);
}

/** What a command line names, in the form in which the daemon takes it: keys, labels as `k=v,k=v`, or `*`. */
export function daemonTargets(targets: readonly string[], selectors: readonly string[] = []): string[] {
  const named = targets.filter((target) => target !== EVERYTHING);
  const names = kinds.map(({ name }) => name);
  const { keys, labels } = parseTargets(named, selectors, names);
  if (labels.length === 0) return [...keys, ...(named.length < targets.length ? [EVERYTHING] : [])];
  if (targets.length > 0) throw new UsageError('give either objects or labels with -l, not both');
  return [labels.map(([name, value]) => `${name}=${value}`).join(',')];
}

/** The one thing that a command line names, as {@link daemonTargets} gives it. */
export function daemonTarget(targets: readonly string[], selectors?: readonly string[]): string {
  const [target, ...more] = daemonTargets(targets, selectors);
  if (target !== undefined && more.length === 0) return target;
  throw new UsageError("name one thing: an object as Kind/name, labels with -l, or '*' for everything");
}

/** Limits a session to what the command line names. Loads the definitions to know what there is. */
export async function selectTargets(
  { reconciler, store }: Session,
  targets: readonly string[],
  selectors: readonly string[] = [],
): Promise<void> {
  const wanted = parseTargets(
    targets,
    selectors,
    kinds.map(({ name }) => name),
  );
  if (wanted.keys.length === 0 && wanted.labels.length === 0) return;
  const load = await reconciler.load();
  const keys = [...load.invalid.keys(), ...store.records().objects.keys()];
  reconciler.select(selectionOf(wanted, [...load.definitions, ...keys.map((key) => ({ key, labels: {} }))]));
}

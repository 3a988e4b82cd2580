import { type Command, Option } from 'commander';
import { loadSettings } from '../settings/load.js';
import type { Settings } from '../settings/settings.js';

/** Flags that every command that reads settings has. */
export interface CommonFlags {
  readonly settings?: string;
  readonly directory?: string;
  readonly output: 'text' | 'json' | 'markdown';
  readonly logLevel?: string;
}

/** Adds the flags of {@link CommonFlags}. `outputs`: the forms that this command can give its result in. */
export function withCommonFlags(command: Command, outputs: readonly string[] = ['text', 'json']): Command {
  return command
    .option('--settings <file>', 'settings file (default: ./c1sync.yaml if there is one)')
    .option('-f, --directory <dir>', 'directory of the definitions, before the one in the settings')
    .addOption(new Option('--output <form>', 'form of the result').choices([...outputs]).default('text'))
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent');
}

/** Loads the settings that the flags and the environment of the process name. */
export function settingsFor(flags: CommonFlags): Promise<Settings> {
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

/** Writes a result to stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Writes everything that is not a result to stderr. */
export function tell(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** A result in JSON, for programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

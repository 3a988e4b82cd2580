import { TerminalError } from '../core/model/errors.js';
import type { RawSettings } from './schema.js';

/** An error in the settings. */
export interface SettingsProblem {
  /** `c1sync.yaml:3:5`, the name of a variable, or empty. */
  readonly where: string;
  /** The key, such as `api.timeout`, if the error is about one key. */
  readonly path?: string;
  /** The error and its remedy, as a sentence. */
  readonly message: string;
}

/** Invalid settings, with all errors. */
export class SettingsError extends TerminalError {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingsProblem[];
  /** How to log this error; undefined where the settings of the log are among the invalid ones. */
  readonly log: RawSettings['log'] | undefined;

  constructor(problems: readonly SettingsProblem[], log: RawSettings['log'] | undefined) {
    super(['The settings cannot be used:', ...problems.map(problemLine)].join('\n  '));
    this.problems = problems;
    this.log = log;
  }
}

function problemLine({ where, path, message }: SettingsProblem): string {
  return [where, path, message].filter((part) => part !== undefined && part !== '').join(': ');
}

import { TerminalError } from '../core/model/errors.js';

/** Something wrong with the settings. */
export interface SettingsProblem {
  /** `c1sync.yaml:3:5`, the name of a variable, or empty. */
  readonly where: string;
  /** `api.timeout`, where one key is concerned. */
  readonly path?: string;
  /** The fault and its remedy, as a sentence. */
  readonly message: string;
}

/** Settings that cannot be used, with everything that is wrong with them. */
export class SettingsError extends TerminalError {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly SettingsProblem[]) {
    super(['The settings cannot be used:', ...problems.map(problemLine)].join('\n  '));
    this.problems = problems;
  }
}

function problemLine({ where, path, message }: SettingsProblem): string {
  return [where, path, message].filter((part) => part !== undefined && part !== '').join(': ');
}

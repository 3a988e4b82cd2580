import { isObject } from '../../text/shape.js';
import { isValueFrom } from '../model/value-from.js';

/** A variable that an exported definition reads, and that a person fills in. */
export interface Placeholder {
  /** Name of the environment variable. */
  readonly name: string;
  /** Where the definition reads it: `config.github_access_token`. */
  readonly path: string;
}

/** The variables that a `spec` as it is written reads, in its order. */
export function placeholdersIn(value: unknown, path = ''): readonly Placeholder[] {
  if (isValueFrom(value)) {
    const { valueFrom } = value;
    return 'env' in valueFrom ? [{ name: valueFrom.env, path }] : [];
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    placeholdersIn(member, path === '' ? name : `${path}.${name}`),
  );
}

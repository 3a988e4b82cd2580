import type { Kind } from '../core/model/kind.js';
import { everything, type Selectable, type Selection } from '../core/model/selection.js';
import { nearest, suggestion } from '../text/nearest.js';

/** Wrong usage of the command line. The process ends with {@link UsageError.exitCode}. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = 64;
}

/** The objects that a command line names. */
export interface Targets {
  /** `Kind/name`, without repeats; empty when none was named. */
  readonly keys: readonly string[];
  /** Labels that an object must all carry. */
  readonly labels: readonly (readonly [key: string, value: string])[];
}

/**
 * Reads `Kind/name` arguments, in any case, and the values of `-l` (`key=value`, several separated by commas).
 * Throws a UsageError for a text that is neither, and for a kind that is not among `kinds`.
 */
export function parseTargets(
  targets: readonly string[],
  selectors: readonly string[],
  kinds: readonly Pick<Kind, 'name' | 'sample'>[],
): Targets {
  return {
    keys: [...new Set(targets.map((target) => checkedTarget(target, kinds)))],
    labels: selectors.flatMap((selector) => selector.split(',').map(parseLabel)),
  };
}

/**
 * The selection of `targets` among the `known` objects: the named ones, or all where none is named, that carry every
 * label. {@link everything} itself when there are neither names nor labels.
 * Throws a UsageError for a name that is not among `known`, and where no object is selected.
 */
export function selectionOf({ keys, labels }: Targets, known: Iterable<Selectable>): Selection {
  if (keys.length === 0 && labels.length === 0) return everything;
  const objects = [...known];
  const knownKeys = new Set(objects.map(({ key }) => key));
  for (const key of keys) {
    if (knownKeys.has(key)) continue;
    const close = nearest(key, knownKeys);
    throw new UsageError(`There is no ${key}.${close === undefined ? '' : ` Did you mean ${close}?`}`);
  }
  const wanted = new Set(keys);
  const selection: Selection = (object) =>
    (wanted.size === 0 || wanted.has(object.key)) &&
    labels.every(([name, value]) => Object.hasOwn(object.labels, name) && object.labels[name] === value);
  if (!objects.some(selection)) throw new UsageError(nothingSelected(labels, objects));
  return selection;
}

function nothingSelected(labels: Targets['labels'], objects: readonly Selectable[]): string {
  const known = new Set(
    objects.flatMap((object) => Object.entries(object.labels).map(([name, value]) => `${name}=${value}`)),
  );
  const wanted = labels.map(([name, value]) => `${name}=${value}`);
  const unknown = wanted.find((label) => !known.has(label));
  if (known.size === 0) return 'No definition has labels: write them in metadata.labels, or leave out -l.';
  if (unknown === undefined) return `No selected object has ${wanted.join(' and ')}.`;
  return `No object has the label ${unknown}.${suggestion(unknown, [...known])}`;
}

function checkedTarget(target: string, kinds: readonly Pick<Kind, 'name' | 'sample'>[]): string {
  const [kind = '', name = '', ...more] = target.split('/');
  if (kind === '' || name === '' || more.length > 0) {
    const [example = { name: 'Kind', sample: 'name' }] = kinds;
    throw new UsageError(
      `"${target}" names no object: write Kind/name, for example ${example.name}/${example.sample}.`,
    );
  }
  const known = kinds.find((one) => one.name.toLowerCase() === kind.toLowerCase());
  if (known !== undefined) return `${known.name}/${name.toLowerCase()}`;
  const names = kinds.map((one) => one.name);
  throw new UsageError(`There is no kind "${kind}".${suggestion(kind, names)}`);
}

function parseLabel(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`"${text}" is no label: write -l key=value, several separated by commas.`);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

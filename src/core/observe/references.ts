import { asList } from '../../text/shape.js';
import { type Definition, keyOf } from '../model/definition.js';
import { definitionsByKey, keysByTitle } from '../model/definition-index.js';
import {
  type Field,
  type Kind,
  type Known,
  type LiveObject,
  parentRef,
  type Referred,
  type Sugar,
} from '../model/kind.js';
import type { Records } from '../model/record.js';

/** The definitions of a load, as others refer to them. */
export class References {
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #definitions: ReadonlyMap<string, Definition>;

  constructor(kinds: ReadonlyMap<string, Kind>, definitions: readonly Definition[]) {
    this.#kinds = kinds;
    this.#definitions = definitionsByKey(definitions);
  }

  /** Key of the only definition that a field may refer to by a name. */
  named(referred: Referred, name: string): string | undefined {
    const keys = keysByTitle(this.#definitions).get(keyOf(referred.kind, name)) ?? [];
    const [only, ...others] = keys.filter((key) => suits(referred, this.#definitions.get(key)?.spec));
    return others.length === 0 ? only : undefined;
  }

  /** Gives the ids of the objects of definitions, or else their names. */
  known({ objects }: Pick<Records, 'objects'>): Known {
    return (kind, name) => {
      const definition = this.#definitions.get(keyOf(kind, name));
      return definition && (definition.id ?? objects.get(definition.key)?.id ?? definition.title);
    };
  }

  /** Keys of a scope, and of everything that the definitions among them refer to. */
  with(scope: ReadonlySet<string>): ReadonlySet<string> {
    const keys = new Set(scope);
    // A set goes on with what is added to it meanwhile.
    for (const key of keys) for (const other of this.#of(this.#definitions.get(key))) keys.add(other);
    return keys;
  }

  #of(definition: Definition | undefined): readonly string[] {
    const kind = this.#kinds.get(definition?.kind ?? '');
    if (definition === undefined || kind === undefined) return [];
    const parent = parentKey(kind, definition);
    const others = kind.fields.flatMap(({ sugar: { path, refersTo } = { path: '' } }) =>
      refersTo === undefined ? [] : namesIn(definition.spec[path]).map((name) => this.named(refersTo, name)),
    );
    return [parent, ...others].filter((key) => key !== undefined);
  }
}

/** True for values that contradict nothing that a field asks of what it refers to. */
function suits({ where = {} }: Referred, values: Readonly<Record<string, unknown>> = {}): boolean {
  return Object.entries(where).every(([path, value]) => (values[path] ?? value) === value);
}

/**
 * Key of a definition one of whose fields names an object of a kind, or something that belongs to it, by its name or its id.
 * `defined`: the name of its definition.
 */
export function referrerTo(
  all: Iterable<{ readonly kind: Kind; readonly definition: Definition }>,
  referred: Kind,
  { id, displayName, values }: LiveObject,
  defined: string,
): string | undefined {
  for (const { kind, definition } of all) {
    const { spec, key } = definition;
    const names = ({ path, sugar }: Field): boolean =>
      sugar?.refersTo?.kind === referred.name &&
      (namesIn(spec[path]).includes(id) ||
        (suits(sugar.refersTo, values) && namesIn(spec[sugar.path]).includes(displayName)));
    const namesPart = ({ path, sugar }: Field): boolean =>
      sugar?.form?.within === referred.name &&
      [path, sugar.path]
        .flatMap((one) => asList(spec[one]))
        .some((item) => sugar.form?.isWithin(item, [id, displayName, defined]));
    if (kind.fields.some((field) => names(field) || namesPart(field))) return key;
  }
  return undefined;
}

/** Key of the definition that another one names as its parent; undefined where it names none, or an id. */
export function parentKey(kind: Kind, definition: Definition): string | undefined {
  const ref = parentRef(kind, definition);
  return kind.parent === undefined || ref === undefined || 'id' in ref
    ? undefined
    : keyOf(kind.parent.kind, ref.name);
}

/** The names, or ids, that a value holds. */
export function namesIn(value: unknown): string[] {
  const names = Array.isArray(value) ? value : [value];
  return names.filter((name): name is string => typeof name === 'string' && name !== '');
}

/** The names that a declared value holds, each with its key in the lookup. */
export function keysIn(
  { form }: Sugar,
  value: unknown,
  known: Known,
): readonly { readonly item: unknown; readonly key: string }[] {
  if (form === undefined) return namesIn(value).map((name) => ({ item: name, key: name }));
  return asList(value).map((item) => ({ item, key: form.toKey(item, known) }));
}

/** The declared form of a key of a lookup. */
export function itemOf({ form }: Sugar, key: string): unknown {
  return form === undefined ? key : form.toItem(key);
}

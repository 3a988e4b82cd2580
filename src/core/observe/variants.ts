import { mapAtOnce } from '../model/at-once.js';
import type { JsonSchema } from '../model/json-schema.js';
import {
  type Field,
  fieldAt,
  type Kind,
  type KindReader,
  type LiveObject,
  type Lookup,
} from '../model/kind.js';

/** The limits of a field in the definitions whose other field has one value. */
export interface Variant {
  readonly kind: string;
  /** Path of the limited field. */
  readonly path: string;
  /** Value in `spec` by path: each of them alone decides. */
  readonly when: Readonly<Record<string, string>>;
  readonly schema: JsonSchema;
}

/** The parts that read a tenant. */
export interface VariantParts {
  /** Kinds with their readers, parents first. */
  readonly readers: readonly { readonly kind: Kind; readonly reader: KindReader }[];
  readonly lookups: ReadonlyMap<string, Lookup>;
}

/**
 * The variants of all fields, read from the tenant: for the values that every tenant knows, and for those of its objects.
 * A value that the tenant does not know has none. Throws when anything cannot be read.
 */
export async function readVariants(parts: VariantParts, signal?: AbortSignal): Promise<Variant[]> {
  const live = await listAll(parts, signal);
  const found = parts.readers.flatMap(({ kind }) =>
    kind.fields
      .filter(({ jsonSchema }) => jsonSchema !== undefined)
      .map((field) => variantsOf(kind, field, live.get(kind.name) ?? [], parts, signal)),
  );
  return (await Promise.all(found)).flat();
}

async function listAll(
  { readers }: VariantParts,
  signal?: AbortSignal,
): Promise<Map<string, readonly LiveObject[]>> {
  const live = new Map<string, readonly LiveObject[]>();
  for (const { kind, reader } of readers) {
    const { parent } = kind;
    const lists =
      parent === undefined
        ? [await reader.list(undefined, signal)]
        : await mapAtOnce(live.get(parent.kind) ?? [], ({ id }) => reader.list(id, signal));
    live.set(kind.name, lists.flat());
  }
  return live;
}

async function variantsOf(
  kind: Kind,
  { path, context, jsonSchema }: Field,
  live: readonly LiveObject[],
  { lookups }: VariantParts,
  signal?: AbortSignal,
): Promise<Variant[]> {
  const key = context && fieldAt(kind, context.keyFrom);
  const lookup = lookups.get(context?.lookup ?? '');
  if (key === undefined || lookup === undefined) return [];
  const names = new Map([...(key.sugar?.known ?? [])].map(([name, { id }]) => [id, name]));
  const used = live.map(({ values }) => values[key.path]).filter((id) => typeof id === 'string');
  const answers = await lookup.find(new Set([...names.keys(), ...used]), signal);
  return [...answers].flatMap(([id, [answer]]): Variant[] => {
    const schema = jsonSchema?.(answer);
    if (schema === undefined) return [];
    const name = names.get(id);
    const byName = key.sugar === undefined || name === undefined ? {} : { [key.sugar.path]: name };
    return [{ kind: kind.name, path, when: { [key.path]: id, ...byName }, schema }];
  });
}

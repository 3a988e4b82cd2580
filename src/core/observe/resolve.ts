import type { Definition } from '../model/definition.js';
import type { Field, Kind, Known, LiveObject, Referred, Sugar } from '../model/kind.js';
import { UnsetSecret } from '../model/secret.js';
import { type LookupTable, type Wanted, want } from './lookups.js';
import { keysIn, parentKey } from './references.js';

/** The largest number of candidates in a message. */
const MOST_SHOWN = 5;

/** A definition of the same load that another one refers to by the name of its object. */
interface Reference {
  readonly key: string;
  /** Id of the object; missing while there is none. */
  readonly id?: string;
}

/** A definition with its names resolved to ids: the desired state of one object. */
export interface Desired {
  readonly definition: Definition;
  readonly kind: Kind;
  /**
   * Declared values by field path, normalised. A field that is not declared, or whose name did not resolve, is missing.
   * An id that does not exist yet is replaced by the key of the definition that will create its object.
   */
  readonly values: Readonly<Record<string, unknown>>;
  /** The id of each name in `spec`, by the path of the names. */
  readonly ids: ReadonlyMap<string, ReadonlyMap<unknown, unknown>>;
  /** Definitions of the same load that its fields refer to. */
  readonly references: readonly Reference[];
  /** Names that resolve to nothing or to several things, as sentences. */
  readonly unresolved: readonly string[];
  /** Sources of secrets that hold nothing, as sentences. */
  readonly unset: readonly string[];
}

/** The keys of context lookups that the comparison of these definitions with their live objects needs. */
export function wantedContexts(
  pairs: Iterable<{ readonly desired: Desired; readonly live: LiveObject | undefined }>,
): Wanted {
  const wanted: Wanted = new Map();
  for (const { desired, live } of pairs) {
    const valueAt = withLive(desired, live);
    for (const field of desired.kind.fields) {
      if (field.context === undefined || !(field.path in desired.values)) continue;
      const key = valueAt(field.context.keyFrom);
      if (typeof key === 'string' && key !== '') want(wanted, field.context.lookup, key);
    }
  }
  return wanted;
}

/** Gives the value at a field path. */
export type ValueAt = (path: string) => unknown;

/** Live values where there are any, else the declared ones: contexts are looked up by them. */
export function withLive(desired: Desired, live: LiveObject | undefined): ValueAt {
  return (path) => (live !== undefined && path in live.values ? live.values[path] : desired.values[path]);
}

/** Finds the definition that a name means. `isAbsent`: the tenant was seen to have no object of it. */
export type Refer = (
  referred: Referred,
  name: string,
) => (Reference & { readonly isAbsent?: boolean }) | undefined;

/** Turns the names of one definition into ids. */
export function resolveDefinition(
  kind: Kind,
  definition: Definition,
  table: LookupTable,
  refer: Refer,
  known: Known,
): Desired {
  const values: Record<string, unknown> = {};
  const naming: Naming = {
    table,
    refer,
    known,
    unresolved: [],
    references: new Map(),
    ids: new Map(),
  };
  for (const field of kind.fields) {
    const { spec } = definition;
    if (field.path in spec) values[field.path] = normalise(field, spec[field.path]);
    else if (field.sugar !== undefined && field.sugar.path in spec) {
      const ids = resolveNames(field.sugar, spec[field.sugar.path], naming);
      if (ids !== undefined) values[field.path] = normalise(field, ids);
    }
  }
  const references = [...naming.references.values()];
  return {
    definition,
    kind,
    values,
    ids: naming.ids,
    references,
    unresolved: naming.unresolved,
    unset: unsetIn(definition.spec),
  };
}

/** The definitions of the same load that one refers to: its parent, and what its fields name. */
export function referredKeys({ kind, definition, references }: Desired): readonly string[] {
  const parent = parentKey(kind, definition);
  return [...(parent === undefined ? [] : [parent]), ...references.map(({ key }) => key)];
}

/** A value with the keys of its references in place of their ids, so that it does not depend on which of them exist. */
export function byKeys(value: unknown, { references }: Pick<Desired, 'references'>): unknown {
  const keyFor = (item: unknown): unknown =>
    references.find(({ id }) => id !== undefined && id === item)?.key ?? item;
  if (references.length === 0) return value;
  return Array.isArray(value) ? value.map(keyFor) : keyFor(value);
}

/** The input and output of resolving names. */
interface Naming {
  readonly table: LookupTable;
  readonly refer: Refer;
  readonly known: Known;
  readonly unresolved: string[];
  readonly references: Map<string, Reference>;
  readonly ids: Map<string, ReadonlyMap<unknown, unknown>>;
}

function normalise(field: Field, value: unknown): unknown {
  return field.normalise === undefined ? value : field.normalise(value);
}

function resolveNames(sugar: Sugar, value: unknown, naming: Naming): unknown {
  const before = naming.unresolved.length;
  const names = keysIn(sugar, value, naming.known);
  const ids = names.map(({ key }) => resolveName(sugar, key, naming));
  if (naming.unresolved.length > before) return undefined;
  naming.ids.set(sugar.path, new Map(names.map(({ item }, index) => [item, ids[index]])));
  if (Array.isArray(value)) return ids;
  return ids[0] ?? '';
}

/** Prefers the tenant's object of a name. A definition of the name decides between several, and replaces a future object. */
function resolveName(
  { path, lookup, form, refersTo }: Sugar,
  key: string,
  { table, refer, unresolved, references }: Naming,
): unknown {
  const name = form === undefined ? key : form.toText(key);
  const answer = table.get(lookup);
  const defined = refersTo === undefined ? undefined : refer(refersTo, name);
  // A lookup may have a gone object in its cache.
  const found = defined?.isAbsent === true ? [] : answer?.values.get(key);
  if (answer === undefined || (found === undefined && answer.error !== undefined)) {
    const why = answer?.error ?? 'no lookup was made';
    unresolved.push(
      `spec.${path}: '${name}' could not be looked up: ${why}; no change until a lookup succeeds`,
    );
    return undefined;
  }
  const [only, ...more] = found ?? [];
  const isUnique = only !== undefined && more.length === 0;
  if (defined !== undefined && (only === undefined || isUnique || found?.includes(defined.id))) {
    const id = isUnique ? String(only) : defined.id;
    references.set(defined.key, id === undefined ? { key: defined.key } : { key: defined.key, id });
    return id ?? defined.key;
  }
  if (isUnique) return only;
  const meant = answer.nearest?.(key);
  const wrong = answer.wrongPart?.(key) ?? `${answer.noun} is named '${name}'`;
  const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
  unresolved.push(
    only === undefined
      ? `spec.${path}: no ${wrong}; correct the name or create it in the tenant${hint}`
      : `spec.${path}: ${more.length + 1} of the tenant's objects match the ${answer.noun} '${name}' (${firstOf(found)}); give the id instead`,
  );
  return undefined;
}

function firstOf(ids: readonly unknown[] = []): string {
  return ids.length <= MOST_SHOWN ? ids.join(', ') : `${ids.slice(0, MOST_SHOWN).join(', ')}, ...`;
}

function unsetIn(value: unknown): string[] {
  if (value instanceof UnsetSecret) return [`${value.origin}: ${value.reason}`];
  if (Array.isArray(value)) return value.flatMap(unsetIn);
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.values(value).flatMap(unsetIn);
  }
  return [];
}

/** The context of a field for one object: the answer of its lookup, or undefined. */
export function contextOf(field: Field, valueAt: ValueAt, table: LookupTable): unknown {
  if (field.context === undefined) return undefined;
  const key = valueAt(field.context.keyFrom);
  return typeof key === 'string' ? table.get(field.context.lookup)?.values.get(key)?.[0] : undefined;
}

/** Why contexts that the comparison with a live object needs are missing; empty when none is. */
export function missingContexts(
  desired: Desired,
  live: LiveObject | undefined,
  table: LookupTable,
): string[] {
  const valueAt = withLive(desired, live);
  return desired.kind.fields.flatMap((field) => {
    if (field.context === undefined || !(field.path in desired.values)) return [];
    const answer = table.get(field.context.lookup);
    const key = valueAt(field.context.keyFrom);
    if (answer?.error === undefined || typeof key !== 'string' || answer.values.has(key)) return [];
    return [
      `spec.${field.path}: the ${answer.noun} could not be read: ${answer.error}; no change until a read succeeds`,
    ];
  });
}

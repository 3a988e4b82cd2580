import type { z } from 'zod';
import type { Definition } from './definition.js';
import type { Run } from './health.js';
import type { JsonSchema } from './json-schema.js';
import type { ObjectRecord } from './record.js';

/**
 * How two values of a field compare.
 * `value`: deep equality. `set`: arrays without order or repeats. `entries`: a string map managed key by key,
 * where `""` deletes a key. A field with a comparison of its own brings `diff`.
 */
type Shape = 'value' | 'set' | 'entries';

/** Definitions that a field may refer to by their `title`: those that its lookup finds once their objects exist. */
export interface Referred {
  readonly kind: string;
  /** Values, by field path, that no such definition or object contradicts. */
  readonly where?: Readonly<Record<string, unknown>>;
}

/** Gives the id, or else the name in the tenant, of the object of a definition of the same load. */
export type Known = (kind: string, name: string) => string | undefined;

/** Names that are no texts: members of a list that each name an object by several parts. */
export interface NameForm {
  /** The key of the lookup for a member of the list in `spec`. */
  readonly toKey: (item: unknown, known: Known) => string;
  /** The member of the list for a key. */
  readonly toItem: (key: string) => unknown;
  /** A key as people read it. */
  readonly toText: (key: string) => string;
  /** The kind of the objects that the named ones belong to. */
  readonly within: string;
  /** True for a member of the list, by names or by ids, that belongs to an object with one of these names or ids. */
  readonly isWithin: (item: unknown, names: readonly string[]) => boolean;
}

/** The friendly form of a field that holds ids: names, which a lookup turns into ids at run time. */
export interface Sugar {
  /** Name in `spec`: `grantPolicy` for `grantPolicyId`. */
  readonly path: string;
  readonly schema: z.ZodType;
  /** The lookup that knows the names. */
  readonly lookup: string;
  /** Undefined for names that are texts. */
  readonly form?: NameForm;
  /** Definitions that these names may mean, too. */
  readonly refersTo?: Referred;
  readonly doc: string;
  /** Valid values, for help in editors. */
  readonly examples?: readonly unknown[];
  /** Names that every tenant knows, with their ids and what they mean; there may be others. */
  readonly known?: ReadonlyMap<string, { readonly id: string; readonly doc: string }>;
}

/** One difference as it is shown. A sensitive one carries no values. */
export interface FieldChange {
  /** `description`, `config.github_access_token`, `annotations.platform/cost-center`. */
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
  /** For a field of ids: the `spec` path that takes names instead. */
  readonly namePath?: string;
  /** `from` with names in place of ids; an id without a known name stays. */
  readonly fromName?: unknown;
  /** `to` with names in place of ids; an id without a known name stays. */
  readonly toName?: unknown;
  readonly sensitive?: true;
  /** Set for a sensitive one whose last value c1sync does not know, and so cannot compare. */
  readonly unverified?: true;
}

/** The principal that c1sync acts as. */
export interface Principal {
  readonly userId: string;
  /** Ids of its roles, each perhaps with a suffix. */
  readonly roles: readonly string[];
}

/** The input of comparing a field. All values are normalised. */
export interface DiffInput {
  readonly declared: unknown;
  /** Undefined where there is no live object yet. */
  readonly live: unknown;
  /** All declared values of the definition, by field path. */
  readonly desired: Readonly<Record<string, unknown>>;
  /** The answer of the field's `context` lookup; undefined without one. */
  readonly context: unknown;
  readonly object: LiveObject | undefined;
  readonly record: ObjectRecord | undefined;
  readonly self: Principal | undefined;
  /** True to write secrets again that another writer has changed. */
  readonly reassert: boolean;
  /** Id of the key of `keyedHash`. */
  readonly keyId: string;
  /** True when the tenant's log names only us since a write of the object began whose end is not known. */
  readonly isOnlyOurs: boolean;
  /** Keyed hash of a value that must not be stored or shown. Deterministic for one state folder. */
  readonly keyedHash: (value: unknown) => string;
}

/** The outcome of comparing one field. */
export interface Difference {
  /** Empty: in sync. */
  readonly changes: readonly FieldChange[];
  /** The value to send when the field is written, in the field's normalised form. */
  readonly send: unknown;
  /** Why the field must not be written although it differs. */
  readonly hold?: string | undefined;
  /**
   * Write-only parts that cannot be compared: written once, on adoption, and no change by themselves; shown with others. Those
   * that are not `unverified` have no value here, and differ only if their value does.
   */
  readonly unverified?: readonly FieldChange[] | undefined;
  /** Keyed hash of what is sent, for a field with a write-only part. */
  readonly sentHash?: string | undefined;
}

/** One writable field of a kind. Diff, mask, export, JSON Schema, redaction and docs derive from it. */
export interface Field {
  /** Name in `spec`, in plans and in `c1sync/ignore`. The API's own name wherever it has one. */
  readonly path: string;
  /** Name in the API object and in the update mask. */
  readonly wire: string;
  /** Check of the declared value. */
  readonly schema: z.ZodType;
  /** One line for the reference. */
  readonly doc: string;
  /** Valid values, for help in editors. */
  readonly examples?: readonly unknown[];
  readonly shape: Shape;
  /** The value that the API reports when nothing is set. */
  readonly empty: unknown;
  /** The write that carries it: `update`, `owners`, `schedule`, `pause`. */
  readonly write: string;
  /** True when the create call can carry it too. */
  readonly onCreate: boolean;
  /** True when it cannot change once the object exists. */
  readonly immutable?: true;
  /** True when a write takes time to show (up to the setting `sync.settle`). */
  readonly settles?: true;
  /** True when it decides who has or grants access. */
  readonly decidesAccess?: true;
  /** True when a write of it starts a run of the object, whose outcome is its health. */
  readonly startsRun?: true;
  /** True for a field with a separate read, which only objects that manage it need. */
  readonly subRead?: true;
  readonly sugar?: Sugar;
  /** A lookup whose result the comparison needs, keyed by the value of another field. */
  readonly context?: { readonly lookup: string; readonly keyFrom: string };
  /** Brings a declared value (sugar resolved) into the form in which live values come. Default: identity. */
  readonly normalise?: (value: unknown) => unknown;
  /** The comparison of the field; the default is by shape. */
  readonly diff?: (input: DiffInput) => Difference;
  /**
   * The declared form of a live value for an export of the object `name`; undefined leaves the field out.
   * Default: the value unless empty.
   */
  readonly toSpec?: (value: unknown, context: unknown, name: string) => unknown;
  /**
   * The declared form of one member of a live value, in the manner of its present declaration. For a field whose members
   * are managed one by one; undefined for a member that the tenant does not show.
   */
  readonly memberToSpec?: (name: string, declared: unknown, live: unknown, context: unknown) => unknown;
  /** The errors of a declared value by the answer of the `context` lookup, with the path in `spec`. Never holds a value. */
  readonly checkWith?: (
    declared: unknown,
    context: unknown,
  ) => readonly { readonly path: string; readonly message: string }[];
  /** The limits that the answer of the `context` lookup sets for a declared value, for editors; undefined for none. */
  readonly jsonSchema?: (context: unknown) => JsonSchema | undefined;
}

/** The marks of a managed object, as another client sees them. */
export interface Marks {
  readonly managedBy: string;
  readonly workspace: string;
  /** `App/<name>`. */
  readonly address: string;
}

/** How a kind carries marks: as entries of one of its fields. */
export interface MarksCarrier {
  /** Path of an `entries` field. */
  readonly field: string;
  readonly toEntries: (marks: Marks) => Readonly<Record<string, string>>;
  /** Undefined for an object without marks. */
  readonly fromEntries: (entries: unknown) => Marks | undefined;
  /** Entry keys that belong to the marks and that a definition must not name. */
  readonly keys: readonly string[];
}

/** A condition that holds a deletion until the definition has consented. */
interface DeletionGuard {
  /** The value of `c1sync/prune` that consents. */
  readonly consent: string;
  /** Which objects it consents for: `a directory app`. */
  readonly scope: string;
  readonly guards: (live: LiveObject) => boolean;
  /** Why, and the remedy. */
  readonly reason: string;
}

/** Everything about a kind of object that is not I/O. */
export interface Kind {
  readonly name: string;
  /** The kind it lives under, and the `spec` path that names the parent: a definition's name or `{ id }`. */
  readonly parent?: { readonly kind: string; readonly path: string; readonly example?: string };
  readonly fields: readonly Field[];
  /** Path of the field with the name of an object as people see it. */
  readonly title: string;
  /** Writes after a create or instead of one, in the order they are carried out. */
  readonly writes: readonly string[];
  /** Writes that replace all of their fields: each carries every declared one of them. */
  readonly wholeWrites?: readonly string[];
  /** Field paths that identify an object for a person: a definition without `metadata.id` must give all of them. */
  readonly naturalKey: readonly string[];
  readonly marks?: MarksCarrier;
  /** Path of the field with the ids of the users who own an object, with its creator. */
  readonly owners?: string;
  /** A use of the object that deleting it would reach far beyond it: see {@link DeletionGuard}. */
  readonly deletion?: DeletionGuard;
  /** The health of an object by the tenant, for people, from its facts. */
  readonly health?: (facts: LiveObject['facts']) => readonly string[];
  /** Who uses the object, from its facts, for people: `used by 42 people`. */
  readonly reach?: (facts: LiveObject['facts']) => string | undefined;
  /** `metadata.name` of an example, for help. */
  readonly sample: string;
  /** Checks that need more than one field; each message belongs to a `spec` path. */
  readonly check?: (spec: Readonly<Record<string, unknown>>) => readonly { path: string; message: string }[];
  /** Names users may know for a field and that are not ours, with the name to use: for "did you mean". */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** A live object. Values are keyed by field path and normalised; a path that is missing was not read. */
export interface LiveObject {
  readonly id: string;
  readonly parentId?: string | undefined;
  readonly displayName: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** RFC 3339, as the tenant gave it. */
  readonly updatedAt?: string;
  readonly createdAt?: string;
  /** When the write-only part was last written, by field path, as the tenant gave it. */
  readonly stamps: Readonly<Record<string, string>>;
  /** Further facts of the tenant, for people: health, `isDirectory`. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** Missing for a kind whose objects do not run. */
  readonly run?: Run;
}

/** Names a live object. */
export interface ObjectRef {
  readonly id: string;
  readonly parentId?: string | undefined;
}

/** The reader of a kind. Every method throws when its result would be incomplete. */
export interface KindReader {
  /** All objects, of one parent where the kind has a parent. */
  list(parentId: string | undefined, signal?: AbortSignal): Promise<readonly LiveObject[]>;
  /** Undefined when the tenant reports that it does not exist or is deleted. */
  get(ref: ObjectRef, signal?: AbortSignal): Promise<LiveObject | undefined>;
  /** The same object with the values of `paths` (fields marked `subRead`) read too. */
  enrich(object: LiveObject, paths: readonly string[], signal?: AbortSignal): Promise<LiveObject>;
  /**
   * Objects that may have these natural key values in any spelling, right before a create, from another source than `list`
   * if there is one; others may be among them.
   */
  findByNaturalKey(
    parentId: string | undefined,
    values: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<readonly LiveObject[]>;
}

/** Writing a kind. Values are keyed by field path and normalised, secrets still wrapped. */
export interface KindWriter {
  /** Sends one create call with the `onCreate` fields among `values`. */
  create(
    parentId: string | undefined,
    values: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<LiveObject>;
  /**
   * Carries out one of the kind's `writes` with exactly `values`.
   * Gives the object as the answer shows it, or undefined where the answer shows nothing.
   */
  write(
    name: string,
    object: LiveObject,
    values: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<LiveObject | undefined>;
  /** Deletes the object. One that is gone already is no error. */
  delete(object: ObjectRef, signal?: AbortSignal): Promise<void>;
}

/** Turns names into ids, or keys into what a comparison needs. */
export interface Lookup {
  readonly name: string;
  /** The noun in messages: `policy`, `user`. */
  readonly noun: string;
  /** Everything found for each key. A key with no match may be missing; several matches are all given. */
  find(keys: ReadonlySet<string>, signal?: AbortSignal): Promise<ReadonlyMap<string, readonly unknown[]>>;
  /** The name that a person most likely meant by one without a match, of those that {@link find} has seen. */
  readonly nearest?: (name: string) => string | undefined;
  /** The part that is wrong of a name of several parts without a match, as `app is named 'Okta'` after `no`. */
  readonly wrongPart?: (name: string) => string | undefined;
  /** The name of each id, where that name finds exactly this id. For an export. */
  names(ids: ReadonlySet<string>, signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** The name of each id that has one, for people: several ids may share it. */
  titles(ids: ReadonlySet<string>, signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
}

/** The field of a kind by its path or sugar path. */
export function fieldAt(kind: Kind, path: string): Field | undefined {
  return kind.fields.find((field) => field.path === path || field.sugar?.path === path);
}

/** Fields as definitions name them, for a sentence: `owners, description`. */
export function fieldNames(kind: Kind, paths: readonly string[]): string {
  return paths.map((path) => fieldAt(kind, path)?.sugar?.path ?? path).join(', ');
}

/** The update mask of a set of fields: the API's names, comma-separated, in the table's order. */
export function maskOf(kind: Kind, paths: Iterable<string>): string {
  const wanted = new Set(paths);
  return kind.fields
    .filter((field) => wanted.has(field.path))
    .map((field) => field.wire)
    .join(',');
}

/** True where definitions of a kind may refer to definitions of another: as what they live under, or in a field. */
export function mayReferTo({ parent, fields }: Kind, other: Kind): boolean {
  return parent?.kind === other.name || fields.some(({ sugar }) => sugar?.refersTo?.kind === other.name);
}

/**
 * The same kinds, each after those that it may refer to: the order of creates; that of deletes is the reverse.
 * Throws a TypeError for kinds that refer to each other in a circle.
 */
export function inOrder<T extends { readonly kind: Kind }>(items: readonly T[]): readonly T[] {
  const ordered = new Set<T>();
  const add = (item: T, trail: readonly T[]): void => {
    if (trail.includes(item)) {
      const names = [...trail, item].map(({ kind }) => kind.name);
      throw new TypeError(`kinds refer to each other in a circle: ${names.join(' -> ')}`);
    }
    for (const other of items) if (mayReferTo(item.kind, other.kind)) add(other, [...trail, item]);
    ordered.add(item);
  };
  for (const item of items) add(item, []);
  return [...ordered];
}

/** How a parent is named in a `spec`. */
export type ParentRef = { readonly name: string } | { readonly id: string };

/** The parent that a definition names; undefined for a kind without one. */
export function parentRef(kind: Kind, definition: Definition): ParentRef | undefined {
  if (kind.parent === undefined) return undefined;
  const value = definition.spec[kind.parent.path];
  if (typeof value === 'string') return { name: value };
  return value as { id: string };
}

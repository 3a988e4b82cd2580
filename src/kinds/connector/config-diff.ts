import { fieldChange } from '../../core/model/diff.js';
import type { Difference, DiffInput, FieldChange } from '../../core/model/kind.js';
import { type LastWrite, lastWrite } from '../../core/model/last-write.js';
import { UnsetSecret } from '../../core/model/secret.js';
import { asObject, asText } from '../../text/shape.js';
import { type ConfigSchema, fieldsInUse, isConfigSchema, SELECTED_GROUP } from './config-schema.js';
import { type ConfigValue, declaredConfig, isHidden } from './config-values.js';

const PATH = 'config';

/** The comparison of a name of the configuration. */
type Visibility =
  /** The tenant returns the value: compared and shown. */
  | 'readable'
  /** Compared, but not shown: it may be a secret. */
  | 'veiled'
  /** Compared by hash only. */
  | 'hidden';

/** The inputs of one comparison. */
interface Sides {
  readonly values: Readonly<Record<string, ConfigValue>>;
  readonly unset: readonly string[];
  readonly live: Readonly<Record<string, string>>;
  readonly schema: ConfigSchema | undefined;
  /** False before the first configuration of the connector: a write then loses nothing. */
  readonly configured: boolean;
  /** The last write. After an own write, the configuration holds only our values. */
  readonly last: LastWrite;
}

/**
 * Compares a configuration, which the API replaces whole and returns without its secrets.
 *
 * Readable values are compared one by one; `send` also carries readable values that the definition omits. Secrets are
 * compared by `sentHash`, the keyed hash of the declared values that may be unreadable, with the hash in the record. The
 * hash excludes readable values: a change of one is no reason to write secrets that a person may have rotated. Without a
 * record, or while a source is unset, secrets are `unverified`.
 *
 * A `hold` without `changes` means: nothing differs, but the write for `unverified` is held.
 */
export function configDifference(input: DiffInput): Difference {
  const sides = sidesOf(input);
  const closed = Object.entries(sides.values).filter(([name]) => visibility(name, sides) !== 'readable');
  const secrets = closed.map(([name]) => name).filter((name) => visibility(name, sides) === 'hidden');
  const sentHash = closed.some(([, value]) => value instanceof UnsetSecret)
    ? undefined
    : input.keyedHash(Object.fromEntries(closed.sort(byName)));
  const verdict = secretVerdict(input, sides, secrets.length > 0, sentHash);
  const visible = visibleChanges(sides);
  const changes = [...visible, ...secretChanges(verdict, sides, secrets, visible.length > 0)];
  const unverified = verdict === 'unverified';
  const hold = changes.length > 0 || unverified ? holdOf(sides, verdict, input) : undefined;
  return {
    changes: changes.sort((a, b) => (a.path < b.path ? -1 : 1)),
    send: { ...carriedOver(sides), ...sides.values },
    hold,
    unverified: unverified ? uncompared(secrets, sides) : undefined,
    sentHash,
  };
}

function sidesOf({ declared, live, context, object, ...rest }: DiffInput): Sides {
  const texts = asObject(live) as Readonly<Record<string, string>>;
  return {
    ...declaredConfig(declared),
    live: texts,
    schema: isConfigSchema(context) ? context : undefined,
    last: lastWrite({ ...rest, path: PATH, stamp: object?.stamps[PATH] }),
    configured: object?.stamps[PATH] !== undefined || Object.keys(texts).length > 0,
  };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** A name that the schema lacks counts as a secret until the tenant returns its value. */
function visibility(name: string, { values, live, schema }: Sides): Visibility {
  const field = schema?.fields.get(name);
  if (isHidden(values[name]) || field?.secret === true) return 'hidden';
  if (field !== undefined || name === SELECTED_GROUP) return 'readable';
  return Object.hasOwn(live, name) ? 'veiled' : 'hidden';
}

function visibleChanges(sides: Sides): FieldChange[] {
  const { values, unset, live } = sides;
  return [...Object.keys(values), ...unset].flatMap((name): FieldChange[] => {
    const seen = visibility(name, sides);
    const from = live[name];
    const to = values[name];
    if (seen === 'hidden' || sameText(from, to, sides.schema?.fields.get(name)?.type === 'list')) return [];
    if (seen === 'veiled') return sensitive([name]);
    return [fieldChange(`${PATH}.${name}`, from, to)];
  });
}

/** The web app may add blanks between the items of a list. */
function sameText(from: unknown, to: unknown, list: boolean): boolean {
  return list ? itemsOf(from) === itemsOf(to) : from === to;
}

function itemsOf(value: unknown): string {
  const items = asText(value).split(',');
  return items
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .join(',');
}

/**
 * `same`: the secrets are in sync. `changed`: the definition has other secrets than the last write. `foreign`: another
 * writer changed the configuration since. `maybeOurs`: another writer, or our own unconfirmed write. `unverified`: unknown.
 */
type Verdict = 'same' | 'changed' | 'foreign' | 'maybeOurs' | 'unverified';

function secretVerdict(
  { reassert }: DiffInput,
  { configured, last }: Sides,
  hasSecrets: boolean,
  sentHash: string | undefined,
): Verdict {
  if (!configured) return hasSecrets ? 'changed' : 'same';
  const hashes = hashesOf(last);
  if (sentHash !== undefined && hashes.length > 0 && !hashes.includes(sentHash)) return 'changed';
  if (!hasSecrets) return 'same';
  if (last.type === 'foreign' || last.type === 'maybeOurs') return reassert ? 'changed' : last.type;
  return hashes.length === 0 || sentHash === undefined ? 'unverified' : 'same';
}

/** The hashes that the secrets may have by the last write; none where it is not known. */
function hashesOf(last: LastWrite): readonly string[] {
  if (last.type === 'unknown') return [];
  return 'hashes' in last ? last.hashes : [last.hash].filter((hash) => hash !== undefined);
}

/**
 * The shown change of secrets. Without a declared secret, the definition has dropped one: the change names the dropped
 * secret or, if its name is unknown, the whole configuration.
 */
function secretChanges(
  verdict: Verdict,
  sides: Sides,
  secrets: readonly string[],
  showsOthers: boolean,
): readonly FieldChange[] {
  if (verdict === 'foreign' || verdict === 'maybeOurs') return sensitive(secrets);
  if (verdict !== 'changed') return [];
  const removed = sides.unset.filter((name) => visibility(name, sides) === 'hidden');
  const changes = sensitive([...secrets, ...removed]);
  return changes.length > 0 || showsOthers ? changes : [{ path: PATH, sensitive: true }];
}

/** Secrets that cannot be compared: those `unverified` for want of a known last value, the others of a value here. */
function uncompared(secrets: readonly string[], { last }: Sides): readonly FieldChange[] {
  const isKnown = hashesOf(last).length > 0;
  return sensitive(secrets).map((change) => (isKnown ? change : { ...change, unverified: true }));
}

function sensitive(names: readonly string[]): FieldChange[] {
  return names.map((name) => ({ path: `${PATH}.${name}`, sensitive: true }));
}

/** Readable live values that the definition omits. The mask of a secret is no value. */
function carriedOver({ values, unset, live, schema }: Sides): Record<string, string> {
  return Object.fromEntries(
    Object.entries(live).filter(
      ([name]) =>
        !Object.hasOwn(values, name) && !unset.includes(name) && schema?.fields.get(name)?.secret !== true,
    ),
  );
}

function holdOf(sides: Sides, verdict: Verdict, { object }: DiffInput): string | undefined {
  if (verdict === 'foreign') {
    return (
      `the configuration was last written by someone else (${object?.stamps[PATH]}), perhaps to rotate a secret: ` +
      'put the current secret into its source; the planned write would replace it with the previous one'
    );
  }
  if (verdict === 'maybeOurs') {
    return (
      `the configuration was last written (${object?.stamps[PATH]}) after an unconfirmed write of ours: ` +
      'our own write may have done this, or somebody else, perhaps to rotate a secret; check that its source holds the current secret'
    );
  }
  if (!sides.configured) return undefined;
  if (sides.schema === undefined && sides.last.type !== 'ours' && !isDeclaredWhole(sides)) {
    return (
      'the fields of this connector type are unknown, and writing the configuration would erase values that somebody else ' +
      'may have set and cannot be read: declare every value that it has, with valueFrom for secrets, or as ' +
      '{ unset: true } to remove it'
    );
  }
  const lost = erased(sides);
  if (lost.length === 0) return undefined;
  return (
    `writing the configuration would erase ${lost.join(', ')}, whose current value cannot be read: ` +
    'declare each with valueFrom, or as { unset: true } to remove it'
  );
}

/** True when a definition names every readable value and at least one secret. */
function isDeclaredWhole(sides: Sides): boolean {
  const { values, unset, live } = sides;
  const isDeclared = (name: string): boolean => Object.hasOwn(values, name) || unset.includes(name);
  const namesHidden = [...Object.keys(values), ...unset].some((name) => visibility(name, sides) === 'hidden');
  return namesHidden && Object.keys(live).every(isDeclared);
}

/** Undeclared secret fields in use, which a write would erase. */
function erased({ values, unset, live, schema }: Sides): string[] {
  if (schema === undefined) return [];
  const selected = unset.includes(SELECTED_GROUP)
    ? undefined
    : (values[SELECTED_GROUP] ?? live[SELECTED_GROUP]);
  return fieldsInUse(schema, asText(selected))
    .filter((field) => field.secret && !Object.hasOwn(values, field.name) && !unset.includes(field.name))
    .map((field) => field.name);
}

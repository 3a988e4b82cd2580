import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../src/core/model/change.js';
import type { Definition } from '../../src/core/model/definition.js';
import type { Field, Kind } from '../../src/core/model/kind.js';
import { isObject, type JsonObject } from '../../src/emulator/json.js';
import { kinds } from '../../src/kinds/index.js';
import { inOrder } from '../conformance/life.js';
import { samples } from '../conformance/samples.js';
import { WORKSPACE } from './inputs.js';
import type { Held } from './tenant.js';

/** The changes that the tenant makes itself when an object is written. */
const DERIVED = [
  'updatedAt',
  'status',
  'configUpdatedAt',
  'syncDisabledReason',
  'syncDisabledCategory',
  'canResumeSync',
];

const MARKS = ['managed_by', 'iac_workspace', 'iac_resource_address'];

/** The objects by id. */
export function byId({ apps, connectors }: Held): Map<string, JsonObject> {
  return new Map([...apps, ...connectors].map((object) => [String(object.id), object]));
}

function kindOf({ kind }: Pick<Change, 'kind'>): Kind {
  const found = kinds.find(({ name }) => name === kind);
  if (found === undefined) throw new Error(`there is no kind ${kind}`);
  return found;
}

/** Fields that a definition names and does not want ignored, with the value in its plain form. */
function managed(kind: Kind, { spec, steering }: Definition): (readonly [Field, unknown])[] {
  return kind.fields.flatMap((field): (readonly [Field, unknown])[] => {
    if (steering.ignore.includes(field.path)) return [];
    if (field.path in spec) return [[field, spec[field.path]]];
    const sugar = field.sugar?.path;
    if (sugar === undefined || !(sugar in spec)) return [];
    const { first, second, names } = samples[`${kind.name}.${field.path}`] ?? {};
    return [[field, isDeepStrictEqual(spec[sugar], names?.first) ? first : second]];
  });
}

/** True for an object that is out of sync, computed without the tested code. */
function differs(kind: Kind, field: Field, declared: unknown, object: JsonObject): boolean {
  const seen = samples[`${kind.name}.${field.path}`]?.seen;
  const found = seen === undefined ? object[field.wire] : seen(object);
  if (field.path !== 'annotations' && field.path !== 'config') {
    return !isDeepStrictEqual(inOrder(declared), inOrder(found));
  }
  // Of maps, only what is named counts, and an empty text is as good as none.
  const texts = isObject(found) ? found : {};
  return Object.entries(declared as object).some(([key, value]) => (texts[key] ?? '') !== value);
}

/** True where the object does not carry the marks of this definition. */
function lacksMarks({ annotations }: JsonObject, key: string): boolean {
  const marks = isObject(annotations) ? annotations : {};
  return (
    marks.managed_by !== 'c1sync' || marks.iac_workspace !== WORKSPACE || marks.iac_resource_address !== key
  );
}

/** The mask that changing this object has to carry: the differing fields in the order of the table, and marks where they are due. */
export function expectedMask(change: Change, definition: Definition, object: JsonObject): string {
  const kind = kindOf(change);
  const differing = new Set(
    managed(kind, definition).flatMap(([field, value]) =>
      field.write === 'update' && differs(kind, field, value, object) ? [field.wire] : [],
    ),
  );
  const isNamed = change.fields.some(({ path }) => path === 'metadata.name');
  // A rename that was recorded while the object was held has left the former address in its marks.
  const isRenamed =
    isObject(object.annotations) && object.annotations.managed_by === 'c1sync' && !isForeign(object);
  const isBookkeeping = change.action === 'update' && change.bookkeeping;
  const claims = change.action === 'adopt' || isNamed || isRenamed || isBookkeeping;
  if (kind.marks !== undefined && claims && lacksMarks(object, definition.key)) differing.add('annotations');
  return kind.fields.flatMap(({ wire }) => (differing.has(wire) ? [wire] : [])).join(',');
}

/** The changed fields of an object that no definition manages. */
export function trespasses(
  before: JsonObject,
  after: JsonObject,
  kind: Kind,
  definition: Definition,
): string[] {
  const allowed = new Set(DERIVED);
  for (const [{ wire }] of managed(kind, definition)) allowed.add(wire === 'ownerIds' ? 'ownerIds' : wire);
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => {
    if (key === 'annotations')
      return !isDeepStrictEqual(others(before, definition), others(after, definition));
    return !allowed.has(key) && !isDeepStrictEqual(before[key], after[key]);
  });
}

/** The annotations that are neither marks nor named by the definition. */
function others({ annotations }: JsonObject, { spec, steering }: Definition): JsonObject {
  const named = steering.ignore.includes('annotations') ? {} : (spec.annotations ?? {});
  return Object.fromEntries(
    Object.entries(isObject(annotations) ? annotations : {}).filter(
      ([key]) => !MARKS.includes(key) && !Object.hasOwn(named as object, key),
    ),
  );
}

/** The kind of a definition. */
export function kindNamed(name: string): Kind {
  return kindOf({ kind: name });
}

/** True for an app that carries marks of somebody else. */
export function isForeign({ annotations }: JsonObject): boolean {
  if (!isObject(annotations) || annotations.managed_by === undefined) return false;
  return annotations.managed_by !== 'c1sync' || annotations.iac_workspace !== WORKSPACE;
}

/** True where a definition takes over what terraform marked. */
export function isHandedOver(definitions: readonly Definition[], { annotations }: JsonObject): boolean {
  const isTerraform = isObject(annotations) && annotations.managed_by === 'terraform';
  return isTerraform && definitions.some(({ steering }) => steering.takeFrom === 'terraform');
}

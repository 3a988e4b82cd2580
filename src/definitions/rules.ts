import type { Steering } from '../core/model/definition.js';
import { fieldAt, type Kind } from '../core/model/kind.js';
import { STEERING_NAMES, STEERING_PREFIX } from '../core/model/spec-schema.js';
import type { Issue } from '../text/check.js';
import { excerpt } from '../text/excerpt.js';
import { nearest, suggestion } from '../text/nearest.js';
import { asObject, isObject } from '../text/shape.js';

/** A problem inside one document. The path starts at the document. */
export type Finding = Issue;

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Rules that the schema of a document cannot express: required fields, fields that exclude each other, fields that are
 * not the user's. They read the document as written, so that they can report beside the schema; the kind's own check
 * runs only when the schema passes (`schemaOk`).
 */
export function findingsOf(kind: Kind, document: Mapping, schemaOk: boolean): Finding[] {
  const metadata = asObject(document.metadata);
  const annotations = asObject(metadata.annotations);
  const findings = [...steeringFindings(kind, metadata, annotations)];
  if (!isObject(document.spec)) return findings;
  const spec = document.spec;
  findings.push(
    ...bothForms(kind, spec),
    ...missing(kind, spec, metadata.id !== undefined),
    ...marks(kind, spec),
  );
  if (schemaOk) {
    for (const { path, message } of kind.check?.(spec) ?? []) {
      findings.push({ path: ['spec', ...path.split('.')], onKey: false, message });
    }
  }
  return findings;
}

function bothForms(kind: Kind, spec: Mapping): Finding[] {
  const findings: Finding[] = [];
  for (const { path, sugar } of kind.fields) {
    if (sugar === undefined || !Object.hasOwn(spec, path) || !Object.hasOwn(spec, sugar.path)) continue;
    const message = `Conflicts with "${sugar.path}", which sets the same value: remove one.`;
    findings.push({ path: ['spec', path], onKey: true, message });
  }
  return findings;
}

function missing(kind: Kind, spec: Mapping, pinned: boolean): Finding[] {
  const findings: Finding[] = [];
  const parent = kind.parent;
  if (parent !== undefined && !isGiven(kind, spec, [parent.path])) {
    const message = `Is missing: name the ${parent.kind} it belongs to, or give { id: ... }.`;
    findings.push({ path: ['spec', parent.path], onKey: true, message });
  }
  if (pinned) return findings;
  for (const path of kind.naturalKey) {
    const field = fieldAt(kind, path);
    const names = [path, ...(field?.sugar === undefined ? [] : [field.sugar.path, field.path])];
    if (path === parent?.path || isGiven(kind, spec, names)) continue;
    const shown = field?.sugar?.path ?? path;
    const message =
      'Is missing: a definition needs it to find or create its object, unless metadata.id names one.';
    findings.push({ path: ['spec', shown], onKey: true, message });
  }
  return findings;
}

/** True also for a mistyped name, which is reported on its own. */
function isGiven(kind: Kind, spec: Mapping, names: readonly string[]): boolean {
  if (names.some((name) => Object.hasOwn(spec, name))) return true;
  return Object.keys(spec).some((name) => {
    if (fieldAt(kind, name) !== undefined || name === kind.parent?.path) return false;
    const meant = kind.aliases?.[name];
    return meant === undefined ? nearest(name, names) !== undefined : names.includes(meant);
  });
}

function marks(kind: Kind, spec: Mapping): Finding[] {
  if (kind.marks === undefined) return [];
  const { field, keys } = kind.marks;
  const entries = spec[field];
  if (!isObject(entries)) return [];
  return keys
    .filter((key) => entries[key] !== undefined)
    .map((key) => ({
      path: ['spec', field, key],
      onKey: true,
      message: 'Belongs to c1sync, which writes it: remove it.',
    }));
}

const NO_REPLACE =
  'Is not supported: remove it and give the definition another metadata.name. That creates a new object; the old one is then orphaned, or pruned under the guards that deleting has.';

function steeringFindings(kind: Kind, metadata: Mapping, annotations: Mapping): Finding[] {
  const findings: Finding[] = [];
  const at = (name: string, message: string, onKey: boolean): void => {
    findings.push({ path: ['metadata', 'annotations', name], onKey, message });
  };
  for (const name of Object.keys(annotations)) {
    if (!name.startsWith(STEERING_PREFIX) || STEERING_NAMES.includes(name)) continue;
    if (name === 'c1sync/replace') at(name, NO_REPLACE, true);
    else at(name, `Unknown annotation "${excerpt(name)}".${suggestion(name, STEERING_NAMES)}`, true);
  }
  const ignored = annotations['c1sync/ignore'];
  const fields = kind.fields.map((field) => field.path);
  const unknown =
    typeof ignored === 'string'
      ? listOf(ignored).find((name) => fieldAt(kind, name) === undefined)
      : undefined;
  if (unknown !== undefined) {
    const hint = suggestion(unknown, fields, kind.aliases);
    at('c1sync/ignore', `${kind.name} has no field "${excerpt(unknown)}".${hint}`, false);
  }
  if (metadata.name !== undefined && annotations['c1sync/renamed-from'] === metadata.name) {
    at('c1sync/renamed-from', 'Is the current name: give the previous one.', false);
  }
  return findings;
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The settings of checked annotations. Names in `c1sync/ignore` become those of their fields. */
export function steeringOf(kind: Kind, annotations: Readonly<Record<string, string>>): Steering {
  return {
    prune: annotations['c1sync/prune'],
    ignore: listOf(annotations['c1sync/ignore'] ?? '').map((name) => fieldAt(kind, name)?.path ?? name),
    suspend: annotations['c1sync/suspend'],
    renamedFrom: annotations['c1sync/renamed-from'],
    takeFrom: annotations['c1sync/take-from'],
  };
}

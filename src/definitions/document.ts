import type { z } from 'zod';
import {
  API_VERSION,
  type Definition,
  keyOf,
  type Position,
  type Problem,
} from '../core/model/definition.js';
import { canonicalJson, sha256 } from '../core/model/hash.js';
import type { Kind } from '../core/model/kind.js';
import { documentSchema, LONGEST_NAME, NAME_PATTERN } from '../core/model/spec-schema.js';
import { type AliasesByPath, check, MOST_ISSUES, pathText } from '../text/check.js';
import { excerpt } from '../text/excerpt.js';
import { suggestion } from '../text/nearest.js';
import { asObject, isObject } from '../text/shape.js';
import { type Finding, findingsOf, steeringOf } from './rules.js';

/** A valid document whose `valueFrom` sources have not been read. */
export interface Draft
  extends Pick<
    Definition,
    'key' | 'kind' | 'name' | 'title' | 'id' | 'labels' | 'steering' | 'hash' | 'position'
  > {
  /** The checked spec with every `valueFrom` as written. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Where the parent is named; undefined for a kind without one. */
  readonly parentPosition?: Position | undefined;
  /** The file, as a path from the root. */
  readonly file: string;
}

/** A document that cannot be used. */
export interface BadDocument {
  /** Undefined where kind or name is unknown. */
  readonly key: string | undefined;
  readonly file: string;
  readonly position: Position;
  /** At least one. */
  readonly problems: readonly Problem[];
  /** The number of further problems. */
  readonly unlisted: number;
}

/** A document to check. */
export interface RawDocument {
  readonly value: unknown;
  readonly file: string;
  readonly position: Position;
  readonly locate: (path: readonly PropertyKey[], target: 'name' | 'value') => Position;
}

interface KnownKind {
  readonly kind: Kind;
  readonly schema: z.ZodType<Record<string, unknown>>;
  readonly aliases: AliasesByPath;
}

/** Checks documents one by one, without the others. */
export class DocumentCheck {
  readonly #kinds: ReadonlyMap<string, KnownKind>;

  constructor(kinds: readonly Kind[]) {
    this.#kinds = new Map(
      kinds.map((kind) => [
        kind.name,
        { kind, schema: documentSchema(kind), aliases: { spec: kind.aliases ?? {} } },
      ]),
    );
  }

  /** The draft, or the problems of the document. */
  check(raw: RawDocument): Draft | BadDocument {
    if (!isObject(raw.value)) {
      const message = 'A document must be a mapping with apiVersion, kind, metadata and spec.';
      return bad(raw, undefined, [{ path: [], onKey: false, message }]);
    }
    const kindName = raw.value.kind;
    const known = typeof kindName === 'string' ? this.#kinds.get(kindName) : undefined;
    const head = this.#headFindings(raw.value, known !== undefined);
    if (known === undefined) return bad(raw, undefined, head);
    const key = readableKey(known.kind, raw.value);
    const checked = check(known.schema, raw.value, known.aliases);
    const { issues, unlisted } = checked.ok ? { issues: [], unlisted: 0 } : checked;
    const rules = findingsOf(known.kind, raw.value, checked.ok);
    if (!checked.ok || rules.length > 0)
      return bad(raw, key, distinct([...head, ...issues, ...rules]), unlisted);
    return draftOf(known.kind, checked.value, raw);
  }

  #headFindings(document: Readonly<Record<string, unknown>>, kindKnown: boolean): Finding[] {
    const findings: Finding[] = [];
    const version = document.apiVersion;
    if (version !== API_VERSION) {
      const message =
        typeof version === 'string'
          ? `Unknown apiVersion "${excerpt(version)}": write "${API_VERSION}".`
          : `Is missing: write apiVersion: ${API_VERSION}.`;
      findings.push({ path: ['apiVersion'], onKey: false, message });
    }
    if (!kindKnown) {
      const names = [...this.#kinds.keys()];
      const kind = document.kind;
      const message =
        typeof kind === 'string'
          ? `Unknown kind "${excerpt(kind)}".${suggestion(kind, names)}`
          : `Is missing: write one of ${names.join(', ')}.`;
      findings.push({ path: ['kind'], onKey: false, message });
    }
    return findings;
  }
}

/** True when the document can be used. */
export function isDraft(outcome: Draft | BadDocument): outcome is Draft {
  return 'spec' in outcome;
}

function readableKey(kind: Kind, document: Readonly<Record<string, unknown>>): string | undefined {
  const { name } = asObject(document.metadata);
  return typeof name === 'string' && name.length <= LONGEST_NAME && NAME_PATTERN.test(name)
    ? keyOf(kind.name, name)
    : undefined;
}

/** The first finding of each path; a second one would only repeat it. */
function distinct(findings: readonly Finding[]): Finding[] {
  const paths = new Set<string>();
  return findings.filter((finding) => {
    const path = pathText(finding.path);
    return !paths.has(path) && paths.add(path);
  });
}

function bad(
  raw: RawDocument,
  key: string | undefined,
  findings: readonly Finding[],
  unlisted = 0,
): BadDocument {
  const problems = findings.slice(0, MOST_ISSUES).map((finding): Problem => {
    const path = pathText(finding.path);
    return {
      position: raw.locate(finding.path, finding.onKey ? 'name' : 'value'),
      key,
      path: path || undefined,
      message: sentence(finding.message),
    };
  });
  return {
    key,
    file: raw.file,
    position: raw.position,
    problems,
    unlisted: unlisted + findings.length - problems.length,
  };
}

function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

function draftOf(kind: Kind, document: Readonly<Record<string, unknown>>, raw: RawDocument): Draft {
  const metadata = document.metadata as DocumentMetadata;
  const spec = document.spec as Readonly<Record<string, unknown>>;
  const title = spec[kind.title];
  const steering = steeringOf(kind, metadata.annotations ?? {});
  const { name, id } = metadata;
  return {
    key: keyOf(kind.name, name),
    kind: kind.name,
    name,
    title: typeof title === 'string' ? title : undefined,
    id,
    labels: metadata.labels ?? {},
    steering,
    spec,
    hash: sha256(canonicalJson({ kind: kind.name, name, id, steering, spec })),
    position: raw.position,
    parentPosition: kind.parent && raw.locate(['spec', kind.parent.path], 'value'),
    file: raw.file,
  };
}

interface DocumentMetadata {
  readonly name: string;
  readonly id?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, Write } from '../../../src/core/model/change.js';
import type { Definition } from '../../../src/core/model/definition.js';
import { canonicalJson, sha256 } from '../../../src/core/model/hash.js';
import { type Field, type Kind, type LiveObject, maskOf } from '../../../src/core/model/kind.js';
import type { ObjectRecord } from '../../../src/core/model/record.js';
import { resolveDefinition } from '../../../src/core/observe/resolve.js';
import type { PlanInput } from '../../../src/core/plan/input.js';
import { kinds } from '../../../src/kinds/index.js';
import { samples } from '../../conformance/samples.js';
import { decidedPlan } from '../../support/plan.js';
import { coreSettings } from '../../support/settings.js';

/** A field's declared values to choose from; comparing a configuration takes a tenant and is tested with one. */
function valuesOf(kind: Kind, field: Field): fc.Arbitrary<unknown> {
  const sample = samples[`${kind.name}.${field.path}`];
  const choices = [sample?.first, sample?.second, ...(sample && 'empty' in sample ? [sample.empty] : [])];
  const chosen = fc.constantFrom(...choices);
  return typeof field.empty === 'string' && field.path === 'description'
    ? fc.oneof(chosen, fc.string())
    : chosen;
}

const comparable = (kind: Kind): Field[] =>
  kind.fields.filter((field) => field.context === undefined && field.immutable !== true);

interface Case {
  readonly kind: Kind;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly live: Readonly<Record<string, unknown>>;
  readonly marked: boolean;
}

/** A definition that declares some fields, and a live object that has all of them, some the same. */
const cases: fc.Arbitrary<Case> = fc.constantFrom(...kinds).chain((kind) => {
  const fields = comparable(kind);
  return fc
    .tuple(
      fc.tuple(...fields.map((field) => fc.option(valuesOf(kind, field), { nil: undefined }))),
      fc.tuple(...fields.map((field) => valuesOf(kind, field))),
      fc.boolean(),
    )
    .map(([declared, found, marked]) => ({
      kind,
      marked,
      spec: Object.fromEntries(
        fields.flatMap(({ path }, index) => (declared[index] === undefined ? [] : [[path, declared[index]]])),
      ),
      live: Object.fromEntries(fields.map((field, index) => [field.path, normalised(field, found[index])])),
    }));
});

function normalised(field: Field, value: unknown): unknown {
  return field.normalise === undefined ? value : field.normalise(value);
}

const marks = { managed_by: 'c1sync', iac_workspace: 'test' };

function inputOf({ kind, spec, live, marked }: Case): PlanInput {
  const key = `${kind.name}/it`;
  const definition: Definition = {
    key,
    kind: kind.name,
    name: 'it',
    labels: {},
    steering: { ignore: [] },
    spec: kind.parent === undefined ? spec : { ...spec, [kind.parent.path]: { id: 'parent' } },
    position: { file: 'it.yaml', line: 1, column: 1 },
    source: { root: '/definitions', path: 'it.yaml' },
    hash: 'hash',
  };
  const entries = kind.marks === undefined ? undefined : live[kind.marks.field];
  const values =
    kind.marks === undefined || !marked
      ? live
      : { ...live, [kind.marks.field]: { ...(entries as object), ...marks, iac_resource_address: key } };
  const object: LiveObject = {
    id: 'it',
    displayName: 'It',
    ...(kind.parent === undefined ? {} : { parentId: 'parent' }),
    values: { catalogId: 'type', ...values },
    stamps: {},
    facts: {},
  };
  const record: ObjectRecord = {
    key,
    id: 'it',
    displayName: 'It',
    origin: 'created',
    marked: marked && kind.marks !== undefined,
    sent: {},
    secrets: {},
    corrections: {},
  };
  const none = (): undefined => undefined;
  const resolved = resolveDefinition(kind, definition, new Map(), none, none);
  const parent: LiveObject = { id: 'parent', displayName: 'P', values: {}, stamps: {}, facts: {} };
  return {
    load: {
      definitions: [definition],
      problems: [],
      invalid: new Map(),
      revision: 'r',
      complete: true,
      lost: new Map(),
      seen: {
        root: '/definitions',
        shownRoot: '',
        folders: new Map([['', false]]),
        files: new Map(),
        unread: new Map(),
      },
      hasNameless: false,
      secretFiles: [],
    },
    kinds,
    desired: new Map([[key, resolved]]),
    matches: new Map([[key, { type: 'found', live: object, by: 'record' }]]),
    statedParents: new Map([['parent', parent]]),
    readErrors: new Map(),
    lookups: new Map(),
    records: { objects: new Map([[key, record]]), intents: new Map(), notes: new Map() },
    recovery: undefined,
    self: undefined,
    keyId: 'one',
    onlyOurs: new Set(),
    keyedHash: (value) => sha256(canonicalJson(value)),
    settings: { ...coreSettings, settleMs: 0, requestsPerSecond: 10 },
    actorOf: () => undefined,
    orphans: new Map(),
    scope: 'all',
    now: 0,
  };
}

/** The tenant after a plan: entries are merged key by key, other values are replaced. */
function after({ kind, live }: Case, plan: Plan): Record<string, unknown> {
  const result: Record<string, unknown> = { ...live };
  for (const { path, value } of sent(plan)) {
    const field = kind.fields.find((candidate) => candidate.path === path);
    const merged = { ...(result[path] as object), ...(value as object) };
    result[path] =
      field?.shape === 'entries'
        ? Object.fromEntries(Object.entries(merged).filter(([, text]) => text !== ''))
        : value;
  }
  return result;
}

const writesOf = (plan: Plan): Write[] =>
  [...plan.changes, ...plan.bookkeeping].flatMap(({ writes }) => writes);
const sent = (plan: Plan) =>
  writesOf(plan).flatMap(({ values }) => Object.entries(values).map(([path, value]) => ({ path, value })));

const check = (property: (subject: Case) => void): void =>
  fc.assert(fc.property(cases, property), { numRuns: 150 });

describe('a plan for any definitions and any tenant', () => {
  it('sends no field that the definition leaves out', () => {
    check((subject) => {
      const marksField = subject.kind.marks?.field;
      const strange = sent(decidedPlan(inputOf(subject))).filter(({ path }) => !(path in subject.spec));
      expect(strange.filter(({ path }) => path !== marksField)).toEqual([]);
      for (const { value } of strange) {
        expect(Object.keys(value as object).sort()).toEqual([
          'iac_resource_address',
          'iac_workspace',
          'managed_by',
        ]);
      }
    });
  });

  it('sends exactly the fields that it shows and those replaced with them, each by its own write, under exactly that mask', () => {
    check((subject) => {
      const plan = decidedPlan(inputOf(subject));
      for (const change of [...plan.changes, ...plan.bookkeeping]) {
        const shown = new Set(change.fields.map(({ path }) => path.split('.')[0]));
        const paths = change.writes.flatMap(({ values }) => Object.keys(values));
        const whole = change.writes
          .map(({ name }) => name)
          .filter((name) => subject.kind.wholeWrites?.includes(name));
        const replaced = subject.kind.fields.filter(
          ({ path, write }) => whole.includes(write) && path in subject.spec,
        );
        expect(new Set(paths)).toEqual(new Set([...shown, ...replaced.map(({ path }) => path)]));
        expect(paths).toHaveLength(new Set(paths).size);
        for (const { name, values, mask } of change.writes) {
          const fields = subject.kind.fields.filter(({ path }) => path in values);
          expect(fields.map(({ write }) => write)).toEqual(fields.map(() => name));
          expect(mask).toBe(name === 'update' ? maskOf(subject.kind, Object.keys(values)) : '');
        }
        expect(change.updateMask).toBe(change.writes.find(({ name }) => name === 'update')?.mask ?? '');
      }
    });
  });

  it('shows nothing that is the same on both sides, and everything that is not', () => {
    check((subject) => {
      const plan = decidedPlan(inputOf(subject));
      const shown = new Set(
        plan.changes.flatMap(({ fields }) => fields.map(({ path }) => path.split('.')[0])),
      );
      for (const field of comparable(subject.kind)) {
        if (!(field.path in subject.spec) || field.shape === 'entries') continue;
        const declared = canonicalJson(normalised(field, subject.spec[field.path]));
        expect([field.path, shown.has(field.path)]).toEqual([
          field.path,
          declared !== canonicalJson(subject.live[field.path]),
        ]);
      }
    });
  });

  it('is empty once it has been carried out', () => {
    check((subject) => {
      const live = after(subject, decidedPlan(inputOf(subject)));
      const again = decidedPlan(inputOf({ ...subject, live, marked: true }));
      expect([again.changes, again.bookkeeping]).toEqual([[], []]);
      expect(again.summary).toMatchObject({ unchanged: 1, update: 0, adopt: 0, held: 0, failed: 0 });
      expect(again.cost.requests).toBe(0);
    });
  });

  it('is the same for the same input, in any order of its parts', () => {
    check((subject) => {
      const input = inputOf(subject);
      const { live, spec } = subject;
      const turned = (values: Readonly<Record<string, unknown>>) =>
        Object.fromEntries(Object.entries(values).reverse());
      const other = decidedPlan(inputOf({ ...subject, live: turned(live), spec: turned(spec) }));
      const plan = decidedPlan(input);
      expect(plan).toEqual(decidedPlan(input));
      expect(other.planHash).toBe(plan.planHash);
      expect(other.changes.map(({ hash }) => hash)).toEqual(plan.changes.map(({ hash }) => hash));
    });
  });

  it('costs as many calls as it has writes', () => {
    check((subject) => {
      const plan = decidedPlan(inputOf(subject));
      expect(plan.cost.requests).toBe(writesOf(plan).length);
      expect(plan.cost.seconds).toBeCloseTo(plan.cost.requests / 10);
    });
  });
});

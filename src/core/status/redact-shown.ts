import type { Result } from '../apply/result.js';
import type { Change, Held, Plan, Standing } from '../model/change.js';
import type { Load } from '../model/definition.js';
import type { FieldChange, KindReader, KindWriter, LiveObject } from '../model/kind.js';
import { Allowance } from '../redact/allowance.js';
import type { Redactor } from '../redact/redactor.js';

/** Characters shown of one fact. */
const LONGEST_FACT = 2_000;

/** Characters of the values of a plan that a daemon keeps and shows. */
const MOST_SHOWN = 1_000_000;
/** Fields of one change that a daemon shows. */
const MOST_FIELDS = 200;

/** Members of a difference that hold values. */
const VALUES = ['from', 'to', 'fromName', 'toName'] as const;

/** A plan without secrets, to show. Never carry it out: its values are redacted. */
export function redactedPlan(plan: Plan, redactor: Redactor, allowance = unlimited()): Plan {
  return {
    ...plan,
    changes: plan.changes.map((change) => redactedChange(change, redactor, allowance)),
    bookkeeping: plan.bookkeeping.map((change) => redactedChange(change, redactor, allowance)),
    standings: plan.standings.map((standing) => redactedStanding(standing, redactor)),
  };
}

/** A {@link redactedPlan} with bounded values and fields, for a daemon. */
export function boundedPlan(plan: Plan, redactor: Redactor): Plan {
  const few = {
    ...plan,
    changes: plan.changes.map(withFewFields),
    bookkeeping: plan.bookkeeping.map(withFewFields),
  };
  return redactedPlan(few, redactor, new Allowance(MOST_SHOWN));
}

/** A result without secrets, to show. */
export function redactedResult(result: Result, redactor: Redactor, allowance = unlimited()): Result {
  return {
    ...result,
    reason: redactor.text(result.reason),
    change: redactedChange(result.change, redactor, allowance),
  };
}

/** A {@link redactedResult} with bounded values and fields, for a daemon. */
export function boundedResult(result: Result, redactor: Redactor): Result {
  const few = { ...result, change: withFewFields(result.change) };
  return redactedResult(few, redactor, new Allowance(MOST_SHOWN));
}

function unlimited(): Allowance {
  return new Allowance(Number.POSITIVE_INFINITY);
}

function withFewFields<C extends Change>(change: C): C {
  const left = change.fields.length - MOST_FIELDS;
  if (left <= 0) return change;
  return {
    ...change,
    fields: [...change.fields.slice(0, MOST_FIELDS), { path: `${left} more fields`, to: '…' }],
  };
}

function redactedChange<C extends Change>(change: C, redactor: Redactor, allowance: Allowance): C {
  const { fields, held } = change;
  return {
    ...change,
    fields: fields.map((field) => redactedField(field, redactor, allowance)),
    held: held && redactedHold(held, redactor),
  };
}

function redactedField(field: FieldChange, redactor: Redactor, allowance: Allowance): FieldChange {
  const { path, sensitive, unverified } = field;
  if (sensitive === true) return { path, sensitive, ...(unverified === true ? { unverified } : {}) };
  return {
    path,
    ...(field.namePath === undefined ? {} : { namePath: field.namePath }),
    ...Object.fromEntries(
      VALUES.flatMap((name) => (name in field ? [[name, redactor.value(field[name], allowance)]] : [])),
    ),
  };
}

function redactedHold(held: Held, redactor: Redactor): Held {
  return { ...held, reason: redactor.text(held.reason) };
}

function redactedStanding(standing: Standing, redactor: Redactor): Standing {
  return {
    ...standing,
    reason: redactor.text(standing.reason),
    facts: redactedFacts(standing.facts, redactor),
  };
}

function redactedFacts(facts: LiveObject['facts'], redactor: Redactor): LiveObject['facts'] {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [
      name,
      typeof fact === 'string' ? redactor.text(fact, LONGEST_FACT) : fact,
    ]),
  );
}

/** A load with messages without secrets; its definitions stay unchanged. */
export function redactedLoad(load: Load, redactor: Redactor): Load {
  const { revisionAuthor } = load;
  return {
    ...load,
    revisionAuthor: revisionAuthor && redactor.text(revisionAuthor),
    problems: load.problems.map((problem) => ({ ...problem, message: redactor.text(problem.message) })),
    invalid: new Map([...load.invalid].map(([key, reason]) => [key, redactor.text(reason)])),
  };
}

/** A reader that returns facts without secrets. Values stay unchanged: they are compared and exported. */
export function redactingReader(reader: KindReader, redactor: Redactor): KindReader {
  const clean = cleaner(redactor);
  return {
    list: async (...args) => (await reader.list(...args)).map(clean),
    get: async (...args) => {
      const live = await reader.get(...args);
      return live && clean(live);
    },
    enrich: async (...args) => clean(await reader.enrich(...args)),
    findByNaturalKey: async (...args) => (await reader.findByNaturalKey(...args)).map(clean),
  };
}

/** A writer that returns facts without secrets, as {@link redactingReader} does. */
export function redactingWriter(writer: KindWriter, redactor: Redactor): KindWriter {
  const clean = cleaner(redactor);
  return {
    create: async (...args) => clean(await writer.create(...args)),
    write: async (...args) => {
      const live = await writer.write(...args);
      return live && clean(live);
    },
    delete: (...args) => writer.delete(...args),
  };
}

function cleaner(redactor: Redactor): (live: LiveObject) => LiveObject {
  return (live) => ({ ...live, facts: redactedFacts(live.facts, redactor) });
}

import type { Change, Plan } from '../model/change.js';
import type { Field, FieldChange, Kind } from '../model/kind.js';
import { type LookupTable, type Titles, type Wanted, want } from '../observe/lookups.js';
import { namesIn } from '../observe/references.js';

/** The names that definitions gave for the ids of a plan: those that are texts. */
export function declaredTitles(table: LookupTable, kinds: readonly Kind[]): Titles {
  const sugars = kinds.flatMap(({ fields }) => fields.flatMap(({ sugar }) => sugar ?? []));
  const formed = new Set(sugars.filter(({ form }) => form !== undefined).map(({ lookup }) => lookup));
  const texts = [...table].filter(([lookup]) => !formed.has(lookup));
  return new Map(
    texts.map(([lookup, { values }]) => [
      lookup,
      new Map(
        [...values].flatMap(([name, [id, ...others]]): [string, string][] =>
          typeof id === 'string' && others.length === 0 ? [[id, name]] : [],
        ),
      ),
    ]),
  );
}

/** The ids in the changes of a plan that have no title yet, by lookup. */
export function untitledIds(plan: Plan, kinds: readonly Kind[], known: Titles): Wanted {
  const wanted: Wanted = new Map();
  for (const change of plan.changes) {
    for (const { path, from, to } of change.fields) {
      const sugar = fieldOf(kinds, change, path)?.sugar;
      if (sugar === undefined) continue;
      const titles = known.get(sugar.lookup);
      for (const id of [from, to].flatMap(namesIn)) {
        if (titles?.has(id) !== true && change.awaits?.includes(id) !== true) want(wanted, sugar.lookup, id);
      }
    }
  }
  return wanted;
}

/** The same plan with names beside the ids of its changes. No hash covers a name. */
export function withNames(plan: Plan, kinds: readonly Kind[], ...titles: readonly Titles[]): Plan {
  const named = <C extends Change>(change: C): C => ({
    ...change,
    fields: change.fields.map((field) => namedField(field, fieldOf(kinds, change, field.path), titles)),
  });
  return { ...plan, changes: plan.changes.map(named) };
}

function fieldOf(kinds: readonly Kind[], { kind }: Change, path: string): Field | undefined {
  return kinds.find(({ name }) => name === kind)?.fields.find((field) => field.path === path);
}

function namedField(change: FieldChange, field: Field | undefined, titles: readonly Titles[]): FieldChange {
  const sugar = field?.sugar;
  if (sugar === undefined || change.sensitive === true) return change;
  const titleOf = (id: unknown): unknown =>
    titles.map((table) => table.get(sugar.lookup)?.get(String(id))).find((title) => title !== undefined) ??
    id;
  const nameOf = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(titleOf).sort() : titleOf(value);
  return {
    ...change,
    namePath: sugar.path,
    ...('from' in change ? { fromName: nameOf(change.from) } : {}),
    ...('to' in change ? { toName: nameOf(change.to) } : {}),
  };
}

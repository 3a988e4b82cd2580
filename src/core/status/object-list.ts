import type { Clock } from '../model/clock.js';
import type { Definition, Load } from '../model/definition.js';
import { phaseOf } from '../model/phase.js';
import type { RecordStore } from '../model/record.js';
import type { Redactor } from '../redact/redactor.js';
import { standingToJson } from './shown.js';
import type { StatusEntry, StatusStore } from './status-store.js';
import { MOST_ROWS, type ObjectPage, type ObjectQuery, type ObjectRow } from './views.js';

/** The sources of a list of objects. */
export interface ObjectListParts {
  readonly statusStore: Pick<StatusStore, 'entries'>;
  readonly store: Pick<RecordStore, 'object'>;
  /** `loaded`: the definitions in force; undefined before the first load. */
  readonly reconciler: { readonly loaded: Load | undefined };
  /** The steady clock of all parts. */
  readonly clock: Clock;
  /** The time of day, which people see. */
  readonly wall: Clock;
  readonly redactor: Redactor;
}

const ROWS = 50;
/** Characters of a display name that is shown. */
const LONGEST_NAME = 1000;

/** The objects as rows, for people and programs: pages, and what a search finds. */
export class ObjectList {
  readonly #parts: ObjectListParts;
  #index: { readonly load: Load; readonly definitions: ReadonlyMap<string, Definition> } | undefined;

  constructor(parts: ObjectListParts) {
    this.#parts = parts;
  }

  /** One page of the objects that match a query. */
  page(query: ObjectQuery = {}): ObjectPage {
    const found = this.#parts.statusStore.entries().filter(this.#matcher(query));
    const size = Math.min(MOST_ROWS, Math.max(1, query.size ?? ROWS));
    const page = Math.max(1, query.page ?? 1);
    const rows = found.slice((page - 1) * size, page * size);
    return { objects: rows.map((entry) => this.row(entry)), total: found.length, page, size };
  }

  #matcher({ keys, kind, statuses, labels = [], text = '' }: ObjectQuery): (entry: StatusEntry) => boolean {
    const wanted = keys === undefined ? undefined : new Set(keys);
    const part = text.trim().toLowerCase();
    return (entry) =>
      (wanted === undefined || wanted.has(entry.key)) &&
      (kind === undefined || entry.kind === kind) &&
      (statuses === undefined || statuses.includes(entry.status)) &&
      (labels.length === 0 || hasLabels(this.#definition(entry.key), labels)) &&
      (part === '' || this.#textOf(entry).includes(part));
  }

  #textOf({ key, id = '' }: StatusEntry): string {
    return `${key}\n${this.#displayName(key) ?? ''}\n${id}`.toLowerCase();
  }

  /** One object as a row. */
  row(entry: StatusEntry): ObjectRow {
    const { key, since, change } = entry;
    const record = this.#parts.store.object(key);
    return {
      key,
      ...standingToJson(entry),
      phase: phaseOf(entry.status),
      displayName: this.#displayName(key) ?? null,
      labels: this.#definition(key)?.labels ?? {},
      since: shownTime(since, this.#parts),
      lastAttempt: shownOrNull(entry.lastAttempt ?? record?.lastAttempt, this.#parts),
      lastSuccess: shownOrNull(entry.lastSuccess ?? record?.lastSuccess, this.#parts),
      action: change?.action ?? null,
      held: change !== undefined && change.held !== null,
    };
  }

  /** The name in the tenant; before the object exists, that of its definition. Undefined where it is too long for a list. */
  #displayName(key: string): string | undefined {
    const { store, redactor } = this.#parts;
    const name = store.object(key)?.displayName ?? this.#definition(key)?.title;
    return name === undefined || name.length > LONGEST_NAME ? undefined : redactor.text(name);
  }

  #definition(key: string): Definition | undefined {
    const { loaded } = this.#parts.reconciler;
    if (loaded === undefined) return undefined;
    if (this.#index?.load !== loaded) {
      const definitions = new Map(loaded.definitions.map((definition) => [definition.key, definition]));
      this.#index = { load: loaded, definitions };
    }
    return this.#index.definitions.get(key);
  }
}

/** A steady time as a time of day, for people. */
export function shownTime(at: number, { clock, wall }: Pick<ObjectListParts, 'clock' | 'wall'>): string {
  return new Date(at + wall.now() - clock.now()).toISOString();
}

/** A steady time as {@link shownTime}; null without one. */
export function shownOrNull(
  at: number | undefined,
  clocks: Pick<ObjectListParts, 'clock' | 'wall'>,
): string | null {
  return at === undefined ? null : shownTime(at, clocks);
}

function hasLabels(definition: Definition | undefined, labels: ObjectQuery['labels'] = []): boolean {
  const present = definition?.labels ?? {};
  return labels.every(([name, value]) => Object.hasOwn(present, name) && present[name] === value);
}

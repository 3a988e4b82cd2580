import type { Intent, ObjectRecord, RecordPatch, Records } from './record.js';

/** Records with uncommitted changes on top: they show here at once, and go to the store as one patch. */
export class RecordDraft {
  readonly #base: Records;
  readonly #objects = new Map<string, ObjectRecord | null>();
  readonly #intents = new Map<string, Intent | null>();

  constructor(base: Records) {
    this.#base = base;
  }

  /** The changes. */
  get patch(): RecordPatch {
    return { objects: this.#objects, intents: this.#intents, notes: new Map() };
  }

  /** The record of a key. */
  object(key: string): ObjectRecord | undefined {
    const changed = this.#objects.get(key);
    return changed === undefined ? this.#base.objects.get(key) : (changed ?? undefined);
  }

  /** The create of a key that was begun. */
  intent(key: string): Intent | undefined {
    const changed = this.#intents.get(key);
    return changed === undefined ? this.#base.intents.get(key) : (changed ?? undefined);
  }

  /** Every record. */
  objects(): readonly ObjectRecord[] {
    return overlaid(this.#base.objects, this.#objects);
  }

  /** Every create that was begun. */
  intents(): readonly Intent[] {
    return overlaid(this.#base.intents, this.#intents);
  }

  putObject(record: ObjectRecord): void {
    this.#objects.set(record.key, record);
  }

  removeObject(key: string): void {
    this.#objects.set(key, null);
  }

  putIntent(intent: Intent): void {
    this.#intents.set(intent.key, intent);
  }

  removeIntent(key: string): void {
    this.#intents.set(key, null);
  }

  /** Moves a record (and intent) to another key, for a definition that was renamed. */
  move(from: string, to: string): void {
    const [object, intent] = [this.object(from), this.intent(from)];
    if (object !== undefined) {
      // The absence of the former key does not count for this one.
      const { absentSince: _, ...present } = object;
      this.removeObject(from);
      this.putObject({ ...present, ...rekeyed(object, to) });
    }
    if (intent !== undefined) {
      this.removeIntent(from);
      this.putIntent({ ...intent, ...rekeyed(intent, to) });
    }
  }
}

/** The values of a map with changes on top, null for a removal. */
function overlaid<T extends object>(
  base: ReadonlyMap<string, T>,
  changes: ReadonlyMap<string, T | null>,
): readonly T[] {
  if (changes.size === 0) return [...base.values()];
  const all = new Map<string, T | null>(base);
  for (const [key, value] of changes) all.set(key, value);
  return [...all.values()].filter((value) => value !== null);
}

function rekeyed(
  { key, movedFrom }: { readonly key: string; readonly movedFrom?: string },
  to: string,
): { readonly key: string; readonly movedFrom: string } {
  return { key: to, movedFrom: movedFrom ?? key };
}

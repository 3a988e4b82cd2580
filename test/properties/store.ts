import { canonicalJson, sha256 } from '../../src/core/model/hash.js';
import type { Intent, ObjectRecord, RecordPatch, RecordStore, Records } from '../../src/core/model/record.js';
import { Secret } from '../../src/core/model/secret.js';

/** Records that are kept nowhere. */
export class MemoryStore implements RecordStore {
  readonly keyId = 'one';
  readonly #objects = new Map<string, ObjectRecord>();
  readonly #intents = new Map<string, Intent>();
  readonly #notes = new Map<string, unknown>();

  records(): Records {
    return { objects: new Map(this.#objects), intents: new Map(this.#intents), notes: new Map(this.#notes) };
  }

  object(key: string): ObjectRecord | undefined {
    return this.#objects.get(key);
  }

  intent(key: string): Intent | undefined {
    return this.#intents.get(key);
  }

  intents(): Iterable<Intent> {
    return this.#intents.values();
  }

  async putNote(key: string, value: unknown): Promise<void> {
    if (value === undefined) this.#notes.delete(key);
    else this.#notes.set(key, value);
  }

  async commit({ objects, intents, notes }: RecordPatch): Promise<void> {
    for (const [key, record] of objects) setOrDelete(this.#objects, key, record);
    for (const [key, intent] of intents) setOrDelete(this.#intents, key, intent);
    for (const [key, note] of notes) setOrDelete<unknown>(this.#notes, key, note);
  }

  async putObject(record: ObjectRecord): Promise<void> {
    this.#objects.set(record.key, record);
  }

  async removeObject(key: string): Promise<void> {
    this.#objects.delete(key);
  }

  async putIntent(intent: Intent): Promise<void> {
    this.#intents.set(intent.key, intent);
  }

  async removeIntent(key: string): Promise<void> {
    this.#intents.delete(key);
  }

  async move(from: string, to: string): Promise<void> {
    for (const map of [this.#objects, this.#intents]) moveKey<ObjectRecord | Intent>(map, from, to);
  }

  keyedHash(value: unknown): string {
    return sha256(canonicalJson(value, (secret) => (secret instanceof Secret ? secret.reveal() : null)));
  }
}

function setOrDelete<T>(map: Map<string, T>, key: string, value: T | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}

function moveKey<T extends { readonly key: string }>(map: Map<string, T>, from: string, to: string): void {
  const value = map.get(from);
  if (value === undefined) return;
  map.delete(from);
  map.set(to, { ...value, key: to });
}

import { createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { TerminalError } from '../model/errors.js';
import { canonicalJson } from '../model/hash.js';
import { PersistentMap } from '../model/persistent-map.js';
import type { Intent, ObjectRecord, RecordPatch, RecordStore, Records } from '../model/record.js';
import { RecordDraft } from '../model/record-draft.js';
import { Secret } from '../model/secret.js';
import type { Lease, Lock } from './lock.js';
import type { OpenedRecords, RecordsFile } from './record-file.js';
import { emptyPatch, nameKey, type RecordsContent } from './record-format.js';

/** Records in a folder. A change shows in `records()` at once and is on disk when its promise resolves. */
export interface FileRecordStore extends RecordStore, Lease {
  readonly directory: string;
  /** False when there was no records file: a first start, or a lost state. */
  readonly existed: boolean;
  /** False when no hash key could be had, so that `keyedHash` gives the same text for everything. */
  readonly hasKey: boolean;
  /** Calls the listener once when the folder or its lock is lost. From then on every change is refused. */
  onLost(listener: (reason: string) => void): void;
  /** Waits for running writes and releases the lock. Later changes are refused. */
  close(): Promise<void>;
}

/** The result of `keyedHash` without a key. Equal to no real hash. */
export const UNKEYED = 'unkeyed';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Changes that are written together. */
interface Batch {
  readonly patch: {
    readonly objects: Map<string, ObjectRecord | null>;
    readonly intents: Map<string, Intent | null>;
    readonly notes: Map<string, unknown>;
  };
  readonly waiting: Waiting[];
}

/** The opened records of a folder, with what they are kept with. */
export interface StoreParts extends OpenedRecords {
  readonly directory: string;
  readonly key: Buffer | undefined;
  /** Undefined for a store that only reads. */
  readonly lock: Lock | undefined;
}

/** {@link FileRecordStore} on the files of a folder. */
export class FileStore implements FileRecordStore {
  readonly directory: string;
  readonly existed: boolean;
  readonly keyId: string;
  readonly #key: Buffer | undefined;
  readonly #content: RecordsContent;
  readonly #file: RecordsFile;
  readonly #isOld: boolean;
  readonly #lock: Lock | undefined;
  #snapshot: Records | undefined;
  /** The objects as {@link records} shows them. */
  #objects: PersistentMap<ObjectRecord> | undefined;
  /** Why nothing may be written any more. */
  #lost: string | undefined;
  #closing: Promise<void> | undefined;
  /** The changes of the next write. */
  #batch: Batch = emptyBatch();
  #writing: Promise<void> | undefined;
  /** Keys of objects whose present record may not be on disk: those of the write under way, and after a failure all. */
  #unwritten: ReadonlySet<string> | 'all' = new Set();

  constructor(parts: StoreParts) {
    this.directory = parts.directory;
    this.existed = parts.existed;
    this.#key = parts.key;
    this.#content = parts.content;
    this.#file = parts.file;
    this.#isOld = parts.isOld;
    this.#lock = parts.lock;
    this.keyId = parts.key === undefined ? UNKEYED : idOf(parts.key);
    nameKey(this.#content, this.keyId);
    parts.lock?.onLost((reason) => {
      this.#lost = reason;
    });
  }

  /** Brings a file of an earlier format, or with times of another clock, to the present one. It is good without that too. */
  async upgrade(): Promise<void> {
    if (this.#isOld) await this.#file.tidy(this.#content);
  }

  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  records(): Records {
    this.#objects ??= PersistentMap.of(this.#content.objects);
    this.#snapshot ??= {
      objects: this.#objects,
      intents: new Map(this.#content.intents),
      notes: new Map(this.#content.notes),
    };
    return this.#snapshot;
  }

  object(key: string): ObjectRecord | undefined {
    return this.#content.objects.get(key);
  }

  intent(key: string): Intent | undefined {
    return this.#content.intents.get(key);
  }

  intents(): Iterable<Intent> {
    return this.#content.intents.values();
  }

  commit(patch: RecordPatch): Promise<void> {
    return this.#change(patch);
  }

  putObject(record: ObjectRecord): Promise<void> {
    return this.#change({ ...emptyPatch(), objects: new Map([[record.key, record]]) });
  }

  removeObject(key: string): Promise<void> {
    return this.#change({ ...emptyPatch(), objects: new Map([[key, null]]) });
  }

  putIntent(intent: Intent): Promise<void> {
    return this.#change({ ...emptyPatch(), intents: new Map([[intent.key, intent]]) });
  }

  removeIntent(key: string): Promise<void> {
    return this.#change({ ...emptyPatch(), intents: new Map([[key, null]]) });
  }

  putNote(key: string, value: unknown): Promise<void> {
    return this.#change({ ...emptyPatch(), notes: new Map([[key, value ?? null]]) });
  }

  move(from: string, to: string): Promise<void> {
    const draft = new RecordDraft(this.#content);
    draft.move(from, to);
    return this.#change(draft.patch);
  }

  keyedHash(value: unknown): string {
    if (this.#key === undefined) return UNKEYED;
    const text = canonicalJson(value, (secret) =>
      secret instanceof Secret ? secret.reveal() : { 'c1sync/unset': secret.origin },
    );
    return createHmac('sha256', this.#key).update(text, 'utf8').digest('hex');
  }

  onLost(listener: (reason: string) => void): void {
    this.#lock?.onLost(listener);
  }

  stillHeld(): boolean {
    return this.#lock === undefined || this.#lock.stillHeld();
  }

  async renew(): Promise<void> {
    await this.#lock?.renew();
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await this.#writing;
    if (this.#lock === undefined) return;
    if (this.#lost === undefined) await this.#file.tidy(this.#content);
    await this.#lock.release();
  }

  async #change(patch: RecordPatch): Promise<void> {
    if (this.#lock === undefined) throw this.#refused('it was opened for reading');
    if (this.#closing !== undefined) throw this.#refused('it is closed');
    this.#assertHeld();
    if (this.#isOnDisk(patch)) return;
    take(this.#content.objects, this.#batch.patch.objects, patch.objects);
    take(this.#content.intents, this.#batch.patch.intents, patch.intents);
    take(this.#content.notes, this.#batch.patch.notes, patch.notes);
    this.#objects = this.#objects?.with(patch.objects);
    this.#snapshot = undefined;
    await new Promise<void>((resolve, reject) => {
      this.#batch.waiting.push({ resolve, reject });
      this.#writing ??= this.#writeWaiting();
    });
  }

  /** True for a patch of nothing but records that are on disk as they are. */
  #isOnDisk({ objects, intents, notes }: RecordPatch): boolean {
    if (intents.size + notes.size > 0) return false;
    return [...objects].every(
      ([key, record]) =>
        this.#unwritten !== 'all' &&
        !this.#unwritten.has(key) &&
        !this.#batch.patch.objects.has(key) &&
        isDeepStrictEqual(this.#content.objects.get(key) ?? null, record),
    );
  }

  /** Writes until no change is left. Changes during one write share the next one. */
  async #writeWaiting(): Promise<void> {
    await Promise.resolve();
    while (this.#batch.waiting.length > 0) {
      const { patch, waiting } = this.#batch;
      this.#batch = emptyBatch();
      if (this.#unwritten !== 'all') this.#unwritten = new Set(patch.objects.keys());
      try {
        do {
          if (!this.stillHeld()) await this.#lock?.renew();
          this.#assertHeld();
        } while (!(await this.#file.write(patch, this.#content)));
        this.#unwritten = new Set();
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        this.#unwritten = 'all';
        for (const { reject } of waiting) reject(error);
      }
    }
    this.#writing = undefined;
  }

  #assertHeld(): void {
    if (this.#lost !== undefined) throw this.#refused(`its lock was lost: ${this.#lost}`);
  }

  #refused(why: string): TerminalError {
    return new TerminalError(`the state in ${this.directory} cannot be changed: ${why}`);
  }
}

/** A short id of the key that does not help to guess it. */
function idOf(key: Buffer): string {
  return createHmac('sha256', key).update('c1sync hash key', 'utf8').digest('hex').slice(0, 16);
}

function emptyBatch(): Batch {
  return { patch: { objects: new Map(), intents: new Map(), notes: new Map() }, waiting: [] };
}

/** Applies a patch to the content in force and to the next write. */
function take<T>(
  content: Map<string, T>,
  pending: Map<string, T | null>,
  changes: Iterable<[string, T | null]>,
): void {
  for (const [key, value] of changes) {
    pending.set(key, value);
    if (value === null) content.delete(key);
    else content.set(key, value);
  }
}

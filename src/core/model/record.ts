import type { Definition, Position, SourcePath, Steering } from './definition.js';

/** The origin of a managed object. */
export type Origin = 'created' | 'adopted' | 'pinned' | 'recovered';

/** The last value sent for a field whose writes take time to show. */
interface SentValue {
  /** Keyed hash of the value. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The last config (or other write-only value) that was written. */
interface WrittenSecret {
  /** Keyed hash of the whole value. */
  readonly hash: string;
  /** The tenant's timestamp that the write produced. Belongs to the object's id, under any key. */
  readonly stamp: string;
  /** Id of the hash key; missing means the present one. */
  readonly key?: string;
}

/** A write of a write-only value that was begun, and whose outcome is not known. */
export interface UnsureWrite {
  /** Milliseconds since the epoch when it was begun. */
  readonly at: number;
  /** The tenant's timestamp before it; empty for the very first write. A later write that is known to have happened moves it. */
  readonly stamp: string;
  /** Keyed hash of the value; empty where it may have been one of several. */
  readonly hash: string;
  /** Id of the hash key. */
  readonly key: string;
  /**
   * When its answer was given up, milliseconds since the epoch: it may be carried out for a while after that. Missing while
   * the call is under way, or where its process ended.
   */
  readonly lostAt?: number;
}

/** Equal corrections of one field, counted to find fields that do not settle. */
export interface Correction {
  /** Keyed hash of the declared value and the live one. */
  readonly hash: string;
  readonly count: number;
  /** Milliseconds since the epoch of the last one. */
  readonly at: number;
  /** `updatedAt` that our last write produced: distinguishes the server from another writer; missing where the answer showed the server's value. */
  readonly updatedAt?: string;
}

/** The record of one managed object. Never holds a secret. */
export interface ObjectRecord {
  readonly key: string;
  readonly id: string;
  readonly parentId?: string;
  readonly displayName: string;
  readonly origin: Origin;
  /** The former key of a moved record, while the object may still carry its marks. */
  readonly movedFrom?: string;
  /** True once our marks were seen on the object or written. */
  readonly marked: boolean;
  /** Set while calls of its create are outstanding: the print of the definition when it was begun. */
  readonly unfinished?: string;
  /** Hash of the definition that was last in sync. */
  readonly definitionHash?: string;
  readonly sent: Readonly<Record<string, SentValue>>;
  readonly secrets: Readonly<Record<string, WrittenSecret>>;
  /** Writes of write-only values that were begun and whose outcome is not known, by field path, oldest first. */
  readonly unsure?: Readonly<Record<string, readonly UnsureWrite[]>>;
  readonly corrections: Readonly<Record<string, Correction>>;
  /** Milliseconds since the epoch. */
  readonly lastAttempt?: number;
  readonly lastSuccess?: number;
  /** When web edits were reverted, newest last, milliseconds since the epoch. */
  readonly putBack?: readonly number[];
  /** Set while a web edit is being reverted, milliseconds since the epoch. */
  readonly putBackBegun?: number;
  /** Set while a person has taken the object over. */
  readonly yielded?: Yielded;
  /** `c1sync/prune` of the last definition. */
  readonly prune?: Steering['prune'];
  /** Where the last definition was. */
  readonly position?: Position;
  /** The same, independent of the working directory; missing in records of an earlier version, or recovered from marks. */
  readonly source?: SourcePath;
  /** When a complete load first held no definition of it, milliseconds since the epoch. */
  readonly absentSince?: number;
}

/** An object that a person has taken over. */
interface Yielded {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The print of the definition at that time; another print reclaims the object. */
  readonly print: string;
  readonly actor?: string;
}

/** A create that was begun. It is written before the call and removed when the object has a record. */
export interface Intent {
  readonly key: string;
  readonly kind: string;
  /** The former key of a moved intent: the address in the marks that were sent. */
  readonly movedFrom?: string;
  readonly parentId?: string;
  /** The natural key values that were sent. */
  readonly natural: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch when the call began. */
  readonly at: number;
  /** Ids that existed below the parent right before the call, of any name. */
  readonly knownIds: readonly string[];
  /** Complete lists without the object, after the call can no longer be under way. */
  readonly misses: number;
  /** The print of the definition; missing in intents of version 0.1.0. */
  readonly print?: string;
  /** The source of the definition; missing in intents of an earlier version. */
  readonly root?: string;
  /** Why the outcome is unknown, for people. */
  readonly reason?: string;
  /** True when the tenant itself answered, with an error: `reason` has its message. */
  readonly isAnswered?: boolean;
}

/** A read-only view of the records. */
export interface Records {
  readonly objects: ReadonlyMap<string, ObjectRecord>;
  readonly intents: ReadonlyMap<string, Intent>;
  /** Notes beside the objects, by key: see `DecisionStore`. */
  readonly notes: ReadonlyMap<string, unknown>;
}

/** New values by key, null for a removal. Idempotent. */
export interface RecordPatch {
  readonly objects: ReadonlyMap<string, ObjectRecord | null>;
  readonly intents: ReadonlyMap<string, Intent | null>;
  readonly notes: ReadonlyMap<string, unknown>;
}

/** A store of records. Each change is durable when its promise resolves. */
export interface RecordStore {
  /** A copy of all present records; for one object ask for it by key. */
  records(): Records;
  /** The record of one object. */
  object(key: string): ObjectRecord | undefined;
  /** The create of one object that was begun. */
  intent(key: string): Intent | undefined;
  /** The creates that were begun and have no record yet, as they are while they are read. */
  intents(): Iterable<Intent>;
  /** Keeps a JSON value beside the objects; undefined removes it. */
  putNote(key: string, value: unknown): Promise<void>;
  /** Commits a patch as one change: after a crash all of it is there or none. Rejects without the lock. */
  commit(patch: RecordPatch): Promise<void>;
  putObject(record: ObjectRecord): Promise<void>;
  removeObject(key: string): Promise<void>;
  putIntent(intent: Intent): Promise<void>;
  removeIntent(key: string): Promise<void>;
  /** Moves a record (and intent) to another key; used when a definition is renamed. */
  move(from: string, to: string): Promise<void>;
  /** Identifies the key of `keyedHash` without revealing it. */
  readonly keyId: string;
  /** Keyed hash, hex, of a JSON-like value; secrets inside are hashed by their text. */
  keyedHash(value: unknown): string;
}

/** The record of an object by its id, under any key. */
export function recordOfObject({ objects }: Pick<Records, 'objects'>, id: string): ObjectRecord | undefined {
  return [...objects.values()].find((record) => record.id === id);
}

/** The members of a record that come from the last definition of its object. */
export function lastWord({
  steering: { prune },
  position,
  source,
}: Definition): Pick<ObjectRecord, 'position' | 'source' | 'prune'> {
  return { ...(prune === undefined ? {} : { prune }), position, source };
}

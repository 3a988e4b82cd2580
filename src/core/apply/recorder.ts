import type { Change, Delete, Write } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import { fieldAt, type Kind, type LiveObject } from '../model/kind.js';
import { areOurs, marksOf } from '../model/marks.js';
import type { ObjectRecord, Origin, RecordStore, UnsureWrite } from '../model/record.js';
import { lastWord } from '../model/record.js';
import { afterWrite, unsureMember } from '../model/unsure-writes.js';
import type { Desired } from '../observe/resolve.js';
import { countCorrection } from '../plan/settle.js';
import { printOf, recentReverts } from '../plan/takeover.js';

/** The change that a record is kept for. */
export interface KeeperTask {
  readonly kind: Kind;
  readonly change: Exclude<Change, Delete>;
  readonly desired: Desired;
  readonly workspace: string;
}

/** Updates the record of one object at every step of its change, so that the process may die between any two. */
export class Recorder {
  /** Fields written that take time to show. */
  readonly settling: string[] = [];
  readonly #task: KeeperTask;
  readonly #store: RecordStore;
  readonly #clock: Clock;
  #record: ObjectRecord | undefined;
  /** True while the last write is noted and not yet in the store. */
  #isAhead = false;
  /** The guarded values of the write under way. */
  #begun: readonly string[] = [];
  /** Corrections whose time the write under way moves. */
  #moving: readonly string[] = [];

  constructor(task: KeeperTask, store: RecordStore, clock: Clock) {
    this.#task = task;
    this.#store = store;
    this.#clock = clock;
  }

  /** Records that the object is managed. */
  async claim(live: LiveObject, origin: Origin): Promise<void> {
    const { change } = this.#task;
    const reverts = change.action === 'update' && change.takeover === 'revert';
    const begun = reverts ? { putBackBegun: this.#clock.now() } : {};
    const creates = change.action === 'create' || (change.action === 'update' && change.completes === true);
    const sent = change.action === 'create' ? this.#sentBy(change.writes) : {};
    const unfinished = creates ? { unfinished: printOf(this.#task.desired) } : {};
    const record = this.#recordFor(live, origin);
    await this.#put({ ...record, sent: { ...record.sent, ...sent }, ...begun, ...unfinished });
  }

  /** The fields among the values of a create that take time to show, as sent. */
  #sentBy(writes: readonly Write[]): ObjectRecord['sent'] {
    const values = writes.find(({ name }) => name === 'create')?.values ?? {};
    return Object.fromEntries(
      Object.keys(values)
        .filter((path) => fieldAt(this.#task.kind, path)?.settles === true)
        .map((path) => [path, this.#sent(path)]),
    );
  }

  /** Notes that a field was sent that takes time to show. */
  #sent(path: string): ObjectRecord['sent'][string] {
    if (!this.settling.includes(path)) this.settling.push(path);
    const { values } = this.#task.desired;
    return { hash: this.#store.keyedHash(values[path]), at: this.#clock.now() };
  }

  /**
   * Records that a write is about to be sent: until its end is recorded, the values of the secrets at `paths` are unknown,
   * and so is the writer who moved the object's timestamp. Returns the record before, or undefined where nothing changed.
   */
  async begin(paths: readonly string[], live: LiveObject): Promise<ObjectRecord | undefined> {
    const before = this.#recordFor(live);
    this.#begun = paths;
    this.#moving = Object.entries(before.corrections).flatMap(([path, { updatedAt }]) =>
      updatedAt !== undefined && updatedAt === live.updatedAt ? [path] : [],
    );
    if (paths.length === 0 && this.#moving.length === 0) {
      if (this.#isAhead) await this.#put(before);
      return undefined;
    }
    const first = paths.filter((path) => live.stamps[path] === undefined);
    const secrets = Object.entries(before.secrets).filter(([path]) => !first.includes(path));
    const unsure = { ...before.unsure };
    for (const path of paths) {
      const begun = {
        at: this.#clock.now(),
        stamp: live.stamps[path] ?? '',
        hash: this.#task.change.sentHashes[path] ?? '',
        key: this.#store.keyId,
      };
      unsure[path] = [...(unsure[path] ?? []), begun];
    }
    await this.#put({
      ...before,
      corrections: movedTo(undefined, before.corrections, this.#moving),
      secrets: Object.fromEntries(secrets),
      ...unsureMember(unsure),
    });
    return before;
  }

  /** Restores the record before a write that had no effect. */
  async restore(record: ObjectRecord): Promise<void> {
    await this.#put(record);
  }

  /** Records that the answer of the write that was begun was lost: its outcome may show later. */
  async lost(live: LiveObject): Promise<void> {
    const lostAt = this.#clock.now();
    const record = this.#recordFor(live);
    await this.#put({
      ...record,
      ...this.#ended(record, (_, before, own) => [...before, { ...own, lostAt }]),
    });
  }

  /** The writes whose outcome is not known, after the `end` of the one that was begun, for each of its values. */
  #ended(
    record: ObjectRecord,
    end: (path: string, before: readonly UnsureWrite[], own: UnsureWrite) => readonly UnsureWrite[],
  ): Pick<ObjectRecord, 'unsure'> {
    const unsure = { ...record.unsure };
    for (const path of this.#begun) {
      const writes = unsure[path] ?? [];
      const own = writes.at(-1);
      if (own !== undefined) unsure[path] = end(path, writes.slice(0, -1), own);
    }
    return unsureMember(unsure);
  }

  /**
   * Notes a write: the object after it, and as the answer showed it, if it did. On disk with the next step, before any
   * other call.
   */
  wrote(write: Write, { live, answer }: { live: LiveObject; answer: LiveObject | undefined }): void {
    const { change, kind } = this.#task;
    const { corrections, ...known } = this.#recordFor(live);
    const record = { ...known, corrections: movedTo(answer?.updatedAt, corrections, this.#moving) };
    this.#record = record;
    const sent = { ...record.sent };
    const secrets = { ...record.secrets };
    for (const path of Object.keys(write.values)) {
      const hash = change.sentHashes[path];
      if (hash !== undefined)
        secrets[path] = { hash, stamp: live.stamps[path] ?? '', key: this.#store.keyId };
      const settles = fieldAt(kind, path)?.settles === true;
      if (settles || answer === undefined) this.corrected(path, live);
      if (!settles) continue;
      sent[path] = this.#sent(path);
    }
    const { unsure: _, ...rest } = this.#recordFor(live);
    const unsure = this.#ended(record, (path, before) => afterWrite(before, live.stamps[path] ?? ''));
    this.#record = { ...rest, sent, secrets, ...unsure };
    this.#isAhead = true;
  }

  /** Counts one more correction of a field, where this change is one. Recorded with the next step. */
  corrected(path: string, live: LiveObject, updatedAt?: string): void {
    const { change } = this.#task;
    const hash = change.correctionHashes[path];
    if (change.action !== 'update' || change.bookkeeping || hash === undefined) return;
    this.#count(path, live, { hash, updatedAt, refused: false });
  }

  /**
   * Notes that the answer showed another value than was sent; `hash` is that of the difference. The object's timestamp is
   * not noted: a later write does not turn this into another writer's change.
   */
  refused(path: string, live: LiveObject, hash: string): void {
    this.#moving = this.#moving.filter((moving) => moving !== path);
    this.#count(path, live, { hash, updatedAt: undefined, refused: true });
  }

  #count(
    path: string,
    live: LiveObject,
    { hash, updatedAt, refused }: { hash: string; updatedAt: string | undefined; refused: boolean },
  ): void {
    const record = this.#recordFor(live);
    const at = this.#clock.now();
    const made = { hash, at, refused, ...(updatedAt === undefined ? {} : { updatedAt }) };
    const correction = countCorrection(record.corrections[path], made);
    this.#record = { ...record, corrections: { ...record.corrections, [path]: correction } };
  }

  /** Records that the object is in sync with its definition. */
  async conclude(live: LiveObject): Promise<void> {
    const now = this.#clock.now();
    const { hash, position, source } = this.#task.desired.definition;
    const { unfinished: _, ...record } = this.#returned(this.#recordFor(live), now);
    await this.#put({
      ...record,
      position,
      source,
      definitionHash: hash,
      lastAttempt: now,
      lastSuccess: now,
    });
  }

  /** The record with the end of a take-over. */
  #returned(record: ObjectRecord, now: number): ObjectRecord {
    const { change } = this.#task;
    if (change.action !== 'update' || change.takeover === undefined) return record;
    const { putBackBegun: _, yielded: __, ...rest } = record;
    return { ...rest, putBack: change.takeover === 'reclaim' ? [] : [...recentReverts(record, now), now] };
  }

  async #put(record: ObjectRecord): Promise<void> {
    this.#record = record;
    await this.#store.putObject(record);
    this.#isAhead = false;
  }

  /** The record so far, updated from `live`. */
  #recordFor(live: LiveObject, origin: Origin = 'created'): ObjectRecord {
    const { change, desired, kind, workspace } = this.#task;
    const stored = this.#store.object(change.key);
    const known = this.#record ?? (stored?.id === live.id ? stored : undefined);
    const {
      absentSince: _,
      prune: __,
      ...rest
    } = known ?? { sent: {}, secrets: {}, corrections: {}, origin };
    return {
      ...rest,
      key: change.key,
      id: live.id,
      ...(live.parentId === undefined ? {} : { parentId: live.parentId }),
      displayName: live.displayName,
      marked: kind.marks !== undefined && (areOurs(marksOf(kind, live), workspace) || known?.marked === true),
      // The definition may be gone at the next observation, and then this is its last word.
      ...lastWord(desired.definition),
    };
  }
}

/** Corrections with the object's timestamp after our write, which must not count as another writer's. */
function movedTo(
  updatedAt: string | undefined,
  corrections: ObjectRecord['corrections'],
  moving: readonly string[],
): ObjectRecord['corrections'] {
  const moved = Object.entries(corrections).map(([path, correction]) => {
    if (!moving.includes(path)) return [path, correction] as const;
    const { updatedAt: _, ...rest } = correction;
    return [path, updatedAt === undefined ? rest : { ...rest, updatedAt }] as const;
  });
  return Object.fromEntries(moved);
}

import type { Adopt, Change, Create, Delete, Status, Update, Write } from '../model/change.js';
import type { Clock } from '../model/clock.js';
import { differenceOf, sentPart } from '../model/diff.js';
import { AppearedError, CallError, effectOf, messageOf } from '../model/errors.js';
import {
  fieldAt,
  type Kind,
  type KindReader,
  type KindWriter,
  type LiveObject,
  type Principal,
} from '../model/kind.js';
import { type Intent, type Origin, type RecordStore, recordOfObject } from '../model/record.js';
import { foldedText } from '../model/spelling.js';
import type { LookupTable } from '../observe/lookups.js';
import { naturalOf } from '../observe/match-index.js';
import { contextOf, type Desired, withLive } from '../observe/resolve.js';
import { isIgnored, settlingState } from '../plan/differences.js';
import { correctionHash, underWayReason } from '../plan/settle.js';
import { printOf } from '../plan/takeover.js';
import { Recorder } from './recorder.js';

/** One kind with both of its halves. */
export interface KindAccess {
  readonly kind: Kind;
  readonly reader: KindReader;
  readonly writer: KindWriter;
  /** All children of an object of this kind. Throws when any list cannot be read. */
  readonly children: (id: string, signal?: AbortSignal) => Promise<readonly LiveObject[]>;
}

/** The input of one execution. */
export interface Assignment {
  readonly change: Exclude<Change, Delete>;
  readonly desired: Desired;
  /** The parent's id, for a kind with a parent. */
  readonly parentId: string | undefined;
  /** The origin of an existing object that has no record yet. */
  readonly origin: Origin;
  /** True for ids that belong to other definitions; a create ignores these. */
  readonly isClaimed: (id: string) => boolean;
  /** Ids of the observed list in which the created object will show. */
  readonly knownIds: ReadonlySet<string>;
  readonly lookups: LookupTable;
  readonly self: Principal | undefined;
  readonly workspace: string;
}

/** The end of a change that did not throw. */
export interface Ended {
  readonly id: string;
  readonly status: Status;
  readonly reason: string;
}

/** A run in the tenant that a write has started. */
export interface StartedRun {
  readonly id: string;
  readonly parentId: string | undefined;
  /** The last run as the write found it: any other one began later. */
  readonly before: string;
}

/** The outcome of a create is not known; its intent stays. */
export class LostAnswerError extends Error {
  override readonly name = 'LostAnswerError';
  /** True when the tenant itself answered, with an error. */
  readonly isAnswered: boolean;

  constructor(intent: Pick<Intent, 'reason' | 'isAnswered'>, options: ErrorOptions) {
    super(underWayReason(intent), options);
    this.isAnswered = intent.isAnswered === true;
  }
}

/**
 * Carries out one change, each call verified and recorded. `calls` counts the calls made so far; `mayHaveWritten` is
 * false as long as none of them can have changed the tenant.
 */
export class Execution {
  calls = 0;
  mayHaveWritten = false;
  /** Set by a write that starts a run. */
  started: StartedRun | undefined;
  readonly #access: KindAccess;
  readonly #store: RecordStore;
  readonly #clock: Clock;
  readonly #task: Assignment;
  readonly #recorder: Recorder;
  readonly #refused: string[] = [];

  constructor(access: KindAccess, store: RecordStore, clock: Clock, task: Assignment) {
    this.#access = access;
    this.#store = store;
    this.#clock = clock;
    this.#task = task;
    this.#recorder = new Recorder({ kind: access.kind, ...task }, store, clock);
  }

  /** Sends the calls of the change in order, each verified and recorded. Throws the errors of calls. */
  async perform(signal?: AbortSignal): Promise<Ended> {
    const { change } = this.#task;
    let live = change.action === 'create' ? await this.#create(change, signal) : await this.#claim(change);
    for (const write of change.writes) {
      if (write.name !== 'create') live = await this.#write(write, live, signal);
    }
    await this.#recorder.conclude(live);
    return { id: live.id, ...this.#end() };
  }

  #end(): { status: Status; reason: string } {
    if (this.#refused.length > 0) {
      return {
        status: 'NotConverging',
        reason: `the tenant answered with another value for ${this.#refused.join(', ')}; write it in the definition the way the tenant shows it`,
      };
    }
    const settling = settlingState(this.#access.kind, this.#recorder.settling);
    if (settling !== undefined) return settling;
    return this.#task.change.afterwards ?? { status: 'Synced', reason: '' };
  }

  /** The intent is on disk before the call, and goes only when the object has a record. */
  async #create(change: Create, signal?: AbortSignal): Promise<LiveObject> {
    const intent = await this.#intend(change, signal);
    const values = change.writes.find(({ name }) => name === 'create')?.values ?? {};
    let live: LiveObject;
    try {
      this.calls += 1;
      live = await this.#sent(this.#access.writer.create(this.#task.parentId, values, signal));
    } catch (error) {
      if (effectOf(error) === 'none') {
        await this.#store.removeIntent(change.key);
        throw error;
      }
      // The call may have waited long for its turn before it was sent.
      const isAnswered = error instanceof CallError && error.isAnswered;
      const lost = { ...intent, at: this.#clock.now(), reason: messageOf(error), isAnswered };
      await this.#store.putIntent(lost);
      throw new LostAnswerError(lost, { cause: error });
    }
    this.#verify(values, live);
    // A definition of another name may have matched it before the answer came, and finishes the create.
    this.#assertUnrecorded(live, undefined);
    await this.#recorder.claim(live, 'created');
    await this.#store.removeIntent(change.key);
    return live;
  }

  /** Waits for a write, and notes whether it may have had an effect. */
  async #sent<T>(call: Promise<T>): Promise<T> {
    try {
      const answer = await call;
      this.mayHaveWritten = true;
      return answer;
    } catch (error) {
      if (effectOf(error) !== 'none') this.mayHaveWritten = true;
      throw error;
    }
  }

  /**
   * Ids that exist right before a create. Throws an AppearedError where an unclaimed object has this name, in any
   * spelling.
   */
  async #idsBefore(change: Create, signal?: AbortSignal): Promise<readonly string[]> {
    const { parentId, isClaimed, knownIds } = this.#task;
    const { kind, reader } = this.#access;
    this.calls += 1;
    const found = await reader.findByNaturalKey(parentId, change.natural, signal);
    const name = foldedText(change.natural);
    const isNamesake = ({ id, values }: LiveObject): boolean =>
      !isClaimed(id) && foldedText(naturalOf(kind, values)) === name;
    if (found.some(isNamesake)) {
      throw new AppearedError('an object of this name is there already; it is observed again');
    }
    return [...new Set([...knownIds, ...found.map(({ id }) => id)])];
  }

  /** Checks that no object of this name exists, and records the intent to create one. */
  async #intend(change: Create, signal?: AbortSignal): Promise<Intent> {
    const { parentId } = this.#task;
    const knownIds = await this.#idsBefore(change, signal);
    this.#assertUnintended(change);
    const intent = {
      key: change.key,
      kind: this.#access.kind.name,
      ...(parentId === undefined ? {} : { parentId }),
      natural: change.natural,
      at: this.#clock.now(),
      knownIds,
      misses: 0,
      print: printOf(this.#task.desired),
      root: this.#task.desired.definition.source.root,
    };
    try {
      await this.#store.putIntent(intent);
    } catch (error) {
      // Nothing was sent, so the intent ends. If the disk refuses this too, the state in memory counts.
      await this.#store.removeIntent(change.key).catch(() => {});
      throw error;
    }
    return intent;
  }

  /** Throws where a create of this name was begun for another definition: its object may still appear. */
  #assertUnintended({ key, natural }: Create): void {
    const { parentId } = this.#task;
    const name = foldedText(natural);
    for (const other of this.#store.intents()) {
      const isHere = other.kind === this.#access.kind.name && other.parentId === parentId;
      if (isHere && other.key !== key && foldedText(other.natural) === name)
        throw new AppearedError(
          `a create of this name was begun for ${other.key} meanwhile; it is observed again`,
        );
    }
  }

  async #claim(change: Update | Adopt): Promise<LiveObject> {
    const from = change.renamedFrom;
    this.#assertUnrecorded(change.live, from);
    // Another object may have the former name by now, and its record stays.
    if (from !== undefined && this.#store.object(from)?.id === change.live.id) {
      await this.#store.move(from, change.key);
    }
    await this.#recorder.claim(change.live, this.#task.origin);
    if (this.#store.intent(change.key) !== undefined) await this.#store.removeIntent(change.key);
    return change.live;
  }

  /** Throws where another definition has recorded the object meanwhile. */
  #assertUnrecorded({ id }: LiveObject, from: string | undefined): void {
    const { key } = this.#task.change;
    if (this.#store.object(key)?.id === id) return;
    const other = recordOfObject(this.#store.records(), id);
    if (other === undefined || other.key === from) return;
    throw new AppearedError(`it has been recorded as ${other.key} meanwhile; it is observed again`);
  }

  async #write(write: Write, live: LiveObject, signal?: AbortSignal): Promise<LiveObject> {
    const { change } = this.#task;
    const guarded = Object.keys(write.values).filter((path) => path in change.sentHashes);
    const before = await this.#recorder.begin(guarded, live);
    let answer: LiveObject | undefined;
    try {
      this.calls += 1;
      answer = await this.#sent(this.#access.writer.write(write.name, live, write.values, signal));
    } catch (error) {
      if (before !== undefined) {
        if (effectOf(error) === 'none') await this.#recorder.restore(before);
        // The next observation starts the window where this is not recorded.
        else await this.#recorder.lost(live).catch(() => {});
      }
      throw error;
    }
    const after = answer === undefined ? live : merge(live, answer);
    if (answer !== undefined) this.#verify(write.values, answer);
    if (Object.keys(write.values).some((path) => fieldAt(this.#access.kind, path)?.startsRun === true))
      this.started = { id: live.id, parentId: live.parentId, before: after.run?.id ?? '' };
    this.#recorder.wrote(write, { live: after, answer });
    return after;
  }

  /** Compares the answer with the sent values; a field with another value is not sent again unchanged. */
  #verify(values: Readonly<Record<string, unknown>>, answer: LiveObject): void {
    const { desired, lookups, self } = this.#task;
    const keyedHash = (value: unknown): string => this.#store.keyedHash(value);
    for (const [path, sent] of Object.entries(values)) {
      const field = fieldAt(this.#access.kind, path);
      if (field === undefined || field.settles === true || !(path in desired.values)) continue;
      // Marks go with the annotations, be they ignored or not.
      if (!(path in answer.values) || isIgnored(field, desired.definition)) continue;
      const difference = differenceOf(field, {
        declared: sentPart(field, desired.values[path], sent),
        live: answer.values[path],
        desired: desired.values,
        context: contextOf(field, withLive(desired, answer), lookups),
        object: answer,
        record: undefined,
        self,
        reassert: false,
        keyId: this.#store.keyId,
        isOnlyOurs: false,
        keyedHash,
      });
      if (difference.changes.some(({ sensitive }) => sensitive !== true)) {
        this.#refused.push(path);
        this.#recorder.refused(path, answer, correctionHash(path, difference, keyedHash));
      } else this.#recorder.corrected(path, answer, answer.updatedAt);
    }
  }
}

/** The object with the values of an answer, which may lack fields that other calls read. */
function merge(live: LiveObject, answer: LiveObject): LiveObject {
  return {
    ...live,
    ...answer,
    values: { ...live.values, ...answer.values },
    stamps: { ...live.stamps, ...answer.stamps },
  };
}

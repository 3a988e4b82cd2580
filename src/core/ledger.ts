import { z } from 'zod';
import { type Counted, type Executed, LIMIT_WINDOW_MS } from './limits.js';
import type { RecordStore, Records } from './record.js';

/** A change that a person let go, whatever holds it. Kept by its hash, so that it lapses with another one. */
export interface Approval {
  readonly key: string;
  /** Hash of the change. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What a person asked to be left alone for a while. */
export interface Suspension {
  /** `Kind/name`, labels that all have to be there (`k=v,k=v`), or `*` for everything. One for each target. */
  readonly target: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** When it ends by itself, milliseconds since the epoch. */
  readonly until?: number;
}

/** A wait after a failure that the same attempt will meet again. */
export interface KeptWait {
  /** Hash of the attempt. */
  readonly hash: string;
  readonly failures: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly reason: string;
}

type Notes = Pick<Records, 'notes'>;

/** True while objects are found again after the records were lost. */
export function isRecovering({ notes }: Notes): boolean {
  return notes.get('recovering') === true;
}

/** True for the id of an object that a recovery could tell by nothing but its name, and that nobody has decided on. */
export function isNamesake({ notes }: Notes, id: string): boolean {
  return notes.get(`namesake/${id}`) === true;
}

/** True for the hash of a change that a person let go, and that was not carried out yet. */
export function isApproved({ notes }: Notes, hash: string): boolean {
  return notes.has(`approval/${hash}`);
}

const SORTS: readonly Counted[] = ['creates', 'updates', 'adopts', 'deletes'];

const executedSchema = z.looseObject({ at: z.number() });
const approvalSchema = z.looseObject({ key: z.string(), at: z.number() });
const suspensionSchema = z.looseObject({
  target: z.string().min(1),
  reason: z.string(),
  at: z.number(),
  until: z.number().exactOptional(),
});
const waitSchema = z.looseObject({
  hash: z.string(),
  failures: z.number(),
  until: z.number(),
  reason: z.string(),
});

/**
 * What is remembered beside objects: changes that were begun, approvals, suspensions, waits after failures, and what
 * a recovery could not decide.
 * Everything counts at once and is durable when the promise of its method resolves. A note that cannot be understood
 * counts for nothing.
 */
export class Ledger {
  readonly #store: Pick<RecordStore, 'putNote'>;
  readonly #executed = new Map<string, Executed>();
  readonly #approvals = new Map<string, Approval>();
  readonly #suspensions = new Map<string, Suspension>();
  readonly #waits = new Map<string, KeptWait>();
  readonly #namesakes = new Set<string>();
  #recovering: boolean;

  constructor(store: Pick<RecordStore, 'records' | 'putNote'>) {
    this.#store = store;
    const records = store.records();
    for (const [note, value] of records.notes) this.#read(note, value);
    this.#recovering = isRecovering(records);
  }

  #read(note: string, value: unknown): void {
    const slash = note.indexOf('/');
    const name = note.slice(slash + 1);
    switch (note.slice(0, slash)) {
      case 'executed': {
        const sort = SORTS.find((known) => name.startsWith(`${known}/`));
        const parsed = executedSchema.safeParse(value);
        if (sort === undefined || !parsed.success) return;
        const key = name.slice(sort.length + 1);
        this.#executed.set(note, { sort, key, at: parsed.data.at });
        return;
      }
      case 'approval': {
        const parsed = approvalSchema.safeParse(value);
        if (parsed.success) this.#approvals.set(name, { ...parsed.data, hash: name });
        return;
      }
      case 'suspension': {
        const parsed = suspensionSchema.safeParse(value);
        if (parsed.success) this.#suspensions.set(parsed.data.target, parsed.data);
        return;
      }
      case 'wait': {
        const parsed = waitSchema.safeParse(value);
        if (parsed.success) this.#waits.set(name, parsed.data);
        return;
      }
      case 'namesake':
        if (value === true) this.#namesakes.add(name);
    }
  }

  /** Changes that were begun in the hour before `now`, the last of each object and sort. */
  executed(now: number): readonly Executed[] {
    return [...this.#executed.values()].filter(({ at }) => now - at < LIMIT_WINDOW_MS);
  }

  /**
   * Notes that a change is about to be carried out. It counts at once, before the promise resolves. What it resolves
   * to takes the note back, for a change that did nothing after all.
   */
  async begin(executed: Executed): Promise<() => Promise<void>> {
    const note = `executed/${executed.sort}/${executed.key}`;
    const before = this.#executed.get(note);
    await this.#putExecuted(note, executed);
    return () => this.#putExecuted(note, before);
  }

  async #putExecuted(note: string, executed: Executed | undefined): Promise<void> {
    if (executed === undefined) this.#executed.delete(note);
    else this.#executed.set(note, executed);
    await this.#store.putNote(note, executed && { at: executed.at });
  }

  /** Approvals by the hash of their change. */
  get approvals(): ReadonlyMap<string, Approval> {
    return this.#approvals;
  }

  /** Lets changes go once. */
  async approve(approvals: readonly Approval[]): Promise<void> {
    await Promise.all(
      approvals.map(({ hash, key, at }) => {
        this.#approvals.set(hash, { hash, key, at });
        return this.#store.putNote(`approval/${hash}`, { key, at });
      }),
    );
  }

  /** Ends an approval: its change was carried out, or is another by now. */
  async endApproval(hash: string): Promise<void> {
    if (this.#approvals.delete(hash)) await this.#store.putNote(`approval/${hash}`, undefined);
  }

  /** Suspensions in force at `now`. */
  suspensions(now: number): readonly Suspension[] {
    return [...this.#suspensions.values()].filter(({ until }) => until === undefined || until > now);
  }

  /** Begins a suspension; one of the same target gives way to it. */
  async suspend(suspension: Suspension): Promise<void> {
    this.#suspensions.set(suspension.target, suspension);
    await this.#store.putNote(`suspension/${suspension.target}`, suspension);
  }

  /** Ends the suspension of a target. */
  async endSuspension(target: string): Promise<void> {
    if (this.#suspensions.delete(target)) await this.#store.putNote(`suspension/${target}`, undefined);
  }

  /** Waits that outlive the process, by key. */
  get waits(): ReadonlyMap<string, KeptWait> {
    return this.#waits;
  }

  /** Keeps a wait; undefined forgets it. */
  async putWait(key: string, wait: KeptWait | undefined): Promise<void> {
    if (wait !== undefined) this.#waits.set(key, wait);
    else if (!this.#waits.delete(key)) return;
    await this.#store.putNote(`wait/${key}`, wait);
  }

  /** True while objects are found again after the records were lost. */
  get recovering(): boolean {
    return this.#recovering;
  }

  async setRecovering(recovering: boolean): Promise<void> {
    if (this.#recovering === recovering) return;
    this.#recovering = recovering;
    await this.#store.putNote('recovering', recovering ? true : undefined);
  }

  /** Ids of the objects that {@link isNamesake} is about. */
  get namesakes(): ReadonlySet<string> {
    return this.#namesakes;
  }

  /** Notes that somebody has to decide on an object that has only its name in common with a definition. */
  async addNamesake(id: string): Promise<void> {
    if (this.#namesakes.has(id)) return;
    this.#namesakes.add(id);
    await this.#store.putNote(`namesake/${id}`, true);
  }

  /** Forgets a namesake: somebody has decided. */
  async endNamesake(id: string): Promise<void> {
    if (this.#namesakes.delete(id)) await this.#store.putNote(`namesake/${id}`, undefined);
  }

  /** Forgets what does not count any more: old changes, ended suspensions, waits that are over. */
  async prune(now: number): Promise<void> {
    const pending: Promise<void>[] = [];
    for (const [note, { at }] of this.#executed) {
      if (now - at >= LIMIT_WINDOW_MS) pending.push(this.#putExecuted(note, undefined));
    }
    for (const { target, until } of [...this.#suspensions.values()]) {
      if (until !== undefined && until <= now) pending.push(this.endSuspension(target));
    }
    for (const [key, { until }] of this.#waits) {
      if (until <= now) pending.push(this.putWait(key, undefined));
    }
    await Promise.all(pending);
  }
}

import { z } from 'zod';
import type { Clock } from '../model/clock.js';
import type { Approval, Suspension } from '../model/decision.js';
import { afterOneMore, type Counted, type Executed, LIMIT_WINDOW_MS } from '../model/decision.js';
import type { RecordStore, Records } from '../model/record.js';

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

/** True for the id of an object that a recovery recognised by its name alone, and that no person has decided on. */
export function isNamesake({ notes }: Notes, id: string): boolean {
  return notes.get(`namesake/${id}`) === true;
}

/** Ids of the objects that {@link isNamesake} is about. */
export function namesakesIn({ notes }: Notes): readonly string[] {
  return [...notes.keys()].flatMap((note) =>
    note.startsWith('namesake/') ? [note.slice('namesake/'.length)] : [],
  );
}

/** The changes of a recovery by one observation. */
export interface RecoveryNews {
  readonly recovering: boolean;
  /** Ids of the objects that a person has to decide on from now on: they share only their name with a definition. */
  readonly undecided: readonly string[];
  /** Ids of the objects that a person has decided on. */
  readonly decided: readonly string[];
}

/** The notes that a recovery changes; null for a removal. */
export function recoveryNotes(
  { recovering, undecided, decided }: RecoveryNews,
  wasRecovering: boolean,
): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ...(recovering === wasRecovering ? [] : [['recovering', recovering ? true : null] as const]),
    ...undecided.map((id) => [`namesake/${id}`, true] as const),
    ...decided.map((id) => [`namesake/${id}`, null] as const),
  ]);
}

const SORTS: readonly Counted[] = ['creates', 'updates', 'adopts', 'deletes'];

/** When changes of one object and sort were begun, milliseconds since the epoch; version 0.1.0 wrote the last one. */
const executedSchema = z.union([
  z.looseObject({ within: z.array(z.number()), approved: z.array(z.number()) }),
  z.looseObject({ at: z.number() }).transform(({ at }) => ({ within: [at], approved: [] })),
]);
const approvalSchema = z.looseObject({
  key: z.string(),
  at: z.number(),
  group: z.string().exactOptional(),
  by: z.string().exactOptional(),
});
const suspensionSchema = z.looseObject({
  target: z.string().min(1),
  reason: z.string(),
  at: z.number(),
  until: z.number().exactOptional(),
  by: z.string().exactOptional(),
});
const waitSchema = z.looseObject({
  hash: z.string(),
  failures: z.number(),
  until: z.number(),
  reason: z.string(),
});

/** The changes of one object and sort in a note. */
function executedIn(
  { within, approved }: z.infer<typeof executedSchema>,
  change: Pick<Executed, 'sort' | 'key'>,
): readonly Executed[] {
  return [
    ...within.map((at) => ({ ...change, at })),
    ...approved.map((at) => ({ ...change, at, approved: true as const })),
  ];
}

/** A note of a change that begins, and the way to take it back. */
interface Note {
  put(): Promise<void>;
  takeBack(): Promise<void>;
}

/**
 * The decisions on disk: changes that were begun, approvals, suspensions, waits after failures, and objects that
 * a recovery could not decide.
 * A change counts at once and is durable when the promise of its method resolves. A note that cannot be read
 * is ignored.
 */
export class DecisionStore {
  readonly #store: Pick<RecordStore, 'putNote'>;
  readonly #clock: Clock;
  /** By note. */
  readonly #executed = new Map<string, readonly Executed[]>();
  #begun = 0;
  readonly #approvals = new Map<string, Approval>();
  readonly #suspensions = new Map<string, Suspension>();
  readonly #waits = new Map<string, KeptWait>();
  #recovering: boolean;

  /** `clock`: a steady one, as the times in the records are. */
  constructor(store: Pick<RecordStore, 'records' | 'putNote'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
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
        this.#keepExecuted(note, executedIn(parsed.data, { sort, key: name.slice(sort.length + 1) }));
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
    }
  }

  /** How many changes {@link executed} has at most: those of earlier hours count, too, until they are pruned. */
  get begun(): number {
    return this.#begun;
  }

  /** Changes that were begun within the last hour and count against the limits. */
  executed(): readonly Executed[] {
    const now = this.#clock.now();
    return [...this.#executed.values()].flat().filter(({ at }) => now - at < LIMIT_WINDOW_MS);
  }

  /**
   * Notes that a change is about to be carried out: it counts, unless it is one that no limit counts, and its approval is
   * used up. Both hold at once, and are durable when the promise resolves. The function that it resolves to undoes both, for
   * a change that certainly did nothing.
   */
  async begin(
    counted: Omit<Executed, 'at'> | undefined,
    approval: Approval | undefined,
  ): Promise<() => Promise<void>> {
    const notes = [
      ...(counted === undefined ? [] : [this.#counting(counted, approval !== undefined)]),
      ...(approval === undefined ? [] : [this.#using(approval)]),
    ];
    const takeBack = async (): Promise<void> => {
      await Promise.all(notes.map((note) => note.takeBack()));
    };
    try {
      await Promise.all(notes.map((note) => note.put()));
    } catch (error) {
      // Nothing will be sent. The disk may refuse this too; what is in memory counts now.
      await takeBack().catch(() => {});
      throw error;
    }
    return takeBack;
  }

  #counting({ sort, key, approved }: Omit<Executed, 'at'>, isApproved: boolean): Note {
    const note = `executed/${sort}/${key}`;
    const before = this.#executed.get(note) ?? [];
    const at = this.#clock.now();
    const begun: Executed = {
      sort,
      key,
      at,
      ...(isApproved ? { approved: true } : approved && { approved }),
    };
    return {
      put: () => this.#putExecuted(note, afterOneMore(before, begun)),
      takeBack: () => this.#putExecuted(note, before),
    };
  }

  #using(approval: Approval): Note {
    return { put: () => this.endApproval(approval.hash), takeBack: () => this.approve([approval]) };
  }

  async #putExecuted(note: string, executed: readonly Executed[]): Promise<void> {
    this.#keepExecuted(note, executed);
    const times = (isApproved: boolean): readonly number[] =>
      executed.filter(({ approved }) => (approved === true) === isApproved).map(({ at }) => at);
    const value = { within: times(false), approved: times(true) };
    await this.#store.putNote(note, executed.length === 0 ? undefined : value);
  }

  #keepExecuted(note: string, executed: readonly Executed[]): void {
    this.#begun += executed.length - (this.#executed.get(note)?.length ?? 0);
    if (executed.length === 0) this.#executed.delete(note);
    else this.#executed.set(note, executed);
  }

  /** Approvals that are not used up, by the hash of their change. */
  get approvals(): ReadonlyMap<string, Approval> {
    return this.#approvals;
  }

  /** Approves changes, each once. */
  async approve(approvals: readonly Approval[]): Promise<void> {
    await Promise.all(
      approvals.map((approval) => {
        this.#approvals.set(approval.hash, approval);
        const { hash, ...note } = approval;
        return this.#store.putNote(`approval/${hash}`, note);
      }),
    );
  }

  /** Ends an approval: its change is begun, or is another one now. */
  async endApproval(hash: string): Promise<void> {
    if (this.#approvals.delete(hash)) await this.#store.putNote(`approval/${hash}`, undefined);
  }

  /** Suspensions in force when the time of day is `now`. */
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

  /** Keeps a wait; undefined removes it. */
  async putWait(key: string, wait: KeptWait | undefined): Promise<void> {
    if (wait !== undefined) this.#waits.set(key, wait);
    else if (!this.#waits.delete(key)) return;
    await this.#store.putNote(`wait/${key}`, wait);
  }

  /** True while objects are found again after the records were lost. */
  get recovering(): boolean {
    return this.#recovering;
  }

  /** Applies the changes of a recovery in memory; its caller commits their notes ({@link recoveryNotes}). */
  recovered({ recovering }: RecoveryNews): void {
    this.#recovering = recovering;
  }

  /**
   * Removes expired notes: old changes, waits that are over, and suspensions that have ended when the
   * time of day is `timeOfDay`.
   */
  async prune(timeOfDay: number): Promise<void> {
    const pending: Promise<void>[] = [];
    const now = this.#clock.now();
    for (const [note, executed] of this.#executed) {
      if (executed.every(({ at }) => now - at >= LIMIT_WINDOW_MS)) pending.push(this.#putExecuted(note, []));
    }
    for (const { target, until } of [...this.#suspensions.values()]) {
      if (until !== undefined && until <= timeOfDay) pending.push(this.endSuspension(target));
    }
    for (const [key, { until }] of this.#waits) {
      if (until <= now) pending.push(this.putWait(key, undefined));
    }
    await Promise.all(pending);
  }
}

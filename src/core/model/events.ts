import type { Standing, Status, Summary } from './change.js';
import type { Problem, Revision } from './definition.js';
import type { Health } from './health.js';
import type { FieldChange } from './kind.js';
import type { Remedy } from './remedy.js';

/** The trigger of a sweep. */
export type Trigger = 'start' | 'file' | 'interval' | 'signal' | 'retry' | 'drift' | 'command';

/** The outcome of one reconciliation of one object. */
export type Outcome = 'done' | 'unchanged' | 'drifted' | 'held' | 'settling' | 'failed';

/** The outcome of a reconciliation without a call, by the status of its object. */
export function outcomeOf(status: Status): Outcome {
  switch (status) {
    case 'Synced':
      return 'unchanged';
    case 'Settling':
    case 'Pending':
      return 'settling';
    case 'Drifted':
      return 'drifted';
    case 'Failed':
    case 'Invalid':
    case 'UnresolvedReference':
      return 'failed';
    default:
      return 'held';
  }
}

/** One reconciliation of one object. */
export interface Reconciled extends Revision {
  /** Unique for each reconciliation; its later events carry it too. */
  readonly reconcileId: string;
  /** The same for all reconciliations of one sweep. */
  readonly sweepId?: string | undefined;
  readonly kind: string;
  readonly name: string;
  /** The tenant's id, once there is one. */
  readonly id?: string | undefined;
  readonly action: 'create' | 'update' | 'adopt' | 'delete' | 'none';
  readonly trigger: Trigger;
  /** Paths of the differing fields. */
  readonly fields: readonly string[];
  /** The differing fields with their values, without sensitive ones; missing where no change was planned. */
  readonly changes?: readonly FieldChange[] | undefined;
  /** The mask as it was sent; empty where none was. */
  readonly updateMask: string;
  readonly outcome: Outcome;
  readonly durationMs: number;
  /** Number of calls to the tenant. */
  readonly requests: number;
  /** Who caused the drift, where that is known. */
  readonly actor?: string | undefined;
  /** Who approved the held change, and when, milliseconds since the epoch. */
  readonly approved?: { readonly by: string | undefined; readonly at: number } | undefined;
  /** Why it was held or failed, as a sentence. */
  readonly reason?: string | undefined;
  /** The typed remedies in the reason. */
  readonly remedies?: readonly Remedy[] | undefined;
  /** Set when it reverts drift. */
  readonly drift?: true | undefined;
  /** Hash of the group of held changes that one approval releases, where an approval helps. */
  readonly approval?: string | undefined;
  /** The present status of the object. */
  readonly status: Status;
}

/** A write has started a run of an object in the tenant. */
export interface RunStarted {
  readonly kind: string;
  readonly name: string;
  readonly id: string;
  readonly parentId: string | undefined;
  /** The last run as the write found it: any other one began later. */
  readonly before: string;
}

/** The outcome of the run that a write has started. */
export interface HealthAfterChange {
  readonly kind: string;
  readonly name: string;
  readonly id: string;
  /** `Unknown` where no run ended in time. */
  readonly health: Health;
  /** Why it is not healthy, as a sentence. */
  readonly reason?: string | undefined;
  /** Time since the write, milliseconds. */
  readonly waitedMs: number;
}

/** Names afterwards who caused the drift that a reconciliation reverted. */
export interface Attributed {
  readonly reconcileId: string;
  readonly kind: string;
  readonly name: string;
  readonly id?: string | undefined;
  readonly actor: string;
}

/** The end of a sweep. */
export interface SweepFinished extends Revision {
  readonly trigger: Trigger;
  /** The plan's counts, as they were before its changes were carried out. */
  readonly summary: Summary;
  /** Changes that failed. */
  readonly failures: number;
  readonly durationMs: number;
  readonly requests: number;
  /** `done`: complete, it observed everything, also where objects are out of sync. */
  readonly outcome: 'done' | 'failed';
  /** Why nothing could be planned, as a sentence; missing where a part could not be observed. */
  readonly reason?: string;
  /** `targeted`: only named objects were observed. */
  readonly scope: 'full' | 'targeted';
}

/** A load that came into force. */
interface DefinitionsLoaded extends Revision {
  readonly definitions: number;
  readonly problems: number;
  /** True when every file was read and every document is valid. */
  readonly complete: boolean;
}

/** Another commit of a git source came into force. */
interface RevisionFetched extends Revision {
  /** The commit before; missing for the first one. */
  readonly before?: string | undefined;
}

/** A git source cannot be fetched. It is tried again; emitted once for each cause. */
interface SourceUnavailable {
  /** The sort of cause, in a word or two. */
  readonly fault: string;
  /** The problem and the remedy, as a sentence. */
  readonly reason: string;
  /** The commit that stays in force; missing where there is none yet. */
  readonly revision?: string | undefined;
}

/** One request to the tenant, without query values and bodies. */
interface CallFinished {
  readonly method: string;
  readonly path: string;
  /** Missing when no answer came. */
  readonly status?: number | undefined;
  readonly durationMs: number;
  /** Counts from 1. */
  readonly attempt: number;
}

/** Who gives a command to the running daemon. */
export interface Caller {
  /** The name of a token, or of a person and the token of a proxy: `alice via sso`. */
  readonly by: string;
  /** The channel. */
  readonly via: 'api' | 'dashboard';
}

/** A command that a person gave to the running daemon. */
export interface Commanded extends Caller {
  readonly command: 'reconcile' | 'suspend' | 'resume' | 'approve' | 'accept' | 'forget' | 'move';
  /** The target: `Kind/name`, labels, the hash of a group, or `*` for everything. */
  readonly targets: readonly string[];
  /** Keys of the objects that it releases, reclaims or reconciles; empty for everything. */
  readonly keys: readonly string[];
  /** Why, for a suspension. */
  readonly reason?: string;
  /** When a suspension ends by itself, milliseconds since the epoch. */
  readonly until?: number;
}

/** Events of the core by name. */
export interface CoreEvents {
  reconciled: Reconciled;
  attributed: Attributed;
  'run started': RunStarted;
  'health after change': HealthAfterChange;
  'sweep finished': SweepFinished;
  /** A sweep has ended for those who triggered it, its changes included. */
  'triggers served': Readonly<Record<string, never>>;
  'definitions loaded': DefinitionsLoaded;
  problem: Problem;
  'revision fetched': RevisionFetched;
  /** The former commit is not in the recent history of the new one, as after a force-push. */
  'history replaced': RevisionFetched;
  /** The tag that is followed names another commit now. */
  'tag moved': RevisionFetched & { readonly ref: string };
  /** The clone was damaged or changed; it was deleted and fetched again. */
  'clone repaired': Revision;
  'source unavailable': SourceUnavailable;
  'source available': { readonly downMs: number };
  'status changed': Standing;
  call: CallFinished;
  'tenant unreachable': { readonly reason: string };
  'tenant reachable': { readonly downMs: number };
  /** Emitted once; `reason` has the cause and the remedy. Drift then waits for the next sweep. */
  'system log closed': { readonly reason: string };
  'system log readable': Readonly<Record<string, never>>;
  /** Objects carry our marks and there is no record. `marked`: the number of objects. */
  'recovery begun': { readonly marked: number };
  /** `undecided`: the number of objects that share only their name with a definition and wait for a person. */
  'recovery ended': { readonly undecided: number };
  commanded: Commanded;
}

/** The name of an event. */
export type EventName = keyof CoreEvents;

type Subscriber<Name extends EventName> = (event: CoreEvents[Name]) => void;
type Subscribers = { [Name in EventName]?: Set<Subscriber<Name>> };

/**
 * Carries events from the core to its subscribers. Subscribers run at once and in the order they
 * came. One that throws is reported to `onError` and disturbs neither the core nor the others.
 */
export class EventBus {
  readonly #subscribers: Subscribers = {};
  readonly #onError: (error: unknown, event: EventName) => void;

  constructor(onError: (error: unknown, event: EventName) => void = () => {}) {
    this.#onError = onError;
  }

  /** Subscribes to an event. The function that comes back ends the subscription. */
  on<Name extends EventName>(name: Name, subscriber: Subscriber<Name>): () => void {
    const known: Set<Subscriber<Name>> | undefined = this.#subscribers[name];
    const subscribers = known ?? new Set<Subscriber<Name>>();
    Object.assign(this.#subscribers, { [name]: subscribers });
    // A function of its own for each subscription, so that the same subscriber may come twice.
    const entry: Subscriber<Name> = (event) => subscriber(event);
    subscribers.add(entry);
    return () => void subscribers.delete(entry);
  }

  /** Calls every subscriber of `name`. Never throws. */
  emit<Name extends EventName>(name: Name, event: CoreEvents[Name]): void {
    const subscribers: Set<Subscriber<Name>> | undefined = this.#subscribers[name];
    for (const subscriber of [...(subscribers ?? [])]) {
      try {
        subscriber(event);
      } catch (error) {
        this.#report(error, name);
      }
    }
  }

  #report(error: unknown, name: EventName): void {
    try {
      this.#onError(error, name);
    } catch {
      // The error handler itself failed; the core continues.
    }
  }
}

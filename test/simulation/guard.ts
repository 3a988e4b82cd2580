import type { Change } from '../../src/core/model/change.js';
import { canonical } from '../model/fields.js';
import type { Freeze, Modes } from './modes.js';
import type { Arrival } from './network.js';
import type { Begun } from './probe.js';

/** What of a process its guard is asked for. */
export interface Guarded {
  /** True where it may go over the limits. */
  readonly isForced: boolean;
  /** Changes that it is carrying out. */
  readonly begun: Iterable<Begun>;
}

/** What a person let happen once, as it was shown. */
interface Approval {
  readonly key: string;
  readonly shown: string;
  /** True where it was shown with a hold on the object alone. */
  readonly isAlone: boolean;
  isUsed: boolean;
  /** True where the state that held it may have been lost: nobody knows whether it was given. */
  isUncertain: boolean;
}

/** A change of which a call has left. */
interface Opened {
  readonly begun: Begun;
  readonly approval: Approval | undefined;
  /** Calls of which nothing certain was heard, or that did something. */
  unclear: number;
  counted: Counted | undefined;
}

interface Counted {
  readonly sort: Sort;
  readonly key: string;
  readonly at: number;
  /** `maybe`: an approval of a state that was lost may have let it go. */
  readonly isApproved: boolean | 'maybe';
}

/** What the state counts at a moment, or may count. */
export interface GuardMemory {
  readonly counted: readonly Counted[];
  readonly silent: ReadonlySet<Begun>;
  /** Ids of objects whose create is unfinished by it. */
  readonly unfinished: ReadonlySet<string>;
  /** Calls of creates that may make an object later. */
  readonly creating: ReadonlySet<object>;
}

type Sort = 'creates' | 'updates' | 'adopts' | 'deletes';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** Sorts of which every change counts; of the others an object counts once. */
const EACH: readonly Sort[] = ['creates', 'deletes'];
/** Answers of the API by which it certainly did nothing. */
const NOTHING = [400, 401, 403, 404, 422, 429];

/** Limits, approvals and freeze windows as they are promised, kept from nothing but what leaves a process. */
export class Guard {
  readonly #modes: Pick<Modes, 'limits' | 'freeze'>;
  readonly #approvals: Approval[] = [];
  readonly #opened = new WeakMap<Begun, Opened>();
  readonly #approvalAt = new WeakMap<Begun, Approval | undefined>();
  readonly #calls = new Map<object, Opened>();
  /** What the hour has seen, oldest first. */
  #counted: Counted[] = [];
  /** Changes that may have been counted although no call of them has left: their processes have ended. */
  #silent = new Set<Begun>();
  /** Changes of objects of which the create may be unfinished: whether they are part of it, and so not counted, is not known here. */
  #parts = new Set<Begun>();
  readonly #ended = new WeakSet<Begun>();
  /** Ids of objects that were made, of which the first calls may be missing. */
  #unfinished = new Set<string>();
  /** Calls of creates without a certain end. */
  #creating = new Set<object>();
  readonly #madeBy = new Map<object, string>();

  constructor(modes: Pick<Modes, 'limits' | 'freeze'>) {
    this.#modes = modes;
  }

  /** A person approves what a process has shown under these keys. */
  approved(shown: Iterable<{ readonly change: Change; readonly planned: Change }>): void {
    for (const { change, planned } of shown) {
      const isAlone = planned.held !== null;
      this.#approvals.push({
        key: change.key,
        shown: textOf(change),
        isAlone,
        isUsed: false,
        isUncertain: false,
      });
    }
  }

  /** True where a person ever approved a change of an object: an adoption may send nothing. */
  wasApproved(key: string): boolean {
    return this.#approvals.some((approval) => approval.key === key);
  }

  /** A look that was acted on shows another change than was approved, or none: the approval lapses. */
  lapse(key: string, change: Change | undefined): void {
    const shown = change && textOf(change);
    for (const approval of this.#approvals)
      if (approval.key === key && approval.shown !== shown) approval.isUsed = true;
  }

  get memory(): GuardMemory {
    return {
      counted: [...this.#counted],
      silent: new Set([...this.#silent, ...this.#parts]),
      unfinished: new Set(this.#unfinished),
      creating: new Set(this.#creating),
    };
  }

  /** The state is that of another moment, empty without one. Which approvals it holds as not used, nobody knows. */
  restores(memory: GuardMemory | undefined): void {
    this.#counted = [...(memory?.counted ?? [])];
    this.#silent = new Set(memory?.silent);
    this.#parts = new Set();
    this.#creating = new Set(memory?.creating);
    const made = [...this.#creating].flatMap((call) => this.#madeBy.get(call) ?? []);
    this.#unfinished = new Set([...(memory?.unfinished ?? []), ...made]);
    for (const approval of this.#approvals) {
      approval.isUsed = false;
      approval.isUncertain = true;
    }
  }

  /** A change may have been counted. */
  begins(begun: Begun): void {
    this.#silent.add(begun);
    // It is used up from here on, so that nothing that is seen later ends it.
    this.#approvalAt.set(begun, this.#approvalOf(begun));
  }

  /** What a process began is over: what was counted of it without a call is taken back. */
  ends(begun: Begun): void {
    this.#silent.delete(begun);
    this.#ended.add(begun);
  }

  /** A call has made an object: the rest of its create belongs to that. */
  made(id: string, call: object): void {
    this.#unfinished.add(id);
    this.#madeBy.set(call, id);
  }

  /** Nothing of the create of an object is missing. */
  finished(id: string): void {
    this.#unfinished.delete(id);
  }

  /** True where a window is open at a time of day. */
  isFrozen(wall: number): boolean {
    return this.#modes.freeze.some((window) => isOpen(window, wall));
  }

  /** The change that a call belongs to. */
  changeOf(call: object): Change | undefined {
    return this.#calls.get(call)?.begun.change;
  }

  /** True where a person approved the change that a call belongs to. */
  isReleased(call: object): boolean {
    return this.#calls.get(call)?.approval !== undefined;
  }

  /**
   * A writing call leaves. Says what is wrong with that. `call`: its identity. `isCalm`: no reader could see what it does.
   */
  leaves(call: object, begun: Begun, sender: Guarded, isCalm: boolean): readonly string[] {
    const known = this.#opened.get(begun);
    const opened = known ?? this.#open(begun);
    this.#opened.set(begun, opened);
    this.#silent.delete(begun);
    this.#calls.set(call, opened);
    opened.unclear += 1;
    if (begun.change.action === 'create') this.#creating.add(call);
    if (opened.approval !== undefined) opened.approval.isUsed = true;
    const { change, planned, wallAt } = begun;
    const isPart = 'id' in change && this.#unfinished.has(change.id);
    const isFree = isPart || opened.approval !== undefined;
    const out: string[] = [];
    if (known === undefined && planned.held !== null && opened.approval === undefined)
      out.push(`it is held (${planned.held.reason}), and nobody approved it as it is`);
    if (known === undefined && !isFree && this.isFrozen(wallAt)) out.push('a freeze window is open');
    if (isPart && opened.approval === undefined) this.#parts.add(begun);
    const isBookkeeping = isCalm && change.action === 'update' && change.bookkeeping;
    if (!isBookkeeping && !isPart && opened.counted === undefined) out.push(...this.#count(opened, sender));
    return out;
  }

  /** What a sender heard of a call. */
  hears(call: object, arrival: Arrival): void {
    const opened = this.#calls.get(call);
    if (didNothing(arrival) || isDone(arrival)) this.#creating.delete(call);
    if (opened === undefined || !didNothing(arrival)) return;
    opened.unclear -= 1;
    if (opened.unclear > 0) return;
    if (opened.approval !== undefined) opened.approval.isUsed = false;
    this.#counted = this.#counted.filter((counted) => counted !== opened.counted);
    // The same change may be sent again; until it ends, the state counts it.
    opened.counted = undefined;
    if (!this.#ended.has(opened.begun)) this.#silent.add(opened.begun);
  }

  #open(begun: Begun): Opened {
    const approval = this.#approvalAt.get(begun) ?? this.#approvalOf(begun);
    return { begun, approval, unclear: 0, counted: undefined };
  }

  #approvalOf({ change, planned }: Begun): Approval | undefined {
    const shown = textOf(change);
    return this.#approvals.find(
      (one) =>
        !one.isUsed &&
        one.key === change.key &&
        one.shown === shown &&
        (planned.held === null || one.isAlone),
    );
  }

  #count(opened: Opened, { isForced }: Guarded): readonly string[] {
    const { change, at } = opened.begun;
    const sort: Sort = `${change.action}s`;
    const { approval } = opened;
    const isApproved = approval?.isUncertain === true ? 'maybe' : isForced || approval !== undefined;
    const counted: Counted = { sort, key: change.key, at, isApproved };
    opened.counted = counted;
    const before = this.#counted.filter((one) => one.sort === sort && one.at <= at && at - one.at < HOUR_MS);
    this.#counted.push(counted);
    if (isForced || isApproved !== false) return [];
    const isEach = EACH.includes(sort);
    if (!isEach && before.some((one) => one.key === counted.key && one.isApproved !== true)) return [];
    if (!isEach && this.#isBegun(counted)) return [];
    const others = new Set(before.map(({ key }) => key).filter((key) => key !== counted.key));
    const number = isEach ? before.length : others.size;
    const most = this.#modes.limits?.[sort] ?? Number.POSITIVE_INFINITY;
    return number < most
      ? []
      : [`it is number ${number + 1} of the ${sort} of an hour, and sync.limits allows ${most}`];
  }

  /** True where a change of the same object may have been counted of which this does not know. */
  #isBegun({ key, sort, at }: Counted): boolean {
    return [...this.#silent, ...this.#parts].some(
      ({ change, at: then }) => change.key === key && `${change.action}s` === sort && at - then < HOUR_MS,
    );
  }
}

/** True where a sender knows from what it heard that its call did nothing. */
export function didNothing(arrival: Arrival): boolean {
  return arrival.kind === 'unsent' || (arrival.kind === 'answer' && NOTHING.includes(arrival.status));
}

/** True where a sender knows from what it heard that its call was carried out. */
export function isDone(arrival: Arrival): arrival is Extract<Arrival, { kind: 'answer' }> {
  return arrival.kind === 'answer' && arrival.status === 200 && arrival.body.startsWith('{');
}

/** True while a window that opens once a day is open. */
function isOpen({ hour, minute, minutes }: Freeze, wall: number): boolean {
  const since = (wall - (hour * 60 + minute) * 60_000) % DAY_MS;
  return since < minutes * 60_000;
}

/** A change as people see it. */
function textOf(change: Change): string {
  const { key, action, fields } = change;
  // Names are for people: they may come or go without a change of what is approved.
  const asked = fields.map(({ namePath: _, fromName: __, toName: ___, ...field }) => field);
  return canonical([key, action, 'id' in change ? change.id : '', asked]);
}

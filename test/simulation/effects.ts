import type { Sender } from './judge.js';
import type { Thing } from './model.js';
import type { Sent } from './network.js';

/** What a write of c1sync changed in the tenant. */
export interface Effect {
  readonly action: 'create' | 'update' | 'adopt' | 'delete';
  /** True where a create or an adoption goes on with it. */
  readonly isPart: boolean;
  readonly sender: Sender;
  /** The thing that it was done for. */
  readonly thing: Thing | undefined;
  /** The object's id. */
  readonly id: string;
  /** When the request left, and when the tenant did the work, milliseconds since the beginning. */
  readonly sentAt: number;
  readonly at: number;
  /** The mask, as it was sent; empty where the call takes none. */
  readonly mask: string;
  readonly path: string;
  /** True where the true answer is on its way to a sender that runs. */
  readonly isAnswered: boolean;
}

/** A change that a process began, with how many reports it had made before. */
interface Begun {
  readonly sender: Sender;
  readonly reports: number;
}

/** Everything that writes of c1sync changed, each with what it is a part of. */
export class Effects {
  /** Oldest first. */
  readonly all: Effect[] = [];
  readonly #now: () => number;
  /** Creates and adoptions, by the object's id. */
  readonly #begun = new Map<string, Begun>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes that the tenant did what a process sent. */
  note(sent: Sent, sender: Sender, what: Pick<Effect, 'action' | 'id' | 'thing' | 'mask'>): void {
    const { actor, sentAt, isBroken, request } = sent;
    const isPart = what.action === 'update' && isOpen(this.#begun.get(what.id), sender, what);
    if (what.action !== 'update') this.#begun.set(what.id, { sender, reports: sender.reconciled.length });
    this.all.push({
      ...what,
      isPart,
      sender,
      sentAt,
      at: this.#now(),
      path: request.path,
      isAnswered: !isBroken && actor.life === 'running',
    });
  }
}

/** True while the process that began a change has not reported its end. */
function isOpen(
  begun: Begun | undefined,
  sender: Sender,
  { id, thing }: Pick<Effect, 'id' | 'thing'>,
): boolean {
  if (begun?.sender !== sender) return false;
  const since = sender.reconciled.slice(begun.reports);
  return !since.some((event) => event.id === id || (event.kind === thing?.kind && event.name === thing.name));
}

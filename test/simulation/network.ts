import type { Outcome, TenantAnswer, TenantRequest } from '../../src/emulator/exchange.js';
import type { TenantServer } from '../../src/emulator/tenant-server.js';
import type { Actor, Loop } from './loop.js';
import { PLANTED } from './model.js';

/** A trouble that waits for the calls it hits. */
export interface Fault {
  /** Which calls: a part of `METHOD /path`, as a regular expression. */
  readonly match: string;
  /** How many calls it hits. */
  times: number;
  /** The answer that the sender gets in place of the true one; `unsent`: the call never leaves. */
  readonly answer: number | 'timeout' | 'reset' | 'html' | 'unsent';
  /** Whether the tenant does the work: not at all, at once, or this many milliseconds after the broken answer. */
  readonly effect: 'none' | 'done' | number;
  /** Seconds that the answer asks to wait. */
  readonly retryAfter?: number;
}

/** A request on its way to the tenant, with who sent it. */
export interface Sent {
  readonly actor: Actor;
  readonly request: TenantRequest;
  /** When it left, milliseconds since the beginning. */
  readonly sentAt: number;
  /** True where the answer is broken or late, so that the sender may not know what came of it. */
  readonly isBroken: boolean;
}

/** Sees every request at the moment in which the tenant works on it. */
export interface Onlooker {
  /** Called at the moment in which a process hands a request to the network. */
  leaves(sent: Sent): void;
  /** Called when the sender hears of it. */
  hears(sent: Sent, arrival: Arrival): void;
  /** Called before the tenant works on it; what comes back is called with the answer. */
  arrives(sent: Sent): ((answer: TenantAnswer) => void) | undefined;
}

/** What a sender gets. */
export type Arrival =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'broken' }
  | { readonly kind: 'unsent' };

/** Everything between processes and the tenant. What was sent arrives, whatever becomes of its sender. */
export class Network {
  /** How long a way takes, milliseconds: at least, and at most. */
  latency: readonly [number, number] = [1, 20];
  readonly faults: Fault[] = [];
  /** Most objects that the tenant gives in a page of a list; undefined for as many as are asked for. */
  pageSize: number | undefined;
  /** Requests that are on their way, or may still be carried out. */
  underWay = 0;
  readonly #actor: Actor = { name: 'network', life: 'running' };
  readonly #loop: Loop;
  readonly #tenant: TenantServer;
  readonly #onlooker: Onlooker;

  constructor(loop: Loop, tenant: TenantServer, onlooker: Onlooker) {
    this.#loop = loop;
    this.#tenant = tenant;
    this.#onlooker = onlooker;
  }

  /**
   * Sends a request. `hear` is called when its answer is there, unless the sender is gone by that time. A sender that has
   * aborted `signal` does not hear what the answer is.
   */
  send(actor: Actor, request: TenantRequest, signal: AbortSignal, hear: (arrival: Arrival) => void): void {
    const fault = this.#take(request);
    const label = `${request.method} ${request.path}`;
    const sent: Sent = { actor, request, sentAt: this.#loop.now, isBroken: fault !== undefined };
    this.#onlooker.leaves(sent);
    const deliver = (arrival: Arrival): void =>
      this.#later(`answer to ${label}`, () =>
        this.#loop.post(actor, `hears of ${label}`, () => {
          this.#onlooker.hears(sent, signal.aborted ? { kind: 'broken' } : arrival);
          hear(arrival);
        }),
      );
    if (fault?.answer === 'unsent') {
      deliver({ kind: 'unsent' });
      return;
    }
    this.#later(`arrival of ${label}`, () => {
      if (fault === undefined) this.#work(sent, deliver);
      else this.#break(sent, fault, deliver);
    });
  }

  #break(sent: Sent, fault: Fault, deliver: (arrival: Arrival) => void): void {
    const { request } = sent;
    if (fault.effect === 'done') this.#work(sent, () => {});
    else if (fault.effect !== 'none') {
      this.underWay += 1;
      this.#loop.after(this.#actor, fault.effect, `late ${request.method} ${request.path}`, () => {
        this.underWay -= 1;
        this.#work(sent, () => {});
      });
    }
    const arrival = brokenAnswer(fault, request.body);
    if (arrival !== undefined) deliver(arrival);
  }

  #work(sent: Sent, deliver: (arrival: Arrival) => void): void {
    this.underWay += 1;
    void this.#carryOut(sent).then((outcome) => {
      this.underWay -= 1;
      if (typeof outcome !== 'string') deliver({ kind: 'answer', ...outcome });
    });
  }

  async #carryOut(sent: Sent): Promise<Outcome> {
    const judged = this.#onlooker.arrives(sent);
    const outcome = await this.#tenant.handle(this.#paged(sent.request));
    if (typeof outcome !== 'string') judged?.(outcome);
    return outcome;
  }

  #paged(request: TenantRequest): TenantRequest {
    if (this.pageSize === undefined) return request;
    return { ...request, path: request.path.replace(/page_size=\d+/, `page_size=${this.pageSize}`) };
  }

  #later(label: string, run: () => void): void {
    const [least, most] = this.latency;
    this.underWay += 1;
    this.#loop.after(this.#actor, this.#loop.random.int(least, most), label, () => {
      this.underWay -= 1;
      run();
    });
  }

  #take({ method, path }: TenantRequest): Fault | undefined {
    const fault = this.faults.find(({ match }) => new RegExp(match).test(`${method} ${path}`));
    if (fault === undefined) return undefined;
    fault.times -= 1;
    if (fault.times <= 0) this.faults.splice(this.faults.indexOf(fault), 1);
    return fault;
  }
}

const PAGE = '<!doctype html><html><body>C1</body></html>';

/** What a sender gets of a broken answer, which quotes a secret that was sent; undefined where it gets nothing, ever. */
function brokenAnswer({ answer, retryAfter }: Fault, sent: string): Arrival | undefined {
  if (answer === 'timeout') return undefined;
  if (answer === 'reset' || answer === 'unsent') return { kind: 'broken' };
  if (answer === 'html') {
    return { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: PAGE };
  }
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  };
  const body = JSON.stringify({
    code: answer === 429 ? 8 : 2,
    message: ['broken on purpose:', answer, ...(PLANTED.exec(sent) ?? [])].join(' '),
    details: [],
  });
  return { kind: 'answer', status: answer, headers, body };
}

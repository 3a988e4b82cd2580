import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../core/model/clock.js';
import type { EventBus } from '../../core/model/events.js';
import { statusesIn } from '../../core/model/phase.js';
import { byNeed, type Idle, idleRow, runningRow, type TenantRow } from '../../core/status/tenant-rows.js';
import type { WebhookOptions } from '../webhook.js';
import type { ApiParts } from './api.js';
import { Changes } from './changes.js';
import { tenantName } from './paths.js';
import { Refusal } from './refusal.js';

/** The sources of the answers about one tenant. */
export interface TenantParts extends ApiParts {
  readonly events: EventBus;
  /** Missing where the definitions come from no git repository. */
  readonly webhook?: WebhookOptions | undefined;
  /** False once the lock of the state folder is lost. */
  readonly isLocked: () => boolean;
}

/** The facts of a tenant that its settings alone show. */
export type TenantAbout = Pick<TenantRow, 'tenant' | 'workspace' | 'mode'>;

interface Slot {
  readonly about: TenantAbout;
  idle: Idle;
  running?: { readonly parts: TenantParts; readonly changes: Changes };
}

const FIRST: Idle = { state: 'starting', reason: '', since: null, nextTry: null, lastCompleteSweep: null };

/** The tenants of a process by name: those that it works on, and those that it cannot. */
export class Tenants {
  /** Notifies of the changes of any tenant. */
  readonly changes: Changes;
  readonly #clock: Clock;
  readonly #slots: ReadonlyMap<string, Slot>;

  constructor(clock: Clock, tenants: ReadonlyMap<string, TenantAbout>) {
    this.#clock = clock;
    this.changes = new Changes(clock);
    this.#slots = new Map([...tenants].map(([name, about]) => [name, { about, idle: FIRST }]));
  }

  /** Serves a tenant until the returned function is called. */
  start(name: string, parts: TenantParts): () => void {
    const slot = this.#slotOf(name);
    const changes = new Changes(this.#clock);
    const ends = [changes.follow(parts.events), this.changes.follow(parts.events)];
    slot.running = { parts, changes };
    this.changes.note();
    return () => {
      for (const end of ends) end();
      changes.close();
      const { lastSuccess } = parts.overview.daemon().sweeps;
      slot.idle = { ...FIRST, lastCompleteSweep: lastSuccess };
      delete slot.running;
      this.changes.note();
    };
  }

  /** Notes why a tenant cannot be worked on, and when the next try is, milliseconds since the epoch. */
  fail(name: string, reason: string, nextTry: number): void {
    const slot = this.#slotOf(name);
    const since = slot.idle.since ?? new Date(this.#clock.now()).toISOString();
    slot.idle = { ...slot.idle, state: 'failed', reason, since, nextTry: new Date(nextTry).toISOString() };
    this.changes.note();
  }

  /** True once the first try of every tenant has ended. */
  get started(): boolean {
    return [...this.#slots.values()].every(
      ({ running, idle }) => running !== undefined || idle.state === 'failed',
    );
  }

  /** All tenants, those first that need attention most. */
  rows(): readonly TenantRow[] {
    return byNeed(
      [...this.#slots].map(([name, { about, idle, running }]) =>
        running === undefined ? idleRow(name, about, idle) : rowOf(name, running.parts),
      ),
    );
  }

  /** The tenant of a request; undefined where there is none, or the process does not work on it. */
  find(request: FastifyRequest): TenantParts | undefined {
    return this.#slots.get(tenantName(request) ?? '')?.running?.parts;
  }

  /** The tenant of a request. Throws a Refusal: 404 for an unknown one, 503 with the reason for one that does not run. */
  partsOf(request: FastifyRequest): TenantParts {
    return this.#running(request).parts;
  }

  /** The changes of the tenant of a request. Throws as {@link partsOf}. */
  changesOf(request: FastifyRequest): Changes {
    return this.#running(request).changes;
  }

  /** Ends every stream. */
  close(): void {
    this.changes.close();
    for (const { running } of this.#slots.values()) running?.changes.close();
  }

  #running(request: FastifyRequest): NonNullable<Slot['running']> {
    const name = tenantName(request) ?? '';
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new Refusal(404, `there is no tenant ${name}`);
    if (slot.running !== undefined) return slot.running;
    const reason = slot.idle.state === 'failed' ? slot.idle.reason : 'it is starting';
    throw new Refusal(503, `the daemon does not work on the tenant ${name} now: ${reason}`);
  }

  #slotOf(name: string): Slot {
    const slot = this.#slots.get(name);
    if (slot === undefined) throw new Error(`there is no tenant ${name}`);
    return slot;
  }
}

function rowOf(name: string, { overview }: TenantParts): TenantRow {
  const first = (phase: 'out-of-sync' | 'waiting') =>
    overview.objects({ statuses: statusesIn(phase), size: 1 }).objects[0];
  return runningRow(name, overview.daemon(), first('out-of-sync') ?? first('waiting'));
}

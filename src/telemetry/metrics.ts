import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { STATUSES } from '../core/model/change.js';
import type { Clock } from '../core/model/clock.js';
import type { EventBus, Outcome, Reconciled } from '../core/model/events.js';
import { HEALTHS, type Health } from '../core/model/health.js';
import { countPhases, PHASES } from '../core/model/phase.js';
import { COMMANDS } from '../core/status/history-actions.js';
import type { DaemonView } from '../core/status/views.js';

/** The state of the tenant's request budget; rates are requests a second. */
interface BudgetFacts {
  readonly rate: number;
  readonly limit: number;
  /** Milliseconds since the epoch; undefined while nothing is paused. */
  readonly pausedUntil: number | undefined;
  readonly queued: number;
  readonly inFlight: number;
}

/** The sources of the metrics of one tenant. */
export interface MetricsParts {
  readonly events: EventBus;
  /** Called at every scrape. */
  readonly daemon: () => DaemonView;
  /** Called at every scrape. */
  readonly budget: () => BudgetFacts;
  readonly clock: Clock;
}

/** The options of the metrics of a process. */
export interface MetricsOptions {
  readonly version: string;
  /** Names of all kinds. */
  readonly kinds: readonly string[];
  /** The names of its tenants, for the label `tenant`; without them, its only tenant has no such label. */
  readonly tenants?: readonly string[] | undefined;
}

/** The label of a tenant; none for the only one. */
type Base = Readonly<Partial<Record<'tenant', string>>>;

const ACTIONS: readonly Reconciled['action'][] = ['create', 'update', 'adopt', 'delete', 'none'];
const OUTCOMES: readonly Outcome[] = ['done', 'unchanged', 'drifted', 'held', 'settling', 'failed'];
/** Outcomes of the runs that writes start. */
const RUN_OUTCOMES: readonly Health[] = HEALTHS.filter((health) => health !== 'Syncing');
const METHODS = ['GET', 'POST', 'DELETE'];
/** The code of a request that got no answer. */
const NO_ANSWER = 'none';
const SECOND_MS = 1000;
const REQUEST_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const WORK_BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 1800];

/** A registry with every metric of c1sync and no values, for the generated reference. */
export function emptyRegistry(): Registry {
  const registry = new Registry();
  counters([registry]);
  gaugesOf([registry]);
  runningGauge([registry]);
  return registry;
}

/**
 * Counts what the core does, for Prometheus. Every series is there from the start, at zero. No label names an object, a
 * path or a person, so the number of series is bounded.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = counters([this.#registry]);
  readonly #gauges = gaugesOf([this.#registry]);
  readonly #running: Gauge<'tenant'> | undefined;
  /** The sources of the tenants that run, by name. */
  readonly #sources = new Map<string | undefined, MetricsParts>();

  constructor({ version, kinds, tenants }: MetricsOptions) {
    collectDefaultMetrics({ register: this.#registry });
    this.#gauges.build.set({ version }, 1);
    if (tenants !== undefined) this.#running = runningGauge([this.#registry]);
    for (const name of tenants ?? [undefined]) {
      this.#seed(baseOf(name), kinds);
      if (name !== undefined) this.#running?.set({ tenant: name }, 0);
    }
  }

  /** Counts what a tenant does, until the returned function is called. Without a name, it is the only tenant. */
  follow(parts: MetricsParts, name?: string): () => void {
    const base = baseOf(name);
    const { reconciliations, reconcileSeconds, calls, callSeconds, sweeps, sweepSeconds } = this.#counters;
    const { healthAfterChange, commands } = this.#counters;
    const { events } = parts;
    this.#sources.set(name, parts);
    if (name !== undefined) this.#running?.set({ tenant: name }, 1);
    const ends = [
      events.on('reconciled', ({ kind, action, outcome, durationMs }) => {
        reconciliations.inc({ ...base, kind, action, outcome });
        if (action !== 'none') reconcileSeconds.observe({ ...base, kind }, durationMs / SECOND_MS);
      }),
      events.on('call', ({ method, status, durationMs }) => {
        calls.inc({ ...base, method, code: String(status ?? NO_ANSWER) });
        callSeconds.observe({ ...base, method }, durationMs / SECOND_MS);
      }),
      events.on('sweep finished', ({ scope, outcome, durationMs }) => {
        sweeps.inc({ ...base, scope, outcome });
        sweepSeconds.observe({ ...base, scope }, durationMs / SECOND_MS);
      }),
      events.on('health after change', ({ health }) => healthAfterChange.inc({ ...base, health })),
      events.on('commanded', ({ command, via }) => commands.inc({ ...base, command, by: via })),
    ];
    return () => {
      for (const end of ends) end();
      if (this.#sources.get(name) !== parts) return;
      this.#setGauges(base, parts);
      this.#sources.delete(name);
      if (name !== undefined) this.#running?.set({ tenant: name }, 0);
    };
  }

  /** The type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything in the text format of Prometheus. */
  text(): Promise<string> {
    for (const [name, parts] of this.#sources) this.#setGauges(baseOf(name), parts);
    return this.#registry.metrics();
  }

  #seed(base: Base, kinds: readonly string[]): void {
    const { reconciliations, reconcileSeconds, sweeps, sweepSeconds, calls, callSeconds, commands } =
      this.#counters;
    for (const [gauge] of this.#gauges.gauges) gauge.set(base, 0);
    for (const health of RUN_OUTCOMES) this.#counters.healthAfterChange.inc({ ...base, health }, 0);
    for (const kind of kinds) {
      reconcileSeconds.zero({ ...base, kind });
      for (const action of ACTIONS)
        for (const outcome of OUTCOMES) reconciliations.inc({ ...base, kind, action, outcome }, 0);
    }
    for (const scope of ['full', 'targeted']) {
      sweepSeconds.zero({ ...base, scope });
      for (const outcome of ['done', 'failed']) sweeps.inc({ ...base, scope, outcome }, 0);
    }
    for (const method of METHODS) {
      callSeconds.zero({ ...base, method });
      for (const code of ['200', '429', NO_ANSWER]) calls.inc({ ...base, method, code }, 0);
    }
    for (const command of COMMANDS)
      for (const by of ['api', 'dashboard']) commands.inc({ ...base, command, by }, 0);
  }

  /** Sets the gauges at the moment of the scrape. */
  #setGauges(base: Base, parts: MetricsParts): void {
    const { byState, gauges } = this.#gauges;
    const daemon = parts.daemon();
    const budget = parts.budget();
    const present: Present = { ...daemon, budget, now: parts.clock.now() };
    for (const [gauge, value] of gauges) gauge.set(base, value(present));
    const { objects, queue } = daemon;
    for (const [kind, counts] of Object.entries(objects.byKind)) {
      for (const status of STATUSES) byState.objects.set({ ...base, kind, status }, counts[status]);
      const phases = countPhases(counts);
      for (const phase of PHASES) byState.phases.set({ ...base, kind, phase }, phases[phase]);
    }
    for (const health of HEALTHS) byState.health.set({ ...base, health }, objects.byHealth[health]);
    byState.queue.set({ ...base, state: 'waiting' }, queue.waiting);
    byState.queue.set({ ...base, state: 'running' }, queue.running);
    byState.requests.set({ ...base, state: 'waiting' }, budget.queued);
    byState.requests.set({ ...base, state: 'running' }, budget.inFlight);
  }
}

function baseOf(tenant: string | undefined): Base {
  return tenant === undefined ? {} : { tenant };
}

function runningGauge(registers: Registry[]): Gauge<'tenant'> {
  return new Gauge({
    name: 'c1sync_tenant_running',
    help: 'With several tenants only: 1 while the daemon works on the tenant; 0 while it cannot, and its other figures are the last ones.',
    labelNames: ['tenant'] as const,
    registers,
  });
}

function counters(registers: Registry[]) {
  return {
    reconciliations: new Counter({
      name: 'c1sync_reconciliations_total',
      help: 'Reconciliations of objects by action and outcome.',
      labelNames: ['tenant', 'kind', 'action', 'outcome'] as const,
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: 'c1sync_reconcile_duration_seconds',
      help: 'Duration of the changes of objects.',
      labelNames: ['tenant', 'kind'] as const,
      buckets: WORK_BUCKETS,
      registers,
    }),
    healthAfterChange: new Counter({
      name: 'c1sync_health_after_change_total',
      help: 'Outcomes of the runs in the tenant that changes have started; Unknown where none ended within an hour.',
      labelNames: ['tenant', 'health'] as const,
      registers,
    }),
    sweeps: new Counter({
      name: 'c1sync_sweeps_total',
      help: 'Sweeps of everything (full) or of some objects (targeted) by outcome.',
      labelNames: ['tenant', 'scope', 'outcome'] as const,
      registers,
    }),
    sweepSeconds: new Histogram({
      name: 'c1sync_sweep_duration_seconds',
      help: 'Duration of sweeps, their changes included.',
      labelNames: ['tenant', 'scope'] as const,
      buckets: WORK_BUCKETS,
      registers,
    }),
    calls: new Counter({
      name: 'c1sync_api_requests_total',
      help: 'Requests to the tenant by status code; "none" without an answer.',
      labelNames: ['tenant', 'method', 'code'] as const,
      registers,
    }),
    callSeconds: new Histogram({
      name: 'c1sync_api_request_duration_seconds',
      help: 'Duration of requests to the tenant.',
      labelNames: ['tenant', 'method'] as const,
      buckets: REQUEST_BUCKETS,
      registers,
    }),
    commands: new Counter({
      name: 'c1sync_commands_total',
      help: 'Commands of people by channel.',
      labelNames: ['tenant', 'command', 'by'] as const,
      registers,
    }),
  };
}

/** The input of gauges without a label. */
type Present = DaemonView & { readonly budget: BudgetFacts; readonly now: number };

const GAUGES: readonly (readonly [name: string, help: string, value: (present: Present) => number])[] = [
  ['started', '1 once the first sweep has ended, its changes included.', ({ started }) => Number(started)],
  ['recovering', '1 while lost records are being recovered.', ({ recovering }) => Number(recovering)],
  [
    'tenant_reachable',
    '1 when the tenant answered in the last sweep.',
    ({ tenant }) => Number(tenant.reachable === true),
  ],
  [
    'last_successful_sweep_timestamp_seconds',
    'Time of the last complete sweep, which observed everything; 0 before the first.',
    ({ sweeps }) => secondsOf(sweeps.lastSuccess),
  ],
  [
    'drift_age_seconds',
    'Age of the oldest object that is out of sync or waiting for a person.',
    ({ objects, now }) => ageOf(objects.notInLineSince, now),
  ],
  ['held_groups', 'Groups of held changes that are pending approval.', ({ held }) => held.length],
  [
    'held_changes',
    'Held changes that are pending approval.',
    ({ held }) => held.reduce((sum, group) => sum + group.objects, 0),
  ],
  ['suspensions', 'Suspensions in force.', ({ suspensions }) => suspensions.length],
  ['definitions', 'Valid definitions in force.', ({ definitions }) => definitions?.count ?? 0],
  ['definition_problems', 'Mistakes in the definitions.', ({ definitions }) => definitions?.problems ?? 0],
  ['api_rate', 'Requests a second that the budget allows now.', ({ budget }) => budget.rate],
  ['api_rate_limit', 'Requests a second that the settings allow.', ({ budget }) => budget.limit],
  [
    'api_paused',
    '1 while requests pause because the tenant asked for it.',
    ({ budget }) => Number(budget.pausedUntil !== undefined),
  ],
];

function gaugesOf(registers: Registry[]) {
  const labelled = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge<Label | 'tenant'>({
      name: `c1sync_${name}`,
      help,
      labelNames: ['tenant', ...labelNames],
      registers,
    });
  return {
    build: labelled('build_info', 'Always 1; the label names the running version.', 'version'),
    byState: {
      objects: labelled('objects', 'Objects by status.', 'kind', 'status'),
      phases: labelled('objects_by_phase', 'Objects by phase.', 'kind', 'phase'),
      health: labelled('objects_by_health', 'Objects by their health in the tenant.', 'health'),
      queue: labelled('queue_depth', 'Changes in the queue.', 'state'),
      requests: labelled('api_requests', 'Requests that are queued, or await their answer.', 'state'),
    },
    gauges: GAUGES.map(([name, help, value]) => [labelled(name, help), value] as const),
  };
}

function secondsOf(time: string | null): number {
  return time === null ? 0 : Date.parse(time) / SECOND_MS;
}

function ageOf(since: string | null, now: number): number {
  return since === null ? 0 : Math.max(0, now - Date.parse(since)) / SECOND_MS;
}

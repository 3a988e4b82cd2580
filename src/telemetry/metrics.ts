import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { STATUSES } from '../core/model/change.js';
import type { Clock } from '../core/model/clock.js';
import type { CallFinished, EventBus, Outcome, Reconciled, SweepFinished } from '../core/model/events.js';
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

/** The sources of the metrics. */
export interface MetricsParts {
  readonly events: EventBus;
  /** Called at every scrape. */
  readonly daemon: () => DaemonView;
  /** Called at every scrape. */
  readonly budget: () => BudgetFacts;
  readonly clock: Clock;
}

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
  return registry;
}

/**
 * Counts what the core does, for Prometheus. Every series is there from the start, at zero. No label names an object, a
 * path or a person, so the number of series is bounded.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #parts: MetricsParts;
  readonly #counters: ReturnType<typeof counters>;
  readonly #gauges: ReturnType<typeof gaugesOf>;

  constructor(parts: MetricsParts) {
    this.#parts = parts;
    collectDefaultMetrics({ register: this.#registry });
    this.#counters = counters([this.#registry]);
    this.#gauges = gaugesOf([this.#registry]);
    this.#seed(parts.daemon());
    parts.events.on('reconciled', (event) => this.#reconciled(event));
    parts.events.on('call', (event) => this.#called(event));
    parts.events.on('sweep finished', (event) => this.#swept(event));
    parts.events.on('health after change', ({ health }) => this.#counters.healthAfterChange.inc({ health }));
    parts.events.on('commanded', ({ command, via }) => this.#counters.commands.inc({ command, by: via }));
  }

  /** The type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything in the text format of Prometheus. */
  text(): Promise<string> {
    this.#setGauges(this.#parts.daemon());
    return this.#registry.metrics();
  }

  #seed({ about }: DaemonView): void {
    const { reconciliations, reconcileSeconds, sweeps, sweepSeconds, calls, callSeconds, commands } =
      this.#counters;
    for (const health of RUN_OUTCOMES) this.#counters.healthAfterChange.inc({ health }, 0);
    this.#gauges.build.set({ version: about.version }, 1);
    for (const kind of about.kinds) {
      reconcileSeconds.zero({ kind });
      for (const action of ACTIONS)
        for (const outcome of OUTCOMES) reconciliations.inc({ kind, action, outcome }, 0);
    }
    for (const scope of ['full', 'targeted']) {
      sweepSeconds.zero({ scope });
      for (const outcome of ['done', 'failed']) sweeps.inc({ scope, outcome }, 0);
    }
    for (const method of METHODS) {
      callSeconds.zero({ method });
      for (const code of ['200', '429', NO_ANSWER]) calls.inc({ method, code }, 0);
    }
    for (const command of COMMANDS) for (const by of ['api', 'dashboard']) commands.inc({ command, by }, 0);
  }

  #reconciled({ kind, action, outcome, durationMs }: Reconciled): void {
    this.#counters.reconciliations.inc({ kind, action, outcome });
    if (action !== 'none') this.#counters.reconcileSeconds.observe({ kind }, durationMs / SECOND_MS);
  }

  #called({ method, status, durationMs }: CallFinished): void {
    this.#counters.calls.inc({ method, code: String(status ?? NO_ANSWER) });
    this.#counters.callSeconds.observe({ method }, durationMs / SECOND_MS);
  }

  #swept({ scope, outcome, durationMs }: SweepFinished): void {
    this.#counters.sweeps.inc({ scope, outcome });
    this.#counters.sweepSeconds.observe({ scope }, durationMs / SECOND_MS);
  }

  /** Sets the gauges at the moment of the scrape. */
  #setGauges(daemon: DaemonView): void {
    const { byState, gauges } = this.#gauges;
    const budget = this.#parts.budget();
    const present: Present = { ...daemon, budget, now: this.#parts.clock.now() };
    for (const [gauge, value] of gauges) gauge.set(value(present));
    const { objects, queue } = daemon;
    for (const [kind, counts] of Object.entries(objects.byKind)) {
      for (const status of STATUSES) byState.objects.set({ kind, status }, counts[status]);
      const phases = countPhases(counts);
      for (const phase of PHASES) byState.phases.set({ kind, phase }, phases[phase]);
    }
    for (const health of HEALTHS) byState.health.set({ health }, objects.byHealth[health]);
    byState.queue.set({ state: 'waiting' }, queue.waiting);
    byState.queue.set({ state: 'running' }, queue.running);
    byState.requests.set({ state: 'waiting' }, budget.queued);
    byState.requests.set({ state: 'running' }, budget.inFlight);
  }
}

function counters(registers: Registry[]) {
  return {
    reconciliations: new Counter({
      name: 'c1sync_reconciliations_total',
      help: 'Reconciliations of objects by action and outcome.',
      labelNames: ['kind', 'action', 'outcome'] as const,
      registers,
    }),
    reconcileSeconds: new Histogram({
      name: 'c1sync_reconcile_duration_seconds',
      help: 'Duration of the changes of objects.',
      labelNames: ['kind'] as const,
      buckets: WORK_BUCKETS,
      registers,
    }),
    healthAfterChange: new Counter({
      name: 'c1sync_health_after_change_total',
      help: 'Outcomes of the runs in the tenant that changes have started; Unknown where none ended within an hour.',
      labelNames: ['health'] as const,
      registers,
    }),
    sweeps: new Counter({
      name: 'c1sync_sweeps_total',
      help: 'Sweeps of everything (full) or of some objects (targeted) by outcome.',
      labelNames: ['scope', 'outcome'] as const,
      registers,
    }),
    sweepSeconds: new Histogram({
      name: 'c1sync_sweep_duration_seconds',
      help: 'Duration of sweeps, their changes included.',
      labelNames: ['scope'] as const,
      buckets: WORK_BUCKETS,
      registers,
    }),
    calls: new Counter({
      name: 'c1sync_api_requests_total',
      help: 'Requests to the tenant by status code; "none" without an answer.',
      labelNames: ['method', 'code'] as const,
      registers,
    }),
    callSeconds: new Histogram({
      name: 'c1sync_api_request_duration_seconds',
      help: 'Duration of requests to the tenant.',
      labelNames: ['method'] as const,
      buckets: REQUEST_BUCKETS,
      registers,
    }),
    commands: new Counter({
      name: 'c1sync_commands_total',
      help: 'Commands of people by channel.',
      labelNames: ['command', 'by'] as const,
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
    new Gauge<Label>({ name: `c1sync_${name}`, help, labelNames, registers });
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

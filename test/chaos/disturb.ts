import { addApp, addConnector } from './edit-definitions.js';
import { pause } from './processes.js';
import type { Action, Stage } from './stage.js';
import { keyOf } from './world.js';

const LONGEST_DELAY_MS = 4_000;
const LONGEST_OWNER_DELAY_MS = 1_500;

const reads = [
  'GET /api/v1/apps*',
  'GET /api/v1/apps/*/connectors*',
  'GET /api/v1/apps/*/ownerids',
  'POST /api/v1/search/*',
  'POST /auth/v1/token',
] as const;
const creates = ['POST /api/v1/apps', 'POST /api/v1/apps/*/connectors'] as const;
const updates = ['POST /api/v1/apps/*', 'PUT /*', 'POST /api/v1/apps/*/schedule'] as const;
const failures = [500, 502, 503, 408, 409, 'timeout', 'reset', 'html'] as const;

async function arm(
  stage: Stage,
  fault: Readonly<Record<string, unknown>> & { readonly times: number },
): Promise<string> {
  stage.excuse += 2 * fault.times;
  await stage.tenant.addFault(fault);
  return `fault ${JSON.stringify(fault)}`;
}

const breakReads: Action = (stage) => {
  const { random } = stage;
  return arm(stage, {
    match: random.pick(reads),
    times: random.int(1, 4),
    status: random.pick(failures),
  });
};

const breakWrites: Action = (stage) => {
  const { random, losesCreates } = stage;
  const match = random.pick(random.chance(0.4) ? creates : updates) ?? '';
  const mayLose = losesCreates || !canCreate(match);
  return arm(stage, {
    match,
    times: random.int(1, 2),
    status: random.pick(failures),
    after: mayLose ? random.pick(['apply', 'before']) : 'apply',
  });
};

/** True for what also matches a call that creates. */
function canCreate(match: string): boolean {
  return match.startsWith('POST') && !match.endsWith('/schedule');
}

/** Of `matches`: lets a broken call be carried out after all, when nobody expects it any more. */
function commitLate(stage: Stage, matches: readonly string[]): Promise<string> {
  const { random } = stage;
  stage.commitsLate = true;
  return arm(stage, {
    match: random.pick(matches),
    times: 1,
    status: random.pick(['timeout', 'reset', 503]),
    delayMs: random.int(50, LONGEST_DELAY_MS),
  });
}

/** Not of calls that write secrets: what lands there after its time is another's writing, by all that can be seen. */
const writeLate: Action = (stage) => {
  const app = stage.world.things.find(({ kind, id }) => kind === 'App' && id !== undefined);
  return commitLate(stage, ['PUT /*', ...(app === undefined ? [] : [`POST /api/v1/apps/${app.id}`])]);
};

/** Something new is defined, and the answer to its creation is lost, or it is made long after. */
const makeLate: Action = async (stage) => {
  const fault = await commitLate(stage, creates);
  const made = await stage.random.pick([addApp, addConnector])?.(stage);
  return made === undefined ? fault : `${fault}; ${made}`;
};

const refuse: Action = (stage) => {
  const { random } = stage;
  const match = random.pick(['* /api/*', 'POST /auth/v1/token', 'POST /api/v1/apps*']);
  return arm(stage, { match, times: random.int(1, 3), status: 429, retryAfter: random.int(0, 1) });
};

const turn: Action = async ({ random, tenant }) => {
  const settings = {
    latencyMs: random.chance(0.5) ? 0 : random.int(1, 80),
    requestsPerSecond: random.chance(0.6) ? 0 : random.int(15, 40),
    ownerDelayMs: random.chance(0.5) ? 0 : random.int(100, LONGEST_OWNER_DELAY_MS),
  };
  await tenant.settings(settings);
  return `tenant ${JSON.stringify(settings)}`;
};

const kill: Action = async (stage) => {
  const { processes, random, start } = stage;
  if (processes.daemon?.isRunning !== true) {
    start();
    return 'start the daemon again';
  }
  await processes.killDaemon();
  if (random.chance(0.5)) return 'kill the daemon, and leave it dead';
  await pause(random.int(0, 300));
  start();
  return 'kill the daemon and start it again';
};

const stop: Action = async ({ processes, start }) => {
  if (processes.daemon?.isRunning !== true) return undefined;
  await processes.stopDaemon();
  start();
  return 'stop the daemon in order and start it again';
};

const reload: Action = async ({ processes }) => {
  if (processes.daemon?.isRunning !== true || !processes.daemon.isWorking) return undefined;
  processes.daemon.kill('SIGHUP');
  return 'reload the daemon';
};

/** What happens to the network, the tenant's pace and the process, by weight. */
export const disturbances: readonly (readonly [number, Action])[] = [
  [2, breakReads],
  [4, breakWrites],
  [1, writeLate],
  [4, makeLate],
  [2, refuse],
  [2, turn],
  [4, kill],
  [1, stop],
  [1, reload],
];

/** Ends every disturbance: what the daemon does from here on is to come to rest. */
export async function calmDown({ tenant, folder, processes, start, ...stage }: Stage): Promise<void> {
  await tenant.clearFaults();
  await tenant.settings({ latencyMs: 0, requestsPerSecond: 0, ownerDelayMs: 0 });
  await folder.mend();
  if (processes.daemon?.isRunning !== true && processes.faults.length === 0) start();
  if (stage.commitsLate) await pause(LONGEST_DELAY_MS + 100);
}

/** Has one object that was left alone managed again, as a person would. */
export const reclaim: Action = async (stage) => {
  const { random, world, processes, command, start } = stage;
  const thing = random.pick(
    world.defined.filter(
      ({ fate, twins, app }) =>
        (fate === 'takenOver' || fate === 'gone') &&
        twins.size === 0 &&
        (app === undefined || app.fate === 'managed'),
    ),
  );
  if (thing === undefined) return undefined;
  await processes.stopDaemon();
  // Where definitions take their records along, those of what is not defined any more are gone.
  const below = world.under(thing).filter(({ file }) => file !== undefined || !world.modes.prune);
  const forgotten = thing.fate === 'gone' ? [thing, ...below] : [thing];
  for (const one of forgotten) if (one.id !== undefined) await command('state', 'forget', keyOf(one));
  world.reclaim(thing);
  start();
  return `forget ${forgotten.map(keyOf).join(', ')} and start again`;
};

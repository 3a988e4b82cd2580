import { addApp, addConnector } from './edit-definitions.js';
import { pause } from './processes.js';
import type { Action, Stage } from './stage.js';

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

async function arm({ tenant }: Stage, fault: Readonly<Record<string, unknown>>): Promise<string> {
  await tenant.addFault(fault);
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

/** A create is carried out all the same: whether one that was lost comes later, is known only after a minute. */
const breakWrites: Action = (stage) => {
  const { random } = stage;
  const match = random.pick(random.chance(0.4) ? creates : updates) ?? '';
  const isCreate = match.startsWith('POST') && !match.endsWith('/schedule');
  return arm(stage, {
    match,
    times: random.int(1, 2),
    status: random.pick(failures),
    after: isCreate ? 'apply' : random.pick(['apply', 'before']),
  });
};

/** A broken call takes effect late. */
function commitLate(stage: Stage, matches: readonly string[]): Promise<string> {
  const { random } = stage;
  return arm(stage, {
    match: random.pick(matches),
    times: 1,
    status: random.pick(['timeout', 'reset', 503]),
    delayMs: random.int(50, LONGEST_DELAY_MS),
  });
}

const writeLate: Action = (stage) => commitLate(stage, updates);

/** Something new is defined, and the answer to its creation is lost: it is made when that was given up. */
const makeLate: Action = async (stage) => {
  const [match, make] = stage.random.chance(0.5) ? [creates[0], addApp] : [creates[1], addConnector];
  const fault = await commitLate(stage, [match]);
  const made = await make(stage);
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

/** The actions on connections and on the pace of the tenant, by weight. */
export const networkActions: readonly (readonly [number, Action])[] = [
  [2, breakReads],
  [4, breakWrites],
  [2, writeLate],
  [4, makeLate],
  [2, refuse],
  [2, turn],
];

/** Ends every disturbance: what the daemon does from here on is to come to rest. */
export async function calmDown({ tenant, folder, processes }: Stage): Promise<void> {
  await tenant.clearFaults();
  await tenant.settings({ latencyMs: 0, requestsPerSecond: 0, ownerDelayMs: 0 });
  await folder.repair();
  if (processes.daemon?.isRunning !== true && processes.faults.length === 0) processes.startDaemon();
  await pause(LONGEST_DELAY_MS);
}

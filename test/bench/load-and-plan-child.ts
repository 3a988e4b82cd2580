import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { load as parseYaml } from 'js-yaml';
import { built } from './processes.js';

/** `edit`: loading after a change of one file that the watch has named. `replan`: the whole targeted sweep of such a change. */
type Phase = 'parse' | 'load' | 'reload' | 'edit' | 'observe' | 'plan' | 'replan';

/** Processor time in milliseconds by phase and repetition, and what is held in memory in the end. */
export interface Measured {
  readonly cpuMs: Readonly<Record<Phase, readonly number[]>>;
  readonly heapMb: number;
  readonly peakMb: number;
}

const compose: typeof import('../../src/compose-core.js') = await import(built('compose-core.js'));
const connections: typeof import('../../src/c1/connection.js') = await import(built('c1/connection.js'));
const clients: typeof import('../../src/c1/client.js') = await import(built('c1/client.js'));
const clocks: typeof import('../../src/core/model/clock.js') = await import(built('core/model/clock.js'));
const events: typeof import('../../src/core/model/events.js') = await import(built('core/model/events.js'));
const plans: typeof import('../../src/core/plan/plan.js') = await import(built('core/plan/plan.js'));
const guards: typeof import('../../src/core/guard/decide.js') = await import(built('core/guard/decide.js'));
const stores: typeof import('../../src/core/state/record-store.js') = await import(
  built('core/state/record-store.js')
);
const sources: typeof import('../../src/definitions/load.js') = await import(built('definitions/load.js'));
const { kinds }: typeof import('../../src/kinds/index.js') = await import(built('kinds/index.js'));

const [directory = '', stateDirectory = '', url = '', accessToken = '', repetitions = '3'] =
  process.argv.slice(2);

const settings = {
  workspace: 'default',
  mode: 'enforce',
  settleMs: 300_000,
  callWindowMs: 60_000,
  requestsPerSecond: 1000,
  refuseUnset: true,
  onTakeover: 'once',
  onSecretDrift: 'hold',
  onDeleted: 'hold',
  prune: false,
  pruneAfterMs: 60_000,
  limits: {},
  freeze: [],
} as const;

/** Changes of one file in a round. */
const EDITS = 10;

/** Runs every phase `rounds` times after a round that only warms up. */
async function measure(rounds: number): Promise<Measured> {
  const cpuMs: Record<Phase, number[]> = {
    ...{ parse: [], load: [], reload: [], edit: [], observe: [], plan: [], replan: [] },
  };
  const files = await filesBelow(directory);
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  const [edited = '', text = ''] = [files[0], texts[0]];
  const store = await stores.openStore({
    directory: stateDirectory,
    mode: 'write',
    clock: clocks.systemClock,
  });
  let heapMb = 0;
  for (let round = 0; round <= rounds; round += 1) {
    const timed = async <T>(phase: Phase, act: () => T | Promise<T>): Promise<T> => {
      const before = process.cpuUsage();
      const result = await act();
      const { user, system } = process.cpuUsage(before);
      if (round > 0) cpuMs[phase].push((user + system) / 1000);
      return result;
    };
    await timed('parse', () => texts.forEach((text) => void parseYaml(text)));
    const source = new sources.DefinitionSource({ directory, kinds });
    const load = await timed('load', () => source.load());
    await timed('reload', () => source.load());
    writeFileSync(edited, `${text}# edited in round ${round}\n`);
    await timed('edit', () => source.load(undefined, new Set([edited])));
    writeFileSync(edited, text);
    const core = compose.composeCore({
      reader: clients.createReader(connection()),
      writer: clients.createWriter(connection()),
      load: (signal, from) => (from instanceof Set ? source.load(signal, from) : Promise.resolve(load)),
      store,
      events: new events.EventBus(),
      clock: clocks.systemClock,
      wall: clocks.systemClock,
      adopt: 'matching',
      concurrency: 5,
      connectorOwnerRole: 'owner',
      settings,
    });
    const swept = await timed('observe', () => core.reconciler.plan('all'));
    const plan = await timed('plan', () =>
      guards.decide(
        plans.makePlan({
          load,
          kinds,
          ...swept.observation,
          records: store.records(),
          keyId: store.keyId,
          keyedHash: (value) => store.keyedHash(value),
          actorOf: () => undefined,
          settings,
          scope: 'all',
          now: Date.now(),
        }),
        { ...settings, approvals: new Map(), selects: () => true },
      ),
    );
    await (await core.reconciler.reconcileOnce({ trigger: 'start', scope: 'all' })).results;
    // The garbage of the phases before is not that of an edit.
    globalThis.gc?.();
    const sweepEdited = async () => {
      const scope = await core.reconciler.changed(new Set([edited]));
      return core.reconciler.reconcileOnce({ trigger: 'file', scope, isLoaded: true });
    };
    for (let edit = 1; edit <= EDITS; edit += 1) {
      writeFileSync(edited, text.replace('description: ', `description: ${round}.${edit} `));
      const { plan, results } = await timed('replan', sweepEdited);
      if (plan.changes.length !== 1) throw new Error('the change of one file is not one change');
      await results;
    }
    writeFileSync(edited, text);
    await (await sweepEdited()).results;
    globalThis.gc?.();
    heapMb = process.memoryUsage().heapUsed / 2 ** 20;
    if (plan.standings.some(({ status }) => status !== 'Synced')) throw new Error('the world is not in sync');
  }
  await store.close();
  // The observation was measured with its plan.
  const observe = cpuMs.observe.map((ms, index) => Math.max(0, ms - (cpuMs.plan[index] ?? 0)));
  return { cpuMs: { ...cpuMs, observe }, heapMb, peakMb: process.resourceUsage().maxRSS / 1024 };
}

function connection() {
  return connections.connect({
    url,
    auth: { kind: 'token', accessToken },
    requestsPerSecond: 1000,
    concurrency: 5,
    timeoutMs: 30_000,
    version: 'bench',
  });
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(await realpath(folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

process.stdout.write(JSON.stringify(await measure(Number(repetitions))));

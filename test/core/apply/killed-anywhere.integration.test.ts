import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CoreSettings } from '../../../src/core/reconcile/reconcile.js';
import type { SeedInput } from '../../../src/emulator/index.js';
import { type Doc, file } from '../../support/definitions.js';
import { Fate } from '../../support/mortal.js';
import { Rig, type SeenWrite } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

/** One way in which an object comes, changes or goes. */
interface Life {
  /** The definitions that are in sync before. */
  readonly before: readonly Doc[];
  /** The definitions after the change. */
  readonly after: readonly Doc[];
  /** The edit of another client before or then. */
  readonly first?: (rig: Rig) => Promise<unknown>;
  readonly meanwhile?: (rig: Rig) => Promise<unknown>;
  readonly settings?: Partial<CoreSettings>;
  /** The tenant as it has to be in the end. */
  readonly expected: (rig: Rig) => Promise<void>;
}

const env = { TOKEN: 'planted', OTHER: 'planted-too' };
const app = (name: string, spec: Record<string, unknown> = {}, metadata: Partial<Doc> = {}): Doc => ({
  kind: 'App',
  name,
  spec: { displayName: 'Widgets', ...spec },
  ...metadata,
});
const token = (name: string) => ({ slack_api_key: { valueFrom: { env: name } } });
const connector = (spec: Record<string, unknown> = {}, metadata: Partial<Doc> = {}): Doc => ({
  kind: 'Connector',
  name: 'cloud',
  spec: { app: 'widgets', catalog: 'slack', displayName: 'Cloud', config: token('TOKEN'), ...spec },
  ...metadata,
});
const other = app('other', { displayName: 'Other' });
const OURS = {
  managed_by: 'c1sync',
  iac_workspace: 'test',
  iac_resource_address: 'App/widgets',
};

async function widgets(rig: Rig) {
  const found = await rig.apps('Widgets');
  expect(found).toHaveLength(1);
  return found[0] ?? {};
}

async function cloud(rig: Rig) {
  const found = await rig.connectors('Cloud');
  expect(found).toHaveLength(1);
  return found[0] ?? {};
}

const configured = (name: string, text: string) => ({
  config: expect.objectContaining({ configuration: { [name]: { stringValue: text } } }),
});

const lives: Readonly<Record<string, Life>> = {
  'an app that is made, with owners and marks': {
    before: [],
    after: [app('widgets', { owners: ['alice@acme.example'], grantPolicy: 'Manager approval' })],
    expected: async (rig) => expect(await widgets(rig)).toMatchObject({ annotations: OURS }),
  },
  'a connector that is made, with its configuration': {
    before: [app('widgets')],
    after: [app('widgets'), connector({ schedule: { cron: '0 3 * * *' }, paused: true })],
    expected: async (rig) => expect(await cloud(rig)).toMatchObject(configured('slack_api_key', env.TOKEN)),
  },
  'an update of both, with a secret': {
    before: [app('widgets'), connector()],
    after: [
      app('widgets', { description: 'new' }),
      connector({ description: 'new', config: token('OTHER') }),
    ],
    expected: async (rig) => {
      expect(await widgets(rig)).toMatchObject({ description: 'new', annotations: OURS });
      expect(await cloud(rig)).toMatchObject({
        description: 'new',
        ...configured('slack_api_key', env.OTHER),
      });
    },
  },
  'an adoption': {
    before: [other],
    first: (rig) => rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Widgets' }),
    after: [other, app('widgets', { description: 'ours' })],
    expected: async (rig) =>
      expect(await widgets(rig)).toMatchObject({ description: 'ours', annotations: OURS }),
  },
  'an edit in the web app that is reverted': {
    before: [app('widgets', { description: 'ours' })],
    after: [app('widgets', { description: 'ours' })],
    meanwhile: async (rig) =>
      rig.tenant.webEdit({
        kind: 'App',
        id: String((await widgets(rig)).id),
        set: { description: 'theirs' },
        user: 'bob@acme.example',
      }),
    settings: { onTakeover: 'once' },
    expected: async (rig) =>
      expect(await widgets(rig)).toMatchObject({ description: 'ours', annotations: OURS }),
  },
  'an app that is pruned with its connector': {
    before: [other, app('widgets'), connector()],
    after: [other],
    settings: { prune: true },
    expected: async (rig) => {
      expect(await rig.apps('Widgets')).toEqual([]);
      expect(await rig.connectors('Cloud')).toEqual([]);
    },
  },
  'a rename of both': {
    before: [app('gadgets'), connector({ app: 'gadgets' }, { name: 'sky' })],
    after: [app('widgets', { description: 'new' }), connector({ description: 'new' })],
    expected: async (rig) => {
      expect(await widgets(rig)).toMatchObject({ description: 'new', annotations: OURS });
      expect(await cloud(rig)).toMatchObject({ description: 'new' });
    },
  },
};

const rigs: Rig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.stop();
});

/** The initial tenant and records of each run. */
interface Beginning {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly seed: SeedInput;
  /** Where the definitions were loaded from. */
  readonly root: string;
  /** A copy of the state folder. */
  readonly state: string;
}

async function start(clock: VirtualClock, { settings = {} }: Life, seed?: SeedInput): Promise<Rig> {
  const emulator = seed === undefined ? {} : { emulator: { seed } };
  const rig = await Rig.start({ clock, env, settings: { settleMs: 30_000, ...settings }, ...emulator });
  rigs.push(rig);
  return rig;
}

/** Sweeps until nothing is left to do, or until the process dies. */
async function rest(rig: Rig, clock: VirtualClock, fate?: Fate): Promise<void> {
  const until = clock.now() + 15 * 60_000;
  for (;;) {
    const sweeping = rig.core.reconciler.reconcileOnce({ trigger: 'interval', scope: 'all' });
    const swept = sweeping.then(async ({ plan, results }) => {
      await results;
      return plan;
    });
    const plan = await rig.timed(Promise.race([swept, ...(fate === undefined ? [] : [fate.struck])]));
    if (plan === undefined) return;
    const waiting = plan.standings.filter(({ status }) => status !== 'Synced');
    const isQuiet = plan.changes.length + plan.bookkeeping.length === 0;
    if (waiting.length === 0 && isQuiet && rig.store.records().intents.size === 0) return;
    const pending = waiting.map(({ key, status, reason }) => `${key} ${status}: ${reason}`);
    expect(clock.now(), pending.join('\n')).toBeLessThan(until);
    await clock.advance(15_000);
  }
}

async function begin(life: Life): Promise<Beginning> {
  const clock = new VirtualClock();
  const rig = await start(clock, life);
  await rig.write('all.yaml', file(...life.before));
  await life.first?.(rig);
  if (life.before.length > 0) await rest(rig, clock);
  await rig.closeStore();
  const state = path.join(rig.root, 'copy');
  await cp(path.join(rig.root, 'state'), state, { recursive: true });
  return { at: clock.now(), seed: (await rig.tenant.state()) as SeedInput, root: rig.root, state };
}

/** Creations and deletions by their place, ids left out, and the fields that were ever written. */
function deeds(writes: readonly SeenWrite[]) {
  const shapes = writes.map(({ method, path: target, mask }) => ({
    shape: `${method} ${target.replaceAll(/\/[0-9A-Za-z]{27}(?=\/|$)/g, '/*')}`,
    mask,
  }));
  const isWeighty = ({ shape }: { shape: string }): boolean =>
    shape.startsWith('DELETE ') || /^POST .*\/(apps|connectors)$/.test(shape);
  return {
    weighty: shapes
      .filter(isWeighty)
      .map(({ shape }) => shape)
      .sort(),
    others: new Set(
      shapes
        .filter((each) => !isWeighty(each))
        .flatMap(({ shape, mask }) => (mask ?? '').split(',').map((field) => `${shape} ${field}`)),
    ),
  };
}

/** Runs to the step `dies`, restarts from the remaining state, converges, and checks the result. */
async function live(life: Life, { at, seed, root, state }: Beginning, dies: number) {
  const clock = new VirtualClock(at);
  const fate = new Fate(dies);
  const rig = await start(clock, life, seed);
  await rig.closeStore();
  await cp(state, path.join(rig.root, 'state'), { recursive: true });
  const records = path.join(rig.root, 'state', 'records.jsonl');
  if (existsSync(records)) {
    await writeFile(records, (await readFile(records, 'utf8')).replaceAll(root, rig.root));
  }
  await rig.open({ fate });
  await rig.write('all.yaml', file(...life.after));
  await life.meanwhile?.(rig);
  await rig.writes();
  await rest(rig, clock, fate);
  await rig.restart();
  await rest(rig, clock);
  const written = deeds(await rig.writes());
  await life.expected(rig);
  const { plan } = await rig.sweep();
  expect([plan.changes, plan.bookkeeping, await rig.writes()]).toEqual([[], [], []]);
  const kept = [...rig.store.records().objects.values()];
  expect(kept.map(({ key }) => key).sort()).toEqual(
    life.after.map(({ kind, name }) => `${kind}/${name}`).sort(),
  );
  for (const record of kept) {
    expect(record.putBackBegun).toBeUndefined();
  }
  await rig.stop();
  rigs.splice(rigs.indexOf(rig), 1);
  return { written, fate };
}

describe('killed between any two steps', () => {
  it.each(Object.entries(lives))('%s ends as if nothing had been', { timeout: 300_000 }, async (_, life) => {
    const beginning = await begin(life);
    const undisturbed = await live(life, beginning, Number.POSITIVE_INFINITY);
    const { steps } = undisturbed.fate;
    const wrong: string[] = [];
    for (let dies = 1; dies <= steps; dies += 1) {
      try {
        const { written } = await live(life, beginning, dies);
        expect(written.weighty).toEqual(undisturbed.written.weighty);
        for (const other of written.others) expect(undisturbed.written.others).toContain(other);
      } catch (error) {
        wrong.push(`at step ${dies} of ${steps}: ${String(error)}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

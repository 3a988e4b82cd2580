import { afterEach, describe, expect, it } from 'vitest';
import type { RecordStore } from '../../../src/core/model/record.js';
import { file } from '../../support/definitions.js';
import { Rig } from '../../support/rig.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let rig: Rig;
afterEach(() => rig?.stop());

const ALICE = 'alice@acme.example';
const APP = { kind: 'App', spec: { displayName: 'Widgets', owners: [ALICE] } };

interface Gate {
  readonly reached: Promise<void>;
  readonly open: () => void;
  readonly wrap: (store: RecordStore) => RecordStore;
}

/** Keeps the first intent waiting, and with it the create that it stands for. */
function gateBeforeCreate(): Gate {
  let report = (): void => {};
  let open = (): void => {};
  const reached = new Promise<void>((resolve) => {
    report = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const wrap = (store: RecordStore): RecordStore =>
    new Proxy(store, {
      get: (target, name) => {
        if (name !== 'putIntent') {
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        }
        return async (intent: Parameters<RecordStore['putIntent']>[0]) => {
          report();
          await opened;
          await target.putIntent(intent);
        };
      },
    });
  return { reached, open: () => open(), wrap };
}

it.each([
  ['under the same name', { name: 'widgets' }],
  ['under a new name', { name: 'gadgets', annotations: { 'c1sync/renamed-from': 'widgets' } }],
])(
  'what a lost create made is our own when it is found right before a later change, %s',
  async (_, metadata) => {
    const clock = new VirtualClock();
    const gate = gateBeforeCreate();
    rig = await Rig.start({ clock, timeoutMs: 2_000, settings: { settleMs: 0 } });
    await rig.restart({ wrap: gate.wrap });
    await rig.write('app.yaml', file({ ...APP, name: 'widgets' }));
    const first = await rig.timed(rig.core.reconciler.reconcileOnce({ trigger: 'start', scope: 'all' }));
    await rig.timed(gate.reached);

    let release = (): void => {};
    const busy = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (let n = 0; n < 4; n += 1)
      void rig.core.queue.add({ key: `busy-${n}`, priority: 9, run: () => busy });
    await rig.write('app.yaml', file({ ...APP, ...metadata }));
    const second = await rig.timed(rig.core.reconciler.reconcileOnce({ trigger: 'file', scope: 'all' }));
    expect(second.plan.changes).toMatchObject([
      { action: 'create', key: `App/${metadata.name}`, held: null },
    ]);
    await clock.advance(31_000);

    await rig.tenant.faults({ match: 'POST /api/v1/apps', status: 'reset', after: 'apply' });
    await rig.tenant.faults({ match: 'PUT /api/v1/apps/*/owners', status: 403 });
    gate.open();
    expect(await rig.timed(first.results)).toMatchObject([{ status: 'Settling' }]);
    release();
    expect(await rig.timed(second.results)).toMatchObject([{ status: 'Failed' }]);

    const { done } = await rig.sweep();
    expect(done).toMatchObject([{ outcome: 'done' }]);
    expect([...rig.store.records().objects.values()]).toMatchObject([{ origin: 'created' }]);
    await clock.advance(61_000);
    await rig.sweep();
    await rig.sweep();
    expect([...rig.store.records().intents.values()]).toEqual([]);
    expect(await rig.apps('Widgets')).toHaveLength(1);
  },
);

describe('an observation of a copy with the marks of a definition', () => {
  const made = { key: 'App/widgets', id: 'made', displayName: 'Widgets', marked: true } as const;
  const print = { sent: {}, secrets: {}, corrections: {} };

  it.each<[string, () => Promise<unknown>, string | undefined]>([
    ['that has ended', () => rig.store.putObject({ ...made, ...print, origin: 'created' }), 'made'],
    [
      'that is under way',
      () =>
        rig.store.putIntent({
          key: 'App/widgets',
          kind: 'App',
          at: 1,
          print: '',
          natural: { displayName: 'Widgets' },
          knownIds: [],
          misses: 0,
        }),
      undefined,
    ],
  ])('records nothing beside a create %s since', async (_, create, id) => {
    rig = await Rig.start({ clock: new VirtualClock() });
    const marks = { managed_by: 'c1sync', iac_workspace: 'test', iac_resource_address: 'App/widgets' };
    await rig.tenant.api('POST', '/api/v1/apps', { displayName: 'Copy', annotations: marks });
    await rig.write('app.yaml', file({ ...APP, name: 'widgets' }));
    const planned = await rig.plan();
    const [copy] = await rig.apps('Copy');
    expect(planned.observation.matches.get('App/widgets')).toMatchObject({ live: { id: copy?.id } });
    await create();
    await rig.core.reconciler.commitLessons(planned);
    expect(rig.store.object('App/widgets')?.id).toBe(id);
  });
});

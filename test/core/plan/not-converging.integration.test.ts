import { afterEach, describe, expect, it } from 'vitest';
import { isObject, type Json, type JsonObject } from '../../../src/emulator/json.js';
import { type Doc, file } from '../../support/definitions.js';
import { type TestEmulator, testEmulator } from '../../support/emulator.js';
import { type Between, startProxy } from '../../support/proxy.js';
import { Rig } from '../../support/rig.js';
import { says } from '../../support/says.js';

let rig: Rig;
let tenant: TestEmulator;
let proxy: Between;
afterEach(async () => {
  await rig?.stop();
  await proxy?.close();
  await tenant?.close();
});

const app = (spec = {}): Doc => ({ kind: 'App', name: 'widgets', spec: { displayName: 'Widgets', ...spec } });
const connector: Doc = {
  kind: 'Connector',
  name: 'cloud',
  spec: {
    app: 'widgets',
    catalog: 'salesforce',
    displayName: 'Cloud',
    schedule: { cron: '0 4 * * *', timezone: 'Europe/Berlin' },
  },
};

async function begin(...docs: Doc[]): Promise<void> {
  tenant = await testEmulator();
  proxy = await startProxy(tenant.url);
  rig = await Rig.start({ tenant, url: proxy.url });
  await rig.write('all.yaml', file(...docs));
  await rig.sweep();
  await rig.sweep();
  await rig.writes();
}

/** The same JSON with every object changed by `change`. */
function everywhere(value: Json | undefined, change: (object: JsonObject) => JsonObject): Json {
  if (Array.isArray(value)) return value.map((item: Json) => everywhere(item, change));
  if (!isObject(value)) return value ?? null;
  return change(
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, everywhere(item, change)])),
  );
}

/** A tenant that shows descriptions in capitals: in the answers to writes too, or only in later reads. */
function inCapitals(where: 'everywhere' | 'reads'): void {
  proxy.hooks.answer = ({ method }, body) => {
    if (where === 'reads' && method !== 'GET') return undefined;
    const changed = everywhere(body, (object) =>
      typeof object.description === 'string'
        ? { ...object, description: object.description.toUpperCase() }
        : object,
    );
    return isObject(changed) ? changed : undefined;
  };
}

const standing = async (key = 'App/widgets') =>
  (await rig.sweep()).plan.standings.find((candidate) => candidate.key === key);

const edit = async (description: string) => {
  const [live] = await rig.apps('Widgets');
  await tenant.api('POST', `/api/v1/apps/${live?.id}`, { app: { description }, updateMask: 'description' });
  await rig.writes();
};

const STAYS = says('does not keep', 'description', 'c1sync/ignore');

async function changeCostAsAnother(): Promise<void> {
  const [live] = await rig.apps('Widgets');
  const body = { app: { monthlyCostUsd: 7 }, updateMask: 'monthlyCostUsd' };
  await tenant.api('POST', `/api/v1/apps/${live?.id}`, body);
}

describe('a value that the tenant does not keep', () => {
  it('is NotConverging at once when the answer shows it, and is not sent again', async () => {
    await begin(app());
    inCapitals('everywhere');
    await rig.write('all.yaml', file(app({ description: 'quiet' })));
    const { done } = await rig.sweep();
    expect(done).toMatchObject([{ outcome: 'done', status: 'NotConverging' }]);
    expect(await rig.writes()).toHaveLength(1);
    expect(await standing()).toMatchObject({ status: 'NotConverging', reason: STAYS });
    expect(await rig.writes()).toEqual([]);
    await rig.write('all.yaml', file(app({ description: 'other' })));
    await rig.sweep();
    expect(await rig.writes()).toHaveLength(1);
    await rig.write('all.yaml', file(app({ description: 'OTHER' })));
    expect(await standing()).toMatchObject({ status: 'Synced' });
    expect(await rig.writes()).toEqual([]);
  });

  it('is no entry that another client changes while a write of other entries is under way', async () => {
    const annotations = { team: 'platform', tier: '1' };
    await begin(app({ annotations }));
    const [live] = await rig.apps('Widgets');
    const annotate = (entries: Record<string, string>): Promise<unknown> =>
      tenant.api('POST', `/api/v1/apps/${live?.id}`, {
        app: { annotations: entries },
        updateMask: 'annotations',
      });
    await annotate({ tier: '9' });
    await rig.writes();
    proxy.hooks.before = async ({ method, path }) => {
      if (method !== 'POST' || path !== `/api/v1/apps/${live?.id}`) return;
      proxy.hooks.before = () => {};
      await annotate({ team: 'other' });
    };
    await rig.sweep();
    expect((await rig.apps('Widgets'))[0]?.annotations).toMatchObject({ team: 'other', tier: '1' });
    await rig.sweep();
    expect((await rig.apps('Widgets'))[0]?.annotations).toMatchObject(annotations);
    expect(await standing()).toMatchObject({ status: 'Synced' });
  });

  it('is NotConverging from the start when it was so created', async () => {
    await begin();
    inCapitals('everywhere');
    await rig.write('all.yaml', file(app({ description: 'quiet' })));
    const { done } = await rig.sweep();
    expect(done).toMatchObject([{ status: 'NotConverging' }]);
    expect(await standing()).toMatchObject({ status: 'NotConverging', reason: STAYS });
  });

  it('stays NotConverging when another client changes another field of the object', async () => {
    await begin(app({ monthlyCostUsd: 5 }));
    inCapitals('everywhere');
    await rig.write('all.yaml', file(app({ description: 'quiet', monthlyCostUsd: 5 })));
    await rig.sweep();
    await changeCostAsAnother();
    await rig.sweep();
    expect(await standing()).toMatchObject({ status: 'NotConverging', reason: STAYS });
  });

  it('stays NotConverging also where the field had been corrected before', async () => {
    await begin(app({ description: 'FIRST', monthlyCostUsd: 5 }));
    await rig.write('all.yaml', file(app({ description: 'SECOND', monthlyCostUsd: 5 })));
    await rig.sweep();
    inCapitals('everywhere');
    await rig.write('all.yaml', file(app({ description: 'quiet', monthlyCostUsd: 5 })));
    await rig.sweep();
    await changeCostAsAnother();
    await rig.sweep();
    expect(await standing()).toMatchObject({ status: 'NotConverging', reason: STAYS });
  });

  it('is NotConverging after three equal corrections when only later reads show it', async () => {
    await begin(app());
    inCapitals('reads');
    await rig.write('all.yaml', file(app({ description: 'quiet' })));
    await rig.sweep();
    let writes = (await rig.writes()).length;
    for (let round = 0; round < 5; round += 1) {
      await rig.sweep();
      writes += (await rig.writes()).length;
    }
    // The first write is the change itself; what follows are corrections of what became of it.
    expect(writes).toBe(4);
    expect(await standing()).toMatchObject({ status: 'NotConverging', reason: STAYS });
  });

  it('does not keep other fields of the object from being written', async () => {
    await begin(app());
    inCapitals('everywhere');
    await rig.write('all.yaml', file(app({ description: 'quiet' })));
    await rig.sweep();
    await rig.write('all.yaml', file(app({ description: 'quiet', monthlyCostUsd: 5 })));
    await rig.writes();
    await rig.sweep();
    expect((await rig.writes()).map(({ mask }) => mask)).toEqual(['monthlyCostUsd']);
    expect(rig.core.statusStore.get('App/widgets')?.status).toBe('NotConverging');
    expect(await standing()).toMatchObject({ status: 'NotConverging' });
  });

  it.each([
    { how: 'lost', after: 'apply', status: 'reset' },
    { how: 'a refusal', after: 'before', status: 422 },
  ] as const)(
    'is still NotConverging after another write of ours whose answer was $how',
    async ({ after, status }) => {
      await begin(app());
      inCapitals('reads');
      await rig.write('all.yaml', file(app({ description: 'quiet' })));
      for (let round = 0; round < 5; round += 1) await rig.sweep();
      await tenant.faults({ match: 'POST /api/v1/apps/*', times: 1, status, after });
      await rig.write('all.yaml', file(app({ description: 'quiet', monthlyCostUsd: 5 })));
      await rig.sweep();
      await rig.write('all.yaml', file(app({ description: 'quiet' })));
      expect(await standing()).toMatchObject({ status: 'NotConverging', reason: STAYS });
      await edit('of another client');
      await edit('quiet');
      expect(await standing()).toMatchObject({ status: after === 'apply' ? 'NotConverging' : 'Contested' });
    },
  );

  it('is NotConverging after three corrections by a call whose answer shows nothing', async () => {
    await begin(app(), connector);
    proxy.hooks.answer = (_, body) => {
      const changed = everywhere(body, (object) =>
        isObject(object.connectorSyncCronSchedule)
          ? { ...object, connectorSyncCronSchedule: { cronSpec: '0 3 * * *', timezone: 'UTC' } }
          : object,
      );
      return isObject(changed) ? changed : undefined;
    };
    let writes = 0;
    for (let round = 0; round < 5; round += 1) {
      await rig.sweep();
      writes += (await rig.writes()).length;
    }
    expect(writes).toBe(3);
    expect(await standing('Connector/cloud')).toMatchObject({
      status: 'NotConverging',
      reason: says('does not keep', 'schedule'),
    });
  });
});

describe('a value that another writer changes back', () => {
  it('is Contested after three equal corrections, until the definition changes', async () => {
    await begin(app({ description: 'Ours' }));
    for (let round = 0; round < 3; round += 1) {
      await edit('Theirs');
      await rig.sweep();
      expect(await rig.writes()).toHaveLength(1);
    }
    await edit('Theirs');
    expect(await standing()).toMatchObject({
      status: 'Contested',
      reason: says('another writer', 'description', 'c1sync/ignore'),
    });
    expect(await rig.writes()).toEqual([]);
    await rig.write('all.yaml', file(app({ description: 'Ours, new' })));
    await rig.sweep();
    expect(await rig.writes()).toHaveLength(1);
    expect(await standing()).toMatchObject({ status: 'Synced' });
  });

  it('is reverted each time when it is always another one', async () => {
    await begin(app({ description: 'Ours' }));
    for (let round = 0; round < 5; round += 1) {
      await edit(`Theirs ${round}`);
      await rig.sweep();
      expect(await rig.writes()).toHaveLength(1);
    }
  });

  it('is still Contested after a restart', async () => {
    await begin(app({ description: 'Ours' }));
    for (let round = 0; round < 3; round += 1) {
      await edit('Theirs');
      await rig.sweep();
    }
    await edit('Theirs');
    await rig.restart();
    expect(await standing()).toMatchObject({ status: 'Contested' });
    expect(await rig.writes()).toEqual([]);
  });
});

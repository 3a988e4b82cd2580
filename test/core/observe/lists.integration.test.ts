import { afterEach, describe, expect, it } from 'vitest';
import { type Doc, file } from '../../support/definitions.js';
import { type TestEmulator, testEmulator } from '../../support/emulator.js';
import { type Between, type Passing, startProxy } from '../../support/proxy.js';
import { Rig } from '../../support/rig.js';
import { says } from '../../support/says.js';

let tenant: TestEmulator;
let proxy: Between;
let rig: Rig;
afterEach(async () => {
  await rig?.stop();
  await proxy?.close();
  await tenant?.close();
});

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `app${String(from + index).padStart(24, '0')}`);
const name = (id: string) => `Name ${id}`;
const doc = (id: string, spec = {}): Doc => ({
  kind: 'App',
  name: id,
  spec: { displayName: name(id), ...spec },
});

/** A tenant with `count` unmanaged apps, and a proxy in front of it. */
async function begin(count: number): Promise<void> {
  tenant = await testEmulator({ seed: { apps: ids(0, count).map((id) => ({ id, displayName: name(id) })) } });
  proxy = await startProxy(tenant.url);
  rig = await Rig.start({ tenant, url: proxy.url });
}

const isPage = (page: 1 | 2) => (request: Passing) =>
  request.method === 'GET' &&
  request.path.startsWith('/api/v1/apps?') &&
  request.path.includes('page_token') === (page === 2);

/** Does something in the tenant between the first and the second page of the next list of apps. */
function betweenPages(act: () => Promise<unknown>): void {
  let pending = true;
  proxy.hooks.before = async (request) => {
    if (!pending || !isPage(2)(request)) return;
    pending = false;
    await act();
    await tenant.clearRequests();
  };
}

const remove = (id: string) => tenant.api('DELETE', `/api/v1/apps/${id}`);

describe('a list that changes while it is read', () => {
  it('never recreates a recorded object that a list misses, nor treats it as gone', async () => {
    await begin(150);
    const watched = ids(95, 105);
    await rig.write('all.yaml', file(...watched.map((id) => doc(id))));
    await rig.sweep();
    await rig.writes();
    // The object that moves to the position of a deleted one is on neither page.
    betweenPages(() => remove('app000000000000000000000000'));
    const missed = ids(100, 101);
    const { plan } = await rig.sweep();
    expect(plan.standings.map(({ status }) => status)).toEqual(watched.map(() => 'Synced'));
    expect(await rig.writes()).toEqual([]);
    const reads = (await tenant.requests()).map(({ path }) => path);
    expect(reads).toEqual([]);
    expect(await rig.apps(name(missed[0] ?? ''))).toHaveLength(1);
  });

  it('never creates an object that it misses and that no record knows: it is adopted by the next sweep', async () => {
    await begin(150);
    const [missed = ''] = ids(100, 101);
    await rig.write('all.yaml', file(doc(missed)));
    betweenPages(() => remove('app000000000000000000000000'));
    const { plan, done } = await rig.sweep();
    expect(plan.summary.create).toBe(1);
    expect(done).toMatchObject([
      {
        outcome: 'failed',
        reason: says('there already'),
        retryAt: expect.any(Number),
      },
    ]);
    expect(await rig.writes()).toEqual([]);
    expect((await rig.sweep()).plan.summary).toMatchObject({ adopt: 1, create: 0 });
    expect((await rig.writes()).map(({ path }) => path)).toEqual([`/api/v1/apps/${missed}`]);
    expect(await rig.apps(name(missed))).toHaveLength(1);
  });

  it('shows an object twice without harm', async () => {
    await begin(150);
    const watched = ids(98, 102);
    await rig.write('all.yaml', file(...watched.map((id) => doc(id))));
    await rig.sweep();
    await rig.writes();
    proxy.hooks.answer = (request, body) => {
      if (!isPage(2)(request) || !Array.isArray(body.list)) return undefined;
      return { ...body, list: [...body.list, ...body.list] };
    };
    const { plan } = await rig.sweep();
    expect(plan.summary).toMatchObject({ unchanged: 4, failed: 0 });
  });

  it('finds the marks of an object that it misses when the records are lost', async () => {
    await begin(150);
    const [missed = ''] = ids(100, 101);
    await rig.write('all.yaml', file(doc(missed)));
    await rig.sweep();
    await rig.store.removeObject(`App/${missed}`);
    betweenPages(() => remove('app000000000000000000000000'));
    await rig.sweep();
    await rig.sweep();
    await rig.sweep();
    expect(await rig.apps(name(missed))).toHaveLength(1);
    expect(rig.store.object(`App/${missed}`)?.origin).toBe('recovered');
  });

  it('reads what it misses by id, each once, and distinguishes gone objects from missed ones', async () => {
    await begin(150);
    const watched = ids(98, 104);
    await rig.write('all.yaml', file(...watched.map((id) => doc(id))));
    await rig.sweep();
    const [, , first = ''] = watched;
    await remove(first);
    proxy.hooks.answer = (request, body) => {
      if (!request.path.startsWith('/api/v1/apps?') || !Array.isArray(body.list)) return undefined;
      return {
        ...body,
        list: body.list.filter((item) => !watched.includes(String((item as { id?: unknown }).id))),
      };
    };
    await rig.writes();
    const { plan } = await rig.sweep();
    const gone = plan.standings.filter(({ status }) => status === 'Gone').map(({ key }) => key);
    expect(gone).toEqual([`App/${first}`]);
    expect(plan.summary).toMatchObject({ unchanged: watched.length - 1, create: 0 });
    const reads = (await tenant.requests()).filter(({ path }) => /^\/api\/v1\/apps\/\w+$/.test(path));
    expect(reads.map(({ path }) => path).sort()).toEqual(watched.map((id) => `/api/v1/apps/${id}`));
  });
});

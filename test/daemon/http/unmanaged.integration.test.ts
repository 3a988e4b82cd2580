import { afterEach, describe, expect, it } from 'vitest';
import type { UnmanagedObject, UnmanagedPage } from '../../../src/core/status/views.js';
import { type Doc, file } from '../../support/definitions.js';
import { Served, type ServedOptions } from '../../support/served.js';

const PAGE = { accept: 'text/html' };
const READ = 'a-token-that-only-reads';

const seed = {
  apps: [
    { id: 'app-1', displayName: 'Wiki' },
    { id: 'app-2', displayName: 'Forum & Co' },
    { id: 'app-3', displayName: 'Twin' },
    { id: 'app-4', displayName: 'Twin' },
    { id: 'app-5', displayName: 'People', isDirectory: true },
    { id: 'app-6', displayName: 'Code', annotations: { managed_by: 'terraform', iac_workspace: 'prod' } },
    { id: 'app-7', displayName: '$(reboot) <b>' },
  ],
  connectors: [
    { id: 'con-1', appId: 'app-1', displayName: 'Managed', catalogId: 'catalog' },
    { id: 'con-2', appId: 'app-1', displayName: 'Stranger', catalogId: 'catalog' },
    { id: 'con-3', appId: 'app-1', displayName: '', catalogId: 'catalog' },
    { id: 'con-4', appId: 'app-2', displayName: 'Deep', catalogId: 'catalog' },
  ],
  connectorTypes: [{ catalogId: 'catalog', displayName: 'A type', fields: [] }],
};

const docs: Doc[] = [
  { kind: 'App', name: 'wiki', spec: { displayName: 'Wiki' } },
  {
    kind: 'Connector',
    name: 'managed',
    spec: { app: 'wiki', catalogId: 'catalog', displayName: 'Managed' },
  },
];

let served: Served;
afterEach(() => served.stop());

async function start(options: ServedOptions = {}): Promise<void> {
  served = await Served.start({ text: file(...docs), emulator: { seed }, ...options });
  await served.tenant.clearRequests();
}

const list = async (query = ''): Promise<UnmanagedPage> =>
  (await served.get(`/api/v1/unmanaged?${query}`)).body as UnmanagedPage;
const idsOf = (objects: readonly UnmanagedObject[]): string[] => objects.map(({ id }) => id);

/** Paths of the calls to the tenant. */
async function calls(): Promise<string[]> {
  const requests = await served.tenant.requests();
  return requests.map(({ method, path }) => `${method} ${path.replace(/\?.*$/, '')}`).sort();
}

describe('unmanaged objects', () => {
  it('are those that no definition covers, with the command that exports each, from lists alone', async () => {
    await start();
    const { objects, next } = await list();
    expect(next).toBeNull();
    expect(idsOf(objects)).toEqual(['app-7', 'app-6', 'app-2', 'app-5', 'app-3', 'app-4', 'con-3', 'con-2']);
    const byId = new Map(objects.map((object) => [object.id, object]));
    expect([...byId].map(([id, { export: command }]) => [id, command])).toEqual([
      ['app-7', 'c1sync export --app app-7'],
      ['app-6', null],
      ['app-2', 'c1sync export --app "Forum & Co"'],
      ['app-5', 'c1sync export --app People'],
      ['app-3', 'c1sync export --app app-3'],
      ['app-4', 'c1sync export --app app-4'],
      ['con-3', 'c1sync export --app Wiki'],
      ['con-2', 'c1sync export --app Wiki'],
    ]);
    expect(byId.get('app-6')?.managedBy).toBe('terraform');
    expect(byId.get('app-5')?.note).toBe('a directory app');
    expect(byId.get('con-3')).toMatchObject({
      displayName: '',
      parent: { kind: 'App', displayName: 'Wiki' },
    });
    expect(await calls()).toEqual(['GET /api/v1/apps', 'GET /api/v1/apps/app-1/connectors']);
  });

  it('include on request those below unmanaged ones', async () => {
    await start();
    expect(idsOf((await list('all=true')).objects)).toContain('con-4');
    expect((await calls()).filter((call) => call.endsWith('/connectors'))).toHaveLength(7);
  });

  it('come a page at a time, each once, and lists serve everybody for a minute', async () => {
    await start();
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const page: UnmanagedPage = await list(`all=true&size=2${after === '' ? '' : `&after=${after}`}`);
      expect(page.objects.length).toBeLessThanOrEqual(2);
      seen.push(...idsOf(page.objects));
      after = page.next;
    }
    expect(seen.toSorted()).toEqual([
      ...['app-2', 'app-3', 'app-4', 'app-5', 'app-6', 'app-7'],
      ...['con-2', 'con-3', 'con-4'],
    ]);
    expect(await calls()).toHaveLength(8);
  });

  it('stop to be unmanaged with a definition, and begin to be without one', async () => {
    await start();
    await list();
    await served.write('more.yaml', file({ kind: 'App', name: 'people', spec: { displayName: 'People' } }));
    await served.write('all.yaml', file(docs[0] as Doc));
    await served.sweep();
    const ids = idsOf((await list()).objects);
    expect(ids).not.toContain('app-5');
    expect(ids).toContain('con-1');
  });

  it('may be read with a token that only reads, and a position that is none is refused', async () => {
    await start({ env: { C1SYNC_SERVER_READ_TOKEN: READ } });
    const headers = { host: 'c1sync.example', authorization: `Bearer ${READ}` };
    expect((await served.get('/api/v1/unmanaged', headers)).status).toBe(200);
    expect((await served.get('/api/v1/unmanaged', { host: 'c1sync.example' })).status).toBe(401);
    const wrong = await served.get('/api/v1/unmanaged?after=nonsense');
    expect(wrong).toMatchObject({ status: 422, body: { error: expect.stringContaining('leave it out') } });
  });

  it('name the failure where the tenant cannot be read, and are read again after it', async () => {
    await start();
    await served.tenant.faults({ match: 'GET /api/v1/apps', status: 403 });
    const failed = await served.get('/api/v1/unmanaged');
    expect(failed).toMatchObject({ status: 422, body: { error: expect.stringContaining('cannot be read') } });
    expect(idsOf((await list()).objects)).toContain('app-2');
  });
});

describe('the page of unmanaged objects', () => {
  it('shows names as text and does not read the tenant again by itself', async () => {
    await start();
    const overview = await served.get('/', PAGE);
    expect(overview.text).toContain('href="/unmanaged"');
    expect(await calls()).toEqual([]);
    const { status, text } = await served.get('/unmanaged', PAGE);
    expect(status).toBe(200);
    expect(text).toContain('$(reboot) &#60;b&#62;');
    expect(text).toContain('(no name)');
    expect(text).toContain('Managed by terraform');
    expect(text).toContain('c1sync export --app Wiki');
    expect(text).not.toContain('changed from:body');
    expect(text).not.toContain('Deep');
    expect((await served.get('/unmanaged?all=1', PAGE)).text).toContain('Deep');
  });
});

import { afterEach, expect, it } from 'vitest';
import type { HistoryPage } from '../../../src/core/status/history.js';
import type { ObjectView, PlanView } from '../../../src/core/status/views.js';
import { file } from '../../support/definitions.js';
import { Served } from '../../support/served.js';

const MILLION = 1_000_000;
const PAGE = { accept: 'text/html' };

let served: Served;
afterEach(() => served.stop());

async function start(apps: number, spec: Readonly<Record<string, unknown>>): Promise<void> {
  served = await Served.start({ env: { C1SYNC_SYNC_MODE: 'observe' } });
  for (let index = 0; index < apps; index += 1) {
    const name = `app-${String(index).padStart(2, '0')}`;
    await served.write(`${name}.yaml`, file({ kind: 'App', name, spec: { displayName: name, ...spec } }));
  }
  await served.sweep();
}

it('a plan with large values is shown as far as a million characters go, and counts all of its changes', async () => {
  await start(12, { description: 'line\n'.repeat(40_000) });
  const { text, body } = await served.get('/api/v1/plan');
  const { pending } = body as PlanView;
  expect(text.length).toBeLessThan(1.5 * MILLION);
  expect(pending.total).toBe(12);
  expect(pending.changes.length).toBeGreaterThan(5);
  const all = (await served.get('/api/v1/objects/App/app-11')).body as ObjectView;
  expect(all.change?.fields.map(({ path, to }) => [path, to])).toContainEqual([
    'description',
    '… (200000 characters)',
  ]);
  for (const place of ['/held', '/objects/App/app-00', '/history']) {
    const page = await served.get(place, PAGE);
    expect(page.status, place).toBe(200);
    expect(page.text.length, place).toBeLessThan(MILLION);
  }
  expect((await served.get('/objects/App/app-00', PAGE)).text).toContain('and 19,802 more lines');
});

it('a change of thousands of fields is shown as the first two hundred, here and in the history', async () => {
  const config = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key_${index}`, 'v']));
  served = await Served.start({ env: { C1SYNC_SYNC_MODE: 'observe' } });
  const [app] = (await served.tenant.state()).apps;
  const spec = { app: { id: app?.id }, catalog: 'github-v2', displayName: 'GitHub', config };
  await served.write('all.yaml', file({ kind: 'Connector', name: 'github', spec }));
  await served.sweep();
  const object = (await served.get('/api/v1/objects/Connector/github')).body as ObjectView;
  expect(object.change?.fields).toHaveLength(201);
  expect(object.change?.fields.at(-1)).toEqual({
    path: expect.stringMatching(/^480\d more fields$/),
    to: '…',
  });
  const { entries } = (await served.get('/api/v1/history')).body as HistoryPage;
  const counts = entries.map((entry) => (entry.event === 'reconciled' ? entry.fields.length : 0));
  expect(Math.max(...counts)).toBe(201);
});

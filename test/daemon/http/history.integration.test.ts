import { afterEach, expect, it } from 'vitest';
import type { Status } from '../../../src/core/model/change.js';
import type { HistoryPage } from '../../../src/core/status/history.js';
import type { DaemonView } from '../../../src/core/status/views.js';
import { type Doc, file } from '../../support/definitions.js';
import { Served } from '../../support/served.js';
import { until } from '../../support/wait.js';

let served: Served;
afterEach(() => served?.stop());

const docs = (description: string): string =>
  file(
    ...Array.from(
      { length: 25 },
      (_, index): Doc => ({
        kind: 'App',
        name: `app-${index}`,
        labels: { team: 'red' },
        spec: { displayName: `App ${index}`, description },
      }),
    ),
  );
const page = async (place: string): Promise<string> =>
  (await served.get(place, { accept: 'text/html' })).text;
const summaries = async (place: string): Promise<readonly string[]> =>
  [...(await page(place)).matchAll(/<summary>(.*?)<\/summary>/gs)].flatMap(([, text = '']) => {
    const plain = text.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ');
    return /^\d+ objects/.test(plain) ? [plain] : [];
  });
const entries = async (query: string): Promise<HistoryPage['entries']> =>
  ((await served.get(`/api/v1/history?${query}`)).body as HistoryPage).entries;

it('shows the entries of one sweep as one line that unfolds, and all of them on a page of their own', async () => {
  served = await Served.start({ text: docs('First') });
  const line = '25 objects at the start of the daemon: 25 created.';
  for (const place of ['/', '/history']) expect(await summaries(place)).toEqual([line]);
  const [first] = await entries('action=create');
  const sweepId = first?.event === 'reconciled' ? (first.sweepId ?? '') : '';
  expect(sweepId).not.toBe('');
  expect(await page('/')).toContain(`href="/history?sweep&#61;${sweepId}"`);
  expect(await page('/history')).toContain('<a href="/objects/App/app-24">App/app-24</a></strong> created');
  const all = await page(`/history?sweep=${sweepId}`);
  expect(all.match(/id="history-/g)).toHaveLength(25);
  expect(await entries(`sweep=${sweepId}`)).toHaveLength(25);
});

it('keeps a command for many objects as one entry, and their new statuses as one line', async () => {
  served = await Served.start({ text: docs('First'), env: { C1SYNC_SYNC_LIMITS_UPDATES: '0' } });
  const reach = (status: Status) =>
    until(async () => {
      const { body } = await served.get('/api/v1/status');
      return (body as DaemonView).objects.byStatus[status] === 25;
    }, status);
  await served.post('/api/v1/suspend', { target: 'team=red', reason: 'incident 12' });
  await reach('Suspended');
  await served.post('/api/v1/resume', { target: 'team=red' });
  await reach('Synced');
  await served.write('all.yaml', docs('Second'));
  served.scheduler.request('interval', 'all');
  await reach('Held');
  const { body } = await served.get('/api/v1/plan');
  const { held } = body as { held: [{ hash: string; objects: number }] };
  expect(held[0].objects).toBe(25);
  await served.post('/api/v1/approve', { hash: held[0].hash });
  await until(async () => (await entries('action=update')).length === 25, 'the updates');
  for (const action of ['suspend', 'resume', 'approve'])
    expect(await entries(`action=${action}`), action).toHaveLength(1);
  const lines = await summaries('/history');
  const command = '25 objects after a command';
  for (const line of [`${command}: 25 Suspended.`, '25 Held.', `${command}: 25 updated. People: token.`])
    expect(
      lines.filter((text) => text.endsWith(line)),
      line,
    ).toHaveLength(1);
});

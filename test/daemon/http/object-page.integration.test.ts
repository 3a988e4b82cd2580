import { afterEach, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Served } from '../../support/served.js';

let served: Served;
afterEach(() => served?.stop());

const text = (spec: object): string =>
  file({ kind: 'App', name: 'one', spec: { displayName: 'One', ...spec } });
const TEXT = text({});
const PAGE = '/objects/App/one';
const page = async (place: string): Promise<{ readonly status: number; readonly text: string }> => {
  const { status, text } = await served.get(place, { accept: 'text/html' });
  return { status, text: text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ') };
};
/** The moment that stands behind the name of a fact. */
const momentOf = async (name: string): Promise<string | undefined> => {
  const { text } = await served.get(PAGE, { accept: 'text/html' });
  return new RegExp(`<dt>${name}</dt><dd><time datetime="([^"]+)"`).exec(text)?.[1];
};

it('shows marks only where the last observation saw them', async () => {
  served = await Served.start({ text: TEXT, env: { C1SYNC_SYNC_ON_TAKEOVER: 'hold' } });
  await served.sweep();
  expect((await page(PAGE)).text).toContain('It is in sync with its definition.');
  expect((await page(PAGE)).text).toContain('Marks on the object');
  const { apps } = await served.tenant.state();
  const id = String(apps.find(({ displayName }) => displayName === 'One')?.id);
  await served.tenant.webEdit({ kind: 'App', id, set: { description: 'x' }, user: 'bob@acme.example' });
  await served.sweep();
  const { text } = await page(PAGE);
  expect(text).toContain('TakenOver');
  expect(text).not.toContain('Marks on the object');
});

it('tells the last attempt from the last write, and counts no wait as an attempt', async () => {
  served = await Served.start({ text: TEXT });
  const written = await momentOf('Last write');
  expect(written).toBeDefined();
  await served.tenant.faults({ match: 'POST /api/v1/apps/*', status: 403 });
  await served.write('all.yaml', text({ description: 'New' }));
  await served.sweep();
  expect((await page(PAGE)).text).toContain('Failed');
  const attempted = await momentOf('Last attempt');
  expect(Date.parse(attempted ?? '')).toBeGreaterThan(Date.parse(written ?? ''));
  const before = served.session.statusStore.get('App/one')?.lastAttempt;
  await served.sweep();
  expect((await page(PAGE)).text).toContain('Failed');
  expect(served.session.statusStore.get('App/one')?.lastAttempt).toBe(before);
  expect(await momentOf('Last write')).not.toBe(await momentOf('Last attempt'));
});

it('names who changed what was reverted, and filters the history', async () => {
  served = await Served.start({
    text: text({ monthlyCostUsd: 21 }),
    env: { C1SYNC_SYNC_ON_TAKEOVER: 'always' },
  });
  const { apps } = await served.tenant.state();
  const id = String(apps.find(({ displayName }) => displayName === 'One')?.id);
  await served.tenant.webEdit({ kind: 'App', id, set: { monthlyCostUsd: 99 }, user: 'bob@acme.example' });
  await served.sweep();
  expect((await page('/history')).text).toMatch(/App\/one reverted .*: .*monthlyCostUsd 99 → 21/);
  const entriesOf = async (query: string): Promise<readonly unknown[]> => {
    const { body } = await served.get(`/api/v1/history?${query}`);
    return (body as { readonly entries: readonly unknown[] }).entries;
  };
  expect(await entriesOf('action=revert')).toMatchObject([{ key: 'App/one', action: 'update', drift: true }]);
  expect(await entriesOf('action=create&key=App/one')).toHaveLength(1);
  expect(await entriesOf('person=nobody@acme.example')).toEqual([]);
  expect(await entriesOf('since=2100-01-01T00:00:00Z')).toEqual([]);
  const created = (await page('/history?action=create&within=1h&person=')).text;
  expect(created).toContain('created');
  expect(created).not.toContain('reverted what');
  expect((await page('/history?person=nobody')).text).toContain('No entry matches');
});

it('keeps the history of a deleted object', async () => {
  served = await Served.start({ text: TEXT });
  served.session.statusStore.drop('App/one');
  const { status, text } = await page(PAGE);
  expect(status).toBe(200);
  expect(text).toContain('c1sync does not manage it');
  expect(text).toContain('created');
  expect((await page('/objects/App/never')).status).toBe(404);
});

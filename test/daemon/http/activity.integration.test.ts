import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { file } from '../../support/definitions.js';
import { Served } from '../../support/served.js';

let served: Served;
afterEach(() => served?.stop());

const text = (description: string): string =>
  file({ kind: 'App', name: 'one', spec: { displayName: 'One', description } });
/** The rows of the chart of the last 24 hours: names with their totals, and the number of bars. */
const chart = async (): Promise<readonly string[]> => {
  const { text } = await served.get('/', { accept: 'text/html' });
  const [day = ''] = /<caption>Last 24 hours.*?<\/table>/s.exec(text) ?? [];
  return [...day.matchAll(/<tr>.*?<\/tr>/gs)].map(([row]) => {
    const bars = row.match(/<rect/g)?.length ?? 0;
    return `${row
      .replace(/<title>.*?<\/title>|<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()}: ${bars > 0}`;
  });
};

it('shows changes, reverts, holds and failures of the last day and week, without reading the history again', async () => {
  served = await Served.start({ text: text('Ours'), env: { C1SYNC_SYNC_ON_TAKEOVER: 'once' } });
  expect(await chart()).toEqual([
    'Changes 1: true',
    'Reverts 0: false',
    'Holds 0: false',
    'Failures 0: false',
  ]);
  const { apps } = await served.tenant.state();
  const id = String(apps.find(({ displayName }) => displayName === 'One')?.id);
  const edit = { kind: 'App', id, set: { description: 'x' }, user: 'bob@acme.example' } as const;
  for (let time = 0; time < 2; time += 1) {
    await served.tenant.webEdit(edit);
    await served.sweep();
  }
  await served.tenant.faults({ match: 'POST /api/v1/apps', status: 403 });
  await served.write('two.yaml', file({ kind: 'App', name: 'two', spec: { displayName: 'Two' } }));
  await served.sweep();
  const all = ['Changes 1: true', 'Reverts 1: true', 'Holds 1: true', 'Failures 1: true'];
  expect(await chart()).toEqual(all);
  await served.close();
  await served.open();
  expect(await chart()).toEqual(all);
  const state = path.join(served.root, 'state');
  const files = (await readdir(state, { recursive: true })).filter((name) => name.includes('history.jsonl'));
  expect(files).not.toEqual([]);
  for (const name of files) await rm(path.join(state, name));
  expect(await chart()).toEqual(all);
  const page = await served.get('/', { accept: 'text/html' });
  expect(page.text).toMatch(/<summary>The numbers of the last 7 days<\/summary><table/);
  expect(page.text).not.toMatch(/ style=/);
});

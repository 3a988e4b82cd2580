import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../support/root.js';
import { launchBrowser } from './browser.js';
import { app, connector, SNYK_CONFIG } from './definitions.js';
import { openStage, type Stage } from './stage.js';
import { visit } from './visit.js';

const FOLDER = path.join(root, 'docs/screenshots');
const MOST_BYTES = 150_000;

/** A company with one pending approval, one error and one takeover by a person. */
const files = {
  'apps.yaml': [
    app('confluence', { displayName: 'Confluence', description: 'Where everything is written down' }),
    app('datadog', { displayName: 'Datadog', monthlyCostUsd: 15 }),
    app('figma', { displayName: 'Figma', description: 'Design of the product', monthlyCostUsd: 12 }),
    app('github', {
      displayName: 'GitHub',
      description: 'Source control for every product team',
      monthlyCostUsd: 19,
      owners: ['alice@acme.example', 'ivan@acme.example'],
    }),
    app('pagerduty', {
      displayName: 'PagerDuty',
      description: 'Wakes people up',
      grantPolicy: 'Manager aproval',
    }),
    app('snyk', { displayName: 'Snyk', description: 'Finds vulnerable packages' }),
    app('zoom', { displayName: 'Zoom', description: 'Meetings' }),
    connector('snyk', { app: 'snyk', catalog: 'snyk', displayName: 'Snyk', config: SNYK_CONFIG }),
  ].join('---\n'),
};

async function editByBob(stage: Stage): Promise<void> {
  const objects = await fetch(`${stage.url}/api/v1/objects/App/figma`);
  const { id } = (await objects.json()) as { readonly id: string };
  await stage.webEdit({ kind: 'App', id, set: { description: 'Design' }, user: 'bob@acme.example' });
}

it('takes the screenshots of the README', async () => {
  const stage = await openStage({ files, settings: { sync: { limits: { adopts: 1 } } } });
  const browser = await launchBrowser();
  try {
    await mkdir(FOLDER, { recursive: true });
    await editByBob(stage);
    for (const colorScheme of ['light', 'dark'] as const) {
      const reader = await visit(browser, stage, { colorScheme, viewport: { width: 1100, height: 860 } });
      await reader.signIn();
      await reader.page.getByText('bob@acme.example').first().waitFor();
      const places = { overview: '/', object: '/objects/App/github', held: '/held' };
      for (const [name, place] of Object.entries(places)) {
        await reader.open(place);
        const file = path.join(FOLDER, `${name}-${colorScheme}.png`);
        await reader.page.screenshot({ path: file });
        expect((await stat(file)).size).toBeLessThan(MOST_BYTES);
      }
      await reader.check();
    }
  } finally {
    await browser.close();
    await stage.close();
  }
});

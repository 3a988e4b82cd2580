import type { Browser } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from './browser.js';
import { app, connector, SNYK_CONFIG } from './definitions.js';
import { openStage, type Stage } from './stage.js';
import { visit } from './visit.js';

let browser: Browser;
let stage: Stage;

const numbers = Array.from({ length: 400 }, (_, index) => index + 1);

beforeEach(async () => {
  [browser, stage] = await Promise.all([
    launchBrowser(),
    openStage({
      settings: { sync: { mode: 'observe' } },
      files: {
        'apps.yaml': numbers.map((n) => app(`app-${n}`, { displayName: `Application ${n}` })).join('---\n'),
        'connectors.yaml': [
          connector('one', { app: 'app-1', catalog: 'snyk', displayName: 'One', config: SNYK_CONFIG }),
          app('lost', { displayName: 'Lost', grantPolicy: 'No such policy' }),
        ].join('---\n'),
      },
    }),
  ]);
});
afterEach(async () => {
  await browser?.close();
  await stage?.close();
});

describe('many objects', () => {
  it('are searched, filtered and paged', async () => {
    const reader = await visit(browser, stage);
    const { page } = reader;
    const keys = page.getByRole('rowheader').getByRole('link');
    await reader.open('/');
    await page.getByRole('link', { name: 'All 402 objects that need attention' }).click();
    await page.getByText('1 to 50 of 402 objects').waitFor();
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('51 to 100 of 402 objects').waitFor();
    expect(await keys.count()).toBe(50);
    await page.getByRole('link', { name: 'Last' }).click();
    await page.getByText('401 to 402 of 402 objects').waitFor();

    await reader.open('/objects');
    await page.getByLabel('Key, name or id').pressSequentially('application 39');
    await page.getByText('11 objects', { exact: true }).waitFor();
    expect(await keys.allTextContents()).toEqual(
      [39, 390, 391, 392, 393, 394, 395, 396, 397, 398, 399].map((n) => `App/app-${n}`),
    );
    expect(page.url()).toContain('q=application+39');
    await page.reload();
    expect(await page.getByLabel('Key, name or id').inputValue()).toBe('application 39');

    await page.getByLabel('Key, name or id').fill('');
    await page.getByLabel('Kind').selectOption('Connector');
    await keys.filter({ hasText: 'Connector/one' }).waitFor();
    expect(await keys.count()).toBe(1);
    await page.getByLabel('Kind').selectOption('Any');
    await page.getByLabel('Status').selectOption('UnresolvedReference');
    await keys.filter({ hasText: 'App/lost' }).waitFor();
    expect(await keys.count()).toBe(1);
    await page.getByLabel('Key, name or id').fill('nothing has this name');
    await page.getByText('No object matches.').waitFor();
    await page.getByRole('link', { name: 'Show all objects' }).click();
    await page.getByText('1 to 50 of 402 objects').waitFor();
    await reader.check();
  });
});

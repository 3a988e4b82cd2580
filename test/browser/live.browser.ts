import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from './browser.js';
import { app } from './definitions.js';
import { openStage, type Stage } from './stage.js';
import { visit } from './visit.js';

const WIKI = { id: 'wiki-app', displayName: 'Wiki', description: 'As defined' };

let browser: Browser;
let stage: Stage;

beforeEach(async () => {
  [browser, stage] = await Promise.all([
    launchBrowser(),
    openStage({
      seed: {
        users: [{ id: 'u-bob', email: 'bob@acme.example' }],
        apps: [WIKI],
      },
      files: { 'apps.yaml': app('wiki', { displayName: 'Wiki', description: 'As defined' }) },
    }),
  ]);
});
afterEach(async () => {
  await browser?.close();
  await stage?.close();
});

/** An edit in the web app that the daemon reverts. */
const edit = (): Promise<void> =>
  stage.webEdit({
    kind: 'App',
    id: WIKI.id,
    set: { description: 'As Bob wants it' },
    user: 'bob@acme.example',
  });

/** Marks what is loaded, so that another load shows. */
const mark = (page: Page): Promise<unknown> => page.evaluate('window.isStillHere = true');
const isStillHere = (page: Page): Promise<unknown> => page.evaluate('window.isStillHere === true');

describe('a page that is open', () => {
  it('shows changes in the tenant and their authors without a reload', async () => {
    const reader = await visit(browser, stage);
    const { page } = reader;
    await reader.open('/');
    await page.getByRole('heading', { name: 'The tenant is in sync' }).waitFor();
    await mark(page);
    await edit();
    const entry = page.getByRole('listitem').filter({ hasText: /reverted what .* changed/ });
    await entry.getByText('bob@acme.example').first().waitFor();
    await entry.locator('summary').click();
    await entry.getByText('"As Bob wants it" → "As defined"').waitFor();
    expect(await isStillHere(page)).toBe(true);
    await reader.check();
  });

  it('keeps unfinished input, the position and open details', async () => {
    const reader = await visit(browser, stage);
    const { page } = reader;
    await reader.signIn();
    await reader.open('/objects/App/wiki');
    await mark(page);
    await page.getByText('Suspend …').click();
    await page.getByLabel('For how long').selectOption('1 week');
    await page.getByLabel('Reason').fill('half a sen');
    await edit();
    await page.getByText('bob@acme.example').first().waitFor();
    await page.keyboard.type('tence');
    expect(await page.getByLabel('Reason').inputValue()).toBe('half a sentence');
    expect(await page.getByLabel('For how long').inputValue()).toBe('168');
    expect(await isStillHere(page)).toBe(true);
    await reader.check();
  });

  it('reports that the daemon does not answer, and follows it again when it is back', async () => {
    const reader = await visit(browser, stage);
    const { page } = reader;
    await reader.open('/objects');
    await mark(page);
    await stage.stop();
    await page.getByRole('alert').filter({ hasText: 'The daemon does not answer.' }).waitFor();
    const asOf = await page.locator('#as-of').textContent();
    expect(await page.getByRole('alert').textContent()).toContain(`as of ${asOf} and may be out of date`);
    await stage.restart();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
    await page
      .locator('#as-of')
      .filter({ hasNotText: asOf ?? '' })
      .waitFor();
    expect(await isStillHere(page)).toBe(true);
  });
});

import type { Browser } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from './browser.js';
import { app, connector, SNYK_CONFIG } from './definitions.js';
import { openStage, type Stage } from './stage.js';
import { barriers, visit } from './visit.js';

const LONG = 'x'.repeat(180);
const PAGES = [
  '/',
  '/objects',
  '/objects/App/github',
  '/objects/Connector/wiki',
  '/held',
  '/history',
  '/unmanaged',
  '/login',
  '/nowhere',
];

let browser: Browser;
let stage: Stage;

beforeEach(async () => {
  [browser, stage] = await Promise.all([
    launchBrowser(),
    openStage({
      // GitHub is there already, and taking it under management waits for a person.
      settings: { sync: { limits: { adopts: 0 } } },
      files: {
        'apps.yaml': [
          app('github', { displayName: 'GitHub', description: 'Code', owners: ['alice@acme.example'] }),
          app('wiki', { displayName: '<script>alert(1)</script> \u202egnp.exe', description: 'Wiki' }),
          app('long', { displayName: LONG }),
          app('unknown-policy', { displayName: 'Unknown', grantPolicy: 'No such policy' }),
          connector('wiki', { app: 'wiki', catalog: 'snyk', displayName: 'Wiki', config: SNYK_CONFIG }),
        ].join('---\n'),
        'mistake.yaml': app('mistake', { displayName: 'Mistake', monthlyCost: 8 }),
      },
    }),
  ]);
});
afterEach(async () => {
  await browser?.close();
  await stage?.close();
});

describe('the pages', () => {
  it.each(['light', 'dark'] as const)(
    'are without barriers for people with a disability, and fit a phone (%s)',
    async (colorScheme) => {
      const reader = await visit(browser, stage, { colorScheme });
      const { page } = reader;
      const found: string[] = [];
      await reader.signIn();
      for (const place of PAGES) {
        await page.setViewportSize({ width: 1200, height: 900 });
        await reader.open(place);
        found.push(...(await barriers(page)).map((barrier) => `${place}: ${barrier}`));
        await page.setViewportSize({ width: 360, height: 740 });
        const width = await page.evaluate('document.documentElement.scrollWidth');
        if (width !== 360) found.push(`${place}: ${width} wide`);
        const lines = 'new Set([...document.querySelectorAll("nav li")].map((item) => item.offsetTop)).size';
        if (Number(await page.evaluate(lines)) > 1)
          found.push(`${place}: the names of the pages take two lines`);
      }
      expect(found).toEqual([]);
      await reader.check();
    },
  );

  it('shows names from the tenant as text, without characters that change its direction', async () => {
    const reader = await visit(browser, stage);
    await reader.open('/objects');
    await reader.page.getByText('<script>alert(1)</script> \\u202egnp.exe').waitFor();
    await reader.page.getByText(LONG).waitFor();
    await reader.check();
  });

  it('work with the keyboard alone, and show the focus', async () => {
    const reader = await visit(browser, stage);
    await reader.signIn();
    await reader.open('/held');
    const { page } = reader;
    const outlines: unknown[] = [];
    for (let step = 0; step < 9; step += 1) {
      await page.keyboard.press('Tab');
      outlines.push(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'));
    }
    expect(outlines).not.toContain('none');

    await page.reload();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Carry out this change?' });
    await dialog.waitFor();
    const focused = () => page.evaluate('document.activeElement.textContent');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('App/github');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Approve 1 change');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await focused()).toBe('Approve 1 change …');
    await reader.check();
  });
});

import type { Browser } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from './browser.js';
import { app } from './definitions.js';
import { openStage, type Stage, TOKEN } from './stage.js';
import { visit } from './visit.js';

let browser: Browser;
let stage: Stage;

/** GitHub is in the tenant already, and taking it under management waits for a person. */
const files = {
  'apps.yaml': [
    app('github', { displayName: 'GitHub', description: 'Code' }),
    app('wiki', { displayName: 'Wiki' }),
  ].join('---\n'),
};
const settings = { sync: { limits: { adopts: 0 } } };

beforeEach(async () => {
  [browser, stage] = await Promise.all([launchBrowser(), openStage({ files, settings })]);
});
afterEach(async () => {
  await browser?.close();
  await stage?.close();
});

describe('a person', () => {
  it('signs in and out, and sees buttons only in between', async () => {
    const reader = await visit(browser, stage);
    const { page } = reader;
    const buttons = page.getByRole('main').getByRole('button');
    await reader.open('/objects/App/github');
    await page.getByText('Sign in to change something here.').waitFor();
    expect(await buttons.count()).toBe(0);

    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Token of the daemon').fill('not-the-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'This is not the token' }).waitFor();
    expect(await page.content()).not.toContain('not-the-token');

    await reader.signIn();
    await reader.open('/objects/App/github');
    for (const name of ['Approve 1 change …', 'Reconcile now'])
      await buttons.filter({ hasText: name }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await reader.open('/objects/App/github');
    expect(await buttons.count()).toBe(0);
    await reader.check();
  });

  it('approves held changes after seeing them, and sees their result', async () => {
    const reader = await visit(browser, stage);
    const { page } = reader;
    await reader.signIn();
    await page.getByRole('link', { name: '1 change to approve' }).click();
    await page.getByText('App/github would be adopted').waitFor();
    await page.getByText('"Source control" → "Code"').waitFor();
    await page.getByRole('button', { name: 'Approve 1 change …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Carry out this change?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Approve 1 change …' }).click();
    await dialog.getByRole('button', { name: 'Approve 1 change' }).click();
    await page.getByText('Approved. The changes are carried out now.').waitFor();

    await page.getByText('Nothing is held.').waitFor();
    await reader.open('/objects/App/github');
    await page.getByRole('main').getByText('Synced').first().waitFor();
    await page.getByText('Approved:').waitFor();
    await page.getByText('By token, through the dashboard.').waitFor();
    await reader.check();
  });

  it('suspends an object with a reason, and resumes it', async () => {
    const reader = await visit(browser, stage);
    const { page } = reader;
    await reader.signIn();
    await reader.open('/objects/App/wiki');
    await page.getByText('Suspend …').click();
    await page.getByLabel('Reason').fill('an incident <b>under way</b>');
    await page.getByLabel('For how long').selectOption('4 hours');
    await page.getByRole('button', { name: 'Suspend' }).click();
    await page.getByText('Suspended. The daemon changes nothing there until it is resumed.').waitFor();

    await stage.define('apps.yaml', app('wiki', { displayName: 'Wiki', description: 'Another' }));
    await page
      .getByText(/It is suspended: an incident <b>under way<\/b>/)
      .first()
      .waitFor();
    await reader.open('/');
    await page.getByText('App/wiki is suspended and resumes in 3 hours').waitFor();
    await reader.open('/objects/App/wiki');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Resumed. The daemon reconciles it now.').waitFor();
    await page.getByRole('main').getByText('Synced').first().waitFor();
    await reader.check();
  });

  it('does the same without scripts', async () => {
    const reader = await visit(browser, stage, { javaScriptEnabled: false });
    const { page } = reader;
    await reader.signIn();
    await reader.open('/objects?q=github');
    await page.getByRole('link', { name: 'App/github' }).click();
    await page.getByRole('button', { name: 'Approve 1 change …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve 1 change' }).click();
    await page.getByText('Approved. The changes are carried out now.').waitFor();
    await page.getByRole('button', { name: 'Reconcile now' }).click();
    await page.getByText('Triggered. The daemon reconciles now.').waitFor();
    await reader.check();
  });
});

describe('under a foreign Host name', () => {
  it('shows nothing before a sign-in, accepts commands afterwards, and needs a new sign-in after a restart', async () => {
    const elsewhere = await launchBrowser(['--host-resolver-rules=MAP c1sync.test 127.0.0.1']);
    try {
      const origin = `http://c1sync.test:${new URL(stage.url).port}`;
      const { page, open } = await visit(elsewhere, stage, { origin });
      const token = page.getByLabel('Token of the daemon');
      await open('/held');
      expect(page.url()).toBe(`${origin}/login`);
      expect(await page.content()).not.toContain('github');
      await token.fill(TOKEN);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Reconcile now' }).click();
      await page.getByText('Triggered. The daemon reconciles now.').waitFor();

      await stage.stop();
      await stage.restart();
      await token.waitFor();
      expect(await page.getByRole('main').textContent()).not.toContain('github');
    } finally {
      await elsewhere.close();
    }
  });
});

import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';
import { expect } from 'vitest';
import { SECRET, type Stage, TOKEN } from './stage.js';

/** A page may take this long to show something, milliseconds: the machine may have a lot else to do. */
const LONGEST_WAIT_MS = 90_000;

/** A reader with a window of their own. */
export interface Visit {
  readonly page: Page;
  /** Opens a page of the daemon. */
  open(place: string): Promise<void>;
  /** Signs in with the token of the daemon. */
  signIn(): Promise<void>;
  /** Fails when a page broke the content security policy, called another server, threw, or showed a secret. */
  check(): Promise<void>;
}

/** Begins a visit. `origin`: where the reader finds the daemon, if not at its own address. */
export async function visit(
  browser: Browser,
  stage: Stage,
  { origin = stage.url, ...options }: BrowserContextOptions & { readonly origin?: string } = {},
): Promise<Visit> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
  page.setDefaultTimeout(LONGEST_WAIT_MS);
  const complaints: string[] = [];
  const answers: Promise<void>[] = [];
  page.on('pageerror', ({ message }) => complaints.push(`threw: ${message}`));
  page.on('console', (message) => {
    // The browser also reports failed answers; the tests check those themselves.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isAnswer) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`asked ${request.url()}`);
  });
  page.on('requestfinished', (request) => answers.push(check(request, complaints)));
  return {
    page,
    open: async (place) => void (await page.goto(origin + place)),
    signIn: async () => {
      await page.goto(`${origin}/login`);
      await page.getByLabel('Token of the daemon').fill(TOKEN);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
    },
    check: async () => {
      await Promise.all(answers);
      expect(complaints).toEqual([]);
    },
  };
}

async function check(request: Request, complaints: string[]): Promise<void> {
  // An answer is gone when the page has been closed, and its body when the page has moved on.
  const response = await request.response().catch(() => null);
  const text = (await response?.text().catch(() => '')) ?? '';
  for (const secret of [SECRET, TOKEN]) {
    if (text.includes(secret)) complaints.push(`${request.url()} shows ${secret}`);
  }
}

/** The serious accessibility errors of a page, one a line. */
export async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
}

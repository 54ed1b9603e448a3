import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { chromiumArgs, chromiumPath } from '../../../../tools/chromium.ts';
import type { Place } from '../../src/model/place.ts';
import { openStage, type Stage } from '../stage-server.ts';

/** What is waited for comes in a moment; only a page that is broken uses it up. */
export const WAIT: { readonly timeout: number } = { timeout: 150_000 };

/** The built page behind its server, one for all; of each test its own context and tab. */
export let stage: Stage;
export let context: BrowserContext;
export let page: Page;
let browser: Browser;
let errors: string[];

/** One browser for all tests of a file; a test that leaves an error in the page fails. */
export function usePage(): void {
  beforeAll(async () => {
    [stage, browser] = await Promise.all([
      openStage(join(import.meta.dirname, '../stage')),
      chromium.launch({ executablePath: await chromiumPath(), args: [...chromiumArgs] }),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });
  beforeEach(async () => {
    context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    page.setDefaultTimeout(WAIT.timeout);
    errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
  });
  afterEach(async () => {
    expect(errors).toEqual([]);
    await context.close();
  });
}

/** Opens the page with a scripted client, at a place, with something behind `#`. */
export async function open(
  script: string,
  place?: Place,
  fragment = '',
  account = 'open',
): Promise<void> {
  const query = new URLSearchParams({ script, account });
  if (place !== undefined) query.set('place', JSON.stringify(place));
  await page.goto(`${stage.address}?${query}${fragment}`);
}
/** What the page has asked of its client. */
export const calls = (): Promise<string[]> => page.evaluate(() => globalThis.window.scripted.calls);
/** A conversation. */
export const talkWith = (contact: string): Place => ({ kind: 'conversation', contact });

import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumArgs, chromiumPath } from '../../../tools/chromium.ts';
import { pictureAt, type Trouble } from './network-picture.ts';
import { openStage, type Stage } from './stage-server.ts';

/** Also written to docs/screens when asked for by SOTTO_SCREENS: pictures are looked at, not compared. */
const PICTURES = process.env['SOTTO_SCREENS'];
const FOLDER = join(import.meta.dirname, '../../../docs/screens');

let stage: Stage;
let browser: Browser;
beforeAll(async () => {
  [stage, browser] = await Promise.all([
    openStage(join(import.meta.dirname, 'stage')),
    chromium.launch({ executablePath: await chromiumPath(), args: [...chromiumArgs] }),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

/** What the page's server answers for `/picture.json`: a scripted network, none, or nothing at all. */
type Answer = Trouble | 'none' | 'gone';

interface Shown {
  readonly page: Page;
  readonly complaints: readonly string[];
  answer: Answer;
}

/** The network view of somebody who has a conversation; each picture is ten seconds after the last. */
async function show(options: BrowserContextOptions, first: Answer): Promise<Shown> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  const shown: Shown = { page, complaints, answer: first };
  let asked = 0;
  const began = Date.now();
  await page.route('**/picture.json', async (route) => {
    const { answer } = shown;
    if (answer === 'none') await route.fulfill({ status: 404, body: 'none' });
    else if (answer === 'gone') await route.abort();
    else await route.fulfill({ json: pictureAt(began, 10_000 * asked++, answer) });
  });
  const parameters = { fastMeanMicros: 250_000, loopShare: 16_384, slowShare: 13_107 };
  await page.route('**/network.json', (route) => route.fulfill({ json: { parameters } }));
  await page.addInitScript(beat);
  const query = new URLSearchParams({ script: 'talk', place: JSON.stringify({ kind: 'network' }) });
  await page.goto(`${stage.address}?${query}`);
  return shown;
}

/** In the page: the scripted client's slots go on, two a second, as a plan's clock does. */
function beat(): void {
  addEventListener('load', () => {
    const client = window.scripted;
    const status = client.status;
    client.status = async () => {
      const slots = 400 + Math.round(performance.now() / 500);
      const share = (part: number): number => Math.round(slots * part);
      return {
        ...(await status()),
        slots: { real: share(0.3), loop: share(0.25), drop: share(0.45) },
      };
    };
  });
}

const picture = async ({ page }: Shown, name: string): Promise<void> => {
  if (PICTURES === undefined) return;
  await page.screenshot({ path: join(FOLDER, `network-${name}.png`), fullPage: true });
};

/** What axe finds. Its code is evaluated by the debugger, which the page's policy does not bind. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<readonly { readonly id: string }[]>(
    'axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)',
  );
  return found.map((violation) => JSON.stringify(violation).slice(0, 600));
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test('a desktop: nodes in layers, one’s own place behind a switch, a node’s figures on a click', async () => {
  const shown = await show({ viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }, {});
  const { page, complaints } = shown;
  const nodes = page.getByRole('group', { name: 'Nodes by layer' }).getByRole('button');
  await page.getByText(/^The emptiest mix holds 1\d, the mean of all is 1\d/u).waitFor();
  expect(await nodes.count()).toBe(12);
  const guard = page.getByText('your guard', { exact: true });
  expect(await guard.count()).toBe(0);
  await page.getByRole('switch', { name: 'Show my place' }).check();
  await guard.waitFor();
  expect(await nodes.nth(5).getAttribute('aria-label')).toMatch(/^node-\d\d, layer 2, holds \d+/u);
  const chosen = page.getByRole('button', { name: /^node-03/u });
  await chosen.focus();
  await page.keyboard.press('Enter');
  await page.getByText('a second: words or cover, it cannot tell').waitFor();
  expect(await chosen.getAttribute('aria-pressed')).toBe('true');
  await page.getByText('none: loops come back').waitFor();
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
  await picture(shown, 'desktop-dark');
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a phone: an alarm and what it means; the server gone and back; a network elsewhere', async () => {
  const shown = await show(
    { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
    { away: 4 },
  );
  const { page } = shown;
  await page.getByText('node-06 warns: its loops through node-05 are lost or late.').waitFor();
  await page.getByText('11 of 12 answer').waitFor();
  await page.getByText('silence nobody').waitFor();
  expect(await page.getByRole('button', { name: /^node-05.*does not answer/u }).count()).toBe(1);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
  // The policy is on, and nothing has broken it.
  expect(shown.complaints).toEqual([]);
  await picture(shown, 'phone-light');

  shown.answer = 'gone';
  await page.getByText('This is the last picture that came.').waitFor();
  shown.answer = {};
  await page.getByText('12 of 12 answer').waitFor();
  await page.context().close();

  const elsewhere = await show({ viewport: { width: 390, height: 844 } }, 'none');
  await elsewhere.page.getByText('This network runs on other machines.').waitFor();
  await elsewhere.page.getByText('Data this month').waitFor();
  expect(await elsewhere.page.getByRole('group', { name: 'Nodes by layer' }).count()).toBe(0);
  await elsewhere.page.context().close();
});

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumArgs, chromiumPath } from '../../../tools/chromium.ts';
import { openStage, type Stage } from './stage-server.ts';
import { smallPng } from './small-png.ts';
import { SCREENS, type Screen } from './screens.ts';

/** Also written to docs/screens when asked for by SOTTO_SCREENS: pictures are looked at, not compared. */
const PICTURES = process.env['SOTTO_SCREENS'];
const FOLDER = join(import.meta.dirname, '../../../docs/screens');

const SIZES = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
} as const;

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  if (PICTURES !== undefined) await mkdir(FOLDER, { recursive: true });
  [stage, browser] = await Promise.all([
    openStage(join(import.meta.dirname, 'stage')),
    chromium.launch({ executablePath: await chromiumPath(), args: [...chromiumArgs] }),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

/** Opens a screen. */
async function show(page: Page, screen: Screen): Promise<void> {
  const query = new URLSearchParams({ script: screen.script, account: screen.account ?? 'open' });
  if (screen.place !== undefined) query.set('place', JSON.stringify(screen.place));
  await page.goto(`${stage.address}?${query}`);
  await page.getByText(screen.shows).filter({ visible: true }).first().waitFor();
  await screen.act?.(page);
}

/** All that the browser complains of, the policy's refusals among it, and every request elsewhere. */
function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(stage.address) && !request.url().startsWith('blob:'))
      complaints.push(`request to ${request.url()}`);
  });
  return complaints;
}

/** Elements that are wider than the window or stick out of it. */
const overflowing = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    return [...document.querySelectorAll<HTMLElement>('body *')]
      .filter((element) => !element.matches('.unseen, .unseen *') && element.checkVisibility())
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 0 && (right > wide + 1 || left < -1);
      })
      .map((element) => `${element.tagName}.${element.className}`);
  });

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds. Its code is evaluated by the debugger, which the page's policy does not bind. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<readonly Violation[]>(
    'axe.run(document, { resultTypes: ["violations"] }).then((result) => result.violations)',
  );
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
}

/** Both sizes and both looks each time; all four together when the pictures are made. */
const FORMS = [
  { size: 'phone', look: 'light' },
  { size: 'desktop', look: 'dark' },
  ...(PICTURES === undefined
    ? []
    : ([
        { size: 'phone', look: 'dark' },
        { size: 'desktop', look: 'light' },
      ] as const)),
] as const;

describe.each(FORMS)('on a $size in the $look', ({ size, look }) => {
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    context = await browser.newContext({
      viewport: SIZES[size],
      colorScheme: look,
      locale: 'en-GB',
      reducedMotion: 'reduce',
    });
    page = await context.newPage();
    page.setDefaultTimeout(150_000);
    complaints = watch(page);
  });
  afterAll(() => context?.close());

  test('faults that are planted are found', async () => {
    complaints.length = 0;
    await show(page, { name: 'planted', script: 'empty', shows: 'Nobody here yet' });
    await page.evaluate(() => {
      document
        .querySelector('.first')
        ?.insertAdjacentHTML(
          'beforeend',
          '<button type="button"></button><p class="wordmark" style="color: red">x</p>',
        );
      const wide = document.createElement('div');
      wide.className = 'planted-width';
      wide.style.width = '3000px';
      wide.textContent = 'x';
      document.querySelector('.scroll')?.append(wide);
    });
    // The policy tells of the style attribute in a task of its own.
    await expect.poll(() => complaints.join(), { timeout: 60_000 }).toMatch(/style-src/u);
    expect((await overflowing(page)).join()).toContain('planted-width');
    expect((await violations(page)).join()).toContain('button-name');
  });

  test.each(SCREENS.filter(({ sizes }) => sizes === undefined || sizes.includes(size)))(
    '$name',
    async (screen) => {
      complaints.length = 0;
      await show(page, screen);
      if (PICTURES !== undefined && screen.kept === true) {
        const file = join(FOLDER, `${screen.name}-${size}-${look}.png`);
        await writeFile(file, smallPng(await page.screenshot({ animations: 'disabled' })));
      }
      expect(complaints).toEqual([]);
      expect(await overflowing(page)).toEqual([]);
      expect(await violations(page)).toEqual([]);
    },
  );
});

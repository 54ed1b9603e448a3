import { describe, expect, test } from 'vitest';
import { HOSTILE_NAMES } from '../hostile.ts';
import { open, page, talkWith } from './page-use.ts';

/** Names, texts and invites by somebody who means harm, and another direction of writing. */
export function hostileTests(): void {
  describe('hostile content', () => {
    test('runs nothing, hides nothing, turns nothing round and breaks no line', async () => {
      await open('hostile');
      await page.getByText('<img src=x').first().waitFor();
      const names = await page.locator('.chat-name bdi').allTextContents();
      expect(names).toHaveLength(HOSTILE_NAMES.length);
      // Planted in the names and texts: each of these would be seen if it came through.
      expect(names.join('')).not.toMatch(/[\u0000\u200B\u2028-\u202E\u2060-\u2069\uFEFF]/u); // oxlint-disable-line no-control-regex
      const letters = new Intl.Segmenter('en', { granularity: 'grapheme' });
      for (const name of names)
        expect(Array.from(letters.segment(name)).length).toBeLessThanOrEqual(60);
      for (const viewport of [
        { width: 390, height: 844 },
        { width: 1280, height: 800 },
      ]) {
        await page.setViewportSize(viewport);
        await page.getByRole('button', { name: /^<img/u }).click();
        await page.getByRole('log').waitFor();
        const wide = await page.evaluate(() => [
          document.documentElement.scrollWidth - innerWidth,
          ...[...document.querySelectorAll('.bubble')].map(
            (bubble) => bubble.getBoundingClientRect().right - innerWidth,
          ),
        ]);
        expect(Math.max(...wide)).toBeLessThanOrEqual(0);
        await page.goBack();
      }
      // Who introduces chooses name and note.
      await page.getByRole('button', { name: /people are introduced to you$/u }).click();
      await page.setViewportSize({ width: 390, height: 844 });
      const offered = await page.locator('.meeting h2 bdi').allTextContents();
      expect(offered).toHaveLength(HOSTILE_NAMES.length);
      expect(offered.join('')).not.toMatch(/[\u0000\u200B\u2028-\u202E\u2060-\u2069\uFEFF]/u); // oxlint-disable-line no-control-regex
      const out = await page.evaluate(() =>
        [...document.querySelectorAll('.pane *')].map(
          (each) => each.getBoundingClientRect().right - innerWidth,
        ),
      );
      expect(Math.max(...out)).toBeLessThanOrEqual(0);
      expect(await page.locator('.meeting :is(img, a), .said *:not(bdi)').count()).toBe(0);
      expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
      expect(await page.locator('.bubble :is(script, img, svg, a, iframe)').count()).toBe(0);
    });

    test('reads from right to left where the page does', async () => {
      await open('talk', talkWith('layla'));
      await page.evaluate(() => {
        document.documentElement.dir = 'rtl';
      });
      const left = (part: string): Promise<number> =>
        page.locator(part).evaluate((it) => it.getBoundingClientRect().left);
      expect([await left('.side'), await left('.pane')]).toEqual([920, 0]);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over).toBe(0);
    });
  });
}

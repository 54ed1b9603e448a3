import { describe, expect, test } from 'vitest';
import { calls, open, page, talkWith, WAIT } from './page-use.ts';

/** The segments of a JPEG before its scan. */
function markersOf(jpeg: Buffer): number[] {
  const markers: number[] = [];
  for (let at = 2; at + 4 <= jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    expect(jpeg[at]).toBe(0xff);
    markers.push(jpeg[at + 1] ?? 0);
    if (jpeg[at + 1] === 0xda) break;
  }
  return markers;
}

/** What is done in and around a conversation. */
export function conversationTests(): void {
  describe('a conversation', () => {
    test('is written in by keyboard alone and shows each state as it comes', async () => {
      await open('talk');
      await page.getByRole('button', { name: /^Ana/u }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate(() => document.activeElement?.id), WAIT).toBe('words');
      await page.keyboard.type('Bread, too');
      await page.keyboard.press('Shift+Enter');
      await page.keyboard.type('and salt');
      await page.keyboard.press('Enter');
      await page.getByRole('log').getByRole('button', { name: 'waiting its turn' }).waitFor();
      expect(await calls()).toContain('send Bread, too\nand salt');
      expect(await page.getByLabel('Message to Ana').inputValue()).toBe('');

      const become = (more: object): Promise<void> =>
        page.evaluate(async (changes) => {
          const { scripted } = globalThis.window;
          const last = (await scripted.messages('ana')).at(-1);
          if (last === undefined) throw new Error('nothing was sent');
          scripted.put({ ...last, ...changes });
        }, more);
      const log = page.getByRole('log');
      await become({ state: 'waiting' });
      await log.getByRole('button', { name: 'waiting for them' }).waitFor();
      await become({ state: 'sent', via: 'direct' });
      await log.getByRole('button', { name: 'in the mix' }).nth(1).waitFor();
      await become({ state: 'delivered', deliveredInMillis: 9400 });
      await log.getByRole('button', { name: 'delivered 9.4 s' }).waitFor();
      await become({ state: 'failed', reason: 'no-acknowledgement' });
      await log.getByRole('button', { name: 'not delivered' }).click();
      await page.getByText('nobody confirmed it').waitFor();
      await log.getByRole('button', { name: 'Send again' }).click();
      await log.getByRole('button', { name: 'waiting its turn' }).waitFor();
    });

    test('marks as read what stands on the page', async () => {
      await open('talk');
      await page.getByRole('button', { name: /^Father.*2 unread/su }).click();
      await page.getByRole('button', { name: /^Father.*you can$/su }).waitFor();
      expect(await calls()).toContain('markRead father');
    });

    test('says how much room is left before it is used up, and stops beyond', async () => {
      await open('talk', talkWith('ana'));
      const field = page.getByLabel('Message to Ana');
      const send = page.getByRole('button', { name: 'Send', exact: true });
      await field.fill('ä'.repeat(10_000));
      expect(await page.getByText('One message holds').isVisible()).toBe(false);
      await field.fill('ä'.repeat(13_999));
      await page.getByText('One message holds 28,000 bytes; 2 are left.').waitFor();
      expect(await send.isEnabled()).toBe(true);
      await field.fill('ä'.repeat(14_001));
      await page.getByText('this is 2 too long. Send it in parts.').waitFor();
      expect(await send.isEnabled()).toBe(false);
      await field.press('Enter');
      expect((await calls()).filter((call) => call.startsWith('send'))).toEqual([]);
    });

    test('sends a photo that is small, shown, described, and holds nothing but the picture', async () => {
      await open('talk', talkWith('ana'));
      // As a camera makes it: large, and with the place beside it.
      const plain = await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(2000, 1500);
        const drawing = canvas.getContext('2d');
        if (drawing === null) throw new Error('no canvas');
        for (let i = 0; i < 1000; i++) {
          drawing.fillStyle = `hsl(${(i * 137) % 360} 60% ${(i * 31) % 100}%)`;
          drawing.fillRect((i * 571) % 2000, (i * 233) % 1500, 60, 60);
        }
        const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
        // As a text: a list of a hundred thousand numbers takes the browser's debugger seconds.
        return new Uint8Array(await blob.arrayBuffer()).reduce(
          (text, byte) => text + String.fromCharCode(byte),
          '',
        );
      });
      const exif = Buffer.from('Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0 51.5007 N 0.1246 W', 'latin1');
      const length = Buffer.of(0xff, 0xe1, 0, exif.length + 2);
      const buffer = Buffer.concat([
        Buffer.from(plain.slice(0, 2), 'latin1'),
        length,
        exif,
        Buffer.from(plain.slice(2), 'latin1'),
      ]);
      expect(buffer.length).toBeGreaterThan(60_000);
      expect(markersOf(buffer)).toContain(0xe1);

      await page.getByLabel('Message to Ana').fill('Our street');
      const chosen = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Send a photo' }).click();
      await (await chosen).setFiles({ name: 'IMG_0815.jpg', mimeType: 'image/jpeg', buffer });
      const shown = page.getByRole('img', { name: 'Our street' });
      await shown.waitFor();
      expect(await page.getByLabel('Message to Ana').inputValue()).toBe('');
      await page.getByRole('progressbar', { name: 'Parts that have arrived' }).waitFor();
      const size = shown.evaluate((image: HTMLImageElement) => [
        image.naturalWidth > 300,
        Math.round((100 * image.naturalWidth) / image.naturalHeight),
      ]);
      expect(await size).toEqual([true, 133]);

      const [sent] = await page.evaluate(() =>
        [...globalThis.window.scripted.pictures.values()].map((bytes) => Array.from(bytes)),
      );
      const photo = Buffer.from(sent ?? []);
      expect(photo.length).toBeLessThanOrEqual(60_000);
      // Tables, frame and scan, and the head of JFIF, which says the shape of a pixel.
      const harmless = new Set([0xe0, 0xdb, 0xc0, 0xc2, 0xc4, 0xda, 0xdd]);
      expect(markersOf(photo).filter((marker) => !harmless.has(marker))).toEqual([]);
      expect(photo.includes('51.5007')).toBe(false);

      // What is no picture is refused in words.
      const again = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Send a photo' }).click();
      const text = { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') };
      await (await again).setFiles(text);
      await page.getByText('This browser cannot read that as a picture.').waitFor();
    });

    test('leads back by the browser’s button, and never names a contact in the address', async () => {
      await open('talk');
      const address = page.url();
      await page.getByRole('button', { name: /^Ana/u }).click();
      await page.getByLabel('Message to Ana').waitFor();
      expect(page.url()).toBe(address);
      await page.goBack();
      await page.getByText('Choose a conversation.').waitFor();
    });

    test('is there again after a reload', async () => {
      await open('talk');
      await page.getByRole('button', { name: /^Ana/u }).click();
      await page.getByLabel('Message to Ana').waitFor();
      await page.reload();
      await page.getByLabel('Message to Ana').waitFor();
    });

    test('finds a message by words within it', async () => {
      await open('talk');
      await page.getByPlaceholder('Search').fill('KETTLE');
      await page.getByRole('button', { name: /grandmother/u }).click();
      await page.getByRole('log').getByText('grandmother').waitFor();
      // More than one would be an error of this call.
      await page.locator('.found').waitFor();
    });
  });

  test('an alarm of one’s own loops is said above the list, until none stands', async () => {
    await open('talk');
    const banner = page.getByText('Packets of yours are being lost.');
    const alarm = { subject: 'guard', node: 'a1b2c3d4', loops: 8, lost: 6 } as const;
    const tell = (code: 'loops-lost' | 'loops-back', standing: number): Promise<void> =>
      page.evaluate((event) => globalThis.window.scripted.emit(event), {
        kind: 'alarm' as const,
        code,
        alarm,
        standing,
      });
    // Before the list is there nobody listens.
    await page.getByRole('button', { name: /^Ana/u }).waitFor();
    await tell('loops-lost', 2);
    await banner.waitFor();
    await tell('loops-back', 1);
    await banner.waitFor();
    await tell('loops-back', 0);
    await banner.waitFor({ state: 'hidden' });
  });
}

import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chromiumArgs, chromiumPath } from '../../../tools/chromium.ts';
import type { Place } from '../src/model/place.ts';
import { HOSTILE_NAMES } from './hostile.ts';
import { ADDRESS, LINK, safetyNumberOf } from './scripted-client.ts';
import { openStage, type Stage } from './stage-server.ts';

/** What is waited for comes in a moment; only a page that is broken uses it up. */
const WAIT = { timeout: 150_000 };

let stage: Stage;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let errors: string[];

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

async function open(script: string, place?: Place, fragment = '', account = 'open'): Promise<void> {
  const query = new URLSearchParams({ script, account });
  if (place !== undefined) query.set('place', JSON.stringify(place));
  await page.goto(`${stage.address}?${query}${fragment}`);
}
const calls = (): Promise<string[]> => page.evaluate(() => globalThis.window.scripted.calls);
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
const talkWith = (contact: string): Place => ({ kind: 'conversation', contact });

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
      for (let i = 0; i < 4000; i++) {
        drawing.fillStyle = `hsl(${(i * 137) % 360} 60% ${(i * 31) % 100}%)`;
        drawing.fillRect((i * 571) % 2000, (i * 233) % 1500, 60, 60);
      }
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.95 });
      return [...new Uint8Array(await blob.arrayBuffer())];
    });
    const exif = Buffer.from('Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0 51.5007 N 0.1246 W', 'latin1');
    const length = Buffer.of(0xff, 0xe1, 0, exif.length + 2);
    const buffer = Buffer.concat([
      Buffer.from(plain.slice(0, 2)),
      length,
      exif,
      Buffer.from(plain.slice(2)),
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
    expect(await page.evaluate(() => document.querySelectorAll('.found').length)).toBe(1);
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
  await tell('loops-lost', 2);
  await banner.waitFor();
  await tell('loops-back', 1);
  await banner.waitFor();
  await tell('loops-back', 0);
  await banner.waitFor({ state: 'hidden' });
});

test('an answer to an invite is said above the list until its friend is in it', async () => {
  await open('empty');
  const banner = page.getByText('Your answer to an invite is on its way.');
  await page.getByText('Nobody here yet').waitFor();
  expect(await banner.count()).toBe(0);
  const tell = (accepting: number): Promise<void> =>
    page.evaluate((count) => {
      const { scripted } = globalThis.window;
      scripted.accepting = count;
      scripted.emit({ kind: 'accept-started', contact: 'ab' });
    }, accepting);
  await tell(1);
  await banner.waitFor();
  await tell(0);
  await banner.waitFor({ state: 'hidden' });
});

describe('a contact', () => {
  test('is renamed, muted, blocked and removed', async () => {
    await open('talk', { kind: 'contact', contact: 'lea' });
    await page.getByRole('textbox', { name: 'Name' }).fill('Lea at sea');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: /^Lea at sea/u }).waitFor();
    await page.getByRole('switch', { name: /Mute/u }).click();
    await page.getByRole('switch', { name: /Mute/u, checked: true }).waitFor();
    await page.getByRole('switch', { name: /Tell them what arrived/u, checked: true }).click();
    await page.getByRole('switch', { name: /Tell them/u, checked: false }).waitFor();
    await page.getByRole('switch', { name: /Block/u }).click();
    await page.getByRole('switch', { name: /Block/u, checked: true }).waitFor();
    await page.getByRole('button', { name: /Remove this contact/u }).click();
    await page.keyboard.press('Escape');
    expect(await calls()).not.toContain('removeContact lea');
    await page.getByRole('button', { name: /Remove this contact/u }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Choose a conversation.').waitFor();
    expect(await calls()).toEqual(
      expect.arrayContaining([
        'rename Lea at sea',
        'setMuted true',
        'setAcknowledges false',
        'setBlocked true',
        'removeContact lea',
      ]),
    );
    expect(await page.getByText('Lea at sea').count()).toBe(0);
  });
});

test('messages disappear after a time that either side sets, and the page says so', async () => {
  await open('talk', { kind: 'contact', contact: 'ana' });
  await page.getByText('Nothing keeps the other side from making a copy.').waitFor();
  await page.getByLabel('Messages disappear').selectOption('After a day');
  await expect.poll(calls, WAIT).toContain('setLifetime 86400');
  await page.getByRole('button', { name: /^Ana/u }).click();
  await page.getByText('Messages disappear after a day').waitFor();
  // What has lived long enough is gone from the page, too.
  const log = page.getByRole('log');
  await log.getByText('Of course').waitFor();
  await page.evaluate(() => globalThis.window.scripted.outlive('ana'));
  await log.getByText('Of course').waitFor({ state: 'hidden' });
});

describe('a safety number', () => {
  test('is read aloud in twelve groups, marked as compared, and the mark goes with the number', async () => {
    await open('talk', { kind: 'contact', contact: 'lea' });
    await page.getByRole('heading', { name: 'Safety number' }).waitFor();
    const groups = await page.locator('.groups > li > [aria-hidden]').allTextContents();
    expect(groups.join(' ')).toBe(safetyNumberOf('lea'));
    expect(groups).toHaveLength(12);
    // Said digit by digit.
    const [said] = await page.locator('.groups > li > .unseen').allTextContents();
    expect(said).toBe(Array.from(groups[0] ?? '').join(' '));
    const verified = page.getByRole('switch', { name: /Verified/u });
    await verified.click();
    await page.getByRole('switch', { name: /Verified/u, checked: true }).waitFor();
    await verified.click();
    await page.getByRole('switch', { name: /Verified/u, checked: false }).waitFor();
    expect((await calls()).filter((call) => call.startsWith('setVerified'))).toEqual([
      `setVerified ${safetyNumberOf('lea')}`,
      'setVerified ',
    ]);
    // It changed while the screen was open: nothing is marked, and the person is told.
    await page.evaluate(() => {
      globalThis.window.scripted.safetyNumbers.set('lea', '0');
    });
    await verified.click();
    await page.getByRole('alert').filter({ hasText: 'another one by now' }).waitFor();
    expect(await verified.getAttribute('aria-checked')).toBe('false');
  });

  test('cannot help who is out of step: the person is told what to do', async () => {
    await open('apart', { kind: 'contact', contact: 'ana' });
    await page.getByRole('alert').filter({ hasText: 'Make them an invite' }).waitFor();
  });
});

describe('an invite', () => {
  test('in the page’s address is taken out of it at once and filled in', async () => {
    await open('empty', undefined, `#${LINK}`);
    await page.getByLabel('Link of the invite').waitFor();
    expect(await page.getByLabel('Link of the invite').inputValue()).toBe(LINK);
    expect(page.url()).not.toContain('sotto:');
    expect(await page.evaluate(() => location.hash)).toBe('');
    await page.getByLabel('Who invited you?').fill('Kim');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByLabel('Message to Kim').waitFor();
    expect(await calls()).toContain(`accept ${LINK}`);
  });

  test('waits behind the first screen for somebody who is new', async () => {
    await open('empty', undefined, `#${LINK}`, 'none');
    await page.getByLabel('Your name').fill('Robin');
    await page.getByRole('button', { name: 'Start' }).click();
    await expect.poll(() => page.getByLabel('Link of the invite').inputValue(), WAIT).toBe(LINK);
  });

  test('is read from a picture of its code, without a camera', async () => {
    await open('ready', { kind: 'invite', side: 'give' });
    const picture = await page.getByRole('img', { name: 'The invite as a QR code' }).screenshot();
    await page.getByRole('button', { name: 'I was invited' }).click();
    await page
      .getByLabel('Picture of a QR code')
      .setInputFiles({ name: 'invite.png', mimeType: 'image/png', buffer: picture });
    await expect.poll(() => page.getByLabel('Link of the invite').inputValue(), WAIT).toBe(LINK);
  });

  test('tells how long it takes, and that it waits without a network', async () => {
    await open('preparing', { kind: 'invite', side: 'give' });
    await page.getByText(/^Ready in about 1[05] s$/u).waitFor();
    await page.evaluate(() => globalThis.window.scripted.emit({ kind: 'offline' }));
    await page.getByText('Waiting for the network').waitFor();
  });

  test('is seen by the camera', async () => {
    await open('ready', { kind: 'invite', side: 'give' });
    const picture = await page.getByRole('img', { name: 'The invite as a QR code' }).screenshot();
    // A camera that sees the picture: a stream of a canvas on which it is drawn.
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0) ?? 0);
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [640, 480];
      const pen = canvas.getContext('2d');
      setInterval(() => pen?.drawImage(bitmap, 180, 100, 280, 280), 100);
      navigator.mediaDevices.getUserMedia = async () => canvas.captureStream();
    }, picture.toString('base64'));
    await page.getByRole('button', { name: 'I was invited' }).click();
    await page.getByRole('button', { name: 'Scan with the camera' }).click();
    await expect.poll(() => page.getByLabel('Link of the invite').inputValue(), WAIT).toBe(LINK);
    expect(await page.getByLabel('What the camera sees').count()).toBe(0);
  });

  test('needs no camera: the page says so where there is none', async () => {
    await open('empty', { kind: 'invite', side: 'accept' });
    await page.getByRole('button', { name: 'Scan with the camera' }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: 'Paste the link or choose a picture' })
      .waitFor();
    await page.getByRole('button', { name: 'Close the camera' }).click();
    await page.getByRole('button', { name: 'Scan with the camera' }).waitFor();
  });

  test('that is mistyped is refused in words', async () => {
    await open('empty', { kind: 'invite', side: 'accept' });
    await page.getByLabel('Link of the invite').fill('Come here: https://example.org/#sotto:AAAA.');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('alert').filter({ hasText: 'A letter of this invite is wrong' }).waitFor();
    expect(await calls()).toContain('accept sotto:AAAA');
    await page.getByLabel('Link of the invite').fill('hello');
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('alert').filter({ hasText: 'There is no invite in this' }).waitFor();
  });
});

describe('an introduction', () => {
  test('is made from a contact’s screen, shown as it stands, and taken back', async () => {
    await open('talk', { kind: 'contact', contact: 'ana' });
    await page.getByRole('button', { name: /Introduce to somebody/u }).click();
    const others = await page.getByRole('radio').all();
    // Neither herself nor who has not answered yet.
    expect(others).toHaveLength(5);
    await page.getByRole('radio', { name: 'Lea Okonjo' }).check();
    const hers = page.getByLabel('What Ana sees of Lea Okonjo');
    const make = page.getByRole('button', { name: 'Introduce them' });
    await hers.fill(' ');
    expect(await make.isEnabled()).toBe(false);
    await hers.fill('Lea');
    await page.getByLabel('A note to both').fill('You both sail');
    await make.click();
    const card = page.getByRole('region', { name: 'You introduce Ana and Lea Okonjo' });
    await card.getByText('still to say yes').waitFor();
    expect(await calls()).toContain(
      'introduce ana lea {"names":["Ana","Lea"],"note":"You both sail"}',
    );
    await card.getByRole('button', { name: 'Take it back' }).click();
    await card.getByText('It was taken back, or one of them said no.').waitFor();
    expect(await card.getByRole('button').count()).toBe(0);
  });

  test('that comes says who made it, and is accepted or declined', async () => {
    await open('meeting');
    await page.getByRole('button', { name: 'Somebody is introduced to you' }).click();
    const card = page.getByRole('region', { name: 'Ana introduces Kim' });
    await card.getByText('key to the boathouse').waitFor();
    await card.getByRole('button', { name: 'Yes, meet them' }).click();
    await card.getByText('You said yes. The other has not yet.').waitFor();
    await page.getByRole('button', { name: 'Introductions', exact: true }).waitFor();
    await card.getByRole('button', { name: 'Take it back' }).click();
    await card.getByText('You said no.').waitFor();
    expect(await calls()).toEqual(
      expect.arrayContaining(['acceptIntroduction offer', 'declineIntroduction offer']),
    );
    await page.getByRole('button', { name: 'Write to them' }).click();
    await page.getByLabel('Message to Lea Okonjo').waitFor();
  });
});

describe('an address', () => {
  test('is made for everybody, shown as link and code, and closed', async () => {
    await open('talk', { kind: 'invite', side: 'address' });
    await page.getByLabel('What is it for?').fill('Card');
    await page.getByLabel('How many people a day?').selectOption('2');
    await page.getByLabel('What does each of them pay?').selectOption('Some minutes of work');
    await page.getByRole('button', { name: 'Make an address' }).click();
    const card = page.getByRole('region', { name: 'Address Card' });
    await card.getByRole('img', { name: 'The address as a QR code' }).waitFor();
    expect(await calls()).toContain('address Card 2 22');
    expect(await card.locator('.facts dd').allTextContents()).toEqual([
      'Some minutes of work',
      '2 of 2 people may still come.',
      'Until you close it. Come by within 3 days, or nobody gets in until you do.',
    ]);
    expect(await card.locator('.link-text').textContent()).toContain(`#${ADDRESS}`);
    await card.getByRole('button', { name: 'Close it' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close it' }).click();
    await page.getByLabel('What is it for?').waitFor();
    expect(await calls()).toContain('revokeAddress address-0');
  });
});

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
    const sides = await page.evaluate(() => {
      const side = document.querySelector('.side')?.getBoundingClientRect();
      const pane = document.querySelector('.pane')?.getBoundingClientRect();
      return [side?.left ?? 0, pane?.left ?? 0, document.documentElement.scrollWidth - innerWidth];
    });
    expect(sides).toEqual([920, 0, 0]);
  });
});

describe('the account', () => {
  test('is opened by its passphrase alone', async () => {
    await open('talk', undefined, '', 'locked');
    await page.getByLabel('Passphrase').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'not the passphrase' }).waitFor();
    await page.getByLabel('Passphrase').fill('right');
    await page.getByRole('button', { name: 'Show' }).click();
    expect(await page.getByLabel('Passphrase').getAttribute('type')).toBe('text');
    await page.getByRole('button', { name: 'Hide' }).click();
    expect(await page.getByLabel('Passphrase').getAttribute('type')).toBe('password');
    await page.getByLabel('Passphrase').focus();
    await page.keyboard.press('Enter');
    await page.getByText('Choose a conversation.').waitFor();
  });

  test('makes room for another when its passphrase is lost, after a question', async () => {
    await open('talk', undefined, '', 'locked');
    await page.getByRole('button', { name: 'I have lost it' }).click();
    await page.keyboard.press('Escape');
    expect(await calls()).not.toContain('wipe here');
    await page.getByRole('button', { name: 'I have lost it' }).click();
    await page.getByRole('button', { name: 'Wipe everything' }).click();
    await page.getByLabel('Your name').waitFor();
    expect(await calls()).toContain('wipe here');
  });

  test('is moved here from a file', async () => {
    await open('talk', undefined, '', 'none');
    await page.getByRole('button', { name: 'Use an account that you exported' }).click();
    await page.getByLabel('Exported file').setInputFiles({
      name: 'a.sotto',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from([1]),
    });
    await page.getByLabel('Its passphrase').fill('words');
    await page.getByRole('button', { name: 'Move it here' }).click();
    await page.getByText('Choose a conversation.').waitFor();
  });

  test('is exported under a passphrase typed twice, has stopped then, and is wiped after a question', async () => {
    await open('talk', { kind: 'settings', part: 'account' });
    await expect.poll(() => page.getByLabel('Your name').inputValue(), WAIT).toBe('Robin');
    await page.getByLabel('Passphrase for the file').fill('one');
    await page.getByLabel('Once more').fill('two');
    await page.getByRole('button', { name: 'Stop here and export' }).click();
    await page.getByText('The two are not the same.').waitFor();
    await page.getByLabel('Once more').fill('one');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Stop here and export' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^sotto-account-\d{4}-\d\d-\d\d\.sotto$/u);
    // It has stopped here: what is left is the file, once more, and the end.
    const [again] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the file again' }).click(),
    ]);
    expect(again.suggestedFilename()).toBe(download.suggestedFilename());
    expect(await page.getByText('Choose a conversation.').count()).toBe(0);
    await page.getByRole('button', { name: 'Wipe the account here' }).click();
    await page.keyboard.press('Escape');
    expect(await calls()).not.toContain('wipe here');
    await page.getByRole('button', { name: 'Wipe the account here' }).click();
    await page.getByRole('button', { name: 'Wipe everything' }).click();
    await page.getByLabel('Your name').waitFor();
    expect(await calls()).toContain('wipe here');
  });

  test('that was exported opens no more, unless its person gives the file up', async () => {
    await open('talk', undefined, '', 'moved');
    await page.getByText('It has stopped on this device').waitFor();
    expect(await page.getByRole('button', { name: 'Save the file again' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Go on here instead' }).click();
    await page.getByText('Only if the file was not taken in anywhere').waitFor();
    await page.getByRole('button', { name: 'Go on here', exact: true }).click();
    await page.getByText('Choose a conversation.').waitFor();
  });

  test('that was exported and is locked tells so, and goes on, only to who knows its passphrase', async () => {
    await open('talk', undefined, '', 'moved-locked');
    const unlock = async (passphrase: string): Promise<void> => {
      await page.getByLabel('Passphrase').fill(passphrase);
      await page.keyboard.press('Enter');
    };
    await unlock('wrong');
    await page.getByRole('alert').filter({ hasText: 'not the passphrase' }).waitFor();
    await unlock('right');
    await page.getByRole('button', { name: 'Go on here instead' }).click();
    await page.getByRole('button', { name: 'Go on here', exact: true }).click();
    await unlock('wrong');
    await page.getByRole('alert').filter({ hasText: 'not the passphrase' }).waitFor();
    expect(await page.getByText('Choose a conversation.').count()).toBe(0);
    await unlock('right');
    await page.getByText('Choose a conversation.').waitFor();
  });

  test('is wiped after a question', async () => {
    await open('talk', { kind: 'settings', part: 'account' });
    await page.getByRole('button', { name: 'Wipe the account' }).click();
    await page.getByRole('button', { name: 'Wipe everything' }).click();
    await expect.poll(calls, WAIT).toContain('wipe');
  });

  test('changes its plan from the next public hour on, and says why', async () => {
    await open('talk', { kind: 'settings', part: 'plan' });
    await page.getByLabel(/^Saver/u).check();
    await page.getByText(/Saver begins at .*:00/u).waitFor();
    await page.getByText('a change does not tell when you decided it').waitFor();
    expect(await calls()).toContain('setPlan saver');
  });

  test('has a guide, served by nobody else', async () => {
    await open('talk', { kind: 'settings', part: 'about' });
    const address = await page.getByRole('link', { name: 'The guide' }).evaluate((link) => {
      return link instanceof HTMLAnchorElement ? link.href : '';
    });
    expect(address).toBe(`${stage.address}guide.txt`);
    const answer = await context.request.get(address);
    expect(await answer.text()).toContain('## Move to another device');
  });

  test('keeps the look that was chosen', async () => {
    await open('talk', { kind: 'settings', part: 'appearance' });
    await page.getByLabel(/^Dark/u).check();
    await page.reload();
    await page.getByText('As the system').waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  });
});

import { describe, expect, test } from 'vitest';
import { ADDRESS, LINK } from '../scripted-client.ts';
import { calls, open, page, WAIT } from './page-use.ts';

/** Ways to meet: invites, introductions, addresses. */
export function meetingTests(): void {
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
      await page
        .getByLabel('Link of the invite')
        .fill('Come here: https://example.org/#sotto:AAAA.');
      await page.getByRole('button', { name: 'Accept' }).click();
      await page
        .getByRole('alert')
        .filter({ hasText: 'A letter of this invite is wrong' })
        .waitFor();
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
}

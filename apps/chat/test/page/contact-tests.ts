import { describe, expect, test } from 'vitest';
import { safetyNumberOf } from '../scripted-client.ts';
import { calls, open, page, WAIT } from './page-use.ts';

/** What is done on a contact’s screen. */
export function contactTests(): void {
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
}

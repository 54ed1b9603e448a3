import { describe, expect, test } from 'vitest';
import { calls, context, open, page, stage, WAIT } from './page-use.ts';

/** The account: opened, moved, wiped, and its settings. */
export function accountTests(): void {
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
}

import type { Page } from 'playwright';
import type { Place } from '../src/model/place.ts';

/** One screen as it is looked at. */
export interface Screen {
  /** Of its pictures, too. */
  readonly name: string;
  /** Of `stage/scripts.ts`. */
  readonly script: string;
  readonly account?: 'none' | 'open' | 'locked' | 'trouble' | 'slow' | 'moved';
  readonly place?: Place;
  /** Words that are on it. */
  readonly shows: string | RegExp;
  /** What is done before one looks. */
  readonly act?: (page: Page) => Promise<void>;
  /** Its pictures are kept in docs/screens. */
  readonly kept?: boolean;
  /** Where it differs from another screen; everywhere when left out. */
  readonly sizes?: readonly ('phone' | 'desktop')[];
}

/** Every main screen, with its empty, loading and error forms. */
export const SCREENS: readonly Screen[] = [
  {
    name: 'onboarding',
    kept: true,
    script: 'empty',
    account: 'none',
    shows: 'Only this device knows it.',
    act: async (page) => {
      await page.getByLabel('Your name').fill('Robin');
      await page.getByLabel('Lock with a passphrase').check();
    },
  },
  { name: 'unlock', script: 'empty', account: 'locked', shows: 'Welcome back' },
  {
    name: 'moved',
    kept: true,
    script: 'talk',
    account: 'moved',
    shows: 'Wipe the account here',
  },
  { name: 'trouble', script: 'empty', account: 'trouble', shows: 'Sotto cannot start here' },
  { name: 'opening', script: 'empty', account: 'slow', shows: 'Opening your account…' },
  { name: 'empty', kept: true, script: 'empty', shows: 'Nobody here yet' },
  { name: 'loading', script: 'silent', shows: 'Loading conversations' },
  { name: 'chats', kept: true, script: 'talk', shows: 'Chess on Thursdays', sizes: ['phone'] },
  { name: 'offline', script: 'offline', shows: /Connecting/u, sizes: ['phone'] },
  {
    name: 'search',
    script: 'talk',
    shows: 'Chess on Thursdays',
    act: async (page) => {
      await page.getByPlaceholder('Search').fill('three');
      await page.getByText('grandmother').first().waitFor();
    },
    sizes: ['phone'],
  },
  {
    name: 'conversation',
    kept: true,
    script: 'talk',
    place: { kind: 'conversation', contact: 'ana' },
    shows: 'in the mix',
  },
  {
    name: 'states',
    kept: true,
    script: 'states',
    place: { kind: 'conversation', contact: 'ana' },
    shows: 'waiting its turn',
    act: async (page) => page.getByRole('button', { name: /stored until/u }).click(),
  },
  {
    name: 'contact',
    kept: true,
    script: 'talk',
    place: { kind: 'contact', contact: 'lea' },
    shows: 'Remove this contact',
  },
  {
    name: 'disappearing',
    kept: true,
    script: 'talk',
    place: { kind: 'contact', contact: 'lea' },
    shows: 'Messages disappear',
    act: async (page) => {
      await page.getByText('Introduce to somebody').scrollIntoViewIfNeeded();
    },
    sizes: ['phone'],
  },
  {
    name: 'contact-apart',
    script: 'apart',
    place: { kind: 'contact', contact: 'ana' },
    shows: 'does not open any more',
  },
  {
    name: 'invite-preparing',
    kept: true,
    script: 'preparing',
    place: { kind: 'invite', side: 'give' },
    shows: /Ready in about/u,
  },
  {
    name: 'invite-ready',
    kept: true,
    script: 'ready',
    place: { kind: 'invite', side: 'give' },
    shows: 'Copy link',
  },
  {
    name: 'invite-accept',
    kept: true,
    script: 'talk',
    place: { kind: 'invite', side: 'accept' },
    shows: 'Link of the invite',
  },
  {
    name: 'address',
    kept: true,
    script: 'meeting',
    place: { kind: 'invite', side: 'address' },
    shows: '3 of 5 people may still come',
  },
  {
    name: 'address-new',
    script: 'talk',
    place: { kind: 'invite', side: 'address' },
    shows: 'How many people a day?',
    sizes: ['phone'],
  },
  {
    name: 'introduce',
    kept: true,
    script: 'talk',
    place: { kind: 'introduce', contact: 'ana' },
    shows: 'Lea Okonjo',
    act: async (page) => {
      await page.getByRole('radio', { name: 'Lea Okonjo' }).check();
      await page.getByText('A note to both').waitFor();
    },
  },
  {
    name: 'introductions',
    kept: true,
    script: 'meeting',
    place: { kind: 'introductions' },
    shows: 'Yes, meet them',
  },
  {
    name: 'chats-offer',
    script: 'meeting',
    shows: 'Somebody is introduced to you',
    sizes: ['phone'],
  },
  {
    name: 'plan',
    kept: true,
    script: 'talk',
    place: { kind: 'settings', part: 'plan' },
    shows: 'For a line at home or at work.',
  },
  {
    name: 'account',
    kept: true,
    script: 'talk',
    place: { kind: 'settings', part: 'account' },
    shows: 'Move to another device',
  },
  {
    name: 'appearance',
    script: 'talk',
    place: { kind: 'settings', part: 'appearance' },
    shows: 'As the system',
  },
  {
    name: 'about',
    kept: true,
    script: 'talk',
    place: { kind: 'settings', part: 'about' },
    shows: 'What you will not find here',
  },
  {
    name: 'wipe',
    script: 'talk',
    place: { kind: 'settings', part: 'account' },
    shows: 'Wipe this account',
    act: async (page) => {
      await page.getByRole('button', { name: 'Wipe the account' }).click();
      await page.getByText('Wipe everything').waitFor();
    },
  },
];

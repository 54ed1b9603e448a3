/**
 * The page on a stage: the real screens over a scripted client, chosen by the address's query. For
 * looking at, and for tests.
 */
import '../../src/styles.ts';
import type { AccountDoor, AccountState } from '../../src/account-door.ts';
import { SottoError } from '@sotto/client';
import { h, render } from 'preact';
import { App } from '../../src/app.tsx';
import { restoreAppearance } from '../../src/model/appearance.ts';
import { takeInviteFromAddress } from '../../src/model/invite-link.ts';
import { arrivedInvite, go, type Place } from '../../src/model/place.ts';
import { ScriptedClient } from '../scripted-client.ts';
import { scripts } from './scripts.ts';

declare global {
  /** For tests: the client behind the page. */
  interface Window {
    scripted: ScriptedClient;
  }
}

const query = new URLSearchParams(location.search);
const root = document.getElementById('app');
if (root === null) throw new TypeError('"#app" expected an element, got none');

const script = scripts[query.get('script') ?? 'empty'];
if (script === undefined) throw new RangeError('"script" expected the name of one');
const client = new ScriptedClient(script(new Date()));
globalThis.window.scripted = client;

const account = (query.get('account') ?? 'open') as
  | AccountState
  | 'trouble'
  | 'slow'
  | 'moved'
  | 'moved-locked';
const isMoved = account === 'moved' || account === 'moved-locked';
let wiped = false;
const door: AccountDoor = {
  look: async () => {
    if (account === 'trouble') throw new SottoError('store-failed');
    if (account === 'slow') return new Promise<never>(() => undefined);
    if (wiped) return 'none';
    if (account === 'moved-locked') return 'locked';
    return account === 'moved' ? 'open' : account;
  },
  open: async (passphrase, resume) => {
    if (passphrase === 'wrong') throw new SottoError('wrong-key');
    if (isMoved && resume !== true) throw new SottoError('account-moved');
    return client;
  },
  wipe: async () => {
    client.calls.push('wipe here');
    wiped = true;
  },
  create: async () => client,
  restore: async () => client,
  mailLifeMillis: () => 14 * 86_400_000,
};

restoreAppearance();
arrivedInvite.value = takeInviteFromAddress(location, history);
render(h(App, { door }), root);
const first = query.get('place');
if (first !== null) go(JSON.parse(first) as Place);

import { type Signal, signal } from '@preact/signals';

/** Parts of the settings. */
export type SettingsPart = 'plan' | 'account' | 'appearance' | 'about';

/** Ways to meet: an invite for one, one's answer to one, an address for everybody. */
export type InviteSide = 'give' | 'accept' | 'address';

/** What is shown. */
export type Place =
  | { readonly kind: 'chats' }
  /** `message`: the one to show, as `messageKey` names it; the newest when left out. */
  | { readonly kind: 'conversation'; readonly contact: string; readonly message?: string }
  | { readonly kind: 'contact'; readonly contact: string }
  | { readonly kind: 'invite'; readonly side: InviteSide }
  /** Somebody is introduced to another contact. */
  | { readonly kind: 'introduce'; readonly contact: string }
  | { readonly kind: 'introductions' }
  | { readonly kind: 'settings'; readonly part: SettingsPart }
  | { readonly kind: 'network' };

const START: Place = { kind: 'chats' };

/** What is shown now. */
export const place: Signal<Place> = signal(START);

/** An invite that came by the page's address or a scan and waits to be accepted. */
export const arrivedInvite: Signal<string | undefined> = signal(undefined);

let depth = 0;

/**
 * Shows something else. The browser's back button leads back; the address stays as it is, so that
 * neither history nor a shared screen names a contact.
 */
export function go(next: Place): void {
  if (JSON.stringify(next) === JSON.stringify(place.value)) return;
  depth += 1;
  history.pushState({ place: next, depth }, '');
  place.value = next;
}

/** Shows something else in the place of what is shown: it cannot be gone back to. */
export function replace(next: Place): void {
  history.replaceState({ place: next, depth }, '');
  place.value = next;
}

/** One step back; to the conversations where there is none. */
export function back(): void {
  if (depth > 0) history.back();
  else replace(START);
}

/** Forgets where one was: for another account, or none. */
export function resetPlace(): void {
  depth = 0;
  history.replaceState(null, '');
  place.value = START;
}

interface Kept {
  readonly place: Place;
  readonly depth: number;
}

const isKept = (state: unknown): state is Kept =>
  typeof state === 'object' && state !== null && 'place' in state && 'depth' in state;

function onPop(): void {
  const state: unknown = history.state;
  depth = isKept(state) ? state.depth : 0;
  place.value = isKept(state) ? state.place : START;
}

/** Shows what was shown before a reload, and follows the browser's back and forward. @returns the way to end it. */
export function followHistory(): () => void {
  onPop();
  addEventListener('popstate', onPop);
  return () => removeEventListener('popstate', onPop);
}

import { type Signal, signal } from '@preact/signals';

/** Light, dark, or what the system says. */
export type Appearance = 'system' | 'light' | 'dark';

const KEY = 'appearance';

const isAppearance = (text: string | null | undefined): text is Appearance =>
  text === 'system' || text === 'light' || text === 'dark';

/** What is chosen now. */
export const appearance: Signal<Appearance> = signal('system');

function show(chosen: Appearance): void {
  appearance.value = chosen;
  if (chosen === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen;
}

/** Takes up what was chosen before. The choice is no secret, and is needed before an account opens. */
export function restoreAppearance(): void {
  try {
    const stored = localStorage.getItem(KEY);
    if (isAppearance(stored)) show(stored);
  } catch {
    // The browser keeps nothing for this page: the system's look serves.
  }
}

/** Chooses, and keeps the choice where the browser allows it. */
export function chooseAppearance(chosen: Appearance): void {
  show(chosen);
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // It holds until the page is closed.
  }
}

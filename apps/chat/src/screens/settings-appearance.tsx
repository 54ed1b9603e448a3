import type { JSX } from 'preact';
import { type Appearance, appearance, chooseAppearance } from '../model/appearance.ts';

const CHOICES: readonly {
  readonly value: Appearance;
  readonly title: string;
  readonly note: string;
}[] = [
  {
    value: 'system',
    title: 'As the system',
    note: 'Light by day and dark by night, if your system does so.',
  },
  { value: 'light', title: 'Light', note: 'Always.' },
  { value: 'dark', title: 'Dark', note: 'Always.' },
];

/** Light or dark. */
export function AppearanceSettings(): JSX.Element {
  return (
    <fieldset class="card">
      <legend class="unseen">Look</legend>
      {CHOICES.map(({ value, title, note }) => (
        <label key={value} class="row" for={`look-${value}`}>
          <input
            type="radio"
            name="look"
            id={`look-${value}`}
            checked={appearance.value === value}
            onChange={() => chooseAppearance(value)}
          />
          <span class="row-words">
            <span>{title}</span>
            <span class="hint">{note}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

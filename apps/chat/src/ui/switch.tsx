import type { JSX } from 'preact';
import { Icon, type IconName } from './icons.tsx';

/** A row that is on or off. */
export function Switch(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly note: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}): JSX.Element {
  const { icon, title, note, on, onChange } = props;
  return (
    <button type="button" class="row" role="switch" aria-checked={on} onClick={() => onChange(!on)}>
      <Icon name={icon} />
      <span class="row-words">
        <span>{title}</span>
        <span class="hint">{note}</span>
      </span>
      <span class="switch" aria-hidden="true" />
    </button>
  );
}

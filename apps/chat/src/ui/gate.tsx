import type { ComponentChildren, JSX } from 'preact';
import { Mark } from './icons.tsx';

/** A screen before there is an account: the mark, a title, and one form. */
export function Gate(props: {
  readonly title: string;
  readonly onSubmit: () => Promise<void>;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <main class="gate">
      <form
        class="gate-box"
        onSubmit={(event) => {
          event.preventDefault();
          void props.onSubmit();
        }}
      >
        <Mark size={40} />
        <h1>{props.title}</h1>
        {props.children}
      </form>
    </main>
  );
}

/** Whether this device is locked with a passphrase, and what that is good for. */
export function LockTick(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly disabled: boolean;
  readonly onChange: (checked: boolean) => void;
}): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>
        {props.label}
        <span class="hint">Whoever takes this device cannot read your messages without it.</span>
      </span>
    </label>
  );
}

import type { ComponentChildren, JSX, TargetedInputEvent } from 'preact';
import { useState } from 'preact/hooks';
import { initialOf } from '../model/clean-text.ts';
import { Icon, type IconName } from './icons.tsx';

/** Anything that a person may have typed or sent, kept from turning the order of what stands around it. */
export function Theirs(props: { readonly text: string; readonly class?: string }): JSX.Element {
  return (
    <bdi class={props.class} dir="auto">
      {props.text}
    </bdi>
  );
}

/** A disc with the first letter of a name. */
export function Disc(props: { readonly name: string; readonly large?: boolean }): JSX.Element {
  return (
    <span class={props.large === true ? 'disc disc-large' : 'disc'} aria-hidden="true">
      {initialOf(props.name)}
    </span>
  );
}

/** A button that is an icon, with words for those who do not see it. */
export function IconButton(props: {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  readonly class?: string;
}): JSX.Element {
  return (
    <button
      type="button"
      class={`icon-button ${props.class ?? ''}`}
      aria-label={props.label}
      title={props.label}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}

/** Head of a screen: a way back where there is one, its title, and what can be done. */
export function ScreenHead(props: {
  readonly title: string;
  readonly onBack?: () => void;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <header class="head">
      {props.onBack !== undefined && (
        <IconButton icon="back" label="Back" class="back" onClick={props.onBack} />
      )}
      <h1 class="head-title" tabIndex={-1}>
        {props.title}
      </h1>
      {props.children}
    </header>
  );
}

/** What went wrong, said where it went wrong. */
export function Trouble(props: { readonly children: ComponentChildren }): JSX.Element {
  return (
    <p class="trouble" role="alert">
      <Icon name="alert" size={18} />
      <span>{props.children}</span>
    </p>
  );
}

/** A field with its label above and a hint below; a passphrase can be looked at. */
export function Field(props: {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: 'text' | 'password';
  readonly autoFocus?: boolean;
  readonly autoComplete?: string;
  readonly maxLength?: number;
  readonly disabled?: boolean;
}): JSX.Element {
  const { id, label, hint, value, onInput, type = 'text', autoFocus = false } = props;
  const [shown, setShown] = useState(false);
  const rest = {
    id,
    value,
    autoFocus,
    autoComplete: props.autoComplete ?? 'off',
    spellcheck: false,
    maxLength: props.maxLength,
    disabled: props.disabled,
    'aria-describedby': hint === undefined ? undefined : `${id}-hint`,
    onInput: (event: TargetedInputEvent<HTMLInputElement>) => onInput(event.currentTarget.value),
  };
  const input =
    type === 'text' || shown ? (
      <input type="text" dir="auto" {...rest} />
    ) : (
      <input type="password" {...rest} />
    );
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === 'text' ? (
        input
      ) : (
        <span class="shut">
          {input}
          <button type="button" class="link" onClick={() => setShown(!shown)}>
            {shown ? 'Hide' : 'Show'}
          </button>
        </span>
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** A choice from a few, with its label above and a hint below. */
export function Select<T extends number>(props: {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, words: string])[];
  readonly onChange: (value: T) => void;
}): JSX.Element {
  const { id, label, hint, value, options, onChange } = props;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => {
          const chosen = options[event.currentTarget.selectedIndex];
          if (chosen !== undefined) onChange(chosen[0]);
        }}
      >
        {options.map(([each, words]) => (
          <option key={each} selected={each === value}>
            {words}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

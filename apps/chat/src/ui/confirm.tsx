import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Asks before something is done that cannot be undone. The browser's own dialog: it keeps the focus in,
 * and Escape says no.
 */
export function Confirm(props: {
  readonly title: string;
  readonly verb: string;
  readonly children: ComponentChildren;
  readonly onYes: () => void;
  readonly onNo: () => void;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next paint: on a busy machine, an Escape came before the dialog that it was meant for.
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby="confirm-title"
      onCancel={(event) => {
        event.preventDefault();
        props.onNo();
      }}
    >
      <h2 id="confirm-title">{props.title}</h2>
      <div class="confirm-words">{props.children}</div>
      <div class="row-end">
        <button type="button" class="button quiet" onClick={props.onNo}>
          Cancel
        </button>
        <button type="button" class="button danger" onClick={props.onYes}>
          {props.verb}
        </button>
      </div>
    </dialog>
  );
}

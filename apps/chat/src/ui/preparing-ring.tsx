import type { JSX } from 'preact';

/** A ring that fills by a share that is known, or turns while none is. */
export function PreparingRing(props: { readonly share?: number }): JSX.Element {
  const { share } = props;
  return (
    <svg
      class={share === undefined ? 'preparing-ring preparing-turn' : 'preparing-ring'}
      viewBox="0 0 120 120"
      aria-hidden="true"
    >
      <circle class="ring-faint" cx="60" cy="60" r="52" />
      <circle
        class="ring-done"
        cx="60"
        cy="60"
        r="52"
        pathLength={100}
        stroke-dasharray={`${100 * (share ?? 0.25)} 100`}
      />
    </svg>
  );
}

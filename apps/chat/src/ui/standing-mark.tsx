import type { JSX } from 'preact';
import type { Standing } from '../model/message-words.ts';

/** Turns of the ring that are still calm: a plan with a faster beat shows every second or fourth one. */
const CALM_MILLIS = 900;

/** How long the open ring takes to fill: a whole number of beats. */
const fillMillis = (beatMillis: number): number =>
  beatMillis * Math.max(1, Math.ceil(CALM_MILLIS / beatMillis));

/**
 * The mark of how a message stands. It moves slowly while the message waits, and not at all for those
 * who asked their system for less motion.
 */
export function StandingMark(props: {
  readonly standing: Standing;
  /** Mean gap of the clock, milliseconds. */
  readonly beatMillis: number;
}): JSX.Element {
  const { standing, beatMillis } = props;
  return (
    <svg
      class={`standing standing-${standing}`}
      width="14"
      height="14"
      viewBox="0 0 16 16"
      aria-hidden="true"
    >
      {shapeOf(standing, beatMillis)}
    </svg>
  );
}

function shapeOf(standing: Standing, beatMillis: number): JSX.Element {
  switch (standing) {
    case 'turn':
      return (
        <>
          <circle class="ring-faint" cx="8" cy="8" r="6" />
          <circle
            class="ring-fill"
            cx="8"
            cy="8"
            r="6"
            pathLength={100}
            style={{ animationDuration: `${fillMillis(beatMillis)}ms` }}
          />
        </>
      );
    case 'mix':
      return (
        <>
          <circle class="ring" cx="8" cy="8" r="6" />
          <path class="half" d="M8 3.500a4.5 4.5 0 0 1 0 9z" />
        </>
      );
    case 'stored':
      return (
        <path class="ring" d="M2.5 5 8 2.5 13.5 5v6L8 13.5 2.5 11zM2.5 5 8 7.5 13.5 5M8 7.500v6" />
      );
    case 'left':
      return <circle class="ring" cx="8" cy="8" r="6" />;
    case 'them':
      return <circle class="ring dotted" cx="8" cy="8" r="6" />;
    case 'delivered':
      return <circle class="dot" cx="8" cy="8" r="3.2" />;
    case 'failed':
      return (
        <>
          <circle class="ring" cx="8" cy="8" r="6" />
          <path class="ring" d="M8 4.800v3.700M8 11h.01" />
        </>
      );
    default:
      return standing satisfies never;
  }
}

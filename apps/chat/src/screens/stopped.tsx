import type { JSX } from 'preact';
import { Mark } from '../ui/icons.tsx';

/** A whole page that says what is wrong, and offers the one thing to do. */
export function Stopped(props: {
  readonly title: string;
  readonly words: string;
  readonly verb: string;
  readonly onVerb: () => void;
}): JSX.Element {
  return (
    <main class="gate">
      <div class="gate-box" role="alert">
        <Mark size={40} />
        <h1>{props.title}</h1>
        <p>{props.words}</p>
        <button type="button" class="button" onClick={props.onVerb}>
          {props.verb}
        </button>
      </div>
    </main>
  );
}

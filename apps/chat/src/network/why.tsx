import type { ComponentChildren, JSX } from 'preact';

/** A figure with its title, and a question mark that answers in two sentences. */
export function Card(props: {
  readonly title: string;
  readonly why: string;
  readonly children: ComponentChildren;
  readonly class?: string;
}): JSX.Element {
  return (
    <section class={`net-card ${props.class ?? ''}`} aria-label={props.title}>
      <details class="net-why">
        <summary>
          <h2 class="net-title">{props.title}</h2>
          <span class="net-mark" aria-label="What is this?" role="img">
            ?
          </span>
        </summary>
        <p>{props.why}</p>
      </details>
      {props.children}
    </section>
  );
}

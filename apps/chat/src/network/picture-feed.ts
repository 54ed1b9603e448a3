import type { NetworkPicture } from '@sotto/node/network-picture';
import { signal, type ReadonlySignal } from '@preact/signals';
import { type Sample, SampleHistory } from './samples.ts';

const EVERY_MILLIS = 2000;
const WAIT_MILLIS = 10_000;

/** What is known of the network as a whole. */
export type PictureState =
  | { readonly kind: 'loading' }
  /** The network is elsewhere: its nodes tell their operators alone. */
  | { readonly kind: 'none' }
  /** The program that served the page does not answer; the last picture, if there was one. */
  | { readonly kind: 'gone'; readonly picture: NetworkPicture | undefined }
  | { readonly kind: 'picture'; readonly picture: NetworkPicture };

const isPicture = (value: unknown): value is NetworkPicture =>
  typeof value === 'object' &&
  value !== null &&
  'nodes' in value &&
  Array.isArray(value.nodes) &&
  'epoch' in value &&
  'at' in value;

/** Asks the page's own server for pictures while somebody looks. */
export class PictureFeed {
  readonly #state = signal<PictureState>({ kind: 'loading' });
  readonly #samples = signal<readonly Sample[]>([]);
  readonly #history = new SampleHistory();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;

  /** What is known now. */
  get state(): ReadonlySignal<PictureState> {
    return this.#state;
  }

  /** Rates and pools of the last minutes. */
  get samples(): ReadonlySignal<readonly Sample[]> {
    return this.#samples;
  }

  /** Begins; the returned function ends it. What was seen stays for the next time. */
  start(): () => void {
    this.#running = true;
    void this.#round();
    return () => {
      this.#running = false;
      clearTimeout(this.#timer);
    };
  }

  async #round(): Promise<void> {
    if (!document.hidden) await this.#ask();
    if (!this.#running) return;
    this.#timer = setTimeout(() => void this.#round(), EVERY_MILLIS);
  }

  async #ask(): Promise<void> {
    try {
      const response = await fetch('./picture.json', { signal: AbortSignal.timeout(WAIT_MILLIS) });
      if (response.status === 404) {
        this.#state.value = { kind: 'none' };
        return;
      }
      const picture: unknown = await response.json();
      if (!isPicture(picture)) throw new TypeError('"picture" expected one, got other JSON');
      this.#history.add(picture);
      this.#samples.value = this.#history.samples;
      this.#state.value = { kind: 'picture', picture };
    } catch {
      // Shown, and asked again: the network may be stopped, or just starting.
      const last = this.#state.value;
      const picture = 'picture' in last ? last.picture : undefined;
      this.#state.value = { kind: 'gone', picture };
    }
  }
}

import type { MessageState } from '@sotto/messaging';
import type { ClientEvent } from './event-io.ts';
import type { MessageHandle } from './message-io.ts';
import type { EventFeed } from './event-feed.ts';

const isFinal = (state: MessageState, unconfirmed?: true): boolean =>
  state === 'delivered' || state === 'failed' || unconfirmed === true;

interface Tracked {
  readonly contact: string;
  state: MessageState;
  over: boolean;
}

/** Messages that were sent in this life of the client, until nothing more will be known of them. */
export class MessageStates {
  readonly #feed: EventFeed<ClientEvent>;
  readonly #tracked = new Map<string, Tracked>();

  /** @param feed - where changes are published, after `update`. */
  constructor(feed: EventFeed<ClientEvent>) {
    this.#feed = feed;
  }

  /** A message has a new state. */
  update(contact: string, id: number, state: MessageState, unconfirmed?: true): void {
    const key = `${contact}/${id}`;
    const tracked = this.#tracked.get(key);
    if (tracked === undefined) return;
    tracked.state = state;
    tracked.over = isFinal(state, unconfirmed);
    if (tracked.over) this.#tracked.delete(key);
  }

  /** A contact is gone: nothing more becomes of its messages. */
  forget(contact: string): void {
    for (const [key, tracked] of this.#tracked) {
      if (tracked.contact === contact) this.#tracked.delete(key);
    }
  }

  /** Contacts of messages of which more may become known. */
  contacts(): ReadonlySet<string> {
    return new Set([...this.#tracked.values()].map(({ contact }) => contact));
  }

  /** The state of a message of which more may become known. */
  stateOf(contact: string, id: number): MessageState | undefined {
    return this.#tracked.get(`${contact}/${id}`)?.state;
  }

  /** A handle on a message that was taken just now. */
  track(
    contact: string,
    id: number,
    state: MessageState = 'queued',
    unconfirmed?: true,
  ): MessageHandle {
    const tracked: Tracked = { contact, state, over: isFinal(state, unconfirmed) };
    if (!tracked.over) this.#tracked.set(`${contact}/${id}`, tracked);
    const feed = this.#feed;
    async function* changes(): AsyncGenerator<MessageState> {
      const events = feed.stream();
      try {
        let told = tracked.state;
        const { over } = tracked;
        yield told;
        if (over) return;
        while (!isFinal(told)) {
          const { done, value: event } = await events.next();
          if (done === true) return;
          if (event.kind === 'contact-removed' && event.contact === contact) return;
          if (event.kind !== 'message-state' || event.contact !== contact || event.id !== id) {
            continue;
          }
          // What came between the first state and the loop was told with it.
          if (event.state !== told) {
            told = event.state;
            yield told;
          }
          if (event.unconfirmed === true) return;
        }
      } finally {
        await events.return?.();
      }
    }
    return {
      contact,
      id,
      get state() {
        return tracked.state;
      },
      [Symbol.asyncIterator]: changes,
    };
  }
}

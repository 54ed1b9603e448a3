import type { MessageState } from '@sotto/messaging';
import type { ClientEvent, MessageHandle } from './client-io.ts';
import type { EventFeed } from './event-feed.ts';

const isFinal = (state: MessageState): boolean => state === 'delivered' || state === 'failed';

/** Messages that were sent in this life of the client, until they are delivered or failed. */
export class MessageStates {
  readonly #feed: EventFeed<ClientEvent>;
  readonly #tracked = new Map<string, (state: MessageState) => void>();

  /** @param feed - where changes are published, after `update`. */
  constructor(feed: EventFeed<ClientEvent>) {
    this.#feed = feed;
  }

  /** A message has a new state. */
  update(contact: string, id: number, state: MessageState): void {
    const key = `${contact}/${id}`;
    this.#tracked.get(key)?.(state);
    if (isFinal(state)) this.#tracked.delete(key);
  }

  /** A contact is gone: nothing more becomes of its messages. */
  forget(contact: string): void {
    for (const key of this.#tracked.keys()) {
      if (key.startsWith(`${contact}/`)) this.#tracked.delete(key);
    }
  }

  /** A handle on a message that was taken just now. */
  track(contact: string, id: number): MessageHandle {
    let state: MessageState = 'queued';
    this.#tracked.set(`${contact}/${id}`, (next) => {
      state = next;
    });
    const feed = this.#feed;
    async function* changes(): AsyncGenerator<MessageState> {
      const events = feed.stream();
      try {
        let told = state;
        yield told;
        while (!isFinal(told)) {
          const { done, value: event } = await events.next();
          if (done === true) return;
          if (event.kind === 'contact-removed' && event.contact === contact) return;
          if (event.kind !== 'message-state' || event.contact !== contact || event.id !== id) {
            continue;
          }
          // What came between the first state and the loop was told with it.
          if (event.state === told) continue;
          told = event.state;
          yield told;
        }
      } finally {
        await events.return?.();
      }
    }
    return {
      contact,
      id,
      get state() {
        return state;
      },
      [Symbol.asyncIterator]: changes,
    };
  }
}

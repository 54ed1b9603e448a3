import {
  after,
  ByteReader,
  ByteWriter,
  err,
  type Instant,
  instant,
  ok,
  type Result,
} from '@sotto/wire';
import {
  checkMessageId,
  MAX_ACKNOWLEDGEMENTS,
  MESSAGE_ID_END,
  type MessageId,
  WINDOW,
} from './acknowledgement.ts';
import type { StateError } from './outbox.ts';

/** How lazy an {@link Inbox} is. */
export interface InboxOptions {
  /** From the first message not acknowledged yet to the acknowledgement, microseconds, 0 to 2^50. */
  readonly acknowledgeAfterMicros: number;
}

const STATE_VERSION = 1;

/**
 * The receiving side of one contact: tells a new message from a repeat and gathers
 * acknowledgements (Spec 09 §7). Remembers at most {@link WINDOW} numbers, whatever the peer sends.
 */
export class Inbox {
  readonly #delay: number;
  /** Received, within the window, oldest first. */
  readonly #received = new Set<MessageId>();
  /** To be acknowledged; every one is in `#received`. */
  readonly #owed = new Set<MessageId>();
  /** One above the highest number received. */
  #next: MessageId = 0;
  #deadline: Instant = instant(0);

  /** @throws RangeError when the delay is out of its range. */
  constructor({ acknowledgeAfterMicros }: InboxOptions) {
    const delay = acknowledgeAfterMicros;
    if (!Number.isSafeInteger(delay) || delay < 0 || delay > 2 ** 50) {
      throw new RangeError(`"acknowledgeAfterMicros" expected an integer in 0..2^50, got ${delay}`);
    }
    this.#delay = delay;
  }

  /**
   * Takes the number of a message that was opened.
   *
   * @returns `new`: show it. `duplicate`: it was shown; acknowledged again, for the first
   * acknowledgement was lost. `stale`: below the window, so the sender has settled it; dropped and not
   * acknowledged, for it may have been given up without ever coming here.
   * @throws RangeError when `id` is not a message number.
   */
  received(now: Instant, id: MessageId): 'new' | 'duplicate' | 'stale' {
    checkMessageId(id);
    if (id < this.#next - WINDOW) return 'stale';
    const known = this.#received.has(id);
    if (!known) {
      this.#received.add(id);
      if (id >= this.#next) this.#advance(id + 1);
    }
    if (this.#owed.size === 0) this.#deadline = after(now, this.#delay);
    this.#owed.add(id);
    return known ? 'duplicate' : 'new';
  }

  #advance(next: MessageId): void {
    this.#next = next;
    for (const id of this.#received) {
      if (id >= next - WINDOW) continue;
      this.#received.delete(id);
      this.#owed.delete(id);
    }
  }

  /** When acknowledgements are due; undefined when none are owed. */
  nextAt(): Instant | undefined {
    return this.#owed.size === 0 ? undefined : this.#deadline;
  }

  /**
   * Acknowledgements whose delay is over, at most {@link MAX_ACKNOWLEDGEMENTS}, no longer owed once
   * returned; empty before. A lost one costs one repeat of the message. Call until empty.
   */
  acksToSend(now: Instant): readonly MessageId[] {
    return this.#owed.size === 0 || this.#deadline > now ? [] : this.acksToCarry();
  }

  /** As {@link Inbox.acksToSend}, due or not: for a message that leaves anyway. */
  acksToCarry(): readonly MessageId[] {
    const ids: MessageId[] = [];
    for (const id of this.#owed) {
      if (ids.length === MAX_ACKNOWLEDGEMENTS) break;
      ids.push(id);
      this.#owed.delete(id);
    }
    return ids;
  }

  /** Nothing that came so far will be acknowledged, unless it comes again. */
  decline(): void {
    this.#owed.clear();
  }

  /** The whole state, without the options. */
  export(): Uint8Array {
    const length = 1 + 4 + 2 + 4 * this.#received.size + 2 + 4 * this.#owed.size + 8;
    const writer = new ByteWriter(length).u8(STATE_VERSION).u32(this.#next);
    writer.u16(this.#received.size);
    for (const id of this.#received) writer.u32(id);
    writer.u16(this.#owed.size);
    for (const id of this.#owed) writer.u32(id);
    return writer.u53(this.#deadline).bytes;
  }

  /** Reads what {@link Inbox.export} wrote; any bytes. */
  static import(state: Uint8Array, options: InboxOptions): Result<Inbox, StateError> {
    const inbox = new Inbox(options);
    const reader = new ByteReader(state);
    const version = reader.u8();
    if (reader.ok && version !== STATE_VERSION) return err({ code: 'unknown-version' });
    inbox.#next = reader.u32();
    readIds(reader, inbox.#received, (id) => id >= inbox.#next - WINDOW && id < inbox.#next);
    readIds(reader, inbox.#owed, (id) => inbox.#received.has(id));
    inbox.#deadline = instant(reader.u53());
    return reader.done ? ok(inbox) : err({ code: 'malformed' });
  }
}

function readIds(
  reader: ByteReader,
  into: Set<MessageId>,
  allowed: (id: MessageId) => boolean,
): void {
  const count = reader.u16();
  if (count > WINDOW) reader.refuse();
  for (let i = 0; i < count && reader.ok; i++) {
    const id = reader.u32();
    if (id === MESSAGE_ID_END || into.has(id) || !allowed(id)) reader.refuse();
    into.add(id);
  }
}

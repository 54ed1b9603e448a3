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
import { MESSAGE_ID_END, type MessageId, WINDOW } from './acknowledgement.ts';

/**
 * Where a message is. `queued`: to be sent, or sent again. `sent`: handed on, no acknowledgement yet.
 * `failed`: given up. (`delivered` is not held: {@link Outbox.acked} says so once.)
 */
export type OutboxState = 'queued' | 'sent' | 'failed';

/** How patient an {@link Outbox} is. Times in microseconds. */
export interface OutboxOptions {
  /** From `sent` to the first repeat; above the usual time of a round trip. */
  readonly firstTimeoutMicros: number;
  /** The timeout doubles each time up to this. */
  readonly maxTimeoutMicros: number;
  /** Sendings of one message before it fails, 1 to 255. */
  readonly maxAttempts: number;
  /** Unsettled messages held at most, 1 to 65,535. */
  readonly capacity: number;
}

/** Why a message is not taken: `full` (capacity), `exhausted` (numbers used up). */
export type EnqueueError = { readonly code: 'full' | 'exhausted' };

/** Why stored bytes are not an outbox or an inbox. */
export type StateError = { readonly code: 'malformed' | 'unknown-version' };

interface Entry {
  readonly volatile: boolean;
  sent: boolean;
  attempts: number;
  deadline: Instant;
}

/** Failed messages remembered, so that a late acknowledgement still counts. */
const FAILED_KEPT = WINDOW;
const STATE_VERSION = 1;
const ENTRY_BYTES = 4 + 1 + 1 + 8;

/**
 * The sending side of one contact: which messages are to be sent, sent again, or given up
 * (Spec 09 §7). It holds numbers and times, never words: the caller keeps the words by number, and
 * seals them anew for every sending, so that a repeat is told from a copy by its number inside the
 * seal and no two look alike.
 *
 * No jitter: the slot clock already decides at random when a packet leaves.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** Neither delivered nor failed, numbers rising. */
  readonly #open = new Map<MessageId, Entry>();
  /** Given up, oldest first. */
  readonly #failed = new Set<MessageId>();
  #next: MessageId = 0;

  /** @throws RangeError when an option is out of its range. */
  constructor(options: OutboxOptions) {
    const { firstTimeoutMicros, maxTimeoutMicros, maxAttempts, capacity } = options;
    inRange('firstTimeoutMicros', firstTimeoutMicros, 1, 2 ** 50);
    inRange('maxTimeoutMicros', maxTimeoutMicros, firstTimeoutMicros, 2 ** 50);
    inRange('maxAttempts', maxAttempts, 1, 255);
    inRange('capacity', capacity, 1, 65_535);
    this.#options = options;
  }

  /** Messages neither delivered nor failed. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Takes a message; it is `queued` under the number returned.
   *
   * @param volatile - its content ends with this process: it is not in what `export` gives, but its
   *   number is never given again.
   */
  enqueue(now: Instant, volatile = false): Result<MessageId, EnqueueError> {
    if (this.#open.size >= this.#options.capacity) return err({ code: 'full' });
    if (this.#next === MESSAGE_ID_END) return err({ code: 'exhausted' });
    const id = this.#next++;
    this.#open.set(id, { volatile, sent: false, attempts: 0, deadline: now });
    return ok(id);
  }

  /** The state of a message; undefined when it was delivered, or failed long ago, or never was. */
  state(id: MessageId): OutboxState | undefined {
    const entry = this.#open.get(id);
    if (entry !== undefined) return entry.sent ? 'sent' : 'queued';
    return this.#failed.has(id) ? 'failed' : undefined;
  }

  /** Whether a message that is neither delivered nor failed was taken as volatile. */
  isVolatile(id: MessageId): boolean {
    return this.#open.get(id)?.volatile ?? false;
  }

  /**
   * Numbers to send now, oldest first, as long as `sent` was not called for them: first sendings and
   * repeats alike. Only within {@link WINDOW} of the oldest unsettled message.
   */
  due(now: Instant): readonly MessageId[] {
    const ids: MessageId[] = [];
    let oldest: MessageId | undefined;
    for (const [id, entry] of this.#open) {
      oldest ??= id;
      if (id >= oldest + WINDOW) break;
      if (!entry.sent || (this.#mayRepeat(entry) && entry.deadline <= now)) ids.push(id);
    }
    return ids;
  }

  /**
   * Notes that a message was handed on and starts its timeout.
   *
   * @param answerable - false: the other was not heard since it was handed on before, so that its
   *   silence says nothing of this message. Such an attempt is never the last one.
   * @returns false, and nothing changes, when an acknowledgement or failure came first.
   */
  sent(now: Instant, id: MessageId, answerable = true): boolean {
    const entry = this.#open.get(id);
    if (entry === undefined) return false;
    const { firstTimeoutMicros, maxTimeoutMicros, maxAttempts } = this.#options;
    const wait = Math.min(firstTimeoutMicros * 2 ** entry.attempts, maxTimeoutMicros);
    entry.sent = true;
    const most = answerable || maxAttempts === 1 ? maxAttempts : maxAttempts - 1;
    entry.attempts = Math.max(entry.attempts, Math.min(entry.attempts + 1, most));
    entry.deadline = after(now, wait);
    return true;
  }

  /**
   * Takes an acknowledgement, which may be late, repeated, or of a message given up.
   *
   * @returns `delivered` the first time, else `unknown`: the peer may name any number, also of a
   *   message that never left.
   */
  acked(id: MessageId): 'delivered' | 'unknown' {
    if (this.#open.get(id)?.attempts === 0) return 'unknown';
    return this.#open.delete(id) || this.#failed.delete(id) ? 'delivered' : 'unknown';
  }

  /** Takes a message out whose words are gone. @returns false when it is not open. */
  drop(id: MessageId): boolean {
    return this.#open.delete(id);
  }

  /** Gives a message up before its repeats are used up: nobody can have it any more. @returns false when it is not open. */
  giveUp(id: MessageId): boolean {
    if (!this.#open.delete(id)) return false;
    this.#failed.add(id);
    this.#forget();
    return true;
  }

  /**
   * When `wake` must be called; undefined when nothing waits for time. A queued message waits for the
   * caller, not for time, so it never shows here.
   */
  nextAt(): Instant | undefined {
    let first: Instant | undefined;
    for (const { sent, deadline } of this.#open.values()) {
      if (sent && (first === undefined || deadline < first)) first = deadline;
    }
    return first;
  }

  /** Lets time pass: what ran out is `queued` again, or `failed` and returned, once. */
  wake(now: Instant): readonly MessageId[] {
    const failed: MessageId[] = [];
    for (const [id, entry] of this.#open) {
      if (!entry.sent || entry.deadline > now) continue;
      if (this.#mayRepeat(entry)) entry.sent = false;
      else failed.push(id);
    }
    for (const id of failed) {
      this.#open.delete(id);
      this.#failed.add(id);
    }
    this.#forget();
    return failed;
  }

  #mayRepeat(entry: Entry): boolean {
    return entry.attempts < this.#options.maxAttempts;
  }

  #forget(): void {
    for (const id of this.#failed) {
      if (this.#failed.size <= FAILED_KEPT) return;
      this.#failed.delete(id);
    }
  }

  /** The whole state, without the options. Not secret by itself, but a record of when one wrote. */
  export(): Uint8Array {
    const open = [...this.#open].filter(([, { volatile }]) => !volatile);
    const length = 1 + 4 + 2 + open.length * ENTRY_BYTES + 2 + this.#failed.size * 4;
    const writer = new ByteWriter(length).u8(STATE_VERSION).u32(this.#next).u16(open.length);
    for (const [id, { sent, attempts, deadline }] of open) {
      writer
        .u32(id)
        .u8(sent ? 1 : 0)
        .u8(attempts)
        .u53(deadline);
    }
    writer.u16(this.#failed.size);
    for (const id of this.#failed) writer.u32(id);
    return writer.bytes;
  }

  /** Reads what {@link Outbox.export} wrote; any bytes. Options may differ from those of then. */
  static import(state: Uint8Array, options: OutboxOptions): Result<Outbox, StateError> {
    const outbox = new Outbox(options);
    const reader = new ByteReader(state);
    const version = reader.u8();
    if (reader.ok && version !== STATE_VERSION) return err({ code: 'unknown-version' });
    outbox.#next = reader.u32();
    outbox.#readOpen(reader);
    outbox.#readFailed(reader);
    return reader.done ? ok(outbox) : err({ code: 'malformed' });
  }

  #readOpen(reader: ByteReader): void {
    const count = reader.u16();
    let last = -1;
    for (let i = 0; i < count && reader.ok; i++) {
      const id = reader.u32();
      const sent = reader.u8();
      const attempts = reader.u8();
      const deadline = reader.u53();
      if (id <= last || id >= this.#next || sent > 1) reader.refuse();
      const entry = { volatile: false, attempts, deadline: instant(deadline) };
      this.#open.set(id, { ...entry, sent: sent === 1 });
      last = id;
    }
  }

  #readFailed(reader: ByteReader): void {
    const count = reader.u16();
    if (count > FAILED_KEPT) reader.refuse();
    for (let i = 0; i < count && reader.ok; i++) {
      const id = reader.u32();
      if (id >= this.#next || this.#open.has(id) || this.#failed.has(id)) reader.refuse();
      this.#failed.add(id);
    }
  }
}

function inRange(name: string, value: number, low: number, high: number): void {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new RangeError(`"${name}" expected an integer in ${low}..${high}, got ${value}`);
  }
}

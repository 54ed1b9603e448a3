import { CONTENT_BYTES } from '@sotto/sphinx';
import {
  after,
  ByteReader,
  ByteWriter,
  concat,
  err,
  type Instant,
  isZero,
  MICROS_PER_SECOND,
  ok,
  type Result,
  shardAt,
  toHex,
} from '@sotto/wire';

/** Length of a message's identifier within one contact. */
export const MESSAGE_ID_BYTES = 8;
/** id 8 ‖ index 1 ‖ count 1 ‖ length 2 (Spec 08 §6.1). */
export const FRAGMENT_HEADER_BYTES: number = MESSAGE_ID_BYTES + 4;
/** Bytes of a message in one fragment: 980. */
export const FRAGMENT_BYTES: number = CONTENT_BYTES - FRAGMENT_HEADER_BYTES;
/** Most fragments of one message. */
export const MAX_FRAGMENTS = 32;
/** Longest sealed message, bytes: 31,360. */
export const MAX_MESSAGE_BYTES: number = MAX_FRAGMENTS * FRAGMENT_BYTES;

/** Most parity fragments of a message of `count` fragments. */
export const maxParity = (count: number): number => count;

/** Why a content is refused. */
export interface FragmentError {
  readonly code:
    | 'fragment-length'
    | 'fragment-index'
    | 'fragment-padding'
    | 'fragment-duplicate'
    | 'fragment-conflict'
    | 'fragment-disagree'
    | 'message-repeated';
}

/**
 * Cuts a sealed message into contents of 992 bytes (Spec 08 §6.1): its fragments, then `parity` more,
 * each of which stands in for any lost one.
 *
 * @param id - 8 fresh random bytes.
 * @param parity - 0 to {@link maxParity} of the number of fragments.
 * @throws RangeError when the message is longer than {@link MAX_MESSAGE_BYTES}, or an argument out of range.
 */
export function fragment(id: Uint8Array, message: Uint8Array, parity = 0): Uint8Array[] {
  if (id.length !== MESSAGE_ID_BYTES) {
    throw new RangeError(`"id" expected ${MESSAGE_ID_BYTES} bytes, got ${id.length}`);
  }
  if (message.length > MAX_MESSAGE_BYTES) {
    throw new RangeError(
      `"message" expected at most ${MAX_MESSAGE_BYTES} bytes, got ${message.length}`,
    );
  }
  const count = Math.max(1, Math.ceil(message.length / FRAGMENT_BYTES));
  if (!Number.isInteger(parity) || parity < 0 || parity > maxParity(count)) {
    throw new RangeError(`"parity" expected an integer in 0..${maxParity(count)}, got ${parity}`);
  }
  const data = new Map<number, Uint8Array>();
  for (let index = 0; index < count; index++) {
    const part = message.subarray(index * FRAGMENT_BYTES, (index + 1) * FRAGMENT_BYTES);
    data.set(index, new ByteWriter(FRAGMENT_BYTES).put(part).bytes);
  }
  const last = message.length - (count - 1) * FRAGMENT_BYTES;
  return Array.from({ length: count + parity }, (_, index) => {
    const length = index < count - 1 ? FRAGMENT_BYTES : last;
    const head = new ByteWriter(CONTENT_BYTES).put(id).u8(index).u8(count).u16(length);
    return head.put(shardAt(data, index)).bytes;
  });
}

interface Partial {
  readonly count: number;
  /** By index, at most `count`, each of 980 bytes. */
  readonly shards: Map<number, Uint8Array>;
  readonly expiresAt: Instant;
  /** Length of the last part, once a fragment that knows it is here. */
  last: number | undefined;
}

/** Bounds of what one contact may leave incomplete. */
export interface ReassemblyLimits {
  /** Messages of which some fragments are held; the oldest makes way. */
  readonly incomplete: number;
  /** How long a message may stay incomplete, microseconds. */
  readonly lifeMicros: number;
  /** Identifiers of complete messages that are remembered against repetition. */
  readonly remembered: number;
}

/** Eight incomplete messages (245 KiB at most), two days, 256 identifiers. */
export const REASSEMBLY_LIMITS: ReassemblyLimits = {
  incomplete: 8,
  lifeMicros: 2 * 86_400 * MICROS_PER_SECOND,
  remembered: 256,
};

/** Puts one contact's fragments together again, in bounded memory (Spec 08 §6.2). */
export class Reassembly {
  readonly #limits: ReassemblyLimits;
  readonly #partials = new Map<string, Partial>();
  readonly #complete = new Set<string>();
  #expired = 0;
  #evicted = 0;

  /** Empty. */
  constructor(limits: ReassemblyLimits = REASSEMBLY_LIMITS) {
    this.#limits = limits;
  }

  /** Messages of which some fragments are held. */
  get incomplete(): number {
    return this.#partials.size;
  }

  /** Messages that were never completed: their time was over, or they made way for newer ones. */
  get givenUp(): { readonly expired: number; readonly evicted: number } {
    return { expired: this.#expired, evicted: this.#evicted };
  }

  /**
   * Takes a content of 992 bytes, any bytes.
   *
   * @returns the whole message as soon as any `count` of its fragments are here, undefined before.
   */
  add(now: Instant, content: Uint8Array): Result<Uint8Array | undefined, FragmentError> {
    this.expire(now);
    const parsed = parse(content);
    if (!parsed.ok) return parsed;
    const { id, index, count, last, shard } = parsed.value;
    if (this.#complete.has(id)) return err({ code: 'message-repeated' });
    const partial = this.#partials.get(id) ?? this.#open(now, id, count);
    if (partial.count !== count) return err({ code: 'fragment-conflict' });
    if (last !== undefined && last !== (partial.last ?? last)) {
      return err({ code: 'fragment-conflict' });
    }
    if (partial.shards.has(index)) return err({ code: 'fragment-duplicate' });
    partial.last ??= last;
    partial.shards.set(index, shard);
    if (partial.shards.size < count) return ok(undefined);
    this.#partials.delete(id);
    this.#remember(id);
    return put(partial);
  }

  /** Gives up what stayed incomplete too long; returns how many. */
  expire(now: Instant): number {
    let expired = 0;
    for (const [id, { expiresAt }] of this.#partials) {
      if (expiresAt > now) continue;
      this.#partials.delete(id);
      expired++;
    }
    this.#expired += expired;
    return expired;
  }

  #open(now: Instant, id: string, count: number): Partial {
    if (this.#partials.size >= this.#limits.incomplete) {
      for (const oldest of this.#partials.keys()) {
        this.#partials.delete(oldest);
        this.#evicted++;
        break;
      }
    }
    const expiresAt = after(now, this.#limits.lifeMicros);
    const opened = { count, shards: new Map<number, Uint8Array>(), expiresAt, last: undefined };
    this.#partials.set(id, opened);
    return opened;
  }

  #remember(id: string): void {
    this.#complete.add(id);
    if (this.#complete.size <= this.#limits.remembered) return;
    for (const oldest of this.#complete) {
      this.#complete.delete(oldest);
      break;
    }
  }
}

/** The message of which `count` fragments are here. */
function put({ count, shards, last }: Partial): Result<Uint8Array, FragmentError> {
  const parts = Array.from({ length: count }, (_, index) => shardAt(shards, index));
  const end = (count - 1) * FRAGMENT_BYTES + (last ?? 0);
  const whole = concat(...parts);
  // Of one message all fragments agree, and beyond its end there are zeros.
  if (!isZero(whole.subarray(end))) return err({ code: 'fragment-disagree' });
  return ok(whole.subarray(0, end));
}

interface Parsed {
  readonly id: string;
  readonly index: number;
  readonly count: number;
  /** Length of the message's last part; undefined in a fragment before the last. */
  readonly last: number | undefined;
  readonly shard: Uint8Array;
}

function parse(content: Uint8Array): Result<Parsed, FragmentError> {
  if (content.length !== CONTENT_BYTES) return err({ code: 'fragment-length' });
  const reader = new ByteReader(content);
  const id = toHex(reader.take(MESSAGE_ID_BYTES));
  const index = reader.u8();
  const count = reader.u8();
  const length = reader.u16();
  if (count < 1 || count > MAX_FRAGMENTS || index >= count + maxParity(count)) {
    return err({ code: 'fragment-index' });
  }
  const inner = index < count - 1;
  // One spelling for each message: full fragments but for the last, which is empty only when it is alone.
  const least = inner ? FRAGMENT_BYTES : count === 1 ? 0 : 1;
  if (length < least || length > FRAGMENT_BYTES) return err({ code: 'fragment-length' });
  const shard = reader.rest();
  // What is beyond the last part is zeros; a parity fragment has no padding.
  if (index < count && !isZero(shard.subarray(length))) return err({ code: 'fragment-padding' });
  return ok({ id, index, count, last: inner ? undefined : length, shard });
}

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

/** Why a content is refused. */
export interface FragmentError {
  readonly code:
    | 'fragment-length'
    | 'fragment-index'
    | 'fragment-padding'
    | 'fragment-duplicate'
    | 'fragment-conflict'
    | 'message-repeated';
}

/**
 * Cuts a sealed message into contents of 992 bytes (Spec 08 §6.1).
 *
 * @param id - 8 fresh random bytes.
 * @throws RangeError when the message is longer than {@link MAX_MESSAGE_BYTES}.
 */
export function fragment(id: Uint8Array, message: Uint8Array): Uint8Array[] {
  if (id.length !== MESSAGE_ID_BYTES) {
    throw new RangeError(`"id" expected ${MESSAGE_ID_BYTES} bytes, got ${id.length}`);
  }
  if (message.length > MAX_MESSAGE_BYTES) {
    throw new RangeError(
      `"message" expected at most ${MAX_MESSAGE_BYTES} bytes, got ${message.length}`,
    );
  }
  const count = Math.max(1, Math.ceil(message.length / FRAGMENT_BYTES));
  return Array.from({ length: count }, (_, index) => {
    const part = message.subarray(index * FRAGMENT_BYTES, (index + 1) * FRAGMENT_BYTES);
    return new ByteWriter(CONTENT_BYTES).put(id).u8(index).u8(count).u16(part.length).put(part)
      .bytes;
  });
}

interface Partial {
  readonly parts: (Uint8Array | undefined)[];
  readonly expiresAt: Instant;
  missing: number;
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

/** Four incomplete messages (123 KiB at most), two days, 256 identifiers. */
export const REASSEMBLY_LIMITS: ReassemblyLimits = {
  incomplete: 4,
  lifeMicros: 2 * 86_400 * MICROS_PER_SECOND,
  remembered: 256,
};

/** Puts one contact's fragments together again, in bounded memory (Spec 08 §6.2). */
export class Reassembly {
  readonly #limits: ReassemblyLimits;
  readonly #partials = new Map<string, Partial>();
  readonly #complete = new Set<string>();

  /** Empty. */
  constructor(limits: ReassemblyLimits = REASSEMBLY_LIMITS) {
    this.#limits = limits;
  }

  /** Messages of which some fragments are held. */
  get incomplete(): number {
    return this.#partials.size;
  }

  /**
   * Takes a content of 992 bytes, any bytes.
   *
   * @returns the whole message when this was its last missing fragment, undefined while some are missing.
   */
  add(now: Instant, content: Uint8Array): Result<Uint8Array | undefined, FragmentError> {
    this.expire(now);
    const parsed = parse(content);
    if (!parsed.ok) return parsed;
    const { id, index, count, part } = parsed.value;
    if (this.#complete.has(id)) return err({ code: 'message-repeated' });
    const partial = this.#partials.get(id) ?? this.#open(now, id, count);
    if (partial.parts.length !== count) return err({ code: 'fragment-conflict' });
    if (partial.parts[index] !== undefined) return err({ code: 'fragment-duplicate' });
    partial.parts[index] = part;
    partial.missing--;
    if (partial.missing > 0) return ok(undefined);
    this.#partials.delete(id);
    this.#remember(id);
    return ok(concat(...partial.parts.filter((held) => held !== undefined)));
  }

  /** Gives up what stayed incomplete too long; returns how many. */
  expire(now: Instant): number {
    let expired = 0;
    for (const [id, { expiresAt }] of this.#partials) {
      if (expiresAt > now) continue;
      this.#partials.delete(id);
      expired++;
    }
    return expired;
  }

  #open(now: Instant, id: string, count: number): Partial {
    if (this.#partials.size >= this.#limits.incomplete) {
      for (const oldest of this.#partials.keys()) {
        this.#partials.delete(oldest);
        break;
      }
    }
    const parts = Array.from({ length: count }, () => undefined);
    const expiresAt = after(now, this.#limits.lifeMicros);
    const opened = { parts, expiresAt, missing: count };
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

interface Parsed {
  readonly id: string;
  readonly index: number;
  readonly count: number;
  readonly part: Uint8Array;
}

function parse(content: Uint8Array): Result<Parsed, FragmentError> {
  if (content.length !== CONTENT_BYTES) return err({ code: 'fragment-length' });
  const reader = new ByteReader(content);
  const id = toHex(reader.take(MESSAGE_ID_BYTES));
  const index = reader.u8();
  const count = reader.u8();
  const length = reader.u16();
  if (count < 1 || count > MAX_FRAGMENTS || index >= count) return err({ code: 'fragment-index' });
  const last = index === count - 1;
  // One spelling for each message: full fragments but for the last, which is empty only when it is alone.
  const least = !last ? FRAGMENT_BYTES : count === 1 ? 0 : 1;
  if (length < least || length > FRAGMENT_BYTES) return err({ code: 'fragment-length' });
  const part = reader.take(length);
  if (!isZero(reader.rest())) return err({ code: 'fragment-padding' });
  return ok({ id, index, count, part });
}

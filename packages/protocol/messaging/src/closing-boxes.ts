import { NAME_BYTES } from '@sotto/sphinx';
import { KEY_BYTES } from '@sotto/suite';
import {
  after,
  ByteReader,
  ByteWriter,
  fromHex,
  type Instant,
  instant,
  MICROS_PER_SECOND,
  toHex,
  wipe,
} from '@sotto/wire';
import { boxOf } from '@sotto/mailbox';
import { oneWayMicros } from './patience.ts';
import type { PersonParts } from './person-io.ts';

/** Where contact boxes that are being given up are stored. */
export const CLOSING_PREFIX = 'person/closing/';
const STATE_VERSION = 1;

interface Closing {
  readonly node: string;
  readonly secret: Uint8Array;
  /** The contact point has forgotten the box by itself. */
  readonly until: Instant;
  /** Packets for the box that wait for their slots still: each would make it anew. */
  readonly before: Set<number>;
  /** The endpoint's number of the order under way. */
  order: number | undefined;
  /** Whether it was told once. */
  told: boolean;
  /** When it is told again; known once the first order and all before it have left. */
  againAt: Instant | undefined;
}

/**
 * Contact boxes that their owner gives up: the contact point is told at once, and once more when all
 * that left before has arrived, for what comes late makes the box anew, and nobody confirms (Spec 06 §5.7).
 */
export class ClosingBoxes {
  readonly #parts: PersonParts;
  readonly #open = new Map<string, Closing>();

  /** None yet. */
  constructor(parts: PersonParts) {
    this.#parts = parts;
  }

  /**
   * Gives a box up, and keeps its secret until that is done.
   *
   * @param box - `underWay`: the endpoint's numbers of packets for it.
   */
  add(
    now: Instant,
    box: {
      readonly node: string;
      readonly secret: Uint8Array;
      readonly underWay?: Iterable<number>;
    },
  ): void {
    const { suite, parameters } = this.#parts;
    const key = toHex(boxOf(suite, box.secret));
    const until = after(now, parameters.mailLifeMicros);
    const { node, secret } = box;
    const before = new Set(box.underWay);
    this.#open.set(key, {
      node,
      secret: secret.slice(),
      until,
      before,
      order: undefined,
      told: false,
      againAt: undefined,
    });
    const value = new ByteWriter(1 + NAME_BYTES + KEY_BYTES + 8)
      .u8(STATE_VERSION)
      .put(fromHex(node) ?? new Uint8Array(NAME_BYTES))
      .put(secret)
      .u53(until).bytes;
    this.#parts.endpoint.persist([{ key: CLOSING_PREFIX + key, value }]);
    this.#parts.endpoint.forgetStash(key);
    this.pump(now);
  }

  /** Takes back a stored box. @returns false when it cannot be read. */
  restore(key: string, value: Uint8Array): boolean {
    const reader = new ByteReader(value);
    const version = reader.u8();
    const node = toHex(reader.take(NAME_BYTES));
    const secret = reader.take(KEY_BYTES);
    const until = instant(reader.u53());
    if (!reader.done || version !== STATE_VERSION) return false;
    const state = { before: new Set<number>(), order: undefined, told: false, againAt: undefined };
    this.#open.set(key.slice(CLOSING_PREFIX.length), { node, secret, until, ...state });
    return true;
  }

  /** Tells contact points what is due. */
  pump(now: Instant): void {
    for (const [key, box] of this.#open) {
      if (box.until <= now) this.#forget(key, box);
      else if (box.order === undefined && this.#isDue(now, box)) {
        const { node, secret, told } = box;
        const delayClass = told ? 'slow' : 'fast';
        const order = this.#parts.endpoint.closeBox({ node, secret, delayClass });
        if (order.ok) box.order = order.value;
        // Never at a time that is past: the caller would be woken on and on.
        if (told) box.againAt = order.ok ? undefined : after(now, MICROS_PER_SECOND);
      }
    }
  }

  /** When `pump` must be called next for time alone. */
  nextAt(): Instant | undefined {
    let next: Instant | undefined;
    for (const { againAt, until } of this.#open.values()) {
      const at = againAt ?? until;
      if (next === undefined || at < next) next = at;
    }
    return next;
  }

  /** The turn of a packet came. @returns false when it has nothing to do with a box given up. */
  sent(now: Instant, order: number): boolean {
    for (const [key, box] of this.#open) {
      const before = box.before.delete(order);
      if (!before && box.order !== order) continue;
      if (box.order === order) {
        box.order = undefined;
        if (box.told) {
          this.#forget(key, box);
          return true;
        }
        box.told = true;
      }
      if (box.told && box.before.size === 0) {
        box.againAt = after(now, oneWayMicros(this.#parts.parameters.slowMeanMicros));
      }
      return true;
    }
    return false;
  }

  /** A packet was given up before its turn: it is told again. @returns false as `sent` does. */
  unsent(now: Instant, order: number): boolean {
    for (const box of this.#open.values()) {
      if (box.order === order) {
        box.order = undefined;
        if (box.told) box.againAt = after(now, MICROS_PER_SECOND);
        return true;
      }
      if (box.before.has(order)) return this.sent(now, order);
    }
    return false;
  }

  #isDue(now: Instant, { told, againAt }: Closing): boolean {
    return told ? againAt !== undefined && againAt <= now : true;
  }

  #forget(key: string, { secret }: Closing): void {
    this.#open.delete(key);
    wipe(secret);
    this.#parts.endpoint.persist([{ key: CLOSING_PREFIX + key, value: undefined }]);
  }
}

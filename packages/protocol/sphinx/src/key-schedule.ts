import {
  type CryptoSuite,
  HASH_BYTES,
  KEY_BYTES,
  LABELS,
  NONCE_BYTES,
  POINT_BYTES,
} from '@sotto/suite';
import { wipe } from '@sotto/wire';
import {
  GEOMETRY,
  geometryHash,
  NAME_BYTES,
  PACKET_NAME_BYTES,
  SUITE,
  TAG_BYTES,
} from './geometry.ts';

/** Name of one slice of a hop's key stream. */
export type Slice =
  | 'name'
  | 'replay'
  | 'macHeader'
  | 'macBody'
  | 'receipt'
  | 'lioness'
  | 'log'
  | 'routing';

/** Lengths of the slices, in their order (Spec 02 §4). */
const SLICE_BYTES: Readonly<Record<Slice, number>> = {
  name: PACKET_NAME_BYTES,
  replay: TAG_BYTES,
  macHeader: KEY_BYTES,
  macBody: KEY_BYTES,
  receipt: KEY_BYTES,
  lioness: 4 * KEY_BYTES,
  log: GEOMETRY.logBytes,
  routing: GEOMETRY.routingBytes + GEOMETRY.maxCommandBytes,
};

/** `[offset, length]` of each slice: the labelled table of the specification. */
export const STREAM_TABLE: Readonly<Record<Slice, readonly [number, number]>> = (() => {
  const table: Record<string, readonly [number, number]> = {};
  let at = 0;
  for (const [name, length] of Object.entries(SLICE_BYTES)) {
    table[name] = [at, length];
    at += length;
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every slice was entered
  return table as Record<Slice, readonly [number, number]>;
})();

/** Rounded up to whole words, so that the longest slice can be applied by words. */
const STREAM_BYTES = Math.ceil((STREAM_TABLE.routing[0] + STREAM_TABLE.routing[1]) / 4) * 4;
/** All keys are fresh for one packet and one hop, so one nonce serves. */
export const ZERO_NONCE: Uint8Array = new Uint8Array(NONCE_BYTES);

/**
 * The keys of one hop for one packet, derived from one shared secret (Spec 02 §4).
 * The buffers are reused by each call of {@link HopKeys.derive}; copy what must outlive it.
 */
export class HopKeys {
  readonly #suite: CryptoSuite;
  readonly #geometryHash: Uint8Array;
  readonly #message: Uint8Array;
  readonly #epoch: DataView;
  readonly #stream = new Uint8Array(STREAM_BYTES);
  /** K, 32 bytes: all that a maker of reply blocks keeps of a hop. */
  readonly key: Uint8Array = new Uint8Array(HASH_BYTES);
  readonly name: Uint8Array = this.#slice('name');
  readonly replay: Uint8Array = this.#slice('replay');
  readonly macHeader: Uint8Array = this.#slice('macHeader');
  readonly macBody: Uint8Array = this.#slice('macBody');
  /** For designs that pay for relaying; nothing in this version reads it. */
  readonly receipt: Uint8Array = this.#slice('receipt');
  readonly lioness: Uint8Array = this.#slice('lioness');
  readonly log: Uint8Array = this.#slice('log');
  readonly routing: Uint8Array = this.#slice('routing');
  /** {@link HopKeys.routing} as words of the machine, up to three bytes longer: XOR by bytes took 2.6 µs of a peel's 52. */
  readonly routingWords: Uint32Array = new Uint32Array(
    this.#stream.buffer,
    STREAM_TABLE.routing[0],
  );

  /** Allocates the buffers. */
  constructor(suite: CryptoSuite) {
    this.#suite = suite;
    this.#geometryHash = geometryHash(suite);
    this.#message = new Uint8Array(3 * POINT_BYTES + 16 + 1 + 8 + NAME_BYTES);
    this.#epoch = new DataView(this.#message.buffer, 3 * POINT_BYTES + 16 + 1, 8);
  }

  #slice(name: Slice): Uint8Array {
    const [offset, length] = STREAM_TABLE[name];
    return this.#stream.subarray(offset, offset + length);
  }

  /**
   * K = H(hop, shared ‖ ct ‖ public ‖ geometryHash ‖ suite ‖ epoch64 ‖ nodeName), then the stream.
   * Every input is bound so that neither a malleable encoding of ct, nor another geometry, suite,
   * epoch or node gives the same keys (a replay under two of them would pass two filters).
   *
   * @param shared - X25519 result, 32 bytes.
   * @param ct - ephemeral of this hop, 32 bytes.
   * @param publicKey - routing key of this hop, 32 bytes.
   * @param epoch - full epoch number.
   * @param nodeName - 16 bytes.
   */
  derive(
    shared: Uint8Array,
    ct: Uint8Array,
    publicKey: Uint8Array,
    epoch: number,
    nodeName: Uint8Array,
  ): void {
    const message = this.#message;
    message.set(shared, 0);
    message.set(ct, POINT_BYTES);
    message.set(publicKey, 2 * POINT_BYTES);
    message.set(this.#geometryHash, 3 * POINT_BYTES);
    message[3 * POINT_BYTES + 16] = SUITE;
    this.#epoch.setUint32(0, Math.floor(epoch / 2 ** 32));
    this.#epoch.setUint32(4, epoch % 2 ** 32);
    message.set(nodeName, 3 * POINT_BYTES + 16 + 1 + 8);
    this.#suite.blake2b(this.key, message, LABELS.hop);
    this.expand(this.key);
  }

  /** Derives the stream from a kept K: what unwinding needs. */
  expand(key: Uint8Array): void {
    this.#suite.chacha20Stream(this.#stream, key, ZERO_NONCE);
  }

  /** Erases what the last packet left. */
  wipe(): void {
    wipe(this.#message);
    wipe(this.#stream);
    wipe(this.key);
  }
}

/** First and last byte of p = 2^255 − 19, little-endian; all between are 0xff. */
const P_FIRST = 0xed;
const P_LAST = 0x7f;

/**
 * Whether a u-coordinate is below 2^255 − 19 with its top bit clear. Other encodings name the same
 * point; a hop refuses them by its own check, since backends differ. Of public values only.
 */
export function isCanonicalPoint(point: Uint8Array): boolean {
  const last = point[31] ?? 0xff;
  if (last > P_LAST) return false;
  if (last < P_LAST) return true;
  for (let i = 30; i > 0; i--) if (point[i] !== 0xff) return true;
  return (point[0] ?? 0xff) < P_FIRST;
}

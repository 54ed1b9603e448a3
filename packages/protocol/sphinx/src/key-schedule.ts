import {
  type CryptoSuite,
  HASH_BYTES,
  KEM_CIPHERTEXT_BYTES,
  KEY_BYTES,
  LABELS,
  NONCE_BYTES,
  POINT_BYTES,
} from '@sotto/suite';
import { wipe } from '@sotto/wire';
import {
  geometryHash,
  NAME_BYTES,
  PACKET_NAME_BYTES,
  type PacketFormat,
  SUITE_1,
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

/** Where each slice of the stream of a hop's keys begins and ends, bytes. */
export type StreamTable = Readonly<Record<Slice, readonly [number, number]>>;

/** `[offset, length]` of each slice of a suite's stream, in their order (Spec 02 §4). */
export function streamTable({ geometry }: PacketFormat): StreamTable {
  const lengths: Readonly<Record<Slice, number>> = {
    name: PACKET_NAME_BYTES,
    replay: TAG_BYTES,
    macHeader: KEY_BYTES,
    macBody: KEY_BYTES,
    receipt: KEY_BYTES,
    lioness: 4 * KEY_BYTES,
    log: geometry.logBytes,
    routing: geometry.routingBytes + geometry.maxCommandBytes,
  };
  const table: Record<string, readonly [number, number]> = {};
  let at = 0;
  for (const [name, length] of Object.entries(lengths)) {
    table[name] = [at, length];
    at += length;
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every slice was entered
  return table as StreamTable;
}

/** The table of suite 1: the labelled table of the specification. */
export const STREAM_TABLE: StreamTable = streamTable(SUITE_1);

/** K ‖ shared ‖ ct ‖ keyHash. */
const SUB_HOP_MESSAGE_BYTES = 3 * KEY_BYTES + KEM_CIPHERTEXT_BYTES;
/** All keys are fresh for one packet and one hop, so one nonce serves. */
export const ZERO_NONCE: Uint8Array = new Uint8Array(NONCE_BYTES);

/**
 * The keys of one hop for one packet, derived from one shared secret (Spec 02 §4).
 * The buffers are reused by each call of {@link HopKeys.derive}; copy what must outlive it.
 */
export class HopKeys {
  readonly #suite: CryptoSuite;
  readonly #suiteNumber: number;
  readonly #geometryHash: Uint8Array;
  readonly #message: Uint8Array;
  readonly #subHopMessage: Uint8Array;
  readonly #epoch: DataView;
  readonly #stream: Uint8Array;
  /** K, 32 bytes: all that a maker of reply blocks keeps of a hop. */
  readonly key: Uint8Array = new Uint8Array(HASH_BYTES);
  readonly name: Uint8Array;
  readonly replay: Uint8Array;
  readonly macHeader: Uint8Array;
  readonly macBody: Uint8Array;
  /** For designs that pay for relaying; nothing in this version reads it. */
  readonly receipt: Uint8Array;
  readonly lioness: Uint8Array;
  readonly log: Uint8Array;
  readonly routing: Uint8Array;
  /** {@link HopKeys.routing} as words of the machine, up to three bytes longer: XOR by bytes took 2.6 µs of a peel's 52. */
  readonly routingWords: Uint32Array;

  /** Allocates the buffers. */
  constructor(suite: CryptoSuite, format: PacketFormat = SUITE_1) {
    this.#suite = suite;
    this.#suiteNumber = format.suite;
    this.#geometryHash = geometryHash(suite, format);
    this.#message = new Uint8Array(3 * POINT_BYTES + 16 + 1 + 8 + NAME_BYTES);
    this.#epoch = new DataView(this.#message.buffer, 3 * POINT_BYTES + 16 + 1, 8);
    this.#subHopMessage = new Uint8Array(format.hasSubHop ? SUB_HOP_MESSAGE_BYTES : 0);
    const table = streamTable(format);
    const [routingAt, routingBytes] = table.routing;
    // Rounded up to whole words, so that the longest slice can be applied by words.
    const stream = new Uint8Array(Math.ceil((routingAt + routingBytes) / 4) * 4);
    const slice = (name: Slice): Uint8Array => {
      const [offset, length] = table[name];
      return stream.subarray(offset, offset + length);
    };
    this.#stream = stream;
    this.name = slice('name');
    this.replay = slice('replay');
    this.macHeader = slice('macHeader');
    this.macBody = slice('macBody');
    this.receipt = slice('receipt');
    this.lioness = slice('lioness');
    this.log = slice('log');
    this.routing = slice('routing');
    this.routingWords = new Uint32Array(stream.buffer, routingAt);
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
    message[3 * POINT_BYTES + 16] = this.#suiteNumber;
    this.#epoch.setUint32(0, Math.floor(epoch / 2 ** 32));
    this.#epoch.setUint32(4, epoch % 2 ** 32);
    message.set(nodeName, 3 * POINT_BYTES + 16 + 1 + 8);
    this.#suite.blake2b(this.key, message, LABELS.hop);
    this.expand(this.key);
  }

  /**
   * K' = H(subHop, K ‖ shared ‖ ct ‖ keyHash), then the stream: the keys behind a sub-hop, of which
   * K, from X25519 alone, is one part (Spec 11 §2).
   *
   * @param parent - K of the hop, 32 bytes; may be this object's own key.
   * @param shared - ML-KEM shared secret, 32 bytes.
   * @param ct - ML-KEM ciphertext, 1,088 bytes.
   * @param keyHash - H(kemKey) of the hop's ML-KEM key, 32 bytes.
   */
  deriveSubHop(parent: Uint8Array, shared: Uint8Array, ct: Uint8Array, keyHash: Uint8Array): void {
    const message = this.#subHopMessage;
    message.set(parent, 0);
    message.set(shared, KEY_BYTES);
    message.set(ct, 2 * KEY_BYTES);
    message.set(keyHash, 2 * KEY_BYTES + KEM_CIPHERTEXT_BYTES);
    this.#suite.blake2b(this.key, message, LABELS.subHop);
    this.expand(this.key);
  }

  /** Derives the stream from a kept K: what unwinding needs. */
  expand(key: Uint8Array): void {
    this.#suite.chacha20Stream(this.#stream, key, ZERO_NONCE);
  }

  /** Erases what the last packet left. */
  wipe(): void {
    wipe(this.#message);
    wipe(this.#subHopMessage);
    wipe(this.#stream);
    wipe(this.key);
  }
}

/** What the key schedule binds of a hop's ML-KEM key: 32 bytes of its 1,184 (Spec 11 §2). */
export function kemKeyHash(suite: CryptoSuite, publicKey: Uint8Array): Uint8Array {
  const out = new Uint8Array(HASH_BYTES);
  suite.blake2b(out, publicKey, LABELS.kemKey);
  return out;
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

import { KEM_CIPHERTEXT_BYTES, MAC_BYTES, POINT_BYTES } from '@sotto/suite';
import {
  BOX_BYTES,
  CREDENTIAL_BYTES,
  GREETING_PROOF_BYTES,
  GREETING_TOKEN_BYTES,
  NAME_BYTES,
  type PacketFormat,
} from './geometry.ts';

/** Class of the mean from which each mix of one half draws its delay. */
export type DelayClass = 'fast' | 'slow';

/** Which half of the way: laid by the sender (body under the MAC), or by a reply block. */
export type Half = 'sender' | 'recipient';

/** Operation bytes (Spec 03 §4). */
export const OP = {
  transmitFast: 0x80,
  transmitSlow: 0x81,
  cross: 0x40,
  deliver: 0x50,
  contact: 0x60,
  greet: 0x61,
  arrive: 0x71,
  drop: 0x72,
} as const;

/** Operation byte of the sub-hop, in suite 2 alone (Spec 11 §3). */
export const OP_KEM = 0x20;

/** A command as a hop reads it; byte fields are views of the decrypted routing bytes. */
export type Command =
  | {
      readonly op: 'transmit';
      readonly delayClass: DelayClass;
      readonly next: Uint8Array;
      readonly mac: Uint8Array;
      readonly ct: Uint8Array;
      /** What stands behind it: β of the next hop. */
      readonly rest: Uint8Array;
    }
  | {
      readonly op: 'cross';
      readonly epoch: number;
      readonly surbRoutingBytes: number;
      readonly ct: Uint8Array;
      readonly mac: Uint8Array;
      readonly routing: Uint8Array;
    }
  | { readonly op: 'deliver'; readonly box: Uint8Array }
  | {
      readonly op: 'contact';
      readonly box: Uint8Array;
      readonly credential: Uint8Array;
    }
  | {
      readonly op: 'greet';
      readonly box: Uint8Array;
      readonly token: Uint8Array;
      readonly proof: Uint8Array;
    }
  | { readonly op: 'arrive'; readonly service: number }
  | { readonly op: 'drop' };

/**
 * Reads the command at the head of decrypted routing bytes that lie in one place. Views of them are
 * made once: made anew for each packet, these and those of the peel were a sixth of what a busy
 * node leaves to the garbage collector. A sub-hop is not read here: it is undone before (Spec 11 §4).
 */
export class CommandReader {
  readonly #d: Uint8Array;
  readonly #transmit: Readonly<Record<DelayClass, Command>>;
  readonly #cross: Omit<Extract<Command, { op: 'cross' }>, 'epoch' | 'surbRoutingBytes'>;
  readonly #deliver: Command;
  readonly #contact: Command;
  readonly #greet: Command;

  /** @param d - where β will be, and behind it the longest command's length. */
  constructor(d: Uint8Array, { geometry }: PacketFormat) {
    this.#d = d;
    let at = 1;
    const view = (bytes: number): Uint8Array => d.subarray(at, (at += bytes));
    const transmit = {
      op: 'transmit',
      next: view(NAME_BYTES),
      mac: view(MAC_BYTES),
      ct: view(POINT_BYTES),
      rest: view(geometry.routingBytes),
    } as const;
    this.#transmit = {
      fast: { ...transmit, delayClass: 'fast' },
      slow: { ...transmit, delayClass: 'slow' },
    };
    at = 4;
    this.#cross = {
      op: 'cross',
      ct: view(POINT_BYTES),
      mac: view(MAC_BYTES),
      routing: view(geometry.surbRoutingBytes),
    };
    at = 1;
    const box = view(BOX_BYTES);
    this.#deliver = { op: 'deliver', box };
    this.#contact = { op: 'contact', box, credential: view(CREDENTIAL_BYTES) };
    at = 1 + BOX_BYTES;
    const token = view(GREETING_TOKEN_BYTES);
    this.#greet = { op: 'greet', box, token, proof: view(GREETING_PROOF_BYTES) };
  }

  /** @returns undefined for an operation that this version does not have. */
  read(): Command | undefined {
    const d = this.#d;
    switch (d[0]) {
      case OP.transmitFast:
        return this.#transmit.fast;
      case OP.transmitSlow:
        return this.#transmit.slow;
      case OP.cross: {
        const surbRoutingBytes = (d[2] ?? 0) * 256 + (d[3] ?? 0);
        return { ...this.#cross, epoch: d[1] ?? 0, surbRoutingBytes };
      }
      case OP.deliver:
        return this.#deliver;
      case OP.contact:
        return this.#contact;
      case OP.greet:
        return this.#greet;
      case OP.arrive:
        return { op: 'arrive', service: d[1] ?? 0 };
      case OP.drop:
        return { op: 'drop' };
      default:
        return undefined;
    }
  }
}

/** The sub-hop at the head of decrypted routing bytes; undefined where there is none. */
export function parseSubHop(
  d: Uint8Array,
  { hasSubHop }: PacketFormat,
): { readonly ct: Uint8Array; readonly mac: Uint8Array } | undefined {
  if (!hasSubHop || d[0] !== OP_KEM) return undefined;
  const mac = 1 + KEM_CIPHERTEXT_BYTES;
  return { ct: d.subarray(1, mac), mac: d.subarray(mac, mac + MAC_BYTES) };
}

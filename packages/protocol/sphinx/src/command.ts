import { KEM_CIPHERTEXT_BYTES, MAC_BYTES, POINT_BYTES } from '@sotto/suite';
import {
  BOX_BYTES,
  CREDENTIAL_BYTES,
  GREETING_PROOF_BYTES,
  GREETING_TOKEN_BYTES,
  NAME_BYTES,
  type PacketFormat,
  SUITE_1,
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
      readonly length: number;
      readonly delayClass: DelayClass;
      readonly next: Uint8Array;
      readonly mac: Uint8Array;
      readonly ct: Uint8Array;
    }
  | {
      readonly op: 'cross';
      readonly length: number;
      readonly epoch: number;
      readonly surbRoutingBytes: number;
      readonly ct: Uint8Array;
      readonly mac: Uint8Array;
      readonly routing: Uint8Array;
    }
  | { readonly op: 'deliver'; readonly length: number; readonly box: Uint8Array }
  | {
      readonly op: 'contact';
      readonly length: number;
      readonly box: Uint8Array;
      readonly credential: Uint8Array;
    }
  | {
      readonly op: 'greet';
      readonly length: number;
      readonly box: Uint8Array;
      readonly token: Uint8Array;
      readonly proof: Uint8Array;
    }
  | { readonly op: 'arrive'; readonly length: number; readonly service: number }
  | { readonly op: 'drop'; readonly length: number };

/**
 * Reads the command at the head of decrypted routing bytes. A sub-hop is not read here: it is
 * undone before (Spec 11 §4).
 *
 * @param d - at least the longest command's length.
 * @returns undefined for an operation that this version does not have.
 */
export function parseCommand(
  d: Uint8Array,
  { commandBytes, geometry }: PacketFormat = SUITE_1,
): Command | undefined {
  switch (d[0]) {
    case OP.transmitFast:
    case OP.transmitSlow: {
      const mac = 1 + NAME_BYTES;
      const ct = mac + MAC_BYTES;
      return {
        op: 'transmit',
        length: commandBytes.transmit,
        delayClass: d[0] === OP.transmitSlow ? 'slow' : 'fast',
        next: d.subarray(1, mac),
        mac: d.subarray(mac, ct),
        ct: d.subarray(ct, ct + POINT_BYTES),
      };
    }
    case OP.cross: {
      const ct = 4;
      const mac = ct + POINT_BYTES;
      const routing = mac + MAC_BYTES;
      return {
        op: 'cross',
        length: commandBytes.cross,
        epoch: d[1] ?? 0,
        surbRoutingBytes: (d[2] ?? 0) * 256 + (d[3] ?? 0),
        ct: d.subarray(ct, mac),
        mac: d.subarray(mac, routing),
        routing: d.subarray(routing, routing + geometry.surbRoutingBytes),
      };
    }
    case OP.deliver:
      return { op: 'deliver', length: commandBytes.deliver, box: d.subarray(1, 1 + BOX_BYTES) };
    case OP.contact: {
      const credential = 1 + BOX_BYTES;
      return {
        op: 'contact',
        length: commandBytes.contact,
        box: d.subarray(1, credential),
        credential: d.subarray(credential, credential + CREDENTIAL_BYTES),
      };
    }
    case OP.greet: {
      const token = 1 + BOX_BYTES;
      const proof = token + GREETING_TOKEN_BYTES;
      return {
        op: 'greet',
        length: commandBytes.greet,
        box: d.subarray(1, token),
        token: d.subarray(token, proof),
        proof: d.subarray(proof, proof + GREETING_PROOF_BYTES),
      };
    }
    case OP.arrive:
      return { op: 'arrive', length: commandBytes.arrive, service: d[1] ?? 0 };
    case OP.drop:
      return { op: 'drop', length: commandBytes.drop };
    default:
      return undefined;
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

import { MAC_BYTES, POINT_BYTES } from '@sotto/suite';
import { BOX_BYTES, COMMAND_BYTES, CREDENTIAL_BYTES, GEOMETRY, NAME_BYTES } from './geometry.ts';

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
  arrive: 0x71,
  drop: 0x72,
} as const;

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
  | { readonly op: 'arrive'; readonly length: number; readonly service: number }
  | { readonly op: 'drop'; readonly length: number };

/**
 * Reads the command at the head of decrypted routing bytes.
 *
 * @param d - at least the longest command's length.
 * @returns undefined for an operation that this version does not have.
 */
export function parseCommand(d: Uint8Array): Command | undefined {
  switch (d[0]) {
    case OP.transmitFast:
    case OP.transmitSlow: {
      const mac = 1 + NAME_BYTES;
      const ct = mac + MAC_BYTES;
      return {
        op: 'transmit',
        length: COMMAND_BYTES.transmit,
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
        length: COMMAND_BYTES.cross,
        epoch: d[1] ?? 0,
        surbRoutingBytes: (d[2] ?? 0) * 256 + (d[3] ?? 0),
        ct: d.subarray(ct, mac),
        mac: d.subarray(mac, routing),
        routing: d.subarray(routing, routing + GEOMETRY.surbRoutingBytes),
      };
    }
    case OP.deliver:
      return { op: 'deliver', length: COMMAND_BYTES.deliver, box: d.subarray(1, 1 + BOX_BYTES) };
    case OP.contact: {
      const credential = 1 + BOX_BYTES;
      return {
        op: 'contact',
        length: COMMAND_BYTES.contact,
        box: d.subarray(1, credential),
        credential: d.subarray(credential, credential + CREDENTIAL_BYTES),
      };
    }
    case OP.arrive:
      return { op: 'arrive', length: COMMAND_BYTES.arrive, service: d[1] ?? 0 };
    case OP.drop:
      return { op: 'drop', length: COMMAND_BYTES.drop };
    default:
      return undefined;
  }
}

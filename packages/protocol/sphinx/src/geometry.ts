import { type CryptoSuite, LABELS, MAC_BYTES, POINT_BYTES } from '@sotto/suite';
import { ByteWriter } from '@sotto/wire';

/** Version and suite, the first byte of a packet (Spec 03 §2): version 1, suite 1. */
export const PACKET_VERSION = 0x11;
/** The suite's number as it enters the key schedule. */
export const SUITE = 1;

/** Length of a node's name. */
export const NAME_BYTES = 16;
/** Length of a mailbox alias or contact box, `box16`. */
export const BOX_BYTES = 16;
/** Length of a contact credential. */
export const CREDENTIAL_BYTES = 16;
/** Length of a packet name η: what a delivered body is filed and unwound by. */
export const PACKET_NAME_BYTES = 16;
/** Length of the replay tag. */
export const TAG_BYTES = 16;
/** Slots of the SURB log ζ. */
const LOG_SLOTS = 3;

/** Lengths of the commands at the head of β, operation byte included (Spec 03 §4). */
export const COMMAND_BYTES: Readonly<
  Record<'transmit' | 'cross' | 'deliver' | 'contact' | 'arrive' | 'drop', number>
> = {
  transmit: 1 + NAME_BYTES + MAC_BYTES + POINT_BYTES,
  cross: 1 + 1 + 2 + POINT_BYTES + MAC_BYTES + 212,
  deliver: 1 + BOX_BYTES,
  contact: 1 + BOX_BYTES + CREDENTIAL_BYTES,
  arrive: 1 + 1,
  drop: 1,
};

/** The sizes from which every other length follows. */
export interface Geometry {
  /** β: routing commands, encrypted. Holds three transmits and one cross. */
  readonly routingBytes: number;
  /** k: the part of a reply block's β that its maker fills: three transmits and one deliver. One value, or it would show the path's length. */
  readonly surbRoutingBytes: number;
  /** ζ: the SURB log. */
  readonly logBytes: number;
  /** δ: the body. */
  readonly bodyBytes: number;
  /** All before the body. */
  readonly headerBytes: number;
  /** One length for every packet. */
  readonly packetBytes: number;
  /** The longest command: what a hop's key stream must cover beyond β. */
  readonly maxCommandBytes: number;
}

const SIZES = {
  routingBytes: 478,
  surbRoutingBytes: 3 * COMMAND_BYTES.transmit + COMMAND_BYTES.deliver,
  logBytes: LOG_SLOTS * PACKET_NAME_BYTES,
  bodyBytes: 1024,
};

const CT = 2;
const MAC = CT + POINT_BYTES;
const ROUTING = MAC + MAC_BYTES;
const LOG = ROUTING + SIZES.routingBytes;
const BODY = LOG + SIZES.logBytes;

/** Where each field of a packet starts (Spec 03 §2). */
export const OFFSET: Readonly<
  Record<'version' | 'epoch' | 'ct' | 'mac' | 'routing' | 'log' | 'body', number>
> = {
  version: 0,
  epoch: 1,
  ct: CT,
  mac: MAC,
  routing: ROUTING,
  log: LOG,
  body: BODY,
};

/** The one geometry of the network. */
export const GEOMETRY: Geometry = {
  ...SIZES,
  headerBytes: BODY,
  packetBytes: BODY + SIZES.bodyBytes,
  maxCommandBytes: COMMAND_BYTES.cross,
};

/** Length of the zero prefix by which a recipient knows that a body is whole: a 256-bit check under a wide-block cipher. */
export const BODY_CHECK_BYTES = 32;
/** What a body carries beside its check. */
export const CONTENT_BYTES: number = GEOMETRY.bodyBytes - BODY_CHECK_BYTES;

/** Length of a reply block without crossover and body seed, as its own first hop runs it. */
export const EMBEDDED_SURB_BYTES: number =
  1 + 2 + POINT_BYTES + MAC_BYTES + GEOMETRY.surbRoutingBytes;
/** Length of a reply block given to a sender. */
export const SURB_BYTES: number = NAME_BYTES + EMBEDDED_SURB_BYTES + 32;

/**
 * The geometry's hash, 16 bytes (Spec 03 §1). It enters every key schedule, descriptor and link
 * preface, so that parties with other sizes refuse each other instead of misreading.
 */
export function geometryHash(suite: CryptoSuite): Uint8Array {
  const layout = new ByteWriter(14)
    .u8(PACKET_VERSION)
    .u8(LOG_SLOTS)
    .u16(GEOMETRY.packetBytes)
    .u16(GEOMETRY.routingBytes)
    .u16(GEOMETRY.surbRoutingBytes)
    .u16(GEOMETRY.logBytes)
    .u16(GEOMETRY.bodyBytes)
    .u16(GEOMETRY.maxCommandBytes);
  const out = new Uint8Array(16);
  suite.blake2b(out, layout.bytes, LABELS.geometry);
  return out;
}

import {
  type CryptoSuite,
  KEM_CIPHERTEXT_BYTES,
  KEY_BYTES,
  LABELS,
  MAC_BYTES,
  POINT_BYTES,
} from '@sotto/suite';
import { ByteWriter } from '@sotto/wire';

/** Length of a node's name. */
export const NAME_BYTES = 16;
/** Length of a mailbox alias or contact box, `box16`. */
export const BOX_BYTES = 16;
/** Length of a contact credential. */
export const CREDENTIAL_BYTES = 16;
/** Length of what a stranger shows of the address of a greeting point. */
export const GREETING_TOKEN_BYTES = 16;
/** Length of what a greeting point's owner may ask for beside the token. */
export const GREETING_PROOF_BYTES = 32;
/** Length of a packet name η: what a delivered body is filed and unwound by. */
export const PACKET_NAME_BYTES = 16;
/** Length of the replay tag. */
export const TAG_BYTES = 16;
/** Slots of the SURB log ζ. */
const LOG_SLOTS = 3;
/** Length of the zero prefix by which a recipient knows that a body is whole: a 256-bit check under a wide-block cipher. */
export const BODY_CHECK_BYTES = 32;

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

/** A command's name. */
export type CommandName =
  | 'transmit'
  | 'cross'
  | 'deliver'
  | 'contact'
  | 'greet'
  | 'arrive'
  | 'drop'
  | 'kem';

/** All that is different between packets of two suites. A network has one, and no path has two (Spec 02 §1). */
export interface PacketFormat {
  /** The suite's number as it enters the key schedule. */
  readonly suite: 1 | 2;
  /** First byte of a packet: version 1 and the suite. */
  readonly version: number;
  /** Whether a half has a post-quantum sub-hop (Spec 11). */
  readonly hasSubHop: boolean;
  readonly geometry: Geometry;
  /** Where each field of a packet starts (Spec 03 §2). */
  readonly offset: Readonly<
    Record<'version' | 'epoch' | 'ct' | 'mac' | 'routing' | 'log' | 'body', number>
  >;
  /** Lengths of the commands at the head of β, operation byte included (Spec 03 §4). */
  readonly commandBytes: Readonly<Record<CommandName, number>>;
  /** What a body carries beside its check. */
  readonly contentBytes: number;
  /** Length of a reply block without cross-over and body seed, as its own first hop runs it. */
  readonly embeddedSurbBytes: number;
  /** Length of a reply block given to a sender. */
  readonly surbBytes: number;
}

const TRANSMIT_BYTES = 1 + NAME_BYTES + MAC_BYTES + POINT_BYTES;
const DELIVER_BYTES = 1 + BOX_BYTES;
const KEM_BYTES = 1 + KEM_CIPHERTEXT_BYTES + MAC_BYTES;

function formatOf(given: {
  readonly suite: 1 | 2;
  readonly routingBytes: number;
  readonly bodyBytes: number;
}): PacketFormat {
  const { suite, routingBytes, bodyBytes } = given;
  const hasSubHop = suite === 2;
  const surbRoutingBytes = 3 * TRANSMIT_BYTES + DELIVER_BYTES + (hasSubHop ? KEM_BYTES : 0);
  const logBytes = LOG_SLOTS * PACKET_NAME_BYTES;
  const ct = 2;
  const mac = ct + POINT_BYTES;
  const routing = mac + MAC_BYTES;
  const log = routing + routingBytes;
  const body = log + logBytes;
  const embeddedSurbBytes = 1 + 2 + POINT_BYTES + MAC_BYTES + surbRoutingBytes;
  const commandBytes = {
    transmit: TRANSMIT_BYTES,
    cross: 1 + embeddedSurbBytes,
    deliver: DELIVER_BYTES,
    contact: 1 + BOX_BYTES + CREDENTIAL_BYTES,
    greet: 1 + BOX_BYTES + GREETING_TOKEN_BYTES + GREETING_PROOF_BYTES,
    arrive: 1 + 1,
    drop: 1,
    kem: KEM_BYTES,
  };
  return {
    suite,
    version: 0x10 + suite,
    hasSubHop,
    geometry: {
      routingBytes,
      surbRoutingBytes,
      logBytes,
      bodyBytes,
      headerBytes: body,
      packetBytes: body + bodyBytes,
      maxCommandBytes: commandBytes.cross,
    },
    offset: { version: 0, epoch: 1, ct, mac, routing, log, body },
    commandBytes,
    contentBytes: bodyBytes - BODY_CHECK_BYTES,
    embeddedSurbBytes,
    surbBytes: NAME_BYTES + embeddedSurbBytes + KEY_BYTES,
  };
}

/** Suite 1: one X25519 a hop. */
export const SUITE_1: PacketFormat = formatOf({ suite: 1, routingBytes: 478, bodyBytes: 1024 });
/** Suite 2: as suite 1, and one ML-KEM-768 sub-hop a half (Spec 11). */
export const SUITE_2: PacketFormat = formatOf({ suite: 2, routingBytes: 2670, bodyBytes: 2048 });

/** Version and suite, the first byte of a packet (Spec 03 §2): version 1, suite 1. */
export const PACKET_VERSION: number = SUITE_1.version;
/** {@link PacketFormat.commandBytes} of suite 1. */
export const COMMAND_BYTES: PacketFormat['commandBytes'] = SUITE_1.commandBytes;
/** {@link PacketFormat.offset} of suite 1. */
export const OFFSET: PacketFormat['offset'] = SUITE_1.offset;
/** The geometry of suite 1, the network's. */
export const GEOMETRY: Geometry = SUITE_1.geometry;
/** {@link PacketFormat.contentBytes} of suite 1. */
export const CONTENT_BYTES: number = SUITE_1.contentBytes;
/** {@link PacketFormat.embeddedSurbBytes} of suite 1. */
export const EMBEDDED_SURB_BYTES: number = SUITE_1.embeddedSurbBytes;
/** {@link PacketFormat.surbBytes} of suite 1. */
export const SURB_BYTES: number = SUITE_1.surbBytes;

/**
 * The geometry's hash, 16 bytes (Spec 03 §1). It enters every key schedule, descriptor and link
 * preface, so that parties with other sizes refuse each other instead of misreading.
 */
export function geometryHash(suite: CryptoSuite, format: PacketFormat = SUITE_1): Uint8Array {
  const { geometry } = format;
  const layout = new ByteWriter(14)
    .u8(format.version)
    .u8(LOG_SLOTS)
    .u16(geometry.packetBytes)
    .u16(geometry.routingBytes)
    .u16(geometry.surbRoutingBytes)
    .u16(geometry.logBytes)
    .u16(geometry.bodyBytes)
    .u16(geometry.maxCommandBytes);
  const out = new Uint8Array(16);
  suite.blake2b(out, layout.bytes, LABELS.geometry);
  return out;
}

import { KEY_BYTES, MAC_BYTES, POINT_BYTES } from '@sotto/suite';
import { ByteReader, ByteWriter, err, ok, type Result } from '@sotto/wire';
import { NAME_BYTES, type PacketFormat, SUITE_1 } from './geometry.ts';

/** A single-use reply block: a way to its maker that shows the user of it only the crossover (Spec 04 §2). */
export interface Surb {
  /** Name of the crossover point, 16 bytes: the node to which the sender lays its own half. */
  readonly crossover: Uint8Array;
  /** Low byte of the one epoch in which it works. */
  readonly epoch: number;
  /** Ephemeral for the crossover's second decode, 32 bytes. */
  readonly ct: Uint8Array;
  /** MAC of that decode, 16 bytes. */
  readonly mac: Uint8Array;
  /** k encrypted routing bytes. */
  readonly routing: Uint8Array;
  /** Seed of the key under which the user seals a body, 32 bytes. Never a parent of the path's seeds. */
  readonly bodySeed: Uint8Array;
}

/** What its maker keeps to unwind an answer (Spec 04 §5). Secret: it opens the maker's own reply path. */
export interface SurbRecord {
  /** η at the last hop, by which the answer is filed. */
  readonly name: Uint8Array;
  /** K of each hop, the crossover's second decode first. */
  readonly hopKeys: readonly Uint8Array[];
  /** As in the {@link Surb}. */
  readonly bodySeed: Uint8Array;
}

/** What a DELIVER hands over: η, ζ and δ after the last hop's layer. */
export interface Delivered {
  /** η, 16 bytes. */
  readonly name: Uint8Array;
  /** ζ, 48 bytes. A hint, never authentication: any hop of the half can change it. */
  readonly log: Uint8Array;
  /** δ, a body of the suite's length. */
  readonly body: Uint8Array;
}

function writeEmbedded(out: ByteWriter, surb: Surb, { geometry }: PacketFormat): ByteWriter {
  if (surb.routing.length !== geometry.surbRoutingBytes) {
    throw new RangeError(
      `"surb.routing" expected ${geometry.surbRoutingBytes} bytes, got ${surb.routing.length}`,
    );
  }
  return out
    .u8(surb.epoch)
    .u16(geometry.surbRoutingBytes)
    .put(surb.ct)
    .put(surb.mac)
    .put(surb.routing);
}

/**
 * 263 bytes (1,368 in suite 2) for the node that runs the block itself: without cross-over and body seed.
 * @throws RangeError for a block of another suite.
 */
export const encodeEmbeddedSurb = (surb: Surb, format: PacketFormat = SUITE_1): Uint8Array =>
  writeEmbedded(new ByteWriter(format.embeddedSurbBytes), surb, format).bytes;

/**
 * 311 bytes (1,416 in suite 2) for a sender.
 * @throws RangeError for a block of another suite.
 */
export const encodeSurb = (surb: Surb, format: PacketFormat = SUITE_1): Uint8Array =>
  writeEmbedded(new ByteWriter(format.surbBytes).put(surb.crossover), surb, format).put(
    surb.bodySeed,
  ).bytes;

/** Why bytes are not a reply block. */
export interface SurbError {
  readonly code: 'length' | 'surb-length';
}

/** An embedded block's fields. */
export type EmbeddedSurb = Pick<Surb, 'epoch' | 'ct' | 'mac' | 'routing'>;

function readEmbedded(reader: ByteReader, { geometry }: PacketFormat): EmbeddedSurb | undefined {
  const epoch = reader.u8();
  if (reader.u16() !== geometry.surbRoutingBytes) return undefined;
  return {
    epoch,
    ct: reader.take(POINT_BYTES),
    mac: reader.take(MAC_BYTES),
    routing: reader.take(geometry.surbRoutingBytes),
  };
}

/** Reads 263 bytes (1,368 in suite 2) that anybody may have sent. */
export function decodeEmbeddedSurb(
  bytes: Uint8Array,
  format: PacketFormat = SUITE_1,
): Result<EmbeddedSurb, SurbError> {
  if (bytes.length !== format.embeddedSurbBytes) return err({ code: 'length' });
  const fields = readEmbedded(new ByteReader(bytes), format);
  return fields === undefined ? err({ code: 'surb-length' }) : ok(fields);
}

/** Reads 311 bytes (1,416 in suite 2) that anybody may have sent. The block may still be useless: only its path can tell. */
export function decodeSurb(
  bytes: Uint8Array,
  format: PacketFormat = SUITE_1,
): Result<Surb, SurbError> {
  if (bytes.length !== format.surbBytes) return err({ code: 'length' });
  const reader = new ByteReader(bytes);
  const crossover = reader.take(NAME_BYTES);
  const fields = readEmbedded(reader, format);
  if (fields === undefined) return err({ code: 'surb-length' });
  return ok({ crossover, ...fields, bodySeed: reader.take(KEY_BYTES) });
}

/** The packet: command-packed Sphinx of constant length, one KEM a hop, crossover, SURB log. @module */
export { openBody, sealBody } from './body.ts';
export { Builder, type Hop, type Path, type SurbTerminal, type Terminal } from './build.ts';
export type { DelayClass, Half } from './command.ts';
export {
  BODY_CHECK_BYTES,
  BOX_BYTES,
  CONTENT_BYTES,
  CREDENTIAL_BYTES,
  EMBEDDED_SURB_BYTES,
  GEOMETRY,
  geometryHash,
  NAME_BYTES,
  OFFSET,
  PACKET_NAME_BYTES,
  PACKET_VERSION,
  SURB_BYTES,
  TAG_BYTES,
} from './geometry.ts';
export { isCanonicalPoint, STREAM_TABLE } from './key-schedule.ts';
export {
  type AcceptedKey,
  type HopKey,
  type KeyFor,
  type Peeled,
  Peeler,
  type PeelReason,
  type TagFilter,
} from './peel.ts';
export {
  decodeSurb,
  type Delivered,
  encodeEmbeddedSurb,
  encodeSurb,
  type Surb,
  type SurbError,
  type SurbRecord,
} from './surb.ts';
export { MAX_UNWINDS, pushName, storedMail, unwindLayers } from './unwind.ts';

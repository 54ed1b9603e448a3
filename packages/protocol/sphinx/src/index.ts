/** The packet: command-packed Sphinx of constant length, one KEM a hop, crossover, SURB log. @module */
export { openBody, sealBody } from './body.ts';
export { Builder } from './build.ts';
export type { DelayClass, Half } from './command.ts';
export {
  BODY_CHECK_BYTES,
  BOX_BYTES,
  type CommandName,
  CONTENT_BYTES,
  CREDENTIAL_BYTES,
  EMBEDDED_SURB_BYTES,
  type Geometry,
  GEOMETRY,
  geometryHash,
  GREETING_PROOF_BYTES,
  GREETING_TOKEN_BYTES,
  NAME_BYTES,
  OFFSET,
  PACKET_NAME_BYTES,
  PACKET_VERSION,
  type PacketFormat,
  SUITE_1,
  SUITE_2,
  SURB_BYTES,
  TAG_BYTES,
} from './geometry.ts';
export {
  isCanonicalPoint,
  kemKeyHash,
  STREAM_TABLE,
  type StreamTable,
  streamTable,
} from './key-schedule.ts';
export type { Hop, Path, SurbTerminal, Terminal } from './path.ts';
export { Peeler } from './peel.ts';
export type {
  AcceptedKey,
  HopKey,
  KeyFor,
  Peeled,
  PeelReason,
  SubHopKey,
  TagFilter,
} from './peeled.ts';
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

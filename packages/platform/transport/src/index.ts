/** Transport: links of constant-length frames, snapshots and gossip, over any network. @module */
export {
  type ByteStream,
  type ByteStreamEvents,
  type StreamAcceptor,
  type StreamHost,
} from './byte-stream.ts';
export { type CounterName, Counters } from './counters.ts';
export { type Flushable, FlushTurn } from './flush-turn.ts';
export { FrameReader } from './frame-reader.ts';
export {
  type FramesCallback,
  FramedLink,
  type LinkIdentity,
  type LinkSetting,
} from './framed-link.ts';
export { DEFAULT_LIMITS, type TransportLimits, type TransportSizes, withLimits } from './limits.ts';
export { RateLimit } from './rate-limit.ts';
export {
  checkSnapshot,
  SNAPSHOT_PIECE_BYTES,
  SnapshotDecoder,
  SnapshotEncoder,
  type SnapshotFault,
  type SnapshotLimits,
} from './snapshot-codec.ts';
export { MOST_LISTS, type ListShare, ServedLists } from './served-lists.ts';
export {
  servedSnapshotBytes,
  SnapshotServer,
  type SnapshotServerOptions,
} from './snapshot-server.ts';
export { parsePeerAddress, peerAddress, withoutPeer } from './peer-address.ts';
export { StreamTransport } from './stream-transport.ts';
export { TransportError, type TransportErrorCode } from './transport-error.ts';
export {
  type Abortable,
  type CloseReason,
  type GossipHandler,
  type GossipVerdict,
  IDENTITY_KEY_BYTES,
  type Link,
  LINK_PROTOCOLS,
  type LinkAnswer,
  type LinkKind,
  type LinkOffer,
  type PeerTarget,
  type SendOutcome,
  SNAPSHOT_PROTOCOL,
  type Transport,
  type TransportHandlers,
} from './transport.ts';
export { type Defer, endOfTurn, type TurnClock, TurnEnd } from './turn-end.ts';

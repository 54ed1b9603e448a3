/** Sizes that the protocol fixes; passed in, so that they have one source of truth (the geometry). */
export interface TransportSizes {
  /** Bytes of every frame on every link. */
  readonly frameBytes: number;
  /** Bytes of the preface that the opener of a link sends. */
  readonly prefaceBytes: number;
}

/** Bounds on what peers can make this process hold or do. */
export interface TransportLimits {
  /** Inbound links at once, all peers together. */
  readonly maxInboundLinks: number;
  /** Inbound links at once of one peer identity, both kinds together. */
  readonly maxInboundLinksPerPeer: number;
  /** Inbound links at once whose preface is not complete. */
  readonly maxHandshakes: number;
  /** Milliseconds in which a preface must be complete. */
  readonly prefaceMillis: number;
  /** Milliseconds that a peer gets to end its half after the other half was closed. */
  readonly closeMillis: number;
  /** Bytes that may wait for sending on one link; beyond, `send` says `full`. */
  readonly maxBufferedBytes: number;
  /**
   * Milliseconds between two writes of frames, at least, and between two pieces of snapshots, to
   * whomever; the first after a pause waits for nothing, nor does a burst that is more than may wait.
   */
  readonly flushMillis: number;
  /** Frames given to `onFrames` in one call, at most. */
  readonly maxBatchFrames: number;
  /** Bytes of a snapshot request, at most 255. */
  readonly snapshotRequestBytes: number;
  /** Items of one snapshot. */
  readonly maxSnapshotItems: number;
  /** Bytes of one item of a snapshot. */
  readonly maxSnapshotItemBytes: number;
  /** Bytes of all items of a snapshot. */
  readonly maxSnapshotBytes: number;
  /** Milliseconds in which a request for a snapshot must be complete. */
  readonly snapshotRequestMillis: number;
  /** Milliseconds that a whole snapshot exchange may take. */
  readonly snapshotMillis: number;
  /** Snapshots served at once. */
  readonly maxSnapshotsServed: number;
  /** Of them to one peer: one, and another for who has come back while the first hangs. */
  readonly maxSnapshotsPerPeer: number;
  /** Snapshots that one peer may ask for in a burst. */
  readonly snapshotBurst: number;
  /** Milliseconds after which a peer may ask for one more. */
  readonly snapshotRefillMillis: number;
  /** Bytes of a gossip message. */
  readonly maxGossipBytes: number;
}

/** Bounds for a node with a few hundred links. */
export const DEFAULT_LIMITS: TransportLimits = {
  maxInboundLinks: 1024,
  maxInboundLinksPerPeer: 4,
  maxHandshakes: 128,
  prefaceMillis: 10_000,
  closeMillis: 5_000,
  // 160 frames: 80 ms of 2,000 packets/s. More would be delay that no delay class knows of.
  maxBufferedBytes: 256 * 1024,
  flushMillis: 2,
  maxBatchFrames: 64,
  snapshotRequestBytes: 64,
  // As many descriptors as a network may have, of their greatest length, and as many proofs (Spec 07 §2).
  maxSnapshotItems: 20_000,
  maxSnapshotItemBytes: 8192,
  maxSnapshotBytes: 24 * 1024 * 1024,
  snapshotRequestMillis: 5_000,
  snapshotMillis: 60_000,
  maxSnapshotsServed: 8,
  maxSnapshotsPerPeer: 2,
  snapshotBurst: 4,
  snapshotRefillMillis: 15_000,
  maxGossipBytes: 8192,
};

/**
 * The default limits with some replaced.
 *
 * @throws RangeError when one is not a positive integer, or a request could not be framed.
 */
export function withLimits(limits: Partial<TransportLimits> = {}): TransportLimits {
  const all = { ...DEFAULT_LIMITS, ...limits };
  for (const [name, value] of Object.entries(all)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`"${name}" expected a positive integer, got ${value}`);
    }
  }
  if (all.snapshotRequestBytes > 255) {
    throw new RangeError(
      `"snapshotRequestBytes" expected at most 255, got ${all.snapshotRequestBytes}`,
    );
  }
  return all;
}

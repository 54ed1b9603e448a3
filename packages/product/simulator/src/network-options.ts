import { type Capabilities, DEFAULT_PARAMETERS, type NetworkParameters } from '@sotto/directory';
import type { Plan } from '@sotto/link';
import type { CryptoSuite } from '@sotto/suite';
import { instant, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import type { LinkProfile } from './link-emulator.ts';
import type { TraceLine } from './trace.ts';

/** Means of a local network, which demo and tests share: fast 250 ms, slow 2 s. */
export const localParameters = (changes: Partial<NetworkParameters> = {}): NetworkParameters => ({
  ...DEFAULT_PARAMETERS,
  slowMeanMicros: 2 * MICROS_PER_SECOND,
  graceMicros: 60 * MICROS_PER_SECOND,
  ...changes,
});

/** Something that a node stored. */
export interface ViewEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * One thing that a node saw, as a corrupt one would write it down: what came in, from which link,
 * and what it made of it. Byte fields are live and not copies: a test that changes `packetOut`
 * plays a corrupt node.
 */
export interface NodeView {
  readonly at: Instant;
  /** The node's hex name. */
  readonly node: string;
  /** `forward` goes on to a node, `push` down to a client, `store` into the node's store. */
  readonly kind: 'forward' | 'push' | 'store';
  /** Node or person from whose link it came; undefined where the node made it itself. */
  readonly previous: string | undefined;
  readonly packetIn: Uint8Array | undefined;
  /** Node or person to whose link it goes. */
  readonly next: string | undefined;
  readonly packetOut: Uint8Array | undefined;
  readonly stored: readonly ViewEntry[];
}

/** Settings of a virtual network. */
export interface VirtualNetworkOptions {
  readonly suite: CryptoSuite;
  /** Everything random in it follows from this. */
  readonly seed: string;
  readonly parameters: NetworkParameters;
  readonly nodes: number;
  readonly start?: Instant;
  /** Least time on a link; up to a tenth more is drawn for each frame. Default 10 ms. */
  readonly linkDelayMicros?: number;
  /** What the line from one node or client to another does now; as `linkDelayMicros` says where undefined. */
  readonly line?: (from: string, to: string) => LinkProfile | undefined;
  /** Time from a write to its acknowledgement. Default 1 ms. */
  readonly syncMicros?: number;
  /** What node `index` offers; everything when left out. */
  readonly capabilities?: (index: number) => Capabilities;
  /** Packets that the pool of a node holds at most; the nodes' own default when left out. */
  readonly maxPackets?: number;
  /** Plans that guards serve; the network's own unless a test has others. */
  readonly plans?: readonly Plan[];
  /** May change the bytes of a frame before it goes onto a link: a corrupt line. */
  readonly tamper?: (from: string, to: string, frame: Uint8Array) => void;
  /** Sees every frame as it goes onto a link, packets and receipts. */
  readonly onFrame?: (line: TraceLine, frame: Uint8Array) => void;
  /** Sees every packet as it comes to a node; not receipts, which are no packets. */
  readonly onArrive?: (from: string, to: string, frame: Uint8Array) => void;
  /** Sees what each node sees. */
  readonly onView?: (view: NodeView) => void;
}

/** When a virtual network starts, if nothing else is said. */
export const DEFAULT_START: Instant = instant(1_800_000_000 * MICROS_PER_SECOND);

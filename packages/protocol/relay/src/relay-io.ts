import type { LoopAlarm, LoopCounts, PoolStatistics } from '@sotto/mixing';
import type { StoredEntry } from '@sotto/mailbox';
import type { KeyOutput } from './epoch-keys.ts';

/** What a node's driver tells its core. */
export type RelayInput =
  /** One frame of a link from another node. */
  | { readonly kind: 'packet'; readonly packet: Uint8Array }
  /** Several that came together: one look at the time for all. */
  | { readonly kind: 'packets'; readonly packets: readonly Uint8Array[] }
  /** A client's link was accepted; its preface showed this box secret. */
  | {
      readonly kind: 'client-attached';
      readonly client: string;
      readonly boxSecret: Uint8Array;
      /** The plan's byte, from the preface. */
      readonly plan: number;
    }
  | { readonly kind: 'client-detached'; readonly client: string }
  /** One frame of a client's link. */
  | { readonly kind: 'client-packet'; readonly client: string; readonly packet: Uint8Array }
  /** A `transmit` could not be carried out. */
  | { readonly kind: 'undelivered'; readonly reason: UndeliveredReason }
  /** A `write-key` is on disk. */
  | { readonly kind: 'key-stored'; readonly epoch: number }
  /** A `write-tags` is on disk. */
  | { readonly kind: 'tags-stored'; readonly sequence: number };

/** Why a packet did not go out on a link. */
export type UndeliveredReason = 'link-down' | 'link-buffer-full';

/** What a node's core tells its driver. */
export type RelayOutput =
  | KeyOutput
  /** Send a packet to another node, by hex name. */
  | { readonly kind: 'transmit'; readonly to: string; readonly packet: Uint8Array }
  /** Send a frame to a client. */
  | { readonly kind: 'client-frame'; readonly client: string; readonly frame: Uint8Array }
  /** Another link shows the same box: close this one. */
  | { readonly kind: 'client-replaced'; readonly client: string }
  /** Give a descriptor or proof to everybody. */
  | { readonly kind: 'gossip'; readonly bytes: Uint8Array }
  | { readonly kind: 'persist'; readonly entries: readonly StoredEntry[] }
  | LoopAlarm;

/** Figures of a node, since its start. They link nothing to anybody. */
export interface RelayMetrics {
  /**
   * Packets by where they came from: links of nodes and clients, own loops, reply blocks that were
   * run here. Their sum is that of packets sent on links, held, ended in a terminal, and dropped for
   * one of `PACKET_REASONS` (Spec 05 §7).
   */
  readonly received: {
    readonly link: number;
    readonly client: number;
    readonly own: number;
    readonly run: number;
  };
  /** Packets handed to links, and frames to clients. */
  readonly sent: { readonly link: number; readonly mail: number; readonly filler: number };
  /** Own loops. */
  readonly loops: LoopCounts;
  /** Alarms that stand: nodes, links or this node's own inputs that lose, delay or change loops. */
  readonly alarms: number;
  /** Factor of the mean delays now: 1, more while its own alarm stands. */
  readonly slowdown: number;
  /** Terminals that were executed here. */
  readonly terminals: Readonly<Record<TerminalKind, number>>;
  /** Every refusal by its reason. */
  readonly drops: Readonly<Record<string, number>>;
  readonly pool: PoolStatistics;
  readonly held: number;
  readonly clients: number;
  readonly replayTags: number;
  /** Memory of the replay filters. */
  readonly replayFilterBytes: number;
  readonly nodes: number;
  readonly epoch: number;
  readonly layer: number;
}

/** Ends of a path at this node. */
export type TerminalKind = 'deliver' | 'loop' | 'arrive' | 'contact' | 'greet' | 'drop';

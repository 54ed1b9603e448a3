import type { LoopAlarm, LoopCounts, PoolStatistics } from '@sotto/mixing';
import type { KeyOutput } from './epoch-keys.ts';
import type { ReceiptOutput } from './inbound-links.ts';
import type { OutboundOutput } from './outbound-links.ts';
import type { PersistOutput } from './store-writes.ts';

/** What a node's driver tells its core. */
export type RelayInput =
  /** One frame of a link from another node. `link` is the driver's name for it; without one it gets no receipt. */
  | { readonly kind: 'packet'; readonly packet: Uint8Array; readonly link?: string }
  /** Several that came together: one look at the time for all. */
  | {
      readonly kind: 'packets';
      readonly packets: readonly Uint8Array[];
      readonly link?: string;
    }
  /** A link from another node is gone. */
  | { readonly kind: 'link-ended'; readonly link: string }
  /** A link to another node, by hex name, was opened, for the first time or again. */
  | { readonly kind: 'link-up'; readonly to: string }
  /** A link to another node is gone or could not be opened; `unknown` when there is no such node. */
  | { readonly kind: 'link-down'; readonly to: string; readonly unknown: boolean }
  /** What another node sent on a link that was opened to it. */
  | { readonly kind: 'link-frame'; readonly to: string; readonly frame: Uint8Array }
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
  /** A `transmit` was not taken by its link: too much waits there. */
  | { readonly kind: 'link-full'; readonly to: string; readonly packet: Uint8Array }
  /** A `write-key` is on disk. */
  | { readonly kind: 'key-stored'; readonly epoch: number }
  /** A `write-tags` is on disk. */
  | { readonly kind: 'tags-stored'; readonly sequence: number }
  /** A `persist` is on disk, and all before. */
  | { readonly kind: 'persisted'; readonly batch: number };

/** What a node's core tells its driver. */
export type RelayOutput =
  | KeyOutput
  | OutboundOutput
  | ReceiptOutput
  /** Send a frame to a client. */
  | { readonly kind: 'client-frame'; readonly client: string; readonly frame: Uint8Array }
  /** Another link shows the same box: close this one. */
  | { readonly kind: 'client-replaced'; readonly client: string }
  /** Give a descriptor or proof to everybody. */
  | { readonly kind: 'gossip'; readonly bytes: Uint8Array }
  | PersistOutput
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
  /** What went over the links to and from other nodes (Spec 10 §3.5). */
  readonly links: {
    /** Packets that were sent, those sent again among them. */
    readonly packets: number;
    /** Of them, sent again after their link had ended. */
    readonly again: number;
    /** Receipts sent. */
    readonly receipts: number;
    /** Packets that wait for a receipt, or for a link. */
    readonly waiting: number;
    /** Of them, those that no link has taken yet. */
    readonly unsent: number;
  };
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
  /** Whether neighbours' descriptors confirm the clock: without them nothing that is stored is over (Spec 13 §2.1). */
  readonly clockConfirmed: boolean;
  readonly replayTags: number;
  /** Memory of the replay filters. */
  readonly replayFilterBytes: number;
  /** Nodes known, itself among them; not those that leave. */
  readonly nodes: number;
  readonly epoch: number;
  readonly layer: number;
}

/** Ends of a path at this node. */
export type TerminalKind = 'deliver' | 'loop' | 'arrive' | 'contact' | 'greet' | 'drop';

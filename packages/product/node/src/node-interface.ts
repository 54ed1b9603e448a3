import type { Capabilities, NetworkParameters } from '@sotto/directory';
import type { AggregationLimits } from '@sotto/mailbox';
import type { PeerTarget } from '@sotto/transport';
import type { Redacted } from '@sotto/wire';
import type { Log } from './log.ts';
import type { NodeStatus } from './node-status.ts';

/** What a node is started with. */
export interface NodeConfig {
  /** Folder of its own; made on the first run, mode 0700. */
  readonly data: string;
  /** Multiaddrs to listen at; port 0 takes any. */
  readonly listen: readonly string[];
  /** Multiaddrs to tell others instead of those listened at. */
  readonly announce?: readonly string[];
  /** Peers to begin with. */
  readonly bootstrap: readonly PeerTarget[];
  /** What it does for others. */
  readonly capabilities: Capabilities;
  /** Everybody in one network has the same. */
  readonly parameters: NetworkParameters;
  /** How long it serves on after its farewell when it is stopped, ms (Spec 13 §4.1); default 0. */
  readonly noticeMillis?: number;
  /** Bounds of its mailbox that are not the default (Spec 06 §7). */
  readonly mailboxLimits?: Partial<AggregationLimits>;
  /** All nodes share one address: limits per address are off. */
  readonly localNetwork?: boolean;
  /** PostgreSQL database for its mail and other records; in the folder when absent. */
  readonly database?: Redacted<string> | undefined;
  /** Where it tells the operator what happens. */
  readonly log: Log;
}

/** A node that runs. */
export interface RunningNode {
  /** Hex name. */
  readonly key: string;
  /** Ed25519, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Where it can be dialled, peer id included, as `--bootstrap` takes it. */
  readonly addresses: readonly string[];
  /** Resolves when the node has ended: with undefined after `stop`, else with the error that ended it. */
  readonly ended: Promise<unknown>;
  /** Figures now. */
  status(): NodeStatus;
  /** Ends it (Spec 13 §4); what was taken is on the disk afterwards. A second call ends the notice. */
  stop(): Promise<void>;
}

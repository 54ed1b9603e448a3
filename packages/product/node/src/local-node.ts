import type { NodeStatus } from './node-status.ts';

/** What a node of a local network is started with. */
export interface LocalNodeOptions {
  /** For people: `node-01`. */
  readonly label: string;
  readonly data: string;
  /** Places to listen at. */
  readonly listen: { readonly tcp: string; readonly ws: string };
  /** What to tell others instead, as `--announce` takes it; empty for what is listened at. */
  readonly announce: readonly string[];
  /** The network file: parameters and peers. */
  readonly networkFile: string;
}

/** A node of a local network, in a process of its own or in this one. */
export interface LocalNode {
  /** Undefined when the node shares this process. */
  readonly pid: number | undefined;
  /** Figures now; undefined when it does not answer. */
  status(): Promise<NodeStatus | undefined>;
  /** Ends it gracefully. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would; a node that shares this process is stopped instead. */
  kill(): Promise<void>;
  /** Resolves with what there is to say about its end; undefined after `stop` or `kill`. */
  readonly ended: Promise<string | undefined>;
}

/**
 * What the network view draws: `/picture.json` of a local network. It holds what every node may say of
 * itself and nothing that belongs to a client: no count of clients, of mail or of what came from them,
 * by which one could watch a person's guard (decision 0022). @module
 */

/** A whole local network at one moment. */
export interface NetworkPicture {
  /** When it was composed, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly epoch: {
    readonly index: number;
    /** Milliseconds since the Unix epoch. */
    readonly start: number;
    readonly end: number;
  };
  readonly directory: {
    /** 1: gossip of signed descriptors. */
    readonly step: 1;
    /** Nodes of this network, by how it was started. */
    readonly nodes: number;
    /** How many of those that are up know all of them. */
    readonly agreeing: number;
  };
  /** Mean delay of a hop by class, ms: public parameters. */
  readonly means: { readonly fastMillis: number; readonly slowMillis: number };
  /** Packets that every pool shall hold on average in each half, fast class. */
  readonly poolTarget: number;
  /** In the order in which they were started. */
  readonly nodes: readonly NodePicture[];
}

/** One node. */
export interface NodePicture {
  /** `node-01`. */
  readonly label: string;
  /** Whether it answers now. The figures of one that does not are its last. */
  readonly up: boolean;
  /** Undefined while it has not answered yet. */
  readonly figures: NodeFigures | undefined;
}

/** What a node says of itself, since its start. */
export interface NodeFigures {
  /** 16 bytes in hex. */
  readonly name: string;
  /** 1, 2 or 3: where it stands on a path. */
  readonly layer: number;
  readonly uptimeSeconds: number;
  /** Of its process, started again when this is lower than before. */
  readonly packets: {
    /** Taken in from outside, whatever they carry: it cannot tell words from cover. */
    readonly through: number;
    /** Its own loops: the cover that it knows of. */
    readonly loopsSent: number;
    readonly loopsReturned: number;
    readonly loopsLost: number;
    readonly loopsGarbled: number;
    /** Refused, by reason; reasons that did not occur are left out. */
    readonly refused: Readonly<Record<string, number>>;
  };
  readonly pool: {
    /** All packets held now. */
    readonly held: number;
    readonly fast: HalvesPicture;
    readonly slow: HalvesPicture;
  };
  /** What it warns of now. */
  readonly alarms: readonly AlarmPicture[];
}

/** Both halves of a path in one delay class. */
export interface HalvesPicture {
  readonly sender: StratumPicture;
  readonly recipient: StratumPicture;
}

/** Packets of one class and half. */
export interface StratumPicture {
  readonly held: number;
  /** Σ of packets held × seconds since the start: the mean over a time is a difference of two. */
  readonly packetSeconds: number;
  /** Mean time that packets were held since the start, ms. */
  readonly meanMillis: number;
}

/** Loops through a node, from one to another, or to the node that says so are lost, late or changed. */
export interface AlarmPicture {
  readonly subject: 'node' | 'link' | 'self';
  /** Labels, of others than this network's the beginning of their hex names: the node, or both ends. */
  readonly about: readonly string[];
}

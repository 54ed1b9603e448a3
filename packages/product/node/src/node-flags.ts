/**
 * Flags of the runtime under which a node runs. The young generation of V8 grows to 112 MB under a
 * node's traffic and stays so. With 16 MB for a half, a node with 100 links that holds 50,000 packets
 * takes 124 MB more than a bare libp2p node instead of 206 (`bench -- memory`); CPU time a packet was
 * the same within what runs differ by.
 */
export const NODE_FLAGS: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=16',
];

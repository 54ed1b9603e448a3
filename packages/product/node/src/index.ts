/** A Sotto node, and a network of them on one machine. @module */
export { directoryTopic } from './directory-gossip.ts';
export { CommandFailure, EXIT_CODES } from './exit-codes.ts';
export { freePorts } from './free-ports.ts';
export { type LocalNetwork, type LocalNetworkOptions, startLocalNetwork } from './local-network.ts';
export { type LocalPageOptions, serveLocalPage } from './local-page.ts';
export { localParameters } from './local-parameters.ts';
export { type Log, LOG_LEVELS, type LogLevel, openLog } from './log.ts';
export { NODE_FLAGS } from './node-flags.ts';
export type { NodeConfig, RunningNode } from './node-interface.ts';
export type { PageServer } from './page-server.ts';
export type { Machine, NodeLimits } from './self-check.ts';
export type { NodeStatus, Plain, PlainTimes } from './node-status.ts';
export { runNode } from './run-node.ts';
export { parsePeerAddress, peerAddress } from '@sotto/transport';

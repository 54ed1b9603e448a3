/** What the entries `./node` and `./browser` share. @module */
export { type Gossip, Libp2pHost, type Libp2pHostInit, type Libp2pParts } from './libp2p-host.ts';
export { Libp2pStream } from './libp2p-stream.ts';
export { FrameLengthGuard } from './mux-guard.ts';

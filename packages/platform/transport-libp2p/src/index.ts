/** What the entries `./node` and `./browser` share. @module */
export { AddressLimit } from './address-limit.ts';
export {
  forgetStrangers,
  type Gossip,
  Libp2pHost,
  type Libp2pHostInit,
  type Libp2pParts,
} from './libp2p-host.ts';
export { Libp2pStream } from './libp2p-stream.ts';
export { boundedYamux, FrameLengthGuard } from './mux-guard.ts';
export { failingSockets } from './websocket-failure.ts';

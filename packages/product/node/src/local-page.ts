import { parsePeerAddress } from '@sotto/transport';
import type { LocalNetwork } from './local-network.ts';
import { webSocketOrigins } from './page-policy.ts';
import { type PageServer, servePage } from './page-server.ts';
import { PictureSource } from './picture-source.ts';

/** How the page of a local network is served. */
export interface LocalPageOptions {
  /** Folder of the built page. */
  readonly folder: string;
  /** This port and no other, 0 for any; 8080 or the next free one when left out. */
  readonly port?: number | undefined;
  /** Nodes that are in no file may join: the page may connect to any. */
  readonly othersJoin?: boolean;
}

/** Serves the chat page for a local network, with its picture. Rejects with a CommandFailure. */
export function serveLocalPage(
  network: LocalNetwork,
  options: LocalPageOptions,
): Promise<PageServer> {
  const pictures = new PictureSource(network);
  const peers = network.webSockets
    .map(parsePeerAddress)
    .flatMap((peer) => (peer.ok ? peer.value : []));
  const { folder, port, othersJoin = false } = options;
  return servePage({
    folder,
    ...(port === undefined ? {} : { port }),
    network: { parameters: network.parameters, bootstrap: network.webSockets },
    connections: { only: othersJoin ? undefined : webSocketOrigins(peers) },
    picture: () => pictures.read(),
  });
}

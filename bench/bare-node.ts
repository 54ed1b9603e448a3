/**
 * A libp2p node and nothing else, as a process of its own: it takes links, opens some, and passes
 * nothing on. What a Sotto node takes of memory is told apart from it.
 */
import { FRAME_BYTES, PREFACE_BYTES } from '@sotto/link';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { fromHex, ok } from '@sotto/wire';

/** What the process is told: whom to open links to, and by which preface (hex). */
export interface BareOrder {
  readonly seed: string;
  readonly preface: string;
  readonly peers: readonly { readonly identityKey: string; readonly address: string }[];
}

/** What it says: where it listens, then, asked by any message, what it takes. */
export type BareNotice = { readonly address: string } | { readonly rssBytes: number };

const bytes = (hex: string): Uint8Array => {
  const decoded = fromHex(hex);
  if (decoded === undefined) throw new TypeError('an order expected hex');
  return decoded;
};
const say = (notice: BareNotice): void => void process.send?.(notice);

process.once('message', (order: BareOrder) => {
  void (async (): Promise<void> => {
    const transport = await nodeTransport({
      seed: bytes(order.seed),
      sizes: { frameBytes: FRAME_BYTES, prefaceBytes: PREFACE_BYTES },
      listen: ['/ip4/127.0.0.1/tcp/0'],
      security: ['tls'],
      localNetwork: true,
    });
    await transport.start({
      acceptLink: () => ok((link) => link.onFrames(() => undefined)),
      snapshot: () => [],
    });
    const links = order.peers.map(({ identityKey, address }) =>
      transport.openLink({
        kind: 'mix',
        peer: { identityKey: bytes(identityKey), addresses: [address] },
        preface: bytes(order.preface),
      }),
    );
    for (const link of await Promise.all(links)) link.onFrames(() => undefined);
    process.on('message', () => say({ rssBytes: process.memoryUsage.rss() }));
    say({ address: transport.addresses()[0] ?? '' });
  })();
});

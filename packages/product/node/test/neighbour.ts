import {
  decodeDescriptor,
  epochAt,
  identityOf,
  isFarewell,
  networkId,
  type NetworkParameters,
  signDescriptor,
} from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { FRAME_BYTES, PREFACE_BYTES } from '@sotto/link';
import { directoryTopic } from '@sotto/node';
import { open } from '@sotto/sodium/native';
import type { PeerTarget } from '@sotto/transport';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { instant, MICROS_PER_SECOND, ok, randomBytes, toHex } from '@sotto/wire';
import { onTestFinished } from 'vitest';

const suite = await open();
const rng = systemRng();

/** A node that only counts what reaches it, and hears what is said. */
export interface Neighbour extends PeerTarget {
  /** Frames that came by links, and how many of them for the first time. */
  readonly reached: number;
  readonly distinct: number;
  /** Of each descriptor that came by gossip: whether it is a farewell. */
  readonly heard: readonly boolean[];
}

/** Starts one whose clock shows `now`. */
export async function startNeighbour(
  parameters: NetworkParameters,
  now: number,
): Promise<Neighbour> {
  const network = networkId(suite, parameters);
  const topic = directoryTopic(network);
  const identity = identityOf(suite, randomBytes(rng, 32));
  const transport = await nodeTransport({
    seed: identity.seed,
    sizes: { frameBytes: FRAME_BYTES, prefaceBytes: PREFACE_BYTES },
    listen: ['/ip4/127.0.0.1/tcp/0'],
    localNetwork: true,
    topics: [topic],
  });
  let reached = 0;
  const seen = new Set<string>();
  const heard: boolean[] = [];
  const descriptors: Uint8Array[] = [];
  await transport.start({
    acceptLink: () =>
      ok((link) =>
        link.onFrames((frames) => {
          reached += frames.length;
          for (const frame of frames) seen.add(toHex(frame.subarray(0, 64)));
        }),
      ),
    snapshot: () => [...descriptors],
  });
  onTestFinished(() => transport.stop());
  transport.subscribe(topic, (bytes) => {
    const read = decodeDescriptor(new Uint8Array(bytes));
    if (read.ok) heard.push(isFarewell(read.value));
    return 'accept';
  });
  const addresses = transport.addresses().map((address) => address.replace(/\/p2p\/.*$/u, ''));
  const routingKeys = Array.from({ length: parameters.horizonEpochs + 1 }, () => {
    const key = new Uint8Array(32);
    suite.x25519Base(key, randomBytes(rng, 32));
    return key;
  });
  descriptors.push(
    signDescriptor(suite, identity.secretKey, {
      networkId: network,
      identityKey: identity.publicKey,
      sequence: 1,
      issuedAt: instant(now),
      expiresAt: instant(now + 3600 * MICROS_PER_SECOND),
      capabilities: { mix: true, guard: false, mailbox: false, contact: false },
      addresses,
      firstEpoch: epochAt(parameters, instant(now)),
      routingKeys,
    }),
  );
  return {
    identityKey: identity.publicKey,
    addresses,
    heard,
    get reached() {
      return reached;
    },
    get distinct() {
      return seen.size;
    },
  };
}

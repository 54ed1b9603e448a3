import { epochAt, identityOf, networkId, signDescriptor } from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { FRAME_BYTES, PREFACE_BYTES } from '@sotto/link';
import {
  directoryTopic,
  type LocalNetwork,
  type NodeStatus,
  parsePeerAddress,
  startLocalNetwork,
} from '@sotto/node';
import { open } from '@sotto/sodium/native';
import type { Transport } from '@sotto/transport';
import { nodeTransport } from '@sotto/transport-libp2p/node';
import { after, instant, randomBytes } from '@sotto/wire';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { until } from './command-line.ts';

const NODES = 9;
const suite = await open();
const rng = systemRng();
let network: LocalNetwork;

beforeAll(async () => {
  network = await startLocalNetwork({
    nodes: NODES,
    singleProcess: true,
    meanDelayMs: 50,
    slowMeanDelayMs: 100,
    parameters: { poolTarget: 0, minLoopsPerMixPerSecond: 1 },
    logLevel: 'error',
  });
});
afterAll(() => network.stop());

async function all(): Promise<NodeStatus[]> {
  const found = await Promise.all(network.nodes.map((_, i) => network.status(i)));
  return found.filter((status) => status !== undefined);
}

/** Somebody in the gossip of the network; he may say what he likes. */
async function gossiper(): Promise<Transport> {
  const topic = directoryTopic(networkId(suite, network.parameters));
  const transport = await nodeTransport({
    seed: randomBytes(rng, 32),
    sizes: { frameBytes: FRAME_BYTES, prefaceBytes: PREFACE_BYTES },
    topics: [topic],
    localNetwork: true,
  });
  await transport.start({
    acceptLink: () => ({ ok: false, error: { code: 'no' } }),
    snapshot: () => undefined,
  });
  onTestFinished(() => transport.stop());
  transport.subscribe(topic, () => 'accept');
  for (const address of network.bootstrap) {
    const peer = parsePeerAddress(address);
    if (peer.ok) await transport.connect({ peer: peer.value });
  }
  await until(() => expect(transport.neighbours(topic)).toBeGreaterThan(0));
  return transport;
}

/** A descriptor of a new identity, or of the one given. */
function descriptor(
  options: {
    readonly identity?: ReturnType<typeof identityOf>;
    readonly issuedAt?: number;
    readonly lifeMicros?: number;
    readonly network?: Uint8Array;
    readonly address?: string;
    readonly sequence?: number;
  } = {},
): Uint8Array {
  const { parameters } = network;
  const identity = options.identity ?? identityOf(suite, randomBytes(rng, 32));
  const issuedAt = options.issuedAt ?? Date.now() * 1000;
  const routingKeys = Array.from({ length: parameters.horizonEpochs + 1 }, () => {
    const key = new Uint8Array(32);
    suite.x25519Base(key, randomBytes(rng, 32));
    return key;
  });
  const at = instant(issuedAt);
  return signDescriptor(suite, identity.secretKey, {
    networkId: options.network ?? networkId(suite, parameters),
    identityKey: identity.publicKey,
    sequence: options.sequence ?? issuedAt,
    issuedAt: at,
    expiresAt: after(at, options.lifeMicros ?? 3_600_000_000),
    capabilities: { mix: false, guard: true, mailbox: false, contact: false },
    addresses: [options.address ?? '/ip4/127.0.0.1/tcp/1'],
    firstEpoch: epochAt(parameters, at),
    routingKeys,
  });
}

/** Nodes that have counted an answer of the directory at least once more than before. */
async function expectCounted(
  code: string,
  before: readonly NodeStatus[],
  least: number,
): Promise<void> {
  await until(async () => {
    const more = (await all()).filter(
      ({ shell }, i) =>
        (shell[`directory-${code}`] ?? 0) > (before[i]?.shell[`directory-${code}`] ?? 0),
    );
    expect(more.length).toBeGreaterThanOrEqual(least);
  });
}

test.each([
  [
    'forged',
    (): Uint8Array => {
      const bytes = descriptor();
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      return bytes;
    },
  ],
  ['network', (): Uint8Array => descriptor({ network: randomBytes(rng, 16) })],
  [
    'expired',
    (): Uint8Array => descriptor({ issuedAt: Date.now() * 1000 - 7200_000_000, lifeMicros: 1000 }),
  ],
  ['version', (): Uint8Array => randomBytes(rng, 400).fill(0xff, 0, 1)],
  ['length', (): Uint8Array => new Uint8Array(3)],
])('a descriptor that is refused as %s is counted and goes no further', async (code, make) => {
  const transport = await gossiper();
  const before = await all();
  const topic = directoryTopic(networkId(suite, network.parameters));
  expect(await transport.publish(topic, make())).toBeGreaterThan(0);
  await expectCounted(code, before, 1);
  for (const { relay } of await all()) expect(relay.nodes).toBe(NODES);
});

test('a good one spreads; two of one number convict their signer everywhere', async () => {
  const transport = await gossiper();
  const topic = directoryTopic(networkId(suite, network.parameters));
  const identity = identityOf(suite, randomBytes(rng, 32));
  const issuedAt = Date.now() * 1000;
  const before = await all();
  await transport.publish(topic, descriptor({ identity, issuedAt }));
  await expectCounted('new', before, NODES);
  await until(async () => {
    for (const { relay } of await all()) expect(relay.nodes).toBe(NODES + 1);
  });
  await transport.publish(
    topic,
    descriptor({ identity, issuedAt, address: '/ip4/10.9.8.7/tcp/1' }),
  );
  // Whoever sees both proves it to the others; either way it is out.
  await until(async () => {
    for (const { relay, shell } of await all()) {
      expect((shell['directory-equivocation'] ?? 0) + (shell['directory-convicted'] ?? 0)).toBe(1);
      expect(relay.nodes).toBe(NODES);
    }
  });
});

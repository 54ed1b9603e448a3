/** Keys of a node and its neighbours, and packets that are to pass it, all distinct. */
import {
  DEFAULT_PARAMETERS,
  epochAt,
  type Identity,
  identityOf,
  nodeName,
  type NetworkParameters,
} from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { open } from '@sotto/sodium/native';
import { Builder, GEOMETRY } from '@sotto/sphinx';
import { instant, randomBytes } from '@sotto/wire';

/** Everybody in a run of the benchmark; the same for all set-ups, so that packets are built once. */
export interface BenchKeys {
  readonly parameters: NetworkParameters;
  readonly epoch: number;
  readonly node: Identity;
  /** Routing secret of the node for the epoch. */
  readonly secret: Uint8Array;
  readonly senders: readonly Identity[];
  readonly receivers: readonly Identity[];
  /** Public routing keys of every neighbour, for this epoch and those after it. */
  readonly neighbourKeys: readonly Uint8Array[];
}

const rng = systemRng();
const suite = await open();

/** Draws everybody; `links` senders and as many receivers. */
export function newNodeKeys(links: number): BenchKeys {
  const draw = (): Identity => identityOf(suite, randomBytes(rng, 32));
  const now = instant(Date.now() * 1000);
  // An hour into an epoch, and a network of its own.
  const parameters = { ...DEFAULT_PARAMETERS, originMicros: now - 25 * 3_600_000_000 };
  const neighbourKeys = Array.from({ length: parameters.horizonEpochs + 1 }, () => {
    const key = new Uint8Array(32);
    suite.x25519Base(key, randomBytes(rng, 32));
    return key;
  });
  return {
    parameters,
    epoch: epochAt(parameters, now),
    node: draw(),
    secret: randomBytes(rng, 32),
    senders: Array.from({ length: links }, draw),
    receivers: Array.from({ length: links }, draw),
    neighbourKeys,
  };
}

/** Packets for the node, back to back, to go on to the first `outbound` receivers in turn. */
export function buildPackets(keys: BenchKeys, count: number, outbound: number): Uint8Array {
  const builder = new Builder(suite, rng);
  const routingKey = new Uint8Array(32);
  suite.x25519Base(routingKey, keys.secret);
  const node = { name: nodeName(suite, keys.node.publicKey), routingKey };
  const [neighbourKey = routingKey] = keys.neighbourKeys;
  const receivers = keys.receivers.slice(0, outbound).map(({ publicKey }) => ({
    name: nodeName(suite, publicKey),
    routingKey: neighbourKey,
  }));
  const all = new Uint8Array(count * GEOMETRY.packetBytes);
  const body = new Uint8Array(GEOMETRY.bodyBytes);
  for (let i = 0; i < count; i++) {
    const receiver = receivers[i % receivers.length];
    if (receiver === undefined) throw new RangeError('"keys" expected receivers');
    const packet = builder.forward({
      hops: [node, receiver],
      epoch: keys.epoch,
      delayClass: 'fast',
      terminal: { kind: 'drop' },
      body,
    });
    all.set(packet, i * GEOMETRY.packetBytes);
    if (i % 20_000 === 19_999) process.stderr.write(`built ${i + 1} of ${count} packets\n`);
  }
  return all;
}

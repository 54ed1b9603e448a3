import { Builder, GEOMETRY, type HopKey, type KeyFor, OFFSET, Peeler } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { randomBytes, type Rng } from '@sotto/wire';

const EPOCH = 300;
const BOX = new Uint8Array(16).fill(7);
/** Packets of each kind: they take turns at random, all through one buffer. */
const PACKETS = 256;

/** Kinds of packet that reach one node. */
export type InputKind =
  | 'sender half'
  | 'recipient half'
  | 'slow class'
  | 'wrong first byte of the MAC'
  | 'wrong last byte of the MAC'
  | 'wrong MAC, recipient half'
  | 'replayed'
  | 'crossover';

/** Inputs of one kind. */
export interface Inputs {
  readonly packets: readonly Uint8Array[];
  /** What the replay filter says of them. */
  readonly fresh: boolean;
}

/** A node, its verdict switched from outside, and its inputs. */
export interface Bench {
  readonly keyFor: KeyFor;
  readonly setFresh: (fresh: boolean) => void;
  readonly inputs: (kind: InputKind) => Inputs;
}

function wrong(packet: Uint8Array, at: number): Uint8Array {
  packet[OFFSET.mac + at] = (packet[OFFSET.mac + at] ?? 0) ^ 0x55;
  return packet;
}

/** Makes inputs for one node under the backend's equations. */
export function benchOf(suite: CryptoSuite, rng: Rng): Bench {
  const keys: HopKey[] = [0, 1, 2].map(() => {
    const secret = randomBytes(rng, 32);
    const publicKey = new Uint8Array(32);
    suite.x25519Base(publicKey, secret);
    return { secret, public: publicKey, epoch: EPOCH, nodeName: randomBytes(rng, 16) };
  });
  const [own, other] = keys;
  if (own === undefined || other === undefined) throw new Error('no keys');
  const hops = (...path: readonly number[]): { name: Uint8Array; routingKey: Uint8Array }[] =>
    path.flatMap((i) => {
      const key = keys[i];
      return key === undefined ? [] : [{ name: key.nodeName, routingKey: key.public }];
    });
  const builder = new Builder(suite, rng);
  const body = (): Uint8Array => randomBytes(rng, GEOMETRY.bodyBytes);
  const forward = (delayClass: 'fast' | 'slow'): Uint8Array =>
    builder.forward({
      hops: hops(0, 1, 2),
      epoch: EPOCH,
      delayClass,
      terminal: { kind: 'drop' },
      body: body(),
    });
  const crossing = (sender: readonly number[], reply: readonly number[]): Uint8Array => {
    const path = { epoch: EPOCH, delayClass: 'fast' } as const;
    const terminal = { kind: 'deliver', box: BOX } as const;
    const { surb } = builder.surb({ ...path, hops: hops(...reply), terminal });
    const cross = { kind: 'cross', surb } as const;
    return builder.forward({ ...path, hops: hops(...sender), terminal: cross, body: body() });
  };
  const peeler = new Peeler(suite);
  /** A packet of a recipient's half, as the crossover hands it on. */
  const behindCrossover = (): Uint8Array => {
    const packet = crossing([1], [1, 0, 2]);
    const filter = { addIfNew: () => true };
    const peeled = peeler.peel(packet, () => ({ key: other, filter }));
    if (!peeled.ok || peeled.value.kind !== 'transmit') throw new Error('not transmitted');
    return peeled.value.packet.slice();
  };
  const makers: Readonly<Record<InputKind, () => Uint8Array>> = {
    'sender half': () => forward('fast'),
    'recipient half': behindCrossover,
    'slow class': () => forward('slow'),
    'wrong first byte of the MAC': () => wrong(forward('fast'), 0),
    'wrong last byte of the MAC': () => wrong(forward('fast'), 15),
    'wrong MAC, recipient half': () => wrong(behindCrossover(), 15),
    replayed: () => forward('fast'),
    crossover: () => crossing([0], [0, 1, 2]),
  };
  let fresh = true;
  const accepted = { key: own, filter: { addIfNew: () => fresh } };
  return {
    keyFor: () => accepted,
    setFresh: (value) => void (fresh = value),
    inputs: (kind) => ({
      packets: Array.from({ length: PACKETS }, makers[kind]),
      fresh: kind !== 'replayed',
    }),
  };
}

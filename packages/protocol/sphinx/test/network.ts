import { type CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import {
  type AcceptedKey,
  Builder,
  type Hop,
  type KeyFor,
  type Peeled,
  Peeler,
  type PeelReason,
} from '@sotto/sphinx';
import { randomBytes, toHex, type Result } from '@sotto/wire';

export const EPOCH = 0x0102;

/** One node: its key, its filter, its peeler. */
export class TestNode {
  readonly hop: Hop;
  readonly accepted: AcceptedKey;
  readonly keyFor: KeyFor;
  readonly #peeler: Peeler;
  readonly tags = new Set<string>();

  constructor(suite: CryptoSuite, rng: SeededRng, epoch = EPOCH) {
    const secret = randomBytes(rng, 32);
    const publicKey = new Uint8Array(32);
    suite.x25519Base(publicKey, secret);
    this.hop = { name: randomBytes(rng, 16), routingKey: publicKey };
    this.#peeler = new Peeler(suite);
    const filter = {
      addIfNew: (tag: Uint8Array): boolean => {
        const key = toHex(tag);
        if (this.tags.has(key)) return false;
        this.tags.add(key);
        return true;
      },
    };
    const key = { secret, public: publicKey, epoch, nodeName: this.hop.name };
    this.accepted = { key, filter };
    this.keyFor = (byte) => (byte === epoch % 256 ? this.accepted : undefined);
  }

  peel(packet: Uint8Array): Result<Peeled, { readonly code: PeelReason }> {
    return this.#peeler.peel(packet, this.keyFor);
  }

  runSurb(
    embedded: Uint8Array,
    log: Uint8Array,
    body: Uint8Array,
  ): Result<Peeled, { readonly code: PeelReason }> {
    return this.#peeler.runSurb(embedded, log, body, this.keyFor);
  }
}

/** Named nodes of one epoch, with a builder. */
export class TestNetwork {
  readonly suite: CryptoSuite;
  readonly rng: SeededRng;
  readonly builder: Builder;
  readonly nodes: TestNode[] = [];

  constructor(suite: CryptoSuite, seed: string, size = 8, epoch = EPOCH) {
    this.suite = suite;
    this.rng = new SeededRng(suite, seed);
    this.builder = new Builder(suite, this.rng);
    for (let i = 0; i < size; i++) this.nodes.push(new TestNode(suite, this.rng, epoch));
  }

  node(i: number): TestNode {
    const node = this.nodes[i];
    if (node === undefined) throw new RangeError(`no node ${i}`);
    return node;
  }

  hops(...indices: number[]): Hop[] {
    return indices.map((i) => this.node(i).hop);
  }

  /** Carries a packet from node to node until something else than a transmit comes out. */
  carry(
    first: number,
    packet: Uint8Array,
    onLink?: (at: number, packet: Uint8Array) => void,
  ): Peeled {
    let at = first;
    for (;;) {
      onLink?.(at, packet);
      const peeled = this.node(at).peel(packet);
      if (!peeled.ok) throw new Error(`node ${at} dropped: ${peeled.error.code}`);
      if (peeled.value.kind !== 'transmit') return peeled.value;
      const { next } = peeled.value;
      at = this.nodes.findIndex((node) => toHex(node.hop.name) === toHex(next));
      if (peeled.value.packet.length !== 1600) throw new Error('packet length changed');
    }
  }
}

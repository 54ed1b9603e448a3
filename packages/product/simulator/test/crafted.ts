import type { NodeEntry } from '@sotto/directory';
import type { VirtualNetwork } from '@sotto/simulator';
import { Builder, GEOMETRY, type Hop, type Terminal } from '@sotto/sphinx';
import type { CryptoSuite } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { choose } from '@sotto/wire';

/** Packets made by hand for the nodes of a network. */
export class Crafted {
  readonly #network: VirtualNetwork<never>;
  readonly #rng: SeededRng;
  readonly #builder: Builder;

  /** Draws from a generator of its own. */
  constructor(suite: CryptoSuite, network: VirtualNetwork<never>) {
    this.#network = network;
    this.#rng = new SeededRng(suite, 'crafted');
    this.#builder = new Builder(suite, this.#rng);
  }

  /** A sender's half over a node of each layer and one more of layer 3: the nodes' numbers, and the packet. */
  forward(
    epoch: number,
    terminal: 'deliver' | 'drop' | 'arrive' | 'contact' | 'greet' | 'cross',
  ): { readonly path: readonly number[]; readonly packet: Uint8Array } {
    const path = [this.#pick(1), this.#pick(2), this.#pick(1), this.#pick(3)];
    const packet = this.#builder.forward({
      hops: path.map((node) => hop(node, epoch)),
      epoch,
      delayClass: 'fast',
      terminal: this.#terminal(epoch, terminal, path[3]),
      body: new Uint8Array(GEOMETRY.bodyBytes).fill(1),
    });
    return { path: path.map(({ key }) => this.#network.keys.indexOf(key)), packet };
  }

  #terminal(
    epoch: number,
    terminal: 'deliver' | 'drop' | 'arrive' | 'contact' | 'greet' | 'cross',
    end: NodeEntry | undefined,
  ): Terminal {
    const box = new Uint8Array(16).fill(7);
    switch (terminal) {
      case 'deliver':
        return { kind: 'deliver', box };
      case 'drop':
        return { kind: 'drop' };
      case 'arrive':
        return { kind: 'arrive', service: 1 };
      case 'contact':
        return { kind: 'contact', box, credential: new Uint8Array(16).fill(9) };
      case 'greet':
        return { kind: 'greet', box, token: new Uint8Array(16), proof: new Uint8Array(32) };
      case 'cross': {
        if (end === undefined) throw new Error('no end');
        const { surb } = this.#builder.surb({
          hops: [end, this.#pick(1), this.#pick(2)].map((node) => hop(node, epoch)),
          epoch,
          delayClass: 'fast',
          terminal: { kind: 'drop' },
        });
        return { kind: 'cross', surb };
      }
    }
  }

  #pick(layer: number): NodeEntry {
    const nodes = this.#network.relay(0)?.nodes() ?? [];
    const node = choose(
      this.#rng,
      nodes.filter((entry) => entry.layer === layer),
    );
    if (node === undefined) throw new Error(`no node of layer ${layer}`);
    return node;
  }
}

function hop(node: NodeEntry, epoch: number): Hop {
  const routingKey = node.routingKey(epoch);
  if (routingKey === undefined) throw new Error(`no key for epoch ${epoch}`);
  return { name: node.name, routingKey };
}

/** All packets that ended at a node in any way but as its own loop. */
export const ended = (network: VirtualNetwork<never>): number =>
  network
    .metrics()
    .reduce(
      (sum, { terminals: { deliver, arrive, contact, greet, drop } }) =>
        sum + deliver + arrive + contact + greet + drop,
      0,
    );

/** All drops of all nodes, by reason; those that never happened left out. */
export function dropsOf(network: VirtualNetwork<never>): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { drops } of network.metrics()) {
    for (const [reason, count] of Object.entries(drops)) {
      if (count > 0) sum[reason] = (sum[reason] ?? 0) + count;
    }
  }
  return sum;
}

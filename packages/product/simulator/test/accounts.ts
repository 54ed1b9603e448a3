import { decodeReceipt } from '@sotto/link';
import { PACKET_REASONS } from '@sotto/mixing';
import type { VirtualNetwork, VirtualNetworkOptions } from '@sotto/simulator';

/** Whether a name is a node's: a client's is a word. */
export const isNode = (name: string): boolean => name.length === 32;

/** Whether a frame between nodes is a receipt: told by its first byte, which of a packet is a version. */
export const isReceipt = (frame: Uint8Array): boolean => decodeReceipt(frame).ok;

interface Seen {
  in: number;
  out: number;
  down: number;
}

/** What a test sees at the links of every node, to be held against what the nodes say of themselves. */
export class Accounts {
  readonly #seen = new Map<string, Seen>();

  /** To be put into the options of a network. */
  readonly hooks: Pick<VirtualNetworkOptions, 'onFrame' | 'onArrive'> = {
    onFrame: ({ from, to }) => {
      if (isNode(from)) this.of(from)[isNode(to) ? 'out' : 'down']++;
    },
    onArrive: (_from, to) => void this.of(to).in++,
  };

  /** Counts of a node since it was started. */
  of(key: string): Seen {
    const found = this.#seen.get(key) ?? { in: 0, out: 0, down: 0 };
    this.#seen.set(key, found);
    return found;
  }

  /** A node was killed or started: it begins anew with counting. */
  forget(key: string): void {
    this.#seen.delete(key);
  }

  /** What does not add up now, at nodes that are up (Spec 05 §7). */
  wrong<Event>(network: VirtualNetwork<Event>): string[] {
    const wrong = new Set<string>();
    for (const [i, key] of network.keys.entries()) {
      const relay = network.relay(i);
      if (relay === undefined) continue;
      const { received, sent, links, held, terminals, drops } = relay.metrics(network.now);
      const { in: came, out, down } = this.of(key);
      if (came !== received.link + received.client) wrong.add('arrivals');
      if (out !== links.packets + links.receipts) wrong.add('departures');
      // Each packet for a link has gone out once, or waits, or has been given up.
      const kept = sent.link + links.again - links.packets;
      if (kept !== links.unsent + (drops['link-down'] ?? 0)) wrong.add('links');
      if (down !== sent.mail + sent.filler) wrong.add('frames to clients');
      const ended = Object.values(terminals).reduce((sum, count) => sum + count, 0);
      const dropped = PACKET_REASONS.reduce((sum, reason) => sum + (drops[reason] ?? 0), 0);
      const inside = received.own + received.run;
      if (came + inside !== sent.link + held + ended + dropped) wrong.add('sum');
    }
    return [...wrong];
  }
}

import { type NodeView, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { GEOMETRY } from '@sotto/sphinx';
import { expect, test } from 'vitest';
import { Crafted, dropsOf, ended } from './crafted.ts';
import { SECOND, thinCover } from './plans.ts';

const suite = await open();
const TERMINALS = ['deliver', 'drop', 'arrive', 'contact', 'greet', 'cross'] as const;
const BODY = GEOMETRY.packetBytes - GEOMETRY.bodyBytes;

/** A packet whose body the node at `hop` of its path changes in one bit as it sends it on. */
interface Marked {
  readonly hop: number | undefined;
  /** As it went onto the last link. */
  live: Uint8Array;
  passed: number;
}

test.for(TERMINALS)(
  '%s: a bit flipped by any hop of the sender’s half is refused at the next',
  (terminal) => {
    let marked: Marked | undefined;
    const onView = ({ kind, packetIn, packetOut }: NodeView): void => {
      if (marked === undefined || kind !== 'forward' || packetOut === undefined) return;
      const { live, hop } = marked;
      if (packetIn?.every((byte, i) => byte === live[i]) !== true) return;
      const bit = 1 << ((marked.passed * 3) % 8);
      const at = BODY + ((marked.passed * 397 + 11) % GEOMETRY.bodyBytes);
      if (marked.passed === hop) packetOut[at] = (packetOut[at] ?? 0) ^ bit;
      marked.live = packetOut.slice();
      marked.passed++;
    };
    const network = new VirtualNetwork<never>({
      suite,
      seed: `flipped ${terminal}`,
      parameters: thinCover(),
      nodes: 12,
      onView,
    });
    network.run(2 * SECOND);
    const crafted = new Crafted(suite, network);
    // A recipient's half has no MAC over the body: what its first hop flips goes through, and shows
    // that this test can tell.
    for (const hop of terminal === 'cross' ? [undefined, 0, 1, 2, 3] : [undefined, 0, 1, 2]) {
      const { path, packet } = crafted.forward(network.epoch, terminal);
      marked = { hop, live: packet.slice(), passed: 0 };
      const [mac, ends] = [network.drops('mac'), ended(network)];
      const next = path[((hop ?? 0) % 3) + 1] ?? -1;
      const macThere = network.relay(next)?.metrics(network.now).drops['mac'];
      network.inject(path[0] ?? -1, packet);
      network.run(8 * SECOND);
      const refused = hop === undefined || hop === 3 ? 0 : 1;
      expect(network.drops('mac') - mac).toBe(refused);
      expect(ended(network) - ends).toBe(1 - refused);
      expect(network.relay(next)?.metrics(network.now).drops['mac']).toBe(
        (macThere ?? 0) + refused,
      );
      // Over three hops to the end; a crossover sends it on over two more.
      expect(marked.passed).toBe(refused === 1 ? (hop ?? 0) + 1 : terminal === 'cross' ? 5 : 3);
    }
    expect(dropsOf(network)['mac']).toBe(3);
    network.run(10 * SECOND);
    const loops = network.metrics().map((node) => node.loops);
    expect(loops.reduce((sum, { returned }) => sum + returned, 0)).toBeGreaterThan(40);
    expect(loops.reduce((sum, { lost, garbled }) => sum + lost + garbled, 0)).toBe(0);
  },
);

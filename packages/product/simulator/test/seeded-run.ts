import type { PersonEvent } from '@sotto/messaging';
import { addPerson, VirtualNetwork } from '@sotto/simulator';
import type { CryptoSuite } from '@sotto/suite';
import { befriend, textsOf } from './friends.ts';
import { LISTENER, SECOND, TEST_PLAN, thinCover } from './plans.ts';

/**
 * Hash of all lines of {@link acquaintance}, the same on every backend and in every runtime. It
 * changes when a packet, a draw or an order of events does; then look whether it should.
 */
export const GOLDEN_HASH = 'a40c4b2f2b555c1354d8115cf34e35294bd191b4a91afc3298fc35334aa2150f';

/** What a run left behind. */
export interface SeededRun {
  readonly lines: number;
  readonly hash: string;
}

/** Two people meet and say a word each. @returns the trace, and what arrived. */
export function acquaintance(suite: CryptoSuite): SeededRun & { readonly texts: string[] } {
  const { network, alice, bob, contactOf } = befriend({ suite, seed: 'golden' });
  network.command('alice', (now) => alice.send(now, contactOf.alice, 'good evening'));
  network.command('bob', (now) => bob.send(now, contactOf.bob, 'you too'));
  network.run(45 * SECOND);
  const { lines, hash } = network.trace;
  return { lines, hash, texts: [...textsOf(network, 'alice'), ...textsOf(network, 'bob')] };
}

/** Six seconds of twelve nodes and one person. `flip` changes one bit of that line's frame. */
export function shortRun(suite: CryptoSuite, seed: string, flip?: number): SeededRun {
  let line = 0;
  const network = new VirtualNetwork<PersonEvent>({
    suite,
    seed,
    parameters: thinCover(),
    plans: [TEST_PLAN, LISTENER],
    nodes: 12,
    tamper: (_from, _to, frame) => {
      if (line++ === flip) frame[800] = (frame[800] ?? 0) ^ 1;
    },
  });
  addPerson(network, 'alice', TEST_PLAN);
  network.run(6 * SECOND);
  return { lines: network.trace.lines, hash: network.trace.hash };
}

import { PACKET_REASONS } from '@sotto/mixing';
import type { PersonEvent } from '@sotto/messaging';
import { addPerson, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { SeededRng } from '@sotto/suite/testing';
import { below, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { LISTENER, SECOND, TEST_PLAN, thinCover } from './plans.ts';

const suite = await open();
const NODES = 9;
const LONG = process.env['SOTTO_LONG'] !== undefined;

/** What the test saw at the links of one node since that was started. */
interface Seen {
  in: number;
  out: number;
  down: number;
}

/**
 * Nine nodes and two people under faults drawn from a seed: bits that flip, frames of any length,
 * old frames again, clients that flood, nodes that die and return.
 *
 * @param hidden - a frame that a link swallows every so often behind the test's back.
 * @returns what does not add up.
 */
function audit(seed: string, seconds: number, hidden: boolean): string[] {
  const rng = new SeededRng(suite, `${seed}/faults`);
  const seen = new Map<string, Seen>();
  const recorded: Uint8Array[] = [];
  const of = (key: string): Seen => {
    const found = seen.get(key) ?? { in: 0, out: 0, down: 0 };
    seen.set(key, found);
    return found;
  };
  const isNode = (name: string): boolean => name.length === 32;
  const network: VirtualNetwork<PersonEvent> = new VirtualNetwork<PersonEvent>({
    suite,
    seed,
    parameters: thinCover({ minLoopsPerMixPerSecond: 3 }),
    plans: [TEST_PLAN, LISTENER],
    nodes: NODES,
    tamper: (_from, to, frame) => {
      if (isNode(to) && below(rng, 20) === 0) {
        const at = below(rng, frame.length);
        frame[at] = (frame[at] ?? 0) ^ (1 << below(rng, 8));
      }
    },
    onFrame: ({ from, to }, frame) => {
      if (!isNode(from)) return;
      if (isNode(to)) of(from).out++;
      else of(from).down++;
      if (recorded.length < 500) recorded.push(frame.slice());
    },
    onArrive: (_from, to) => {
      of(to).in++;
      if (hidden && below(rng, 50) === 0) of(to).in++;
    },
  });
  addPerson(network, 'alice', TEST_PLAN);
  addPerson(network, 'bob', TEST_PLAN);
  const wrong = new Set<string>();
  const check = (): void => {
    for (const [i, key] of network.keys.entries()) {
      const relay = network.relay(i);
      if (relay === undefined) continue;
      const { received, sent, held, terminals, drops } = relay.metrics(network.now);
      const { in: came, out, down } = of(key);
      if (came !== received.link + received.client) wrong.add('arrivals');
      if (out !== sent.link) wrong.add('departures');
      if (down !== sent.mail + sent.filler) wrong.add('frames to clients');
      const ended = Object.values(terminals).reduce((sum, count) => sum + count, 0);
      const dropped = PACKET_REASONS.reduce((sum, reason) => sum + (drops[reason] ?? 0), 0);
      const inside = received.own + received.run;
      if (came + inside !== out + held + ended + dropped) wrong.add('sum');
    }
  };
  for (let step = 0; step < seconds * 4; step++) {
    network.run(SECOND / 4);
    const i = below(rng, NODES);
    const key = network.keys[i] ?? '';
    const up = network.relay(i) !== undefined;
    switch (below(rng, 6)) {
      case 0:
        if (up) network.inject(i, randomBytes(rng, below(rng, 3000)));
        break;
      case 1: {
        const old = recorded[below(rng, Math.max(1, recorded.length))];
        if (up && old !== undefined) network.inject(i, old);
        break;
      }
      case 2:
        if (up && step % 3 === 0) {
          network.kill(i);
          seen.delete(key);
        }
        break;
      case 3:
        if (!up) {
          seen.delete(key);
          network.restart(i);
        }
        break;
      default:
    }
    check();
  }
  return [...wrong];
}

test('every packet is accounted for under faults: what came in is out, held, ended, or dropped for one reason', () => {
  for (let run = 0; run < (LONG ? 50 : 2); run++) {
    expect(audit(`accounting ${run}`, 15, false)).toEqual([]);
  }
});

test('planted: one frame in fifty that vanishes between link and node does not add up', () => {
  expect(audit('accounting 0', 5, true)).toEqual(['arrivals', 'sum']);
});

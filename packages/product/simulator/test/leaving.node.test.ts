import type { EndpointEvent } from '@sotto/endpoint';
import { addEndpoint, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { expect, test } from 'vitest';
import { isNode, isReceipt } from './accounts.ts';
import { SECOND, TEST_PLAN, thinCover } from './plans.ts';

const suite = await open();
/** Within it nodes and clients know that a node goes (Spec 13 §4.1), gossip taking what it takes here. */
const TOLD_SECONDS = 2;
/** From the farewell until the node takes nothing more: loops that were on their way are back. */
const NOTICE_SECONDS = 10;

/** Nine nodes and a client whose guard is about to end. */
class Departure {
  /** Packets that came to the guard since somebody last asked. */
  #arrived = 0;
  readonly network = new VirtualNetwork<EndpointEvent>({
    suite,
    seed: 'leaving',
    parameters: thinCover({ minLoopsPerMixPerSecond: 2, reissueMicros: SECOND }),
    plans: [TEST_PLAN],
    nodes: 9,
    onFrame: ({ to }, frame) => {
      if (isNode(to) && to === this.key && !isReceipt(frame)) this.#arrived++;
    },
  });
  readonly key: string;
  readonly number: number;

  constructor() {
    this.network.run(2 * SECOND);
    addEndpoint(this.network, 'alice', TEST_PLAN);
    this.network.run(8 * SECOND);
    this.key = this.network.guardOf('alice') ?? '';
    this.number = this.network.keys.indexOf(this.key);
  }

  /** Loops that nodes other than the guard have lost. */
  get lost(): number {
    const { network, number } = this;
    const others = network.keys.flatMap((_, i) => (i === number ? [] : [network.relay(i)]));
    return others.reduce((sum, relay) => sum + (relay?.metrics(network.now).loops.lost ?? 0), 0);
  }

  arrived(seconds: number): number {
    this.#arrived = 0;
    this.network.run(seconds * SECOND);
    return this.#arrived;
  }

  /** How every other node lists the guard. */
  listed(): Set<string> {
    const { network, key, number } = this;
    return new Set(
      network.keys.flatMap((_, i) => {
        const entry = network
          .relay(i)
          ?.nodes()
          .find((node) => node.key === key);
        return i === number ? [] : [entry === undefined ? 'no' : entry.leaving ? 'leaves' : 'here'];
      }),
    );
  }
}

test('a node that says it goes is chosen by nobody from then on, loses nobody a loop, and is back at once when it returns', () => {
  const departure = new Departure();
  const { network, key, number } = departure;
  expect(departure.arrived(5)).toBeGreaterThan(10);
  expect(departure.listed()).toEqual(new Set(['here']));
  const lostBefore = departure.lost;

  network.leave(number);
  network.run(TOLD_SECONDS * SECOND);
  expect(departure.listed()).toEqual(new Set(['leaves']));
  // Its client has gone to the spare guard without waiting for its link to fail.
  const spare = network.guardOf('alice');
  expect(spare).toBeDefined();
  expect(spare).not.toBe(key);
  network.run((NOTICE_SECONDS - TOLD_SECONDS) * SECOND);
  expect(departure.arrived(5)).toBe(0);
  network.retire(number);
  expect(network.relay(number)?.metrics(network.now).held).toBe(0);
  network.kill(number);
  // A loop that is lost is given up after 19 s.
  network.run(22 * SECOND);
  expect(departure.lost).toBe(lostBefore);
  expect(network.metrics().every(({ alarms }) => alarms === 0)).toBe(true);
  expect(network.guardOf('alice')).toBe(spare);

  network.restart(number);
  network.run(TOLD_SECONDS * SECOND);
  expect(departure.listed()).toEqual(new Set(['here']));
  expect(departure.arrived(5)).toBeGreaterThan(10);
  // When the link to the spare ends the first guard is asked first again: it has kept its place.
  network.disconnect('alice');
  network.reconnect('alice');
  network.run(TOLD_SECONDS * SECOND);
  expect(network.guardOf('alice')).toBe(key);
});

test('planted: a node that goes without a word is still sent to, and loops are lost', () => {
  const departure = new Departure();
  const { network, number } = departure;
  const lostBefore = departure.lost;
  network.run(NOTICE_SECONDS * SECOND);
  expect(departure.arrived(5)).toBeGreaterThan(10);
  network.kill(number);
  network.run(22 * SECOND);
  expect(departure.listed()).toEqual(new Set(['here']));
  expect(departure.lost).toBeGreaterThan(lostBefore);
});

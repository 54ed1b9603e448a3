import { type LinkProfile, localParameters, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { expect, test } from 'vitest';
import { Accounts } from './accounts.ts';
import { SECOND } from './plans.ts';

// It is times that are looked at here, on which the curve has no influence.
const suite = curveless(await open());
const plain: LinkProfile = { latencyMicros: 20_000, jitterMicros: 5000 };
const ATTACKED = 4;

/** Twelve nodes under full cover, and somebody who may stop all that goes to one of them. */
class Siege {
  readonly accounts = new Accounts();
  stopped = false;
  readonly network: VirtualNetwork<never> = new VirtualNetwork<never>({
    suite,
    seed: 'n1',
    parameters: localParameters(),
    nodes: 12,
    line: (_, to) =>
      this.stopped && to === this.network.keys[ATTACKED] ? { ...plain, partitioned: true } : plain,
    ...this.accounts.hooks,
  });

  constructor() {
    this.network.run(12 * SECOND);
  }

  run(seconds: number): void {
    this.network.run(seconds * SECOND);
  }

  /** Of the attacked node. */
  get node() {
    const metrics = this.network.metrics()[ATTACKED];
    if (metrics === undefined) throw new Error('the attacked node is gone');
    return metrics;
  }

  /** Mean of the delays that were drawn for fast packets which leave the attacked node in these seconds, s. */
  drawn(seconds: number): number {
    const sums = () => {
      const { sender, recipient } = this.node.pool.strata.fast;
      return [
        Number(sender.drawnMicros + recipient.drawnMicros),
        sender.released + recipient.released,
      ] as const;
    };
    const [micros, packets] = sums();
    this.run(seconds);
    const [microsThen, packetsThen] = sums();
    return (microsThen - micros) / (packetsThen - packets) / SECOND;
  }
}

test('three seconds of n−1 slow the attacked node and no other, silence none, and are over when loops come again', () => {
  const siege = new Siege();
  expect(siege.drawn(4)).toBeLessThan(0.3);
  expect([siege.node.alarms, siege.node.slowdown]).toEqual([0, 1]);
  siege.stopped = true;
  siege.run(3);
  siege.stopped = false;
  expect(siege.node.slowdown).toBe(4);
  const { link } = siege.node.sent;
  // Packets that came before the alarm leave meanwhile as well: less than four times the mean.
  expect(siege.drawn(4)).toBeGreaterThan(0.5);
  expect(siege.node.sent.link - link).toBeGreaterThan(100);
  const others = siege.network.metrics().filter((_, i) => i !== ATTACKED);
  // One that told of its own inputs before it knew the node is slowed for some seconds.
  expect(others.filter(({ slowdown }) => slowdown > 1).length).toBeLessThanOrEqual(1);
  expect(others.filter(({ alarms }) => alarms > 0).length).toBeGreaterThan(5);
  siege.run(40);
  expect(siege.network.metrics().map(({ alarms, slowdown }) => [alarms, slowdown])).toEqual(
    Array.from({ length: 12 }, () => [0, 1]),
  );
  expect(siege.drawn(10)).toBeLessThan(0.3);
  expect(siege.accounts.wrong(siege.network)).toEqual([]);
});

test('planted: the same seconds without an attack raise no alarm', () => {
  const siege = new Siege();
  for (let second = 0; second < 10; second++) {
    siege.run(1);
    expect(siege.network.metrics().filter(({ alarms }) => alarms > 0)).toEqual([]);
  }
});

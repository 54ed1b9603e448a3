import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { below, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Chaos, type ChaosOptions, NODES, plain } from './chaos.ts';
import { Crafted, dropsOf } from './crafted.ts';
import { SECOND } from './plans.ts';

// It is times and ways that are looked at here, on which the curve has no influence.
const suite = curveless(await open());
/** More than its loops need, and less than a flood brings. */
const SMALL_POOL = 150;
/** In it a node that is gone leaves the view of all. */
const LIFE_SECONDS = 30;

const returned = ({ network }: Chaos): readonly number[] =>
  network.metrics().map(({ loops }) => loops.returned);
const lost = ({ network }: Chaos): number =>
  network.metrics().reduce((sum, { loops }) => sum + loops.lost, 0);

const scenarios: readonly (readonly [
  name: string,
  run: (chaos: Chaos) => void,
  options?: ChaosOptions,
])[] = [
  [
    'crash and return',
    (chaos) => {
      for (const i of [0, 4, 8]) {
        chaos.kill(i);
        chaos.run(3);
        chaos.restart(i);
      }
    },
  ],
  [
    'partition and heal',
    (chaos) => {
      const { keys } = chaos.network;
      const left = new Set(keys.slice(0, 4));
      chaos.line = (from, to) =>
        left.has(from) === left.has(to) ? plain : { ...plain, partitioned: true };
      chaos.run(6);
    },
  ],
  [
    'slow peer',
    (chaos) => {
      const slow = chaos.network.keys[3];
      chaos.line = (from, to) =>
        from === slow || to === slow
          ? { ...plain, bytesPerSecond: 8000, queueBytes: 16_000 }
          : plain;
      chaos.run(6);
    },
  ],
  [
    'lossy lines that overtake',
    (chaos) => {
      chaos.line = () => ({ ...plain, jitterMicros: 100_000, loss: 3277, reorder: 6554 });
      chaos.run(6);
    },
  ],
  [
    'flood of garbage',
    (chaos) => {
      for (let n = 0; n < 2000; n++) {
        chaos.network.inject(n % NODES, randomBytes(chaos.rng, 1600));
        if (n % 100 === 0) chaos.run(0.1);
      }
      const drops = dropsOf(chaos.network);
      const refused = ['packet-version', 'epoch', 'mac', 'point-not-canonical'].reduce(
        (sum, reason) => sum + (drops[reason] ?? 0),
        0,
      );
      expect(refused).toBe(2000);
    },
  ],
  [
    'flood of valid packets',
    (chaos) => {
      const { network } = chaos;
      const crafted = new Crafted(suite, network);
      const before = returned(chaos);
      for (let n = 0; n < 3000; n++) {
        const { path, packet } = crafted.forward(network.epoch, 'drop');
        network.inject(path[0] ?? 0, packet);
        if (n % 100 === 99) network.run(SECOND / 10);
      }
      // Newcomers are refused at the pools that the flood fills, and loops come back all the same.
      expect(Object.keys(dropsOf(network))).toEqual(['pool-full']);
      expect(network.drops('pool-full')).toBeGreaterThan(300);
      for (const [i, count] of returned(chaos).entries()) {
        expect(count - (before[i] ?? 0), `node ${i}`).toBeGreaterThan(0);
      }
    },
    { maxPackets: SMALL_POOL },
  ],
  [
    'a node that never returns',
    (chaos) => {
      const { network } = chaos;
      const [dead, key] = [4, network.keys[4]];
      const knowIt = (): number =>
        network.keys.filter((_, i) =>
          network
            .relay(i)
            ?.nodes()
            .some((node) => node.key === key),
        ).length;
      expect(knowIt()).toBe(NODES);
      expect(lost(chaos)).toBe(0);
      chaos.kill(dead);
      chaos.run(LIFE_SECONDS / 2);
      const before = returned(chaos);
      chaos.run(LIFE_SECONDS / 2);
      // Until its last descriptor has expired it is chosen, and what is sent by way of it is lost.
      expect(lost(chaos)).toBeGreaterThan(20);
      expect(knowIt()).toBe(0);
      for (const [i, count] of returned(chaos).entries()) {
        expect(count - (before[i] ?? 0), `node ${i}`).toBeGreaterThan(0);
      }
    },
    {
      parameters: {
        descriptorLifeMicros: LIFE_SECONDS * SECOND,
        reissueMicros: (LIFE_SECONDS / 3) * SECOND,
      },
    },
  ],
  [
    'a capture replayed',
    (chaos) => {
      const capture = [...chaos.recorded];
      chaos.run(3);
      const before = chaos.network.drops('replay');
      for (const { to, frame } of capture)
        chaos.network.inject(chaos.network.keys.indexOf(to), frame);
      expect(chaos.network.drops('replay') - before).toBe(capture.length);
    },
  ],
];

test.each(scenarios.map(([name, trouble, options]) => ({ name, trouble, options })))(
  '$name: sums, loops, pools, alarms and replays are in order afterwards',
  ({ name, trouble, options }) => {
    const chaos = new Chaos(`chaos ${name}`, options);
    trouble(chaos);
    expect(chaos.broken()).toEqual([]);
  },
  1_800_000,
);

test('planted: a line that stays cut is seen by what must hold', () => {
  const chaos = new Chaos('chaos planted');
  const cut = chaos.network.keys[below(chaos.rng, NODES)];
  Object.defineProperty(chaos, 'line', {
    get: () => (from: string, to: string) =>
      from === cut || to === cut ? { ...plain, partitioned: true } : plain,
    set: () => {},
  });
  chaos.run(5);
  expect(chaos.broken().some((each) => each.includes('loops are lost'))).toBe(true);
});

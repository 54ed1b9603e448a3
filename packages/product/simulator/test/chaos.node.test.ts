import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { below, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Chaos, NODES, plain } from './chaos.ts';
import { Crafted, dropsOf } from './crafted.ts';

// It is times and ways that are looked at here, on which the curve has no influence.
const suite = curveless(await open());
const LONG = process.env['SOTTO_LONG'] !== undefined;

const scenarios: readonly (readonly [name: string, run: (chaos: Chaos) => void])[] = [
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
      const crafted = new Crafted(suite, chaos.network);
      for (let n = 0; n < 300; n++) {
        const { path, packet } = crafted.forward(chaos.network.epoch, 'drop');
        chaos.network.inject(path[0] ?? 0, packet);
        if (n % 30 === 0) chaos.run(0.2);
      }
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

/** In the short form without the two whose trouble other scenarios have as well. */
const chosen = scenarios.filter(([name]) => LONG || !/lossy|valid/u.test(name));

test.each(chosen)(
  '%s: sums, loops, pools, alarms and replays are in order afterwards',
  (name, trouble) => {
    const chaos = new Chaos(`chaos ${name}`);
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

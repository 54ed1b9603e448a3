import { expect, test } from 'vitest';
import {
  broken,
  type Course,
  memorySlopes,
  type SoakStatus,
  slope,
} from '../../tools/soak/judge.ts';

const NODES = 3;

/** A node that has run for so many seconds in good order; `changes` may spoil it. */
function status(
  seconds: number,
  changes: { readonly megabytes?: number; readonly relay?: Partial<SoakStatus['relay']> } = {},
): SoakStatus {
  const packets = 100 * seconds;
  return {
    pid: 7,
    process: { rssBytes: (changes.megabytes ?? 150) * 2 ** 20 },
    relay: {
      received: { link: packets, client: 10, own: 20 * seconds, run: 5 },
      sent: { link: packets, mail: 0, filler: 0 },
      held: 15,
      terminals: { deliver: 0, loop: 20 * seconds, arrive: 0, contact: 0, greet: 0, drop: 0 },
      drops: { mac: 0 },
      loops: { sent: 20 * seconds, returned: 20 * seconds, garbled: 0, lost: 3 },
      alarms: 0,
      nodes: NODES,
      ...changes.relay,
    },
  };
}

/** A run of half an hour, sampled every 10 s, its last minute quiet; `spoil` changes node 1. */
function course(spoil: (seconds: number) => SoakStatus | undefined = status): Course {
  const samples = Array.from({ length: 181 }, (_, n) => {
    const seconds = 10 * n;
    return { seconds, nodes: [status(seconds), spoil(seconds), status(seconds)] };
  });
  return { samples, quietFromSeconds: 1740, messagesSent: 10, messagesReceived: 10 };
}

test('a run in good order breaks nothing', () => {
  expect(broken(course())).toEqual([]);
});

test.each<[string, (seconds: number) => SoakStatus | undefined]>([
  ['node 1: sums', (s) => status(s, { relay: s === 600 ? { held: 16 } : {} })],
  ['node 1: does not answer', (s) => (s < 1800 ? status(s) : undefined)],
  [
    'node 1: no loops come back',
    (s) => status(s, { relay: { loops: { sent: 9, returned: 9, garbled: 0, lost: 0 } } }),
  ],
  [
    'node 1: loops are lost',
    (s) => status(s, { relay: { loops: { sent: 9, returned: 20 * s, garbled: 0, lost: s / 4 } } }),
  ],
  [
    'node 1: its pool does not drain',
    (s) =>
      status(s, {
        relay: { held: 3010, received: { link: 100 * s, client: 3005, own: 20 * s, run: 5 } },
      }),
  ],
  ['node 1: its alarm stands', (s) => status(s, { relay: { alarms: 1 } })],
  ['node 1: does not know all', (s) => status(s, { relay: { nodes: 2 } })],
  ['node 1: memory grows', (s) => status(s, { megabytes: 150 + (1.2 * s) / 60 })],
])('planted: %s', (fault, spoil) => {
  expect(broken(course(spoil))).toEqual([fault]);
});

test('planted: messages that are missing, and a run without a quiet time', () => {
  expect(broken({ ...course(), messagesReceived: 9 })).toEqual(['messages are missing']);
  expect(broken({ ...course(), quietFromSeconds: 1800 })).toEqual([
    'the quiet time has no two samples',
  ]);
});

test('memory is judged over the last two thirds of a life, and of a short one not at all', () => {
  // It takes 100 MB in its first five minutes and nothing later.
  const warm = course((s) => status(s, { megabytes: 100 + Math.min(100, s / 3) }));
  expect(memorySlopes(warm.samples)[1]?.slope).toBeCloseTo(0, 6);
  const short = memorySlopes(warm.samples.slice(0, 60));
  expect(short.map(({ judged }) => judged)).toEqual([false, false, false]);
  expect(slope([])).toBe(0);
  expect(slope([[1, 5]])).toBe(0);
  expect(
    slope([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
  ).toBeCloseTo(2, 9);
});

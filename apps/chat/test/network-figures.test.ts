import type { NetworkPicture, NodePicture } from '@sotto/node/network-picture';
import { expect, test } from 'vitest';
import { hiddenWords, keptWords } from '../src/network/beat-words.ts';
import { expectedShares, histogram, middle, roundTrip } from '../src/network/latency.ts';
import { placeNodes } from '../src/network/layers-geometry.ts';
import { monthShare, ownAlarmWords } from '../src/network/own-cards.tsx';
import type { OwnState, SlotMoment } from '../src/network/own-feed.ts';
import { pools, SampleHistory } from '../src/network/samples.ts';

const HOME = {
  uplinkMeanMillis: 500,
  downlinkIntervalMillis: 250,
  fastMeanMillis: 250,
  slowMeanMillis: 30_000,
  slowHops: false,
  loopShare: 0.25,
  slowShare: 0.2,
};

test('alarms of one’s own loops are said of the guard or of a node, each in words', () => {
  expect(ownAlarmWords(undefined)).toEqual([]);
  const alarm = { node: 'a1b2c3d4e5f60718', loops: 8, lost: 6 };
  const own = {
    status: {
      alarms: [
        { ...alarm, subject: 'guard' },
        { ...alarm, subject: 'node' },
      ],
    },
  } as unknown as OwnState;
  const words = ownAlarmWords(own);
  expect(words[0]).toMatch(/^6 of your own last 8 loops through your guard did not come back/u);
  expect(words[1]).toMatch(/^6 of your own last 8 loops through node a1b2c3d4 did not/u);
  expect(words).toHaveLength(2);
});

test('what the clock of one’s own client missed is said, in front and in the background', () => {
  const beat = { sent: 0, late: 0, missed: 0, meanLateMillis: 0, worstLateMillis: 0 };
  expect(keptWords(beat)).toBe('No packet has been due yet.');
  const kept = { ...beat, sent: 1200, late: 3, meanLateMillis: 1.2, worstLateMillis: 4210 };
  expect(keptWords(kept)).toBe(
    '1,200 packets so far, on average 2 ms after their time and 4.2 s at most: 3 more than a tenth of a second late, none left out.',
  );
  const slots = { real: 0, loop: 0, drop: 0 };
  const moment = (at: number, changes: Partial<typeof beat>): SlotMoment => ({
    at,
    slots,
    beat: { ...beat, ...changes },
  });
  const looked = [moment(0, {}), moment(2000, { sent: 4 }), moment(4000, { sent: 9 })];
  expect(hiddenWords([])).toBeUndefined();
  expect(hiddenWords(looked)).toBeUndefined();
  const back = moment(724_000, { sent: 1409, late: 2, missed: 40 });
  expect(hiddenWords([...looked, back, moment(726_000, { sent: 1413, late: 9, missed: 40 })])).toBe(
    'In the background, 12 min: 1,400 packets, 2 more than a tenth of a second late, 40 left out.',
  );
  // Another worker counts from nothing.
  expect(hiddenWords([...looked, moment(724_000, { sent: 3 })])).toBeUndefined();
});

test('the expected round trip is a distribution whose mean is the sum of all waits', () => {
  const trip = roundTrip(HOME);
  expect(trip.slotMean).toBeCloseTo(500 / (0.75 * 0.8), 6);
  expect(trip.acknowledgementSlotMean).toBeCloseTo(4 * trip.slotMean, 6);
  const step = 20;
  const shares = expectedShares(trip, step, 5000);
  const sum = shares.reduce((all, share) => all + share, 0);
  expect(sum).toBeCloseTo(1, 3);
  const mean = shares.reduce((all, share, i) => all + share * i * step, 0);
  // Slot, twelve hops, two halves of a down-link interval, the other's pause and its slot.
  const waits = trip.slotMean + 12 * 250 + 250 + 500 + trip.acknowledgementSlotMean;
  expect(Math.abs(mean - waits)).toBeLessThan(0.01 * waits);
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
  // Nothing is back before the pause is over, and a slower network is slower.
  expect(shares.slice(0, 500 / step).every((share) => share === 0)).toBe(true);
  const slower = expectedShares(roundTrip({ ...HOME, fastMeanMillis: 500 }), step, 5000);
  const half = (of: readonly number[]): number => {
    let all = 0;
    return of.findIndex((share) => (all += share) >= 0.5);
  };
  expect(half(slower)).toBeGreaterThan(half(shares) + 2000 / step);
  // Where a plan's slots are rare, three hops of each way are slow.
  const rare = roundTrip({ ...HOME, slowMeanMillis: 2000, slowHops: true });
  const rareShares = expectedShares(rare, step, 5000);
  const rareMean = rareShares.reduce((all, share, i) => all + share * i * step, 0);
  expect(Math.abs(rareMean - waits - 6 * 1750)).toBeLessThan(0.01 * rareMean);
});

test('own times in bins, those beyond the last in it; the middle one', () => {
  expect(histogram([0, 999, 1000, 5000, 99_000, -1], 1000, 4)).toEqual([3, 1, 0, 2]);
  expect(histogram([], 1000, 2)).toEqual([0, 0]);
  expect(middle([])).toBeUndefined();
  expect(middle([9, 1, 5])).toBe(5);
});

test('the month as a share, UTC', () => {
  expect(monthShare(new Date('2026-11-01T00:00:00Z'))).toBe(0);
  expect(monthShare(new Date('2026-11-16T00:00:00Z'))).toBe(0.5);
  expect(monthShare(new Date('2026-12-31T23:59:59Z'))).toBeCloseTo(1, 5);
});

interface Held {
  readonly sender: number;
  readonly recipient: number;
}

/** A node that has held so many on average for all its life. */
function node(label: string, layer: number, seconds: number, mean: Held): NodePicture {
  const of = (held: number): NodePictureStratum => ({
    held: Math.round(held),
    packetSeconds: held * seconds,
    meanMillis: 250,
  });
  const halves = { sender: of(mean.sender), recipient: of(mean.recipient) };
  return {
    label,
    up: true,
    figures: {
      name: label.repeat(4),
      layer,
      uptimeSeconds: seconds,
      packets: {
        through: 80 * seconds,
        loopsSent: 13 * seconds,
        loopsReturned: 0,
        loopsLost: 0,
        loopsGarbled: 0,
        refused: {},
      },
      pool: { held: 40, fast: halves, slow: halves },
      alarms: [],
    },
  };
}
type NodePictureStratum = NonNullable<NodePicture['figures']>['pool']['fast']['sender'];

const picture = (at: number, nodes: readonly NodePicture[]): NetworkPicture => ({
  at,
  epoch: { index: 1, start: 0, end: 1e9 },
  directory: { step: 1, nodes: nodes.length, agreeing: nodes.length },
  means: { fastMillis: 250, slowMillis: 2000 },
  poolTarget: 12,
  nodes,
});

test('rates and pools between two pictures; the half that a layer does not carry counts for nothing', () => {
  const history = new SampleHistory();
  const at = (seconds: number): NetworkPicture =>
    picture(seconds * 1000, [
      node('a', 1, seconds, { sender: 15, recipient: 11 }),
      // A cross-over: what it holds of the sender's half is its guard's role.
      node('b', 3, seconds, { sender: 2, recipient: 13 }),
    ]);
  for (const seconds of [100, 102, 104, 106, 108, 110, 112]) history.add(at(seconds));
  const last = history.samples.at(-1);
  expect(last?.nodes.get('a')).toEqual({ throughPerSecond: 80, loopsPerSecond: 13, meanFast: 11 });
  expect(last?.nodes.get('b')?.meanFast).toBe(13);
  expect(last && pools(last)).toEqual({ lowest: 11, mean: 12 });
  // The same picture twice, and an older one, say nothing.
  const before = history.samples.length;
  history.add(at(112));
  history.add(at(90));
  expect(history.samples).toHaveLength(before);
});

test('a node that was started again or does not answer is left out of a sample', () => {
  const history = new SampleHistory();
  const mean = { sender: 12, recipient: 12 };
  history.add(picture(1000, [node('a', 1, 500, mean), node('b', 2, 500, mean)]));
  history.add(picture(20_000, [node('a', 1, 3, mean), { ...node('b', 2, 519, mean), up: false }]));
  const last = history.samples.at(-1);
  expect([...(last?.nodes.keys() ?? [])]).toEqual([]);
  expect(last && pools(last)).toBeUndefined();
});

test('layers are columns; links of two layers share what goes through; doubt falls on whom loops are lost', () => {
  const mean = { sender: 12, recipient: 12 };
  const nodes = [1, 1, 2, 2, 3, 3].map((layer, i) => node(`n${i}`, layer, 100, mean));
  const [first, , third, ...rest] = nodes;
  if (first?.figures === undefined || third === undefined) throw new Error('a node is missing');
  const accuser = {
    ...first,
    figures: {
      ...first.figures,
      alarms: [
        { subject: 'node' as const, about: ['n3'] },
        { subject: 'link' as const, about: ['n0', 'n2'] },
      ],
    },
  };
  const unknown: NodePicture = { label: 'n9', up: false, figures: undefined };
  const all = [accuser, nodes[1], { ...third, up: false }, ...rest, unknown];
  const history = new SampleHistory();
  const whole = (at: number): NetworkPicture =>
    picture(
      at,
      all.flatMap((one) => one ?? []),
    );
  history.add(whole(0));
  history.add(whole(10_000));
  const { discs, strands, columns, height } = placeNodes(whole(0), history.samples.at(-1), 600);
  expect(columns).toEqual([100, 300, 500]);
  expect(discs.map(({ node: { label }, x }) => [label, x])).toEqual([
    ['n0', 100],
    ['n1', 100],
    ['n2', 300],
    ['n3', 300],
    ['n4', 500],
    ['n5', 500],
  ]);
  for (const { x, y } of discs) expect(x > 0 && x < 600 && y > 0 && y < height).toBe(true);
  expect(discs.filter(({ doubted }) => doubted).map(({ node: { label } }) => label)).toEqual([
    'n3',
  ]);
  expect(strands).toHaveLength(8);
  const density = new Map(strands.map((strand) => [strand.key, strand.density]));
  expect(density.get('n0>n2')).toBe(0);
  expect(density.get('n0>n3')).toBe(density.get('n1>n3'));
  expect(discs.find(({ node: { label } }) => label === 'n2')?.fill).toBe(0);
});

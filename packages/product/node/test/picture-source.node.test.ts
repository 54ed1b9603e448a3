import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { expect, test } from 'vitest';
import { StandingAlarms } from '../src/standing-alarms.ts';
import { PictureSource } from '../src/picture-source.ts';
import type { NodeStatus } from '../src/node-status.ts';

const stratum = {
  held: 3,
  added: 9,
  released: 6,
  occupancy: '12345678901500567',
  meanHeld: 2.5,
  drawnMicros: '1',
  heldMicros: '1',
  meanHeldMicros: 250_499.6,
};
const halves = { sender: stratum, recipient: stratum };

/** A guard with clients, mail and an alarm about its neighbour and a stranger. */
function statusOf(name: string, nodes: number): NodeStatus {
  return {
    name,
    identityKey: 'ab'.repeat(32),
    addresses: ['/ip4/127.0.0.1/tcp/1'],
    networkId: '00'.repeat(16),
    pid: 4711,
    uptimeSeconds: 12.4,
    process: { rssBytes: 1, heapUsedBytes: 1, cpuSeconds: 1 },
    machine: { memoryBytes: 1, x25519PerSecond: 1, maxPackets: 1, maxTags: 1 },
    lateness: { count: 1, p50Micros: 1, p99Micros: 1, maxMicros: 1 },
    tagWrites: { count: 1, p50Micros: 1, p99Micros: 1, maxMicros: 1 },
    links: { up: 1, opening: 0, down: 0, clients: 7777 },
    gossipNeighbours: 2,
    alarms: [{ subject: 'link', key: `${'b'.repeat(32)}>${'c'.repeat(32)}`, suspects: [] }],
    relay: {
      received: { link: 1000, client: 234, own: 5, run: 0 },
      sent: { link: 1, mail: 8888, filler: 9999 },
      links: { packets: 1, again: 0, receipts: 7777, waiting: 7776 },
      loops: { sent: 40, returned: 30, lost: 8, garbled: 2 },
      terminals: { deliver: 6666, greet: 6667, loop: 1, arrive: 2, contact: 3, drop: 4 },
      drops: { mac: 2, replay: 0 },
      pool: {
        elapsedMicros: 1,
        strata: { fast: halves, slow: halves },
        late: 0,
        latenessMicros: '0',
        maxLatenessMicros: 0,
        p99LatenessMicros: 0,
        waitedForTag: 0,
      },
      held: 12,
      clients: 7777,
      clockConfirmed: true,
      replayTags: 1,
      nodes,
      epoch: 1,
      layer: 2,
      alarms: 1,
      slowdown: 1,
      replayFilterBytes: 1,
    },
    transport: {},
    shell: {},
  };
}

test('a picture holds what nodes may say of themselves, and nothing of their clients', async () => {
  const start = DEFAULT_PARAMETERS.originMicros / 1000;
  const answers = [statusOf('a'.repeat(32), 3), statusOf('b'.repeat(32), 2), undefined];
  const source = new PictureSource(
    {
      parameters: DEFAULT_PARAMETERS,
      nodes: ['node-01', 'node-02', 'node-03'].map((label) => ({ label })),
      status: (i) => Promise.resolve(answers[i]),
    },
    () => start + 1,
  );
  const picture = await source.read();
  expect(picture.epoch).toEqual({ index: 0, start, end: start + 86_400_000 });
  expect(picture.directory).toEqual({ step: 1, nodes: 3, agreeing: 1 });
  expect(picture.nodes.map(({ up }) => up)).toEqual([true, true, false]);
  const [first, , third] = picture.nodes;
  expect(third?.figures).toBeUndefined();
  expect(first?.figures).toEqual({
    name: 'a'.repeat(32),
    layer: 2,
    uptimeSeconds: 12,
    packets: {
      through: 1234,
      loopsSent: 40,
      loopsReturned: 30,
      loopsLost: 8,
      loopsGarbled: 2,
      refused: { mac: 2 },
    },
    pool: {
      held: 12,
      fast: {
        sender: { held: 3, packetSeconds: 12_345_678_901.5, meanMillis: 250.5 },
        recipient: { held: 3, packetSeconds: 12_345_678_901.5, meanMillis: 250.5 },
      },
      slow: {
        sender: { held: 3, packetSeconds: 12_345_678_901.5, meanMillis: 250.5 },
        recipient: { held: 3, packetSeconds: 12_345_678_901.5, meanMillis: 250.5 },
      },
    },
    alarms: [{ subject: 'link', about: ['node-02', 'cccccccc'] }],
  });
  // Planted in the status: counts of clients, mail, deliveries, and where the node is.
  expect(JSON.stringify(picture)).not.toMatch(/7777|8888|9999|666|\b234\b|4711|127\.0|abab/u);
});

test('one round of questions a second, and a node that is gone shows its last figures', async () => {
  let now = 1_800_000_000_000;
  let asked = 0;
  let answer: NodeStatus | undefined = statusOf('a'.repeat(32), 1);
  const source = new PictureSource(
    {
      parameters: DEFAULT_PARAMETERS,
      nodes: [{ label: 'node-01' }],
      status: () => {
        asked++;
        return Promise.resolve(answer);
      },
    },
    () => now,
  );
  await Promise.all([source.read(), source.read()]);
  now += 999;
  await source.read();
  expect(asked).toBe(1);
  now += 1;
  answer = undefined;
  const [node] = (await source.read()).nodes;
  expect(asked).toBe(2);
  expect([node?.up, node?.figures?.packets.through]).toEqual([false, 1234]);
});

test('alarms stand until they are taken back, and are bounded', () => {
  const alarms = new StandingAlarms();
  const alarm = {
    kind: 'alarm',
    subject: 'node',
    score: 9,
    threshold: 8,
    loops: 9,
    suspects: ['x>y'],
  } as const;
  alarms.take({ ...alarm, key: 'x', raised: true });
  expect(alarms.list()).toEqual([{ subject: 'node', key: 'x', suspects: ['x>y'] }]);
  alarms.take({ ...alarm, key: 'x', raised: false });
  expect(alarms.list()).toEqual([]);
  for (let i = 0; i < 300; i++) alarms.take({ ...alarm, key: `k${i}`, raised: true });
  expect(alarms.list().map(({ key }) => key)).toEqual(
    Array.from({ length: 256 }, (_, i) => `k${i + 44}`),
  );
});

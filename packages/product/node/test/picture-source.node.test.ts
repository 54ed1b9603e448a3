import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { expect, test } from 'vitest';
import { StandingAlarms } from '../src/standing-alarms.ts';
import { PictureSource } from '../src/picture-source.ts';
import type { NodeStatus } from '../src/node-status.ts';
import { statusOf } from './sample-status.ts';

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

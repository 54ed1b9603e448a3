import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { openLog, runNode } from '@sotto/node';
import { instant, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, onTestFinished, test } from 'vitest';
import { until } from './command-line.ts';
import { startNeighbour } from './neighbour.ts';
import { Stranger } from './stranger.ts';

test('a node that is stopped says so, serves on, lets its pool leave, and takes nothing more', async () => {
  const now = instant(Date.now() * 1000);
  const parameters = {
    ...DEFAULT_PARAMETERS,
    originMicros: now - 3600 * MICROS_PER_SECOND,
    fastMeanMicros: 500_000,
    // It may say that it goes as soon as it is up.
    reissueMicros: 1,
  };
  const data = await mkdtemp(join(tmpdir(), 'sotto-stop-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const neighbour = await startNeighbour(parameters, now);
  const { heard } = neighbour;
  const config = {
    data,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: [neighbour],
    capabilities: { mix: true, guard: true, mailbox: false, contact: false },
    parameters,
    localNetwork: true,
    log: openLog('silent'),
  };
  const node = await runNode({ ...config, noticeMillis: 60_000 });
  await until(() => expect(node.status().relay.nodes).toBe(2));
  const stranger = await Stranger.open(parameters);
  const target = { identityKey: node.identityKey, addresses: node.addresses };
  const entries = await stranger.nodes(target);
  const own = entries.find(({ key }) => key === node.key);
  const next = entries.find(({ key }) => key !== node.key);
  if (own === undefined || next === undefined) throw new Error('the node does not know both');
  const link = await stranger.link('client', target);
  const first = stranger.packet([own, next], { kind: 'drop' });
  link.send(first);
  await until(() => expect(neighbour.reached).toBe(1));
  for (let i = 0; i < 40; i++) link.send(stranger.packet([own, next], { kind: 'drop' }));
  await until(() => expect(node.status().relay.received.client).toBe(41));
  expect(node.status().relay.held).toBeGreaterThan(0);
  expect(heard).not.toContain(true);
  const stopped = node.stop();
  // During the notice it takes packets like before; a second call ends it.
  await until(() => expect(heard.at(-1)).toBe(true));
  expect(
    (await stranger.nodes(target))
      .map(({ leaving }) => leaving)
      .toSorted((a, b) => Number(a) - Number(b)),
  ).toEqual([false, true]);
  link.send(stranger.packet([own, next], { kind: 'drop' }));
  await until(() => expect(node.status().relay.received.client).toBe(42));
  await node.stop();
  await stopped;
  // Forty-one delays of half a second: one is longer than eight means with probability 0.014.
  await until(() => expect(neighbour.reached).toBeGreaterThanOrEqual(41));

  // It is back, and says so as well.
  const again = await runNode(config);
  await until(() => expect(heard.at(-1)).toBe(false));
  await again.stop();
});

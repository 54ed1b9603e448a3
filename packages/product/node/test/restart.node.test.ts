import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeStatus, parsePeerAddress, startLocalNetwork } from '@sotto/node';
import { expect, onTestFinished, test } from 'vitest';
import { until } from './command-line.ts';
import { Stranger, unknownNode } from './stranger.ts';

test('a node that is killed in the middle of traffic comes back as itself and remembers what it has seen', async () => {
  const deaths: string[] = [];
  const network = await startLocalNetwork({
    nodes: 9,
    meanDelayMs: 100,
    slowMeanDelayMs: 200,
    parameters: { poolTarget: 0, minLoopsPerMixPerSecond: 1 },
    logLevel: 'warn',
    onDeath: (label, how) => deaths.push(`${label} ${how}`),
  });
  onTestFinished(() => network.stop());
  const status = async (i: number): Promise<NodeStatus> => {
    const found = await network.status(i);
    if (found === undefined) throw new Error(`node ${i} does not answer`);
    return found;
  };
  const peer = parsePeerAddress(network.bootstrap[0] ?? '');
  if (!peer.ok) throw new Error(peer.error.expected);
  const before = await status(0);
  const stranger = await Stranger.open(network.parameters);
  const entry = (await stranger.nodes(peer.value)).find(({ key }) => key === before.name);
  if (entry === undefined) throw new Error('the node does not list itself');

  const send = async (packet: Uint8Array, reason: string): Promise<void> => {
    const link = await stranger.link('client', peer.value);
    const earlier = (await status(0)).relay.drops[reason] ?? 0;
    link.send(packet.slice());
    await until(async () =>
      expect((await status(0)).relay.drops[reason] ?? 0).toBeGreaterThan(earlier),
    );
    link.close();
  };
  // It has left the pool when it fails to find its next hop: then its tag is on the disk.
  const captured = stranger.packet([entry, unknownNode()], { kind: 'drop' });
  const left = async (packet: Uint8Array): Promise<void> => {
    await until(async () => expect((await status(0)).links.down).toBe(0));
    await send(packet, 'link-down');
  };
  await left(captured);

  await network.kill(0);
  expect(await network.status(0)).toBeUndefined();
  expect(network.nodes[0]?.pid).toBeUndefined();
  // The others go on.
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
  const others = await Promise.all(numbers.map(status));
  await until(async () => {
    for (const i of numbers) {
      const { name, relay } = await status(i);
      const earlier = others.find((other) => other.name === name);
      if (earlier === undefined) continue;
      expect(relay.loops.returned).toBeGreaterThan(earlier.relay.loops.returned);
    }
  });
  // A stop and a kill that were asked for are no deaths to report.
  expect(deaths).toEqual([]);

  await network.restart(0);
  await network.ready();
  const after = await status(0);
  expect(after.name).toBe(before.name);
  expect(after.addresses).toEqual(before.addresses);
  await send(captured, 'replay');
  await left(stranger.packet([entry, unknownNode()], { kind: 'drop' }));

  // The planted fault: a node that forgot its tags lets the very packet pass.
  await network.kill(0);
  const logs = join(network.nodes[0]?.data ?? '', 'logs');
  for (const name of readdirSync(logs)) truncateSync(join(logs, name), 0);
  await network.restart(0);
  await left(captured);
  expect((await status(0)).relay.drops['replay']).toBe(0);

  // A death that nobody asked for is reported, and the network goes on.
  process.kill(network.nodes[5]?.pid ?? 0, 'SIGKILL');
  await until(() => expect(deaths).toHaveLength(1));
  expect(deaths[0]).toContain('node-06 was ended by SIGKILL');
  await until(async () => expect((await status(0)).relay.nodes).toBe(9));
});

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { localParameters, type NodeStatus, parsePeerAddress } from '@sotto/node';
import { expect, inject, onTestFinished, test } from 'vitest';
import { askStatus } from '../src/status-client.ts';
import { readStatusPlace } from '../src/status-server.ts';
import { freshFolder, startNode, until } from './command-line.ts';
import { Stranger, unknownNode } from './stranger.ts';

/** Half of them to each of the node's two ports. */
const IDLE = inject('long') ? 2000 : 300;
/** What a refused or silent connection may leave in the node's memory, and what a process of Node varies by. */
const BYTES_EACH = 16 * 1024;
const VARIATION_BYTES = 48 * 2 ** 20;

/** Opens a connection that says nothing; resolves when it is open or refused. */
async function idle(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  // A refusal may come as a reset; what counts is that it ends.
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

test(`${IDLE} idle connections: the node's memory stays, links that were there are served, and new ones are again`, async () => {
  const data = join(freshFolder(), 'node');
  const { status: first } = await startNode(data);
  const ports = first.addresses.map((address) => Number(/\/tcp\/(\d+)/u.exec(address)?.[1]));
  expect(ports).toHaveLength(2);
  const status = async (): Promise<NodeStatus> => {
    const now = await askStatus(await readStatusPlace(data));
    if (now === undefined) throw new Error('the node does not answer');
    return now;
  };
  await until(async () => expect((await status()).relay.nodes).toBe(1));
  const peer = parsePeerAddress(first.addresses[0] ?? '');
  if (!peer.ok) throw new Error(peer.error.expected);
  const stranger = await Stranger.open(localParameters());
  const [entry] = await stranger.nodes(peer.value);
  if (entry === undefined) throw new Error('the node does not list itself');
  const link = await stranger.link('client', peer.value);
  const serve = async (over = link): Promise<void> => {
    const before = (await status()).relay.received.client;
    over.send(stranger.packet([entry, unknownNode()], { kind: 'drop' }));
    await until(async () => expect((await status()).relay.received.client).toBe(before + 1));
  };
  await serve();
  const before = await status();

  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (const port of ports) {
    const opened = await Promise.all(Array.from({ length: IDLE / 2 }, () => idle(port)));
    sockets.push(...opened);
    await serve();
  }
  const during = await status();
  const grown = during.process.rssBytes - before.process.rssBytes;
  expect(grown).toBeLessThan(IDLE * BYTES_EACH + VARIATION_BYTES);

  // None is held for longer than a handshake may take.
  await until(() => expect(sockets.filter(({ closed }) => !closed)).toHaveLength(0));
  const after = await status();
  // Each has its counted reason.
  const refused = (of: NodeStatus): number =>
    Object.entries(of.transport).reduce(
      (sum, [reason, count]) => sum + (reason.startsWith('connection-') ? count : 0),
      0,
    );
  expect(refused(after) - refused(before)).toBe(IDLE);
  await serve();
  const another = await Stranger.open(localParameters());
  await serve(await another.link('client', peer.value));
});

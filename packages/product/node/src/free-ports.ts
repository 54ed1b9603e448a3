import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * The range that ports are drawn from. It lies below the one that outgoing connections get theirs from
 * (32768 on under Linux): beside other networks, one of those took a drawn port before its node
 * listened.
 */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** Whether the server listens now: not when somebody else does, or the port is not ours to take. */
function listens(server: Server, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once('error', () => resolve(false));
  server.listen({ host: '127.0.0.1', port }, () => resolve(true));
  return promise;
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  return promise;
}

/**
 * Ports of 127.0.0.1 that nobody listens at now, all different.
 *
 * @param start where the row of ports begins in the range; anywhere, so that two networks that start
 *   at once rarely draw the same
 * @throws RangeError when fewer than `count` are free
 */
export async function freePorts(
  count: number,
  start: number = randomInt(PORTS),
): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  try {
    for (let i = 0; i < PORTS && ports.length < count; i++) {
      const port = FIRST_PORT + ((start + i) % PORTS);
      const server = createServer();
      if (!(await listens(server, port))) continue;
      held.push(server);
      ports.push(port);
    }
    if (ports.length < count) throw new RangeError(`expected ${count} free ports, found fewer`);
    return ports;
  } finally {
    await Promise.all(held.map(close));
  }
}

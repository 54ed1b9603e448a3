import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePorts } from '../src/free-ports.ts';

const EPHEMERAL = 32_768;

test('ports that are drawn are different, free, and not among those of outgoing connections', async () => {
  const ports = await freePorts(100);
  expect(new Set(ports).size).toBe(100);
  expect(Math.max(...ports)).toBeLessThan(EPHEMERAL);
  expect(Math.min(...ports)).toBeGreaterThan(1_024);
  await Promise.all(
    ports.map(async (port) => {
      const server = createServer();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve()));
      await promise;
    }),
  );
});

test('a port that somebody listens at is not drawn', async () => {
  const [taken = 0] = await freePorts(1, 500);
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen({ host: '127.0.0.1', port: taken }, resolve);
  await promise;
  try {
    expect(await freePorts(3, 500)).not.toContain(taken);
  } finally {
    server.close();
  }
});

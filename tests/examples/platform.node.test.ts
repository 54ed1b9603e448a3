// The examples on the pages of the platform's packages. Those of `storage-postgres`, `storage-indexeddb`,
// the node and the client's page run where there is a database, a network or a browser.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryHub } from '@sotto/transport-memory';
import { err, ok } from '@sotto/wire';
import { expect, test } from 'vitest';
import * as libp2p from './gen/transport-libp2p.gen.ts';
import * as memory from './gen/transport-memory.gen.ts';
import * as level from './gen/storage-level.gen.ts';
import * as storage from './gen/storage.gen.ts';
import * as transports from './gen/transport.gen.ts';
import { Printed } from './printed.ts';

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

test('storage and storage-level', async () => {
  const used: string[] = [];
  const use = (key: string): void => void used.push(key);
  await storage.example1({ use, seed: bytes(32, 1), tag: bytes(16, 2) });
  expect(used).toEqual(['mail/1']);
  const place = mkdtempSync(join(tmpdir(), 'sotto-level-'));
  try {
    const { all } = await level.example1({ path: join(place, 'node'), tag: bytes(16, 2) });
    expect(all).toEqual(bytes(16, 2));
  } finally {
    rmSync(place, { recursive: true });
  }
});

test('transports', async () => {
  const [preface, frame] = [bytes(64, 3), bytes(1600, 4)];
  const { promise, resolve } = Promise.withResolvers<readonly Uint8Array[]>();
  const made = await memory.example1({
    aliceKey: bytes(32, 1),
    bobKey: bytes(32, 2),
    read: resolve,
    preface,
    frame,
  });
  expect(made.outcome).toBe('sent');
  expect(await promise).toEqual([frame]);
  await Promise.all([made.alice.stop(), made.bob.stop()]);

  const hub = new MemoryHub();
  const sizes = { frameBytes: 1600, prefaceBytes: 64 };
  const [transport, far] = [5, 6].map((n) => hub.transport({ identityKey: bytes(32, n), sizes }));
  if (transport === undefined || far === undefined) throw new Error('no transports');
  const refusing = { acceptLink: () => err({ code: 'no' }), snapshot: () => undefined };
  await transport.start(refusing);
  // It sends one frame back, and ends.
  await far.start({
    acceptLink: () =>
      ok((link) =>
        link.onFrames((frames) => {
          for (const each of frames) link.send(each);
          link.close();
        }),
      ),
    snapshot: () => undefined,
  });
  const taken: Uint8Array[] = [];
  const closed = Promise.withResolvers<unknown>();
  await transports.example1({
    transport,
    peer: { identityKey: bytes(32, 6), addresses: far.addresses() },
    console: { log: closed.resolve },
    preface,
    frame,
    signal: AbortSignal.timeout(60_000),
    take: (each) => taken.push(each),
    judge: () => 'accept',
  });
  expect(await closed.promise).toBe('remote');
  expect(taken).toEqual([frame]);
  await Promise.all([transport.stop(), far.stop()]);

  const printed = new Printed();
  await libp2p.example1({ seed: bytes(32, 7), console: printed, ...refusing });
  expect(printed.lines[0]).toMatch(/\/ip4\/127\.0\.0\.1\/tcp\/\d+\/.*p2p\//u);
});

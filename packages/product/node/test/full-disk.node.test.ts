// A node whose disk is full under traffic, on a small file system of its own. Skipped, with the
// reason, where the kernel lets nobody mount one.
import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PARAMETERS, type NodeEntry } from '@sotto/directory';
import { openLog, runNode, type RunningNode } from '@sotto/node';
import type { Link } from '@sotto/transport';
import { systemRng } from '@sotto/driver';
import { instant, MICROS_PER_SECOND, randomBytes } from '@sotto/wire';
import { expect, onTestFinished, test } from 'vitest';
import { until } from './command-line.ts';
import { startNeighbour } from './neighbour.ts';
import { Stranger } from './stranger.ts';

const PACKETS = 40;
/** Tags that fit into the page of the log that its file system has given it already. */
const ROOM = 4;
const PAGE_TAGS = 512;

/** Mounts a file system of 4 MB; the reason when the machine refuses. */
function smallDisk(): { readonly path: string } | string {
  const path = mkdtempSync(join(tmpdir(), 'sotto-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'sotto', path], {
      stdio: 'pipe',
    });
  } catch (error) {
    rmSync(path, { recursive: true });
    return `a file system cannot be mounted: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
  onTestFinished(() => {
    execFileSync('umount', [path]);
    rmSync(path, { recursive: true });
  });
  return { path };
}

/** Takes all room that is left. @returns the file that holds it. */
function fill(disk: string): string {
  const file = join(disk, 'filler');
  const handle = openSync(file, 'w');
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) writeSync(handle, Buffer.alloc(size));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
  closeSync(handle);
  return file;
}

test('a full disk ends a node with a clear word, lets no packet out whose tag is not stored, and with room it goes on', async (context) => {
  const disk = smallDisk();
  if (typeof disk === 'string') {
    context.skip(disk);
    return;
  }
  const now = instant(Date.now() * 1000);
  const parameters = {
    ...DEFAULT_PARAMETERS,
    originMicros: now - 3600 * MICROS_PER_SECOND,
    fastMeanMicros: 50_000,
  };
  const neighbour = await startNeighbour(parameters, now);
  const start = (): Promise<RunningNode> =>
    runNode({
      data: join(disk.path, 'node'),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: [neighbour],
      capabilities: { mix: true, guard: true, mailbox: false, contact: false },
      parameters,
      localNetwork: true,
      log: openLog('silent'),
    });
  const stranger = await Stranger.open(parameters);
  const through = async (
    node: RunningNode,
  ): Promise<{ link: Link; path: readonly NodeEntry[] }> => {
    await until(() => expect(node.status().relay.nodes).toBe(2));
    const target = { identityKey: node.identityKey, addresses: node.addresses };
    const nodes = await stranger.nodes(target);
    const path = nodes.toSorted(({ key }) => (key === node.key ? -1 : 1));
    return { link: await stranger.link('client', target), path };
  };

  // The node has seen so much already that its log needs a new page soon.
  await (await start()).stop();
  appendFileSync(
    join(disk.path, 'node', 'logs', 'seen-0'),
    randomBytes(systemRng(), 8 * (PAGE_TAGS - ROOM)),
  );
  const first = await start();
  const { link, path } = await through(first);
  const before = stranger.packet(path, { kind: 'drop' });
  link.send(before.slice());
  await until(() => expect(neighbour.reached).toBe(1));
  const filler = fill(disk.path);
  const during = Array.from({ length: PACKETS }, () => stranger.packet(path, { kind: 'drop' }));
  for (const packet of during) link.send(packet.slice());
  expect(await first.ended).toMatchObject({ name: 'StorageError', code: 'full' });
  await first.stop();
  const got = neighbour.reached;
  expect(got).toBeLessThanOrEqual(ROOM);
  // Nor does it stay up on a disk that is full still.
  const refused = start().then((node) => node.ended.then((error) => node.stop().then(() => error)));
  expect(await refused.catch((error: unknown) => error)).toMatchObject({ code: 'full' });

  rmSync(filler);
  const again = await start();
  onTestFinished(() => again.stop());
  expect(again.key).toBe(first.key);
  const { link: second } = await through(again);
  second.send(before.slice());
  await until(() => expect(again.status().relay.drops['replay']).toBe(1));
  for (const packet of during) second.send(packet.slice());
  // Each is refused as seen, or leaves now; none leaves that has left.
  const refusals = (): number => (again.status().relay.drops['replay'] ?? 0) - 1;
  await until(() => expect(neighbour.reached - got + refusals()).toBe(PACKETS));
  expect(refusals()).toBeGreaterThanOrEqual(got - 1);
  expect(refusals()).toBeLessThan(ROOM);
  expect(neighbour.distinct).toBe(neighbour.reached);
});

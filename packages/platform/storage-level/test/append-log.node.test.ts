import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  constants,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { openAppendLogs } from '../src/index.ts';
import { freshFolder, noSmallDisk, smallDisk } from './places.ts';

afterEach(() => void vi.restoreAllMocks());

const record = (number: number): Uint8Array => {
  const bytes = new Uint8Array(16).fill(number);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
};

/** Numbers of the intact records in a log. */
function numbers(all: Uint8Array): Set<number> {
  const found = new Set<number>();
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  for (let at = 0; at < all.length; at += 16) {
    const number = view.getUint32(at);
    if (all.subarray(at + 4, at + 16).every((byte) => byte === (number & 255))) found.add(number);
  }
  return found;
}

const program = fileURLToPath(new URL('appending-process.ts', import.meta.url));

/** Lets a process append until it has acknowledged so many records, kills it, and returns all that it acknowledged. */
async function appendAndKill(folder: string, start: number, enough: number): Promise<number[]> {
  const child = spawn(process.execPath, [program, folder, String(start)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const acknowledged: number[] = [];
  // A line that the kill tore has no end and is left out; the stream ends when the process is gone.
  let rest = '';
  for await (const piece of child.stdout.setEncoding('utf8')) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    acknowledged.push(...lines.map(Number));
    if (acknowledged.length >= enough) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  expect(signal).toBe('SIGKILL');
  return acknowledged;
}

test(
  'every acknowledged record outlives kill -9 at random moments, 20 times',
  { timeout: 120_000 },
  async () => {
    const folder = freshFolder();
    const acknowledged: number[] = [];
    for (let round = 0; round < 20; round++) {
      const enough = 1 + Math.floor(Math.random() * 400);
      acknowledged.push(...(await appendAndKill(folder, round * 1_000_000, enough)));
      if (round % 4 === 3)
        appendFileSync(join(folder, 'tags'), record(7).subarray(0, 1 + (round % 15)));
      const log = await (await openAppendLogs(folder)).open('tags', 16);
      const all = await log.readAll();
      await log.close();
      expect(all.length % 16).toBe(0);
      const found = numbers(all);
      expect(acknowledged.filter((number) => !found.has(number))).toEqual([]);
    }
    // The check can fail: with its last 500 records cut off, the log lacks some that were acknowledged.
    truncateSync(join(folder, 'tags'), statSync(join(folder, 'tags')).size - 16 * 500);
    const cut = await (await openAppendLogs(folder)).open('tags', 16);
    const found = numbers(await cut.readAll());
    expect(acknowledged.some((number) => !found.has(number))).toBe(true);
    await cut.close();
  },
);

test('a torn last record is left out, and later ones stand in their place', async () => {
  const folder = freshFolder();
  writeFileSync(
    join(folder, 'tags'),
    Buffer.concat([record(1), record(2), record(3).subarray(0, 9)]),
  );
  const log = await (await openAppendLogs(folder)).open('tags', 16);
  await log.append(record(4));
  expect([...numbers(await log.readAll())]).toEqual([1, 2, 4]);
  await log.close();
});

test('the disk has what an append wrote when its write returns', async () => {
  const folder = freshFolder();
  const log = await (await openAppendLogs(folder)).open('tags', 16);
  const opened = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) !== join(folder, 'tags')) return [];
    } catch {
      // Closed since: it was that of the list itself.
      return [];
    }
    const [, flags = ''] =
      /flags:\s+([0-7]+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
    return Number.parseInt(flags, 8);
  });
  expect(opened.map((flags) => flags & constants.O_DSYNC)).toEqual([constants.O_DSYNC]);
  await log.close();
});

interface Writing {
  write(bytes: Uint8Array): Promise<{ readonly bytesWritten: number }>;
}

test('an append resolves after its write, and those that come meanwhile share the next one', async () => {
  const folder = freshFolder();
  const probe = await open(join(folder, 'probe'), 'w');
  const prototype: unknown = Object.getPrototypeOf(probe);
  await probe.close();
  const log = await (await openAppendLogs(folder)).open('tags', 16);
  const events: string[] = [];
  const gates: (() => void)[] = [];
  const spy = vi.spyOn(prototype as Writing, 'write').mockImplementation(async (bytes) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gates.push(resolve);
    await promise;
    events.push('write ends');
    return { bytesWritten: bytes.length };
  });
  const append = async (number: number): Promise<void> => {
    await log.append(record(number));
    events.push(`acknowledged ${number}`);
  };
  const first = append(1);
  await vi.waitUntil(() => gates.length === 1);
  const others = [append(2), append(3), append(4)];
  gates[0]?.();
  await vi.waitUntil(() => gates.length === 2);
  gates[1]?.();
  await Promise.all([first, ...others]);
  expect(events).toEqual([
    'write ends',
    'acknowledged 1',
    'write ends',
    'acknowledged 2',
    'acknowledged 3',
    'acknowledged 4',
  ]);
  // A write that fails is no acknowledgement, and nothing is acknowledged after it.
  spy.mockRejectedValueOnce(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }));
  await expect(log.append(record(5))).rejects.toMatchObject({ code: 'unwritable' });
  spy.mockRestore();
  await expect(log.append(record(6))).rejects.toMatchObject({ code: 'unwritable' });
  await log.close();
});

test('a full disk fails every later append; what was acknowledged is there', async ({ skip }) => {
  skip(noSmallDisk !== undefined, noSmallDisk);
  const disk = smallDisk(1);
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(900_000));
  const logs = await openAppendLogs(join(disk, 'logs'));
  const log = await logs.open('tags', 16);
  const piece = new Uint8Array(16 * 256).fill(9);
  let acknowledged = 0;
  const refused: unknown[] = [];
  while (refused.length === 0) {
    await log.append(piece).then(
      () => (acknowledged += piece.length),
      (error: unknown) => refused.push(error),
    );
  }
  expect(refused[0]).toMatchObject({ code: 'full' });
  unlinkSync(ballast);
  await expect(log.append(piece)).rejects.toBe(refused[0]);
  await log.close();
  const again = await logs.open('tags', 16);
  const all = await again.readAll();
  expect(all.length).toBeGreaterThanOrEqual(acknowledged);
  expect(all.every((byte) => byte === 9)).toBe(true);
  await again.append(piece);
  await again.close();
});

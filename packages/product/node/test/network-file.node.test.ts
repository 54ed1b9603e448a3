import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readNetworkFile } from '../src/network-file.ts';
import { peerAddress } from '@sotto/transport';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-network-file-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const peers = [1, 2].map((n) =>
  peerAddress(new Uint8Array(32).fill(n), `/ip4/127.0.0.1/tcp/900${n}`),
);
const good = { parameters: DEFAULT_PARAMETERS, bootstrap: peers };

async function read(value: unknown): ReturnType<typeof readNetworkFile> {
  const path = join(folder, 'network.json');
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return readNetworkFile(path);
}

test('reads parameters and peers', async () => {
  const network = await read(good);
  expect(network.parameters).toEqual(DEFAULT_PARAMETERS);
  expect(network.bootstrap.map(({ addresses }) => addresses[0])).toEqual([
    '/ip4/127.0.0.1/tcp/9001',
    '/ip4/127.0.0.1/tcp/9002',
  ]);
  expect(network.webSockets).toEqual([]);
  const webSockets = [peerAddress(new Uint8Array(32), '/ip4/127.0.0.1/tcp/1/ws')];
  expect((await read({ ...good, webSockets })).webSockets).toEqual(webSockets);
});

test('what is wrong is named, with the file', async () => {
  const { poolTarget: _, ...fewer } = DEFAULT_PARAMETERS;
  const table: readonly (readonly [unknown, string])[] = [
    ['{', 'is not JSON'],
    [[], 'network.json'],
    [{ parameters: DEFAULT_PARAMETERS }, '"bootstrap"'],
    [{ ...good, bootstrap: peers.slice(1) }, 'expected two addresses or more'],
    [
      { ...good, bootstrap: ['/ip4/127.0.0.1/tcp/1', ...peers] },
      '"bootstrap.0": expected an address',
    ],
    [{ ...good, parameters: fewer }, '"poolTarget" missing'],
    [{ ...good, parameters: { ...DEFAULT_PARAMETERS, extra: 1 } }, '"extra"'],
    [{ ...good, parameters: { ...DEFAULT_PARAMETERS, poolTarget: -1 } }, '"poolTarget" expected'],
    [
      { ...good, parameters: { ...DEFAULT_PARAMETERS, poolTarget: 'x' } },
      '"parameters.poolTarget"',
    ],
    [{ ...good, more: true }, 'more'],
    [{ ...good, webSockets: ['ws://x'] }, '"webSockets.0": expected an address'],
  ];
  for (const [value, message] of table) {
    await expect(read(value)).rejects.toMatchObject({
      name: 'CommandFailure',
      exitCode: 2,
      message: expect.stringContaining(message) as unknown,
    });
  }
});

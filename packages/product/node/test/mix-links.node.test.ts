import type { NodeEntry } from '@sotto/directory';
import { openLog } from '@sotto/node';
import { type Link, withLimits } from '@sotto/transport';
import { MemoryHub } from '@sotto/transport-memory';
import { ok } from '@sotto/wire';
import { expect, test } from 'vitest';
import { MixLinks } from '../src/mix-links.ts';

const FRAME = 1600;
const sizes = { frameBytes: FRAME, prefaceBytes: 64 };
const key = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const numbered = (n: number): Uint8Array => {
  const frame = new Uint8Array(FRAME);
  new DataView(frame.buffer).setUint32(0, n);
  return frame;
};

test('a neighbour that does not read costs a bounded memory: the newest packets are dropped and counted, those taken arrive in order', async () => {
  const hub = new MemoryHub();
  const limits = { maxBufferedBytes: 10 * FRAME };
  const own = hub.transport({ identityKey: key(1), sizes, limits });
  const slow = hub.transport({ identityKey: key(2), sizes, limits });
  await own.start({ acceptLink: () => ok(() => undefined), snapshot: () => undefined });
  const arrived: number[] = [];
  let link: Link | undefined;
  await slow.start({
    // It takes the link and does not read.
    acceptLink: () => ok((taken) => void (link = taken)),
    snapshot: () => undefined,
  });
  const addresses = slow.addresses();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of an entry no more is looked at
  const entry = { key: 'slow', identityKey: key(2), addresses } as unknown as NodeEntry;
  const told: string[] = [];
  const links: MixLinks = new MixLinks({
    transport: own,
    preface: new Uint8Array(64),
    nodes: () => [entry],
    deliver: (input) => {
      told.push(input.kind);
      if (input.kind === 'link-up') links.send('slow', numbered(0));
    },
    log: openLog('silent'),
  });
  const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 3));
  links.open('slow');
  while (links.counts().up === 0) await turn();
  for (let n = 1; n <= 100; n++) {
    links.send('slow', numbered(n));
    if (n % 4 === 0) await turn();
  }
  const dropped = told.filter((kind) => kind === 'link-full').length;
  expect(told).toEqual(['link-up', ...Array<string>(dropped).fill('link-full')]);
  // What waits on its side of the pipe is what a closed window would hold; ours is bounded.
  expect(dropped).toBeGreaterThanOrEqual(70);
  link?.onFrames((frames) => {
    for (const frame of frames) arrived.push(new DataView(frame.buffer).getUint32(0));
  });
  while (arrived.length < 101 - dropped) await turn();
  expect(arrived).toEqual([...arrived].sort((a, b) => a - b));
  expect(arrived[0]).toBe(0);
  // Head of the line kept: what was taken first is what arrives.
  expect(arrived.slice(0, 5)).toEqual([0, 1, 2, 3, 4]);
  links.stop();
  await Promise.all([own.stop(), slow.stop()]);
});

test('the limits on what waits are those that the operator set, and none may be zero', () => {
  expect(withLimits({ maxBufferedBytes: FRAME }).maxBufferedBytes).toBe(FRAME);
  expect(() => withLimits({ maxBufferedBytes: 0 })).toThrow('"maxBufferedBytes" expected');
});

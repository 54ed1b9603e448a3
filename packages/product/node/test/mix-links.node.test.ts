import type { NodeEntry } from '@sotto/directory';
import { encodeReceipt } from '@sotto/link';
import { openLog } from '@sotto/node';
import { type Link, type Transport, withLimits } from '@sotto/transport';
import { MemoryHub } from '@sotto/transport-memory';
import { ok } from '@sotto/wire';
import { expect, test } from 'vitest';
import { MixLinks } from '../src/mix-links.ts';
import { ScriptedLink, scriptedTurns } from './scripted-link.ts';

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

/** Links to one neighbour, of which the first is open. */
async function openToOne(): Promise<{
  readonly links: MixLinks;
  readonly link: ScriptedLink;
  /** Inputs of the core, by kind, and frames among them. */
  readonly told: string[];
  readonly turn: () => Promise<void>;
}> {
  const link = new ScriptedLink('mix');
  const { turns, turn } = scriptedTurns();
  const told: string[] = [];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no more is called of a transport
  const transport = { openLink: () => Promise.resolve(link) } as unknown as Transport;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of an entry no more is looked at
  const entry = { key: 'near', identityKey: key(2), addresses: [] } as unknown as NodeEntry;
  const links = new MixLinks({
    transport,
    preface: new Uint8Array(64),
    nodes: () => [entry],
    deliver: ({ kind }) => void told.push(kind),
    log: openLog('silent'),
    turns,
  });
  links.open('near');
  await turn();
  expect(links.counts()).toEqual({ up: 1, opening: 0, down: 0 });
  return { links, link, told, turn };
}

const framesIn = (told: readonly string[]): number =>
  told.filter((kind) => kind === 'link-frame').length;

test.each([
  ['frames that are no receipts', (): Uint8Array => numbered(9)],
  ['receipts for packets that were never sent', (): Uint8Array => encodeReceipt(1000)],
  ['one receipt again and again', (): Uint8Array => encodeReceipt(5)],
])('a neighbour of whom only %s come back is cut off after a hundred', async (_, frame) => {
  const { links, link, told, turn } = await openToOne();
  for (let n = 0; n < 5; n++) links.send('near', numbered(n));
  expect(link.receive([encodeReceipt(5)])).toBeUndefined();
  for (let n = 0; n < 100; n++) expect(link.receive([frame()])).toBeUndefined();
  expect(link.ended).toBe(false);
  void link.receive([frame()]);
  expect(link.ended).toBe(true);
  // The core heard of each, and counts what it refuses; then of the end. It is not dialled at once.
  expect(framesIn(told)).toBe(102);
  expect(told.slice(-1)).toEqual(['link-down']);
  expect(links.counts()).toEqual({ up: 0, opening: 0, down: 1 });
  links.open('near');
  await turn();
  expect(links.counts().down).toBe(1);
});

test('a link with a receipt for every packet lives on', async () => {
  const { links, link, told } = await openToOne();
  for (let n = 1; n <= 1000; n++) {
    links.send('near', numbered(n));
    void link.receive([encodeReceipt(n)]);
  }
  expect(link.ended).toBe(false);
  expect(told).toContain('link-frame');
});

test('frames that come back take their turns, and those that were read before an end are heard', async () => {
  const { links, link, told, turn } = await openToOne();
  for (let n = 0; n < 400; n++) links.send('near', numbered(n));
  // A read of 400: a turn has the work of eight packets, of sixteen receipts each.
  const reading = link.receive(Array.from({ length: 400 }, (_, n) => encodeReceipt(n + 1)));
  expect(reading).toBeInstanceOf(Promise);
  expect(framesIn(told)).toBe(128);
  link.close();
  expect(framesIn(told)).toBe(400);
  expect(told.slice(-1)).toEqual(['link-down']);
  await turn();
  await reading;
});

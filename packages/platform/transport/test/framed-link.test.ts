import {
  type ByteStream,
  type ByteStreamEvents,
  type CloseReason,
  Counters,
  FlushTurn,
  FramedLink,
  type LinkSetting,
  withLimits,
} from '@sotto/transport';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/** A stream whose other end is the test. */
interface Puppet extends ByteStream {
  events: ByteStreamEvents | undefined;
  readonly calls: string[];
  broken: boolean;
}

const puppet = (): Puppet => ({
  peer: new Uint8Array(32),
  bufferedBytes: 0,
  events: undefined,
  calls: [],
  broken: false,
  send(bytes) {
    if (!this.broken) this.calls.push(`send ${bytes.join()}`);
    return !this.broken;
  },
  pause() {
    this.calls.push('pause');
  },
  resume() {
    this.calls.push('resume');
  },
  close() {
    this.calls.push('close');
  },
  abort() {
    this.calls.push('abort');
  },
  listen(events) {
    this.events = events;
  },
});

interface Scene {
  readonly stream: Puppet;
  readonly link: FramedLink;
  readonly counters: Counters;
  readonly reasons: CloseReason[];
  readonly released: () => number;
}

function scene(): Scene {
  const stream = puppet();
  const counters = new Counters();
  const setting: LinkSetting = {
    sizes: { frameBytes: 2, prefaceBytes: 1 },
    limits: withLimits({ closeMillis: 1000, maxBatchFrames: 2 }),
    counters,
    turn: new FlushTurn((task) => void setImmediate(task)),
  };
  let released = 0;
  const reasons: CloseReason[] = [];
  const identity = { kind: 'mix', opener: true, preface: new Uint8Array(1) } as const;
  const link = new FramedLink(stream, identity, setting, () => released++);
  link.onClose((reason) => void reasons.push(reason));
  link.run(new Uint8Array(0));
  return { stream, link, counters, reasons, released: () => released };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a peer that never ends its half of a closed link is cut off, and its data is counted', async () => {
  const { stream, link, counters, reasons, released } = scene();
  link.send(Uint8Array.of(1, 2));
  link.close();
  expect(stream.calls).toEqual(['send 1,2', 'close']);
  expect(released()).toBe(1);
  stream.events?.data(Uint8Array.of(3));
  vi.advanceTimersByTime(999);
  expect(stream.calls.at(-1)).toBe('close');
  vi.advanceTimersByTime(1);
  expect(stream.calls.at(-1)).toBe('abort');
  stream.events?.closed(false);
  await Promise.resolve();
  expect(reasons).toEqual(['local']);
  expect(released()).toBe(1);
  expect(counters.read()).toEqual({ 'data-after-close': 1, 'close-timeout': 1 });
});

test('a peer that ends its half in time is not', () => {
  const { stream, link, counters } = scene();
  link.close();
  stream.events?.end();
  stream.events?.closed(true);
  vi.advanceTimersByTime(10_000);
  expect(stream.calls).toEqual(['close']);
  expect(counters.read()).toEqual({});
});

test('a peer that ends its half and does not read the end of ours is cut off', async () => {
  const { stream, counters, reasons } = scene();
  stream.events?.end();
  expect(stream.calls).toEqual(['close']);
  vi.advanceTimersByTime(1000);
  expect(stream.calls).toEqual(['close', 'abort']);
  stream.events?.closed(false);
  await Promise.resolve();
  expect(counters.read()).toEqual({ 'close-timeout': 1 });
  expect(reasons).toEqual(['remote']);
});

test('what a broken link leaves behind is counted, frame by frame', async () => {
  const { stream, link, counters, reasons } = scene();
  const batches: number[] = [];
  link.onFrames((frames) => {
    batches.push(frames.length);
    return new Promise(() => undefined);
  });
  stream.events?.data(Uint8Array.of(1, 1, 2, 2, 3, 3, 4, 4, 5));
  link.send(Uint8Array.of(1, 2));
  stream.events?.closed(false);
  await Promise.resolve();
  expect(batches).toEqual([2]);
  expect(stream.calls).toEqual(['pause']);
  expect(reasons).toEqual(['reset']);
  expect(counters.read()).toEqual({ 'unread-frame': 2, 'truncated-frame': 1, 'unsent-frame': 1 });
});

test('frames that the stream does not take any more are counted', () => {
  const { stream, link, counters } = scene();
  stream.broken = true;
  link.send(Uint8Array.of(1, 2));
  link.send(Uint8Array.of(3, 4));
  vi.runAllTimers();
  expect(counters.read()).toEqual({ 'unsent-frame': 2 });
});

test('an end that comes while the reader is busy waits for him', async () => {
  const { stream, link, reasons } = scene();
  const got: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  link.onFrames((frames) => {
    for (const frame of frames) got.push(frame[0] ?? 0);
    return promise;
  });
  stream.events?.data(Uint8Array.of(1, 1, 2, 2, 3, 3));
  stream.events?.end();
  expect(got).toEqual([1, 2]);
  expect(reasons).toEqual([]);
  resolve();
  await vi.waitFor(() => expect(reasons).toEqual(['remote']));
  expect(got).toEqual([1, 2, 3]);
  expect(stream.calls).toEqual(['pause', 'resume', 'close']);
});

test('the end is told to a callback that comes late, once', async () => {
  const { stream, link, reasons } = scene();
  stream.events?.closed(false);
  await Promise.resolve();
  const late: CloseReason[] = [];
  link.onClose((reason) => void late.push(reason));
  await Promise.resolve();
  expect([reasons, late]).toEqual([['reset'], []]);
});

import {
  type ByteStream,
  type ByteStreamEvents,
  Counters,
  TransportError,
  withLimits,
} from '@sotto/transport';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { askSnapshot } from '../src/snapshot-exchange.ts';

const limits = withLimits();

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Asks a peer who says what the test lets him, if anything. */
function ask(): {
  readonly answered: Promise<unknown>;
  readonly counters: Counters;
  readonly events: () => ByteStreamEvents | undefined;
  readonly isAborted: () => boolean;
  readonly stop: () => void;
} {
  let events: ByteStreamEvents | undefined;
  let aborted = false;
  const stream: ByteStream = {
    peer: new Uint8Array(32),
    bufferedBytes: 0,
    send: () => true,
    pause: () => undefined,
    resume: () => undefined,
    close: () => undefined,
    abort: () => void (aborted = true),
    listen: (heard) => void (events = heard),
  };
  const counters = new Counters();
  const stopping = new AbortController();
  const asked = askSnapshot(stream, new Uint8Array(0), limits, counters, stopping.signal);
  const answered = asked.catch((error: unknown) =>
    error instanceof TransportError ? error.code : error,
  );
  return {
    answered,
    counters,
    events: () => events,
    isAborted: () => aborted,
    stop: () => stopping.abort(),
  };
}

test('a peer that has not told its list in time is left, and counted once', async () => {
  const { answered, counters, events, isAborted } = ask();
  vi.advanceTimersByTime(limits.snapshotMillis - 1);
  // Bytes that come buy it no more time.
  events()?.data(Uint8Array.of(0));
  expect(counters.read()).toEqual({});
  expect(isAborted()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await answered).toBe('timeout');
  expect(isAborted()).toBe(true);
  events()?.closed(false);
  expect(counters.read()).toEqual({ 'snapshot-timeout': 1 });
});

test('who stops asking counts nothing against the peer, then or later', async () => {
  const { answered, counters, isAborted, stop } = ask();
  stop();
  expect(await answered).toBe('aborted');
  expect(isAborted()).toBe(true);
  vi.advanceTimersByTime(2 * limits.snapshotMillis);
  expect(counters.read()).toEqual({});
});

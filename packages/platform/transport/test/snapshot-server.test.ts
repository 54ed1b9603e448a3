import {
  type ByteStream,
  type ByteStreamEvents,
  Counters,
  FlushTurn,
  ServedLists,
  SNAPSHOT_PIECE_BYTES,
  SnapshotDecoder,
  SnapshotServer,
  withLimits,
} from '@sotto/transport';
import { concat } from '@sotto/wire';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const limits = withLimits();

/** A stream that takes what it is sent, and says that it has left when the test says so. */
interface Puppet extends ByteStream {
  readonly events: ByteStreamEvents | undefined;
  readonly sent: Uint8Array[];
  ended: 'open' | 'closed' | 'aborted';
}

function puppet(peer: number): Puppet {
  let events: ByteStreamEvents | undefined;
  return {
    peer: new Uint8Array(32).fill(peer),
    bufferedBytes: 0,
    get events() {
      return events;
    },
    sent: [],
    ended: 'open',
    send(bytes) {
      this.sent.push(bytes);
      return true;
    },
    pause: () => undefined,
    resume: () => undefined,
    close() {
      this.ended = 'closed';
    },
    abort() {
      this.ended = 'aborted';
    },
    listen: (heard) => void (events = heard),
  };
}

interface Scene {
  readonly server: SnapshotServer;
  readonly counters: Counters;
  /** Ends a turn of the event loop; false when nothing was to be done. */
  readonly turn: () => boolean;
  /** A peer asks. */
  readonly ask: (peer: number) => Puppet;
}

function scene(serve: () => readonly Uint8Array[]): Scene {
  const counters = new Counters();
  const tasks: (() => void)[] = [];
  const turn = new FlushTurn((task) => void tasks.push(task));
  const server = new SnapshotServer({ limits, counters, serve, now: () => 0, turn });
  return {
    server,
    counters,
    turn: () => {
      const task = tasks.shift();
      task?.();
      return task !== undefined;
    },
    ask: (peer) => {
      const stream = puppet(peer);
      server.take(stream);
      stream.events?.data(Uint8Array.of(0));
      stream.events?.end();
      return stream;
    },
  };
}

/** As many items of 2,048 bytes, all of one value. */
const list = (count: number, value: number): readonly Uint8Array[] =>
  Array.from({ length: count }, () => new Uint8Array(2048).fill(value));

const sentBytes = (streams: readonly Puppet[]): number =>
  streams.reduce((sum, { sent }) => sum + sent.reduce((all, { length }) => all + length, 0), 0);

/** Reads to the end what is sent. @returns the first byte of the first item. */
function readAll({ turn }: Scene, stream: Puppet): number | undefined {
  while (stream.ended === 'open') {
    turn();
    stream.events?.drained?.();
  }
  const decoder = new SnapshotDecoder(limits);
  expect(decoder.push(concat(...stream.sent)).ok).toBe(true);
  stream.events?.closed(true);
  return decoder.items?.[0]?.[0];
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('eight who ask and do not read have a piece each, and no copy of 20 MB', () => {
  const items = list(10_000, 1);
  const made = scene(() => items);
  const slow = Array.from({ length: 8 }, (_, i) => made.ask(i));
  while (made.turn());
  expect(sentBytes(slow)).toBe(8 * SNAPSHOT_PIECE_BYTES);
  // Only who takes it gets the next one.
  slow[3]?.events?.drained?.();
  while (made.turn());
  expect(slow.map(({ sent }) => sent.length)).toEqual([1, 1, 1, 2, 1, 1, 1, 1]);
});

test('one piece leaves in a turn, to each reader in its turn, however many there are', () => {
  const items = list(1000, 1);
  const made = scene(() => items);
  const streams = Array.from({ length: 8 }, (_, i) => made.ask(i));
  let before = 0;
  for (let turns = 1; turns <= 24; turns++) {
    made.turn();
    const after = sentBytes(streams);
    expect(after - before).toBe(SNAPSHOT_PIECE_BYTES);
    before = after;
    // Twice, which does not give anybody two places.
    for (const stream of streams)
      if (stream.sent.length === Math.ceil(turns / 8)) stream.events?.drained?.();
    for (const stream of streams)
      if (stream.sent.length === Math.ceil(turns / 8)) stream.events?.drained?.();
  }
  expect(streams.map(({ sent }) => sent.length)).toEqual(streams.map(() => 3));
});

test('what is sent is whole, and ends', () => {
  const items = list(100, 7);
  const made = scene(() => items);
  const stream = made.ask(1);
  expect(readAll(made, stream)).toBe(7);
  expect(sentBytes([stream])).toBe(100 * 2052 + 4);
  stream.events?.drained?.();
  expect(made.turn()).toBe(false);
  expect(made.counters.read()).toEqual({});
});

test('a list is the new one for whoever asks after a change, but no third is begun while two are read', () => {
  let version = 0;
  const made = scene(() => list(100, ++version));
  const slow = made.ask(1);
  expect(readAll(made, made.ask(2))).toBe(2);
  const second = made.ask(3);
  // Versions 1 and 3 are being read.
  expect(readAll(made, made.ask(4))).toBe(3);
  expect(readAll(made, made.ask(5))).toBe(3);
  vi.advanceTimersByTime(limits.snapshotMillis - 1);
  expect(slow.ended).toBe('open');
  vi.advanceTimersByTime(1);
  expect([slow.ended, second.ended]).toEqual(['aborted', 'aborted']);
  expect(readAll(made, made.ask(6))).toBe(6);
  expect(made.counters.read()).toEqual({ 'snapshot-unread': 2 });
});

test('who has gone before a turn is written nothing', () => {
  const items = list(100, 1);
  const made = scene(() => items);
  const gone = made.ask(1);
  gone.events?.closed(false);
  while (made.turn());
  expect(gone.sent).toEqual([]);
  expect(made.counters.read()).toEqual({ 'snapshot-unread': 1 });
});

test('one array is one list, whoever reads it, and is let go with its last reader', () => {
  const lists = new ServedLists(limits);
  const [a, b, c] = [list(1, 1), list(1, 2), list(1, 3)];
  const shares = [lists.join(a), lists.join(a), lists.join(b), lists.join(c)];
  expect(shares.map((share) => share?.items)).toEqual([a, a, b, b]);
  expect(shares[1]?.items).toBe(shares[0]?.items);
  expect(lists.size).toBe(2);
  // Given back twice, it counts once: the other reader still has the list.
  shares[0]?.leave();
  shares[0]?.leave();
  expect(lists.join(c)?.items).toBe(b);
  shares[1]?.leave();
  expect(lists.size).toBe(1);
  expect(lists.join(c)?.items).toBe(c);
});

test('items beyond the limits are not served', () => {
  expect(new ServedLists(limits).join([new Uint8Array(8193)])).toBeUndefined();
});

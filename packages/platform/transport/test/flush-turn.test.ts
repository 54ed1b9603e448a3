import { type ByteStream, Counters, FlushTurn, FramedLink, withLimits } from '@sotto/transport';
import { expect, test } from 'vitest';

interface Recorder extends ByteStream {
  readonly writes: Uint8Array[];
}

/** A stream whose layer below takes so many bytes at once; the rest waits in it. */
const recorder = (takes = 0): Recorder => {
  const writes: Uint8Array[] = [];
  const written = (): number => writes.reduce((sum, { length }) => sum + length, 0);
  return {
    writes,
    peer: new Uint8Array(32),
    get bufferedBytes(): number {
      return Math.max(0, written() - takes);
    },
    send: (bytes) => writes.push(bytes) > 0,
    pause: () => undefined,
    resume: () => undefined,
    close: () => undefined,
    abort: () => undefined,
    listen: () => undefined,
  };
};

/** Links of frames of 4 bytes, of which 3 may wait, over these streams. */
function setUp(streams: readonly ByteStream[]) {
  const tasks: (() => void)[] = [];
  const setting = {
    sizes: { frameBytes: 4, prefaceBytes: 2 },
    limits: withLimits({ maxBufferedBytes: 12 }),
    counters: new Counters(),
    turn: new FlushTurn((task) => void tasks.push(task)),
  };
  const identity = { kind: 'mix', opener: true, preface: new Uint8Array(2) } as const;
  const links = streams.map((stream) => new FramedLink(stream, identity, setting, () => undefined));
  return { tasks, links, counters: setting.counters };
}

test('frames of one turn leave in one write, at its end, link by link', () => {
  const streams = [recorder(), recorder()];
  const { tasks, links } = setUp(streams);
  const outcomes = [1, 2, 3].map((mark) => links[0]?.send(new Uint8Array(4).fill(mark)));
  links[1]?.send(new Uint8Array(4).fill(9));
  expect(outcomes).toEqual(['sent', 'sent', 'sent']);
  expect(streams.map(({ writes }) => writes.length)).toEqual([0, 0]);
  expect(tasks.length).toBe(1);
  tasks.shift()?.();
  expect(streams[0]?.writes).toEqual([Uint8Array.of(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3)]);
  expect(streams[1]?.writes).toEqual([Uint8Array.of(9, 9, 9, 9)]);
  links[1]?.send(new Uint8Array(4));
  expect(tasks.length).toBe(1);
});

test('of a burst that is more than may wait, what the layer below takes leaves at once, and the rest is refused', () => {
  const stream = recorder(16);
  const { tasks, links, counters } = setUp([stream]);
  const outcomes = Array.from({ length: 9 }, (_, mark) =>
    links[0]?.send(new Uint8Array(4).fill(mark)),
  );
  // Four are taken below, three wait.
  expect(outcomes).toEqual([...Array.from({ length: 7 }, () => 'sent'), 'full', 'full']);
  expect(counters.read()).toEqual({ 'buffer-full': 2 });
  expect(links[0]?.bufferedBytes).toBe(12);
  tasks.shift()?.();
  expect(stream.writes.flatMap((bytes) => [...bytes].filter((_, i) => i % 4 === 0))).toEqual([
    0, 1, 2, 3, 4, 5, 6,
  ]);
  expect(tasks).toEqual([]);
});

test('what comes behind a burst leaves at the end of the turn', () => {
  const stream = recorder(12);
  const { tasks, links } = setUp([stream]);
  for (let mark = 0; mark < 5; mark++) links[0]?.send(new Uint8Array(4).fill(mark));
  expect(stream.writes.map(({ length }) => length)).toEqual([12]);
  expect(tasks.length).toBe(1);
  tasks.shift()?.();
  expect(stream.writes.map(({ length }) => length)).toEqual([12, 8]);
});

test('a link whose stream ends under the write of a burst says so', () => {
  let closed = (): void => expect.fail('nobody listens');
  const stream: ByteStream = {
    ...recorder(),
    send: () => {
      closed();
      return false;
    },
    listen: (events) => void (closed = () => events.closed(false)),
  };
  const { links, counters } = setUp([stream]);
  const [link] = links;
  link?.run(new Uint8Array());
  const outcomes = Array.from({ length: 5 }, () => link?.send(new Uint8Array(4)));
  expect(outcomes).toEqual(['sent', 'sent', 'sent', 'closed', 'closed']);
  expect(counters.read()).toEqual({ 'unsent-frame': 3 });
});

test('who throws takes nobody with it', () => {
  const asked: (() => void)[] = [];
  const turn = new FlushTurn((task) => void asked.push(task));
  const written: string[] = [];
  turn.add({
    flush: () => {
      throw new Error('planted');
    },
  });
  turn.add({ flush: () => void written.push('words') });
  expect(() => asked.shift()?.()).toThrow('planted');
  asked.shift()?.();
  expect(written).toEqual(['words']);
  expect(asked).toEqual([]);
});

test('who asks while others write comes with the next', () => {
  const asked: (() => void)[] = [];
  const turn = new FlushTurn((task) => void asked.push(task));
  const written: number[] = [];
  const again = { flush: () => void written.push(99) };
  for (let i = 0; i < 50; i++) {
    turn.add({
      flush: () => {
        written.push(i);
        if (i === 3) turn.add(again);
      },
    });
  }
  expect(asked).toHaveLength(1);
  asked.shift()?.();
  expect(written.splice(0)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(asked).toHaveLength(1);
  asked.shift()?.();
  expect(written).toEqual([99]);
});

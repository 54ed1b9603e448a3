import { type ByteStream, Counters, FlushTurn, FramedLink, withLimits } from '@sotto/transport';
import { expect, test } from 'vitest';

interface Recorder extends ByteStream {
  readonly writes: Uint8Array[];
}

const recorder = (): Recorder => {
  const writes: Uint8Array[] = [];
  return {
    writes,
    peer: new Uint8Array(32),
    bufferedBytes: 0,
    send: (bytes) => writes.push(bytes) > 0,
    pause: () => undefined,
    resume: () => undefined,
    close: () => undefined,
    abort: () => undefined,
    listen: () => undefined,
  };
};

test('frames of one turn leave in one write, at its end, link by link', () => {
  const tasks: (() => void)[] = [];
  const turn = new FlushTurn((task) => void tasks.push(task));
  const setting = {
    sizes: { frameBytes: 4, prefaceBytes: 2 },
    limits: withLimits({ maxBufferedBytes: 12 }),
    counters: new Counters(),
    turn,
  };
  const streams = [recorder(), recorder()];
  const links = streams.map(
    (stream) =>
      new FramedLink(
        stream,
        { kind: 'mix', opener: true, preface: new Uint8Array(2) },
        setting,
        () => undefined,
      ),
  );
  const outcomes = [1, 2, 3, 4].map((mark) => links[0]?.send(new Uint8Array(4).fill(mark)));
  links[1]?.send(new Uint8Array(4).fill(9));
  expect(outcomes).toEqual(['sent', 'sent', 'sent', 'full']);
  expect(setting.counters.read()).toEqual({ 'buffer-full': 1 });
  expect(streams.map(({ writes }) => writes.length)).toEqual([0, 0]);
  expect(tasks.length).toBe(1);
  tasks.shift()?.();
  expect(streams[0]?.writes).toEqual([Uint8Array.of(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3)]);
  expect(streams[1]?.writes).toEqual([Uint8Array.of(9, 9, 9, 9)]);
  links[0]?.send(new Uint8Array(4));
  expect(tasks.length).toBe(1);
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

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
    hasten: () => undefined,
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

test('many writers take several turns, each of them once, and none waits for the next pace', () => {
  const paced: (() => void)[] = [];
  const soon: (() => void)[] = [];
  const turn = new FlushTurn(
    (task) => void paced.push(task),
    (task) => void soon.push(task),
  );
  const written: number[] = [];
  const writers = Array.from({ length: 20 }, (_, i) => ({ flush: () => void written.push(i) }));
  for (const writer of writers) turn.add(writer);
  const late = { flush: () => void written.push(99) };
  const shares: number[] = [];
  for (let run = paced.shift(); run !== undefined; run = soon.shift()) {
    const before = written.length;
    run();
    shares.push(written.length - before);
    // Who comes in between is taken along.
    if (shares.length === 1) turn.add(late);
  }
  expect(Math.max(...shares)).toBeLessThanOrEqual(8);
  expect(written).toEqual([...writers.keys(), 99]);
  expect(paced.length).toBe(0);
  turn.add(late);
  expect(paced.length).toBe(1);
});

import { open } from '@sotto/sodium/native';
import { type ClientCore, VirtualNetwork } from '@sotto/simulator';
import { type Instant, instant } from '@sotto/wire';
import { expect, test } from 'vitest';
import { SECOND, thinCover } from './plans.ts';

const suite = await open();

/** A core that wants to be woken at once, and then at what `next` makes of the time it was woken at. */
function coreOf(next: (now: Instant) => number): ClientCore<never> {
  let at: Instant | undefined;
  return {
    handle: (now) => void (at ??= now),
    poll: () => undefined,
    nextAt: () => at,
    wake: (now) => void (at = instant(next(now))),
  };
}

test.each([
  ['the past', -1],
  ['the present', 0],
])('a core that wants to be woken in %s without end is named', (_, ahead) => {
  const network = new VirtualNetwork<never>({
    suite,
    seed: 'stuck',
    parameters: thinCover(),
    nodes: 3,
  });
  network.addClient('alice', () => coreOf((now) => now + SECOND / 100));
  network.run(SECOND);
  network.addClient('bob', () => coreOf((now) => now + ahead));
  expect(() => network.run(SECOND)).toThrow(/client bob was woken 1000 times at \d+ µs/);
});

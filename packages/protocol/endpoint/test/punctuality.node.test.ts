import { LATE_SLOT_MICROS, type Slot, SlotClock } from '@sotto/endpoint';
import { SeededRng } from '@sotto/suite/testing';
import { instant, type Instant } from '@sotto/wire';
import { expect, test } from 'vitest';
import { FAST_PLAN, Network, PARAMETERS, SECOND, suite } from './network.ts';

/** The real clock, which notes by how much each of its slots was taken late. */
class WatchedClock extends SlotClock {
  readonly late: number[] = [];

  constructor() {
    super(suite, new SeededRng(suite, 'watched'), FAST_PLAN, PARAMETERS);
  }

  override takeDue(now: Instant): Slot | undefined {
    const slot = super.takeDue(now);
    if (slot !== undefined) this.late.push(now - slot.at);
    return slot;
  }
}

test('a client that is woken late says by how much, and of which slots nothing left', () => {
  const network = new Network('late', 3);
  network.carries = false;
  const clock = new WatchedClock();
  const client = network.join('sleeper', { clock });
  const { endpoint } = client;
  const none = { served: 0, late: 0, missed: 0, lateMicros: 0, worstMicros: 0 };
  expect(endpoint.status.beat).toEqual(none);

  network.run(5 * SECOND);
  const onTime = clock.late.length;
  expect(endpoint.status.beat).toEqual({ ...none, served: onTime });
  expect(client.frames).toHaveLength(onTime);

  // Held back by up to a fifth of a second, then asleep for nine, as a browser or a lid would do it.
  const wakeAfter = (micros: number): void => {
    network.now = instant((endpoint.nextAt() ?? network.now) + micros);
    endpoint.wake(network.now);
    network.drain(client);
  };
  for (let i = 0; i < 40; i++) wakeAfter(LATE_SLOT_MICROS * (i % 3));
  wakeAfter(9 * SECOND);
  const served = clock.late.filter((micros) => micros <= 5 * SECOND);
  const missed = clock.late.length - served.length;
  expect(missed).toBeGreaterThan(20);
  expect(served.length).toBeGreaterThan(onTime + 80);
  expect(client.frames).toHaveLength(served.length);
  const { beat } = endpoint.status;
  expect(beat).toEqual({
    served: served.length,
    late: served.filter((micros) => micros > LATE_SLOT_MICROS).length,
    missed,
    lateMicros: served.reduce((sum, micros) => sum + micros, 0),
    worstMicros: Math.max(...served),
  });
  expect(beat.worstMicros).toBeGreaterThan(4 * SECOND);
});

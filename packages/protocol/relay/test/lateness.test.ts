import { after, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Bench, NOW } from './reason-cases.ts';

/** A packet goes through a node that has turns, and leaves its pool when it is due. @returns the node, and when that was. */
function sendOne(): { readonly relay: Bench['relay']; readonly due: Instant } {
  const bench = new Bench();
  const { relay } = bench;
  relay.turnEnded(NOW);
  relay.handle(NOW, { kind: 'packet', packet: bench.packet() });
  for (let now = NOW; now < after(NOW, 60 * MICROS_PER_SECOND); now = relay.nextAt() ?? now) {
    relay.wake(now);
    for (let out = relay.poll(now); out !== undefined; out = relay.poll(now)) {
      if (out.kind === 'write-tags') {
        relay.handle(now, { kind: 'tags-stored', sequence: out.sequence });
      } else if (out.kind === 'open-link') return { relay, due: now };
    }
  }
  throw new Error('the packet did not leave');
}

test('a turn that goes on for long after a packet was given out shows as its lateness', () => {
  const { relay, due } = sendOne();
  const end = after(due, 700_000);
  expect(relay.metrics(end).pool).toMatchObject({ late: 0, maxLatenessMicros: 0 });
  relay.turnEnded(end);
  expect(relay.metrics(end).pool).toMatchObject({
    late: 1,
    maxLatenessMicros: 700_000,
    latenessMicros: 700_000n,
  });
});

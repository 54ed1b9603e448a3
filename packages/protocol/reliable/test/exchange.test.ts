import { Inbox, Outbox, Sequence, WINDOW } from '@sotto/reliable';
import { type Instant, instant } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const options = {
  firstTimeoutMicros: 1000,
  maxTimeoutMicros: 8000,
  maxAttempts: 40,
  capacity: 5000,
};

/** A channel that loses, repeats and delays by a list of draws, for ever read from its start again. */
interface Channel {
  readonly draws: readonly number[];
  /** Copies that get through of 0..255 drawn. */
  readonly lossOf256: number;
}

interface Outcome {
  readonly shown: readonly number[];
  readonly delivered: ReadonlySet<number>;
  readonly failed: readonly number[];
}

/** Sends `count` messages in virtual time until both sides are quiet. */
function exchange(
  channel: Channel,
  count: number,
  inboxOf: () => Pick<Inbox, keyof Inbox>,
): Outcome {
  const outbox = new Outbox(options);
  const inbox = inboxOf();
  const events: { at: number; run: (now: Instant) => void }[] = [];
  const shown: number[] = [];
  const delivered = new Set<number>();
  const failed: number[] = [];
  let drawn = 0;
  const draw = (): number => channel.draws[drawn++ % channel.draws.length] ?? 0;
  const post = (now: Instant, arrive: (now: Instant) => void): void => {
    const copies = draw() < channel.lossOf256 ? 0 : draw() < 40 ? 2 : 1;
    for (let i = 0; i < copies; i++) events.push({ at: now + 1 + draw() * 10, run: arrive });
  };
  for (let i = 0; i < count; i++) outbox.enqueue(instant(0));
  let now = instant(0);
  for (let step = 0; step < 200_000; step++) {
    failed.push(...outbox.wake(now));
    for (const id of outbox.due(now)) {
      outbox.sent(now, id);
      post(now, (then) => {
        if (inbox.received(then, id) === 'new') shown.push(id);
      });
    }
    const acks = inbox.acksToSend(now);
    if (acks.length > 0) {
      post(now, () => {
        for (const id of acks) if (outbox.acked(id) === 'delivered') delivered.add(id);
      });
    }
    const times = [outbox.nextAt(), inbox.nextAt(), ...events.map((event) => event.at)];
    const next = Math.min(...times.filter((time) => time !== undefined));
    if (next === Infinity) return { shown, delivered, failed };
    now = instant(Math.max(now, next));
    for (const event of events.splice(0)) {
      if (event.at <= now) event.run(now);
      else events.push(event);
    }
  }
  throw new Error('the exchange never came to rest');
}

const channels: fc.Arbitrary<Channel> = fc.record({
  draws: fc.array(fc.nat(255), { minLength: 50, maxLength: 400 }),
  lossOf256: fc.nat(120),
});
const newInbox = (): Inbox => new Inbox({ acknowledgeAfterMicros: 300 });

/** What must hold whatever the channel does. */
function broken({ shown, delivered, failed }: Outcome, count: number): string | undefined {
  if (new Set(shown).size !== shown.length) return 'a message was shown twice';
  for (const id of delivered) if (!shown.includes(id)) return 'delivered but never shown';
  if (new Set([...delivered, ...failed]).size !== count) return 'a message was neither';
  return undefined;
}

test('each message is shown once and reported once, through loss, repeats and reordering', () => {
  fc.assert(
    fc.property(channels, fc.integer({ min: 1, max: 30 }), (channel, count) => {
      expect(broken(exchange(channel, count, newInbox), count)).toBeUndefined();
    }),
    { numRuns: 40 },
  );
});

test('more messages than the window, over a channel that loses a third, all arrive', () => {
  let state = 1;
  const draws = Array.from({ length: 997 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  const count = 2 * WINDOW + 50;
  const outcome = exchange({ draws, lossOf256: 85 }, count, newInbox);
  expect(broken(outcome, count)).toBeUndefined();
  expect(outcome.failed).toEqual([]);
  expect(outcome.delivered.size).toBe(count);
});

test('a channel that carries nothing ends in failure of all, and rest', () => {
  const outcome = exchange({ draws: [0], lossOf256: 256 }, 5, newInbox);
  expect(outcome).toEqual({ shown: [], delivered: new Set(), failed: [0, 1, 2, 3, 4] });
});

test('an inbox that takes repeats as new is found', () => {
  const forgetful = (): Pick<Inbox, keyof Inbox> => {
    const inner = newInbox();
    return {
      received: (now, id) => {
        inner.received(now, id);
        return 'new';
      },
      nextAt: () => inner.nextAt(),
      acksToSend: (now) => inner.acksToSend(now),
      acksToCarry: () => inner.acksToCarry(),
      decline: () => inner.decline(),
      export: () => inner.export(),
    };
  };
  const run = fc.check(
    fc.property(channels, (channel) => broken(exchange(channel, 20, forgetful), 20) === undefined),
    { numRuns: 20 },
  );
  expect(run.failed).toBe(true);
});

/** What a reader sees who wants order: each number that was shown, as its turn comes. */
function inOrder(shown: readonly number[], window: number): readonly number[] {
  const sequence = new Sequence<number>(window);
  const read: number[] = [];
  for (const id of shown) {
    sequence.add(id, id);
    for (let next = sequence.take(); next !== undefined; next = sequence.take()) read.push(next);
  }
  return read;
}

test('above it a sequence gives each message once and in order, with never more than the window kept', () => {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  fc.assert(
    fc.property(channels, fc.integer({ min: 1, max: 60 }), (channel, count) => {
      const { shown, failed } = exchange(channel, count, newInbox);
      // A message that was given up ends the order: what comes after it is not read.
      const end = Math.min(count, ...failed.filter((id) => !shown.includes(id)));
      expect(inOrder(shown, WINDOW)).toEqual(numbers(end));
    }),
    { numRuns: 40 },
  );
  const draws = Array.from({ length: 997 }, (_, i) => (i * 7919) % 256);
  const { shown } = exchange({ draws, lossOf256: 85 }, 2 * WINDOW, newInbox);
  expect(shown).not.toEqual(numbers(2 * WINDOW));
  expect(inOrder(shown, WINDOW)).toEqual(numbers(2 * WINDOW));
  // Planted: a reader who keeps one value alone loses what was overtaken.
  expect(inOrder(shown, 1)).not.toEqual(numbers(2 * WINDOW));
});

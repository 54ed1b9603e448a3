import { ACKNOWLEDGEMENT_SEATS, type Flow, SendQueue } from '@sotto/endpoint';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const message = (key: string): Flow => ({ lane: 'message', key });
const acknowledgement = (key: string): Flow => ({ lane: 'acknowledgement', key });
const LIMITS = { perFlow: 8, total: 20 };

test('flows take turns, each in its own order, and none waits behind another’s packets', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 20 }), (order) => {
      const queue = new SendQueue<string>({ perFlow: 20, total: 20 });
      order.forEach((flow, i) => void queue.enqueue('fast', message(`${flow}`), `${flow}:${i}`, 0));
      const served: string[] = [];
      for (let item = queue.take('fast', undefined, 0); item !== undefined;) {
        served.push(item);
        item = queue.take('fast', undefined, 0);
      }
      expect(served.length).toBe(order.length);
      const flows = [...new Set(order)];
      for (const flow of flows) {
        const own = served.filter((item) => item.startsWith(`${flow}:`));
        expect(own).toEqual(order.flatMap((of, i) => (of === flow ? [`${of}:${i}`] : [])));
        // In the first round everybody is served once.
        const first = served.findIndex((item) => item.startsWith(`${flow}:`));
        expect(first).toBeLessThan(flows.length);
      }
    }),
    { numRuns: 100, seed: 1 },
  );
});

type Take = (queue: SendQueue<string>, turn: number, seat: number) => string | undefined;

/** Turns after which acknowledgement `a` leaves, while messages and acknowledgements of others wait. */
function pace(load: { messages: number; acknowledgements: number }, take: Take): number[] {
  const queue = new SendQueue<string>({ perFlow: 100, total: 400 });
  for (const contact of ['quiet', 'loud', 'louder']) queue.seat(contact);
  for (let i = 0; i < load.messages; i++) queue.enqueue('fast', message('loud'), `m${i}`, 0);
  for (let i = 0; i < load.acknowledgements; i++) {
    queue.enqueue('fast', acknowledgement('loud'), `b${i}`, 0);
    queue.enqueue('fast', acknowledgement('louder'), `c${i}`, 0);
  }
  for (let i = 0; i < 3; i++) queue.enqueue('fast', acknowledgement('quiet'), `a${i}`, 0);
  const left: number[] = [];
  for (let turn = 0; turn < 100; turn++) {
    if (take(queue, turn, turn >> 1)?.startsWith('a') ?? false) left.push(turn);
  }
  return left;
}

test('acknowledgements keep their pace whatever another contact makes wait, and shared turns are caught', () => {
  const isAcknowledgement = (turn: number): boolean => turn % 2 === 1;
  const lanes: Take = (queue, turn, seat) =>
    queue.take('fast', isAcknowledgement(turn) ? seat : undefined, 0);
  const quiet = { messages: 0, acknowledgements: 0 };
  const alone = pace(quiet, lanes);
  expect(alone.length).toBe(3);
  for (const messages of [0, 60]) {
    for (const acknowledgements of [0, 1, 60]) {
      expect(pace({ messages, acknowledgements }, lanes)).toEqual(alone);
    }
  }
  // The planted faults: acknowledgements in any turn; turns of those only that have something.
  const greedy: Take = (queue, turn, seat) =>
    lanes(queue, turn, seat) ?? queue.take('fast', seat, 0);
  expect(pace({ messages: 60, acknowledgements: 0 }, greedy)).not.toEqual(pace(quiet, greedy));
  const shared: Take = (queue, turn) => {
    if (!isAcknowledgement(turn)) return queue.take('fast', undefined, 0);
    const waiting = [0, 1, 2].filter(
      (seat) => queue.depthOf('fast', acknowledgement(['quiet', 'loud', 'louder'][seat] ?? '')) > 0,
    );
    return queue.take('fast', waiting[turn % Math.max(1, waiting.length)] ?? 0, 0);
  };
  expect(pace({ messages: 0, acknowledgements: 60 }, shared)).not.toEqual(pace(quiet, shared));
});

test('seats fill evenly, each serves its own contacts in turn, and one that left makes room', () => {
  const queue = new SendQueue<string>(LIMITS);
  const held = ACKNOWLEDGEMENT_SEATS;
  for (let i = 0; i < held + 1; i++) queue.seat(`contact ${i}`);
  const put = (contact: number, what: string): void =>
    void queue.enqueue('fast', acknowledgement(`contact ${contact}`), what, 0);
  // The last one shares the first one's seat.
  for (const what of ['a', 'b']) put(0, what);
  put(held, 'c');
  put(1, 'd');
  expect([0, 0, 0].map(() => queue.take('fast', 7 * held, 0))).toEqual(['a', 'c', 'b']);
  expect(queue.take('fast', 7 * held, 0)).toBeUndefined();
  expect(queue.take('fast', 7 * held + 1, 0)).toBe('d');
  queue.remove('contact 2');
  queue.seat('late');
  queue.seat('late');
  queue.enqueue('fast', acknowledgement('late'), 'e', 0);
  expect(queue.take('fast', 7 * held + 1, 0)).toBeUndefined();
  expect(queue.take('fast', 7 * held + 2, 0)).toBe('e');
});

test('what fills up somebody just met takes only slots that nothing else wants', () => {
  const meeting = (key: string): Flow => ({ lane: 'meeting', key });
  const load = { messages: 30, acknowledgements: 10 };
  const honest: Take = (queue, turn, seat) =>
    queue.take('fast', turn % 2 === 1 ? seat : undefined, 0);
  // Whether and how much of it waits changes no turn of what is served before it.
  const served = (take: Take, packets: number): string[] => {
    const queue = new SendQueue<string>({ perFlow: 100, total: 400 });
    for (let i = 0; i < packets; i++) queue.enqueue('fast', meeting('new'), `f${i}`, 0);
    for (let i = 0; i < load.messages; i++) queue.enqueue('fast', message('loud'), `m${i}`, 0);
    for (let i = 0; i < load.acknowledgements; i++) {
      queue.enqueue('fast', acknowledgement('loud'), `a${i}`, 0);
    }
    return Array.from({ length: 200 }, (_, turn) => take(queue, turn, turn >> 1) ?? '');
  };
  const others = (items: readonly string[]): string[] =>
    items.map((item) => (item.startsWith('f') ? '' : item));
  const alone = served(honest, 0);
  const filled = served(honest, 8);
  expect(others(filled)).toEqual(alone);
  expect(filled.filter((item) => item.startsWith('f'))).toHaveLength(8);
  // The planted fault: it takes its turns among the messages.
  const greedy: Take = (queue, turn, seat) =>
    (turn % 3 === 0 ? queue.remove('new')[0] : undefined) ?? honest(queue, turn, seat);
  expect(others(served(greedy, 8))).not.toEqual(alone);
});

test('bounds, durability and removal', () => {
  const queue = new SendQueue<number>(LIMITS);
  const put = (key: string, stamp = 0): string => {
    const result = queue.enqueue('slow', message(key), stamp, stamp);
    return result.ok ? 'ok' : result.error.code;
  };
  for (let i = 0; i < 8; i++) expect(put('a', 2)).toBe('ok');
  expect(put('a')).toBe('flow-full');
  for (let i = 0; i < 12; i++) expect(put(`b${i % 2}`, i < 2 ? 1 : 2)).toBe('ok');
  expect(put('c')).toBe('queue-full');
  expect(queue.take('fast', undefined, 9)).toBeUndefined();
  expect(queue.take('slow', undefined, 0)).toBeUndefined();
  expect([queue.take('slow', undefined, 1), queue.take('slow', undefined, 1)]).toEqual([1, 1]);
  expect(queue.take('slow', undefined, 1)).toBeUndefined();
  expect(queue.remove('a').length).toBe(8);
  expect(queue.depth).toBe(10);
});

import { type Flow, SendQueue } from '@sotto/endpoint';
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
      for (let item = queue.take('fast', false, 0); item !== undefined;) {
        served.push(item);
        item = queue.take('fast', false, 0);
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

/** Turns after which acknowledgement `a` leaves, while `load` messages of another contact wait. */
function pace(load: number, take: (queue: SendQueue<string>, turn: number) => string | undefined) {
  const queue = new SendQueue<string>({ perFlow: 100, total: 100 });
  for (let i = 0; i < load; i++) queue.enqueue('fast', message('loud'), `m${i}`, 0);
  for (let i = 0; i < 3; i++) queue.enqueue('fast', acknowledgement('quiet'), `a${i}`, 0);
  const left: number[] = [];
  for (let turn = 0; turn < 30; turn++) {
    if (take(queue, turn)?.startsWith('a') ?? false) left.push(turn);
  }
  return left;
}

test('acknowledgements keep their pace under another contact’s load, and a shared queue is caught', () => {
  const isAcknowledgement = (turn: number): boolean => turn % 4 === 3;
  const lanes = (queue: SendQueue<string>, turn: number): string | undefined =>
    queue.take('fast', isAcknowledgement(turn), 0);
  expect(pace(0, lanes)).toEqual([3, 7, 11]);
  expect(pace(50, lanes)).toEqual(pace(0, lanes));
  // The planted fault: what has nothing else to do takes acknowledgements in any turn.
  const greedy = (queue: SendQueue<string>, turn: number): string | undefined =>
    queue.take('fast', isAcknowledgement(turn), 0) ?? queue.take('fast', true, 0);
  expect(pace(50, greedy)).not.toEqual(pace(0, greedy));
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
  expect(queue.take('fast', false, 9)).toBeUndefined();
  expect(queue.take('slow', false, 0)).toBeUndefined();
  expect([queue.take('slow', false, 1), queue.take('slow', false, 1)]).toEqual([1, 1]);
  expect(queue.take('slow', false, 1)).toBeUndefined();
  expect(queue.remove('a').length).toBe(8);
  expect(queue.depth).toBe(10);
});

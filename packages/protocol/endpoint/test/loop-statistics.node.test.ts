import { LoopStatistics } from '@sotto/endpoint';
import { instant } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Network, SECOND } from './network.ts';

test('loops end once: returned, garbled or lost, counted for each node of their path', () => {
  const loops = new LoopStatistics(3, SECOND);
  const sent = ['a b', 'b c', 'c d', 'a d'].map((path) => loops.sent(path.split(' '), instant(10)));
  const [first = 0, second = 0, third = 0] = sent;
  loops.arrived(first, true);
  loops.arrived(first, true);
  loops.arrived(second, false);
  loops.arrived(third, false);
  loops.arrived(third, true);
  expect(loops.waiting).toBe(2);
  loops.expire(instant(9));
  expect(loops.total).toEqual({ returned: 2, garbled: 0, lost: 0 });
  expect(loops.nextAt).toBe(10);
  loops.expire(instant(10));
  expect(loops.total).toEqual({ returned: 2, garbled: 1, lost: 1 });
  expect(loops.of('a')).toEqual({ returned: 1, garbled: 0, lost: 1 });
  expect(loops.of('b')).toEqual({ returned: 1, garbled: 1, lost: 0 });
  // The fourth node came when three were counted apart.
  expect(loops.of('d')).toEqual({ returned: 0, garbled: 0, lost: 0 });
  expect(loops.waiting).toBe(0);
});

test('a guard that drops or garbles shows in the counts of its loops', () => {
  const network = new Network('guard that lies');
  const alice = network.join('alice');
  let seen = 0;
  network.tamper = (mail) => {
    seen++;
    if (seen % 3 === 0) return undefined;
    const body = mail.body.slice();
    if (seen % 3 === 1) body[1000] = (body[1000] ?? 0) ^ 1;
    return { ...mail, body };
  };
  network.run(15 * SECOND);
  alice.endpoint.handle(network.now, { kind: 'link', up: false });
  network.run(120 * SECOND);
  const { total } = alice.endpoint.loops;
  expect(total.returned).toBeGreaterThan(3);
  expect(total.garbled).toBeGreaterThan(3);
  expect(total.lost).toBeGreaterThan(3);
  // Every loop begins and ends at the guard.
  expect(alice.endpoint.loops.of(network.passages[0]?.path[0] ?? '')).toEqual(total);
});

test('a guard that swallows what comes back raises an alarm, and one’s own link that was down does not', () => {
  const network = new Network('guard that swallows');
  const alice = network.join('alice');
  network.run(15 * SECOND);
  network.tamper = () => undefined;
  network.run(20 * SECOND);
  // What is under way is lost with the link.
  alice.endpoint.handle(network.now, { kind: 'link', up: false });
  network.run(60 * SECOND);
  expect(alice.endpoint.loops.total.lost).toBeGreaterThan(6);
  expect(alice.of('loop-alarm')).toEqual([]);

  alice.endpoint.handle(network.now, { kind: 'link', up: true });
  network.run(80 * SECOND);
  const key = network.passages[0]?.path[0] ?? '';
  expect(alice.of('loop-alarm')).toMatchObject([
    { raised: true, alarm: { subject: 'guard', key } },
  ]);
  expect(alice.endpoint.loops.alarms).toMatchObject([{ key }]);

  network.tamper = undefined;
  network.run(140 * SECOND);
  expect(alice.of('loop-alarm')).toHaveLength(2);
  expect(alice.of('loop-alarm').at(-1)).toMatchObject({ raised: false, alarm: { key } });
});

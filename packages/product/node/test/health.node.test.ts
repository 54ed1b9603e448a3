import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { expect, test } from 'vitest';
import { Health, HEALTH_MILLIS, quietMillis } from '../src/health.ts';
import type { NodeStatus } from '../src/node-status.ts';
import { statusOf } from './sample-status.ts';

const QUIET = quietMillis(DEFAULT_PARAMETERS.fastMeanMicros);
const base = statusOf('a'.repeat(32), 3);
const up: NodeStatus = { ...base, alarms: [] };

const withNodes = (nodes: number): NodeStatus => ({ ...up, relay: { ...up.relay, nodes } });
const withLoops = (sent: number, returned: number): NodeStatus => ({
  ...up,
  relay: { ...up.relay, loops: { sent, returned, lost: 0, garbled: 0 } },
});

/** One that was healthy at 0. */
function healthy(): Health {
  const health = new Health(QUIET);
  expect(health.look(0, up)).toEqual([]);
  return health;
}

test('a node that has just started is not healthy until it is listed and knows another', () => {
  const health = new Health(QUIET);
  const alone = { ...withNodes(0), listed: false };
  expect(health.look(0, alone)).toEqual(['starting', 'not-listed', 'no-other-node']);
  expect(health.look(1, withNodes(1))).toEqual(['starting', 'no-other-node']);
  expect(health.look(2, up)).toEqual([]);
});

test('a node that is stopping or has failed is not healthy', () => {
  expect(healthy().look(1, { ...up, state: 'stopping', listed: false })).toEqual(['stopping']);
  expect(healthy().look(1, { ...up, state: 'failed' })).toEqual(['failed']);
});

test('a node that is not in its own list, or knows nobody else, is not healthy', () => {
  expect(healthy().look(1, { ...up, listed: false })).toEqual(['not-listed']);
  expect(healthy().look(1, withNodes(1))).toEqual(['no-other-node']);
  expect(healthy().look(1, { ...withNodes(1), listed: false })).toEqual(['not-listed']);
});

test('a node none of whose loops comes back for two minutes is not healthy; one return heals it', () => {
  expect(QUIET).toBe(120_000);
  const health = new Health(QUIET);
  let sent = 100;
  expect(health.look(0, withLoops(sent, 90))).toEqual([]);
  for (let at = HEALTH_MILLIS; at <= QUIET; at += HEALTH_MILLIS) {
    expect(health.look(at, withLoops((sent += 30), 90))).toEqual([]);
  }
  expect(health.look(QUIET + HEALTH_MILLIS, withLoops((sent += 30), 90))).toEqual(['no-loop-back']);
  expect(health.look(QUIET + HEALTH_MILLIS + 1, withLoops(sent, 91))).toEqual([]);
});

test('loops that were not sent for an hour are not missed when they begin again', () => {
  const health = healthy();
  for (let at = 0; at < 3_600_000; at += HEALTH_MILLIS) health.look(at, withLoops(50, 40));
  expect(health.look(3_600_000, withLoops(90, 40))).toEqual([]);
});

test('where delays are long a loop has longer: 28 of the fast class’s means, stretched fourfold, and the links', () => {
  expect(quietMillis(10_000_000)).toBe(28 * 10_000 * 4 + 5000);
});

test('alarms do not make a node unhealthy, its own neither', () => {
  const alarms = (['self', 'node', 'link'] as const).map((subject) => ({
    subject,
    key: 'k',
    suspects: [],
  }));
  expect(
    healthy().look(1, { ...up, alarms, relay: { ...up.relay, alarms: 3, slowdown: 4 } }),
  ).toEqual([]);
});

test('a clock that is off does not make a node unhealthy', () => {
  const clock = { compared: 9, finding: 'ahead', aheadMicros: 1e10 } as const;
  expect(healthy().look(1, { ...up, clock })).toEqual([]);
});

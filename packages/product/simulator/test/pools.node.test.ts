import { localParameters, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';

// It is times that are looked at here, on which the curve has no influence.
const suite = curveless(await open());

/**
 * The rate aims at twelve. Over 20 s a mean strays by √(2·12·0.25/20) = 0.55 (one deviation), so the
 * least of twenty is below ten once in 300 seeds.
 */
const WINDOW_MICROS = 20 * MICROS_PER_SECOND;

test('with cover alone, every pool holds ten packets or more, fast class, each half of its layer', () => {
  const parameters = localParameters();
  const net = new VirtualNetwork<unknown>({ suite, seed: 'pools', parameters, nodes: 12 });
  net.run(5 * MICROS_PER_SECOND);
  const before = net.metrics();
  net.run(WINDOW_MICROS);
  const means: number[] = [];
  for (const [i, node] of net.metrics().entries()) {
    const earlier = before[i];
    if (earlier === undefined) throw new Error('a node vanished');
    const halves = node.layer === 3 ? (['recipient'] as const) : (['sender', 'recipient'] as const);
    for (const half of halves) {
      const occupancy =
        node.pool.strata.fast[half].occupancy - earlier.pool.strata.fast[half].occupancy;
      means.push(Number(occupancy) / WINDOW_MICROS);
    }
  }
  expect(Math.min(...means)).toBeGreaterThan(10);
});

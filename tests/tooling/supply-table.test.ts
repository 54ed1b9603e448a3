import { readFileSync } from 'node:fs';
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { PLANS, SAVER } from '@sotto/link';
import { expect, test } from 'vitest';
import { supplyMarkdown, supplyMonth } from '../../bench/supply-table.ts';

const cells = (line: string): string[] => line.split('|').map((cell) => cell.trim());

test('the table of reply blocks in docs is what plans, parameters and targets give', () => {
  const docs = readFileSync(new URL('../../docs/supply.md', import.meta.url), 'utf8');
  const written = docs.split('\n').map((line) => cells(line).join('|'));
  const [head = '', , ...rows] = supplyMarkdown(
    PLANS.map((plan) => supplyMonth(plan, DEFAULT_PARAMETERS)),
  );
  for (const line of [head, ...rows]) expect(written).toContain(cells(line).join('|'));
});

test('a month of a plan follows the plan and the parameters', () => {
  const month = supplyMonth(SAVER, DEFAULT_PARAMETERS);
  const { loopShare } = DEFAULT_PARAMETERS;
  const loops = (month.packetsUp * loopShare) / 65_536;
  expect(month.mailPackets + month.fetchPackets + loops).toBeCloseTo(month.packetsUp, -1);
  expect((month.packetsUp + month.packetsDown) * 1600).toBe(month.bytes);
  const short = { ...DEFAULT_PARAMETERS, epochMicros: DEFAULT_PARAMETERS.epochMicros / 2 };
  expect(supplyMonth(SAVER, short).quietBlocks).toBe(Math.ceil(2 * 30.4375 * 4));
});

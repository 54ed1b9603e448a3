import { readFileSync } from 'node:fs';
import { PEOPLE_ON_PLAN, planFigures } from '@sotto/client';
import { PLANS, SAVER } from '@sotto/link';
import { PLAN_ASSUMPTIONS } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { expect, inject, test } from 'vitest';
import { DOCS_FILE, figuresOf, plansTable } from '../../tools/gen-plan-figures.ts';

test('the table of plans in docs has the figures that are shown', () => {
  const cells = (line: string): string[] => line.split('|').map((cell) => cell.trim());
  const docs = readFileSync(DOCS_FILE, 'utf8')
    .split('\n')
    .map((line) => cells(line).join('|'));
  const all = Object.fromEntries(PLANS.map(({ name }) => [name, planFigures(name)]));
  const [head = [], , ...rows] = plansTable(all);
  expect(rows).toHaveLength(5);
  for (const row of [head, ...rows]) expect(docs).toContain(['', ...row, ''].join('|'));
  expect(PEOPLE_ON_PLAN).toBe(PLAN_ASSUMPTIONS.people);
});

// Each takes some ten seconds of a core: in the short form one of them.
test('the figures that are shown are those of the endpoint as it is', async () => {
  const suite = await open();
  for (const plan of inject('long') ? PLANS : [SAVER]) {
    expect(figuresOf(suite, plan)).toEqual(planFigures(plan.name));
  }
});

/**
 * The plans as they are offered (docs/plans.md): what each costs, how long messages take, and among how
 * many its people hide, by the real endpoint in virtual time: the same on every machine.
 */
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { monthBytes, PLANS } from '@sotto/link';
import { PLAN_ASSUMPTIONS, planFigures } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { round, type Row } from './row.ts';

/** One row a plan, hours and figure. */
export async function* plansBench(): AsyncGenerator<Row> {
  const suite = await open();
  for (const plan of PLANS) {
    yield {
      bench: 'plans',
      metric: 'month',
      value: monthBytes(plan),
      unit: 'bytes',
      plan: plan.name,
    };
    for (const { plan: name, hours, messages, lost, ...figures } of planFigures(
      suite,
      DEFAULT_PARAMETERS,
      plan,
    )) {
      const of = { plan: name, hours, messages, lost };
      for (const [metric, value] of Object.entries(figures)) {
        yield { bench: 'plans', metric, value: round(value), ...unitOf(metric), ...of };
      }
    }
  }
}

function unitOf(metric: string): { readonly unit: string; readonly people?: number } {
  if (metric === 'messagesToName') return { unit: 'messages', people: PLAN_ASSUMPTIONS.people };
  if (metric.startsWith('hidden')) return { unit: 'people', people: PLAN_ASSUMPTIONS.people };
  return { unit: 's' };
}

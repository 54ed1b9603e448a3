/**
 * What reply blocks take of each plan in a month (docs/supply.md): arithmetic, the same on every
 * machine. One row a plan and figure.
 */
import { DEFAULT_PARAMETERS } from '@sotto/directory';
import { PLANS } from '@sotto/link';
import type { Row } from './row.ts';
import { supplyMonth } from './supply-table.ts';

/** Rows of every plan, from the cheapest. */
export async function* supplyBench(): AsyncGenerator<Row> {
  for (const { plan, ...figures } of PLANS.map((each) => supplyMonth(each, DEFAULT_PARAMETERS))) {
    for (const [metric, value] of Object.entries(figures)) {
      yield { bench: 'supply', metric, value, unit: unitOf(metric), plan };
    }
  }
}

function unitOf(metric: string): string {
  if (metric === 'bytes') return 'bytes/month';
  if (metric.endsWith('Blocks')) return 'blocks/month';
  if (metric.startsWith('quietContacts')) return 'contacts';
  return metric === 'aliasesAtPace' ? 'aliases' : 'packets/month';
}

import { type Plan, PLANS } from '@sotto/endpoint';
import type { Client } from './client-io.ts';
import { SottoError } from './sotto-error.ts';

/** The plan of a name. @throws SottoError `unknown-plan`. */
export function planOf(name: string): Plan {
  const plan = PLANS.find((known) => known.name === name);
  if (plan !== undefined) return plan;
  const names = PLANS.map((known) => known.name).join(', ');
  throw new SottoError('unknown-plan', `expected one of ${names}, got "${name}"`);
}

/** What was asked for when an account was opened, and that an account of before may have otherwise. Closes the client when that fails. */
export async function settle(
  client: Client,
  { plan, name }: { readonly plan?: string; readonly name?: string },
): Promise<void> {
  try {
    if (plan !== undefined) {
      const { name: current, next } = await client.plan();
      if ((next?.name ?? current) !== plan) await client.setPlan(plan);
    }
    if (name !== undefined && (await client.profile()).name !== name) {
      await client.setProfile({ name });
    }
  } catch (error) {
    await client.close();
    throw error;
  }
}

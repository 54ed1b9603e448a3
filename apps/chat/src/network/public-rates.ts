import type { PublicRates } from './own-cards.tsx';

const numberIn = (value: unknown, name: string): number => {
  const found: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  if (typeof found === 'number' && Number.isFinite(found)) return found;
  throw new TypeError(`"${name}" expected a number in the network's parameters`);
};

/** Rates of this network, from what its server says. Rejects when it does not. */
export async function publicRates(): Promise<PublicRates> {
  const response = await fetch('./network.json');
  const network: unknown = await response.json();
  const parameters: unknown =
    typeof network === 'object' && network !== null && 'parameters' in network
      ? network.parameters
      : undefined;
  return {
    fastMeanMillis: numberIn(parameters, 'fastMeanMicros') / 1000,
    slowMeanMillis: numberIn(parameters, 'slowMeanMicros') / 1000,
    loopShare: numberIn(parameters, 'loopShare') / 65_536,
    slowShare: numberIn(parameters, 'slowShare') / 65_536,
  };
}

import { DEFAULT_PARAMETERS, type NetworkParameters } from '@sotto/directory';
import { MICROS_PER_MS, MICROS_PER_SECOND } from '@sotto/wire';

/** Mean delay of the fast class at one hop in a local network, ms. */
export const LOCAL_MEAN_DELAY_MS = 250;
/** Mean delay of the slow class at one hop in a local network, ms; 30 s in a public one. */
export const LOCAL_SLOW_MEAN_DELAY_MS = 2000;

/**
 * Parameters of a network for one's own machine: those of the public one, with a shorter slow class.
 *
 * @param delays - mean delays at one hop, ms.
 */
export function localParameters(
  delays: { readonly meanDelayMs?: number; readonly slowMeanDelayMs?: number } = {},
): NetworkParameters {
  const fastMeanMicros = Math.round((delays.meanDelayMs ?? LOCAL_MEAN_DELAY_MS) * MICROS_PER_MS);
  const slow = Math.round((delays.slowMeanDelayMs ?? LOCAL_SLOW_MEAN_DELAY_MS) * MICROS_PER_MS);
  const slowMeanMicros = Math.max(slow, fastMeanMicros);
  return {
    ...DEFAULT_PARAMETERS,
    fastMeanMicros,
    slowMeanMicros,
    graceMicros: Math.max(60 * MICROS_PER_SECOND, 30 * slowMeanMicros),
  };
}

import type { NetworkParameters } from '@sotto/directory';
import type { Plan } from '@sotto/endpoint';
import { localParameters } from '@sotto/simulator';

export const SECOND = 1_000_000;

/** Eight slots and sixteen frames a second: a whole acquaintance in a few virtual minutes. */
export const TEST_PLAN: Plan = {
  name: 'test',
  code: 99,
  phase: { uplinkMeanMicros: 125_000, downlinkIntervalMicros: 62_500 },
};

/** Sends next to nothing, and hears as fast as the other. */
export const LISTENER: Plan = {
  name: 'listener',
  code: 98,
  phase: { uplinkMeanMicros: 40 * SECOND, downlinkIntervalMicros: 62_500 },
};

/** A network whose cover is thin, so that minutes of it fit a test; what cover does is in pools.node.test.ts. */
export const thinCover = (changes: Partial<NetworkParameters> = {}): NetworkParameters =>
  localParameters({
    poolTarget: 0,
    minLoopsPerMixPerSecond: 1,
    slowMeanMicros: SECOND / 2,
    // As many times faster than by default as the plan is faster than home's.
    answerMeanMicros: SECOND / 4,
    ...changes,
  });

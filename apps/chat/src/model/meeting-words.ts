import type { Introduction, OpenAddress } from '@sotto/client';
import { duration } from './format.ts';

/** Puzzles to choose from, in zero bits of a proof. */
export const PRICES: readonly [number, number, number] = [0, 18, 22];

/** What a stranger pays, by the cost of a proof: 18 bits are some seconds of a telephone for each packet. */
export function priceWords(cost: number): string {
  if (cost === 0) return 'Nothing';
  return cost < 20 ? 'Some seconds of work' : 'Some minutes of work';
}

/** How many may still come today, and how many have come. */
export function roomWords({ people, left, met }: OpenAddress): string {
  const room = left === 0 ? 'Nobody more gets in' : `${left} of ${people} people may still come`;
  return met === 0 ? `${room}.` : `${room}; ${met} came so far.`;
}

/** How long an address lives. */
export const stayWords = (awayMillis: number): string =>
  `Until you close it. Come by within ${duration(awayMillis)}, or nobody gets in until you do.`;

/** Where an introduction stands; of one that waits for this person's answer nothing is said. */
export function introductionWords({ side, state }: Introduction): string {
  switch (state) {
    case 'offered':
      return side === 'introducer' ? 'Both have still to say yes, or one of them.' : '';
    case 'accepted':
      return 'You said yes. The other has not yet.';
    case 'connecting':
      return 'Both said yes. You are about to meet.';
    case 'met':
      return 'You have met.';
    case 'connected':
      return 'Both said yes. They meet without you now.';
    case 'declined':
      return 'You said no.';
    case 'withdrawn':
      return side === 'introducer'
        ? 'It was taken back, or one of them said no.'
        : 'It comes to nothing.';
    case 'failed':
      return 'It did not come about.';
    default:
      return state satisfies never;
  }
}

/** Whether this side can still say no to it, or take it back. */
export const canEnd = ({ state }: Introduction): boolean =>
  state === 'offered' || state === 'accepted';

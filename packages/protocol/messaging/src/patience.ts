import { epochAt, epochStart, type NetworkParameters } from '@sotto/directory';
import { quietMicros } from '@sotto/endpoint';
import { phaseAt, type Plan } from '@sotto/link';
import { type Instant, MICROS_PER_SECOND } from '@sotto/wire';

/** Means after which an answer is here, but for one in a thousand: seven hops there and back. */
const ROUND_TRIP_MEANS = 16;
/** Slots that a packet waits for at most, all but always: the queue holds more than one. */
const SLOTS = 20;
/** Frames that come down before it, likewise. */
const FRAMES = 40;
/** Links, and clocks that are a little apart. */
const LINKS_MICROS = 2 * MICROS_PER_SECOND;

/** Microseconds that the client links of two people on this plan take for a question and its answer; a slow plan takes long. */
function lineMicros(plan: Plan, now: Instant): number {
  const { uplinkMeanMicros, downlinkIntervalMicros } = phaseAt(plan, now).phase;
  return SLOTS * uplinkMeanMicros + FRAMES * downlinkIntervalMicros + LINKS_MICROS;
}

/** Mean delay, microseconds, at the hops of one's own half of what leaves in fast slots: slow ones where slots are rare. */
export const fastMicros = (
  plan: Plan,
  now: Instant,
  { fastMeanMicros, slowMeanMicros }: Pick<NetworkParameters, 'fastMeanMicros' | 'slowMeanMicros'>,
): number => (phaseAt(plan, now).phase.slowOnly === true ? slowMeanMicros : fastMeanMicros);

/** After how long a question has been answered, if anybody is there: mixing at a class's mean, and both client links. */
export const roundTripMicros = (plan: Plan, now: Instant, meanMicros: number): number =>
  ROUND_TRIP_MEANS * meanMicros + lineMicros(plan, now);

/** Means of its class after which what left has arrived, but for one in a thousand. */
const ONE_WAY_MEANS = 12;

/** After how long what left has arrived, if it does: mixing at a class's mean, and links. */
export const oneWayMicros = (meanMicros: number): number =>
  ONE_WAY_MEANS * meanMicros + LINKS_MICROS;

/** The pace of a talk that blocks are there for before anything is known of it: a message in three seconds ... */
const TALK_GAP_MICROS = 3 * MICROS_PER_SECOND;
/** ... or in four slots, where a plan is slower than that. */
const TALK_GAP_SLOTS = 4;
/** Direct blocks that a contact is to hold, whatever the round trip. */
export const LEAST_DIRECT = 8;
/** And at most, however fast it writes: each is a way to one's guard that depends on three mixes. */
export const MOST_DIRECT = 16;

/** Heard from within this time, a contact counts as there: its direct blocks are used. */
export const TALKING_MICROS: number = 60 * MICROS_PER_SECOND;

/**
 * After how long a question has been answered where both ways lead by a mailbox: the alias of either
 * rests between two fetches.
 */
const mailRoundMicros = (
  plan: Plan,
  now: Instant,
  { slowMeanMicros }: Pick<NetworkParameters, 'slowMeanMicros'>,
): number =>
  roundTripMicros(plan, now, slowMeanMicros) +
  2 * quietMicros(phaseAt(plan, now).phase.uplinkMeanMicros, slowMeanMicros);

/** What the supply of one contact goes by. */
export interface TalkPace {
  /** Direct blocks that it should hold. */
  readonly direct: number;
  /** After how long something that went out has been answered, microseconds. */
  readonly answerMicros: number;
  /** Likewise where question and answer go by mailboxes. */
  readonly mailMicros: number;
  /** Whether an answer takes longer than two count as talking: under such a plan nobody does. */
  readonly slow: boolean;
  /**
   * Blocks of the current epoch that are of use before it ends, one after another's answer, and one
   * more: to somebody heard within the time of a direct answer, else to one who answers by mailbox.
   */
  readonly useful: number;
}

/**
 * What the supply of a contact goes by. Of direct blocks as many as a talk uses up in a round trip, at
 * the pace of every talk or at this one's if that is faster (docs/decisions/0035).
 *
 * @param heardAt - when the contact was last heard.
 * @param heard - messages of the contact's within so many microseconds.
 */
export function talkPace(
  plan: Plan,
  now: Instant,
  parameters: NetworkParameters,
  heardAt: Instant,
  heard: (withinMicros: number) => number,
): TalkPace {
  const answerMicros = roundTripMicros(plan, now, fastMicros(plan, now, parameters));
  const mailMicros = mailRoundMicros(plan, now, parameters);
  const left = epochStart(parameters, epochAt(parameters, now) + 1) - now;
  const { uplinkMeanMicros } = phaseAt(plan, now).phase;
  const gap = Math.max(TALK_GAP_MICROS, TALK_GAP_SLOTS * uplinkMeanMicros);
  const used = Math.max(Math.floor(answerMicros / gap), heard(answerMicros));
  return {
    direct: Math.min(MOST_DIRECT, Math.max(LEAST_DIRECT, used)),
    answerMicros,
    mailMicros,
    slow: answerMicros > 2 * TALKING_MICROS,
    useful: 1 + Math.floor(left / (now - heardAt < answerMicros ? answerMicros : mailMicros)),
  };
}

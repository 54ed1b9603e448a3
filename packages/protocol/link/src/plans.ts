import { after, instant, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import { GEOMETRY } from '@sotto/sphinx';

/** Rates of a plan while one of its phases lasts. */
export interface PlanPhase {
  /** Mean of the slot clock's exponential gaps, microseconds. */
  readonly uplinkMeanMicros: number;
  /** Constant gap between the frames that the guard sends, microseconds. */
  readonly downlinkIntervalMicros: number;
  /**
   * Every packet takes the slow class up to its crossover or service. Where slots are further apart
   * than fast delays are long, the time at which something arrives names the slot it left in, and so
   * its sender (docs/decisions/0048).
   */
  readonly slowOnly?: true;
}

/** Public hours of a plan: the same for all its people, so that being on tells nothing of one of them. */
export interface PlanHours {
  /** Whole hours of the day, UTC. */
  readonly hoursOfDay: readonly number[];
  /** Rates within them. */
  readonly phase: PlanPhase;
}

/** A public traffic class (Spec 08 §2), kept by both ends of a client's link. Each is an anonymity set of its own: that is why they are few. */
export interface Plan {
  /** What a person chooses. */
  readonly name: string;
  /** The plan's byte on the client link, from which the guard takes the downlink's interval. */
  readonly code: number;
  /** Rates outside the public hours; always, where there are none. */
  readonly phase: PlanPhase;
  /** Hours at another rate. */
  readonly hours?: PlanHours;
}

const DAY_MICROS = 86_400 * MICROS_PER_SECOND;
const HOUR_MICROS = 3600 * MICROS_PER_SECOND;
/** Seconds of a mean month, 365.25 days / 12. */
const MONTH_SECONDS = 2_629_800;

const second = (seconds: number): number => Math.round(seconds * MICROS_PER_SECOND);

/** For a line that is paid by the megabyte: minutes, not seconds, and about 316 MB a month. */
export const SAVER: Plan = {
  name: 'saver',
  code: 1,
  phase: { uplinkMeanMicros: second(40), downlinkIntervalMicros: second(20), slowOnly: true },
};

/** Two public hours a day at 1/s both ways, and a trickle: about 720 MB a month. */
export const MOBILE: Plan = {
  name: 'mobile',
  code: 2,
  phase: { uplinkMeanMicros: second(300), downlinkIntervalMicros: second(300), slowOnly: true },
  hours: {
    hoursOfDay: [7, 19],
    phase: { uplinkMeanMicros: second(1), downlinkIntervalMicros: second(1) },
  },
};

/** 2 slots/s up, 4/s down, always: about 25 GB a month. */
export const HOME: Plan = {
  name: 'home',
  code: 3,
  phase: { uplinkMeanMicros: second(0.5), downlinkIntervalMicros: second(0.25) },
};

/** Twice home, for under 5 s through a mailbox. */
export const SHIELD: Plan = {
  name: 'shield',
  code: 4,
  phase: { uplinkMeanMicros: second(0.25), downlinkIntervalMicros: second(0.125) },
};

/** Every plan, from the cheapest. */
export const PLANS: readonly Plan[] = [SAVER, MOBILE, HOME, SHIELD];

/** The plan of a byte on the client link; undefined when there is none. */
export const planByCode = (code: number): Plan | undefined =>
  PLANS.find((plan) => plan.code === code);

/** Rates at `now`, and when they change next; `until` is undefined when they never do. */
export function phaseAt(
  plan: Plan,
  now: Instant,
): { readonly phase: PlanPhase; readonly until: Instant | undefined } {
  const { hours } = plan;
  if (hours === undefined || hours.hoursOfDay.length === 0) {
    return { phase: plan.phase, until: undefined };
  }
  const inHours = (hour: number): boolean => hours.hoursOfDay.includes(hour % 24);
  const hour = Math.floor((now % DAY_MICROS) / HOUR_MICROS);
  const inside = inHours(hour);
  let ahead = 1;
  while (ahead < 24 && inHours(hour + ahead) === inside) ahead++;
  const start = instant(now - (now % HOUR_MICROS));
  return { phase: inside ? hours.phase : plan.phase, until: after(start, ahead * HOUR_MICROS) };
}

const perSecond = (phase: PlanPhase): number =>
  MICROS_PER_SECOND / phase.uplinkMeanMicros + MICROS_PER_SECOND / phase.downlinkIntervalMicros;

/** Bytes of both ways in a mean month: (up + down) × packet × seconds. */
export function monthBytes(plan: Plan): number {
  const share = (plan.hours?.hoursOfDay.length ?? 0) / 24;
  const within = plan.hours === undefined ? 0 : perSecond(plan.hours.phase);
  const mean = share * within + (1 - share) * perSecond(plan.phase);
  return Math.round(mean * MONTH_SECONDS * GEOMETRY.packetBytes);
}

/**
 * Reply blocks that one fetch may carry so that loops and answers together fill at most half of the
 * downlink, 1 to 3 (Spec 08 §8.4). A fuller downlink would make the guard's queue, and so a
 * person's traffic, visible as delay.
 *
 * @param shares - of slots, in 1/65536: loops, and slow ones among the rest.
 */
export function answersPerFetch(
  plan: Plan,
  shares: { readonly loopShare: number; readonly slowShare: number },
): number {
  const phases = plan.hours === undefined ? [plan.phase] : [plan.phase, plan.hours.phase];
  const fits = phases.map((phase) => {
    const up = 1 / phase.uplinkMeanMicros;
    const loops = (up * shares.loopShare) / 65_536;
    const fetches = (up * (1 - shares.loopShare / 65_536) * shares.slowShare) / 65_536;
    const spare = 1 / phase.downlinkIntervalMicros / 2 - loops;
    return fetches === 0 ? 3 : Math.floor(spare / fetches);
  });
  return Math.min(3, Math.max(1, Math.min(...fits)));
}

import type { NetworkParameters } from '@sotto/directory';
import type { Plan } from '@sotto/link';
import type { CryptoSuite } from '@sotto/suite';
import { MICROS_PER_SECOND } from '@sotto/wire';
import { type AttackCourse, attackByTimes } from './crowd-attack.ts';
import { lawOf } from './mailbox-attack.ts';
import { type PlanTrial, tryPlan } from './plan-trial.ts';

/** What the figures of a plan assume, said wherever they are shown. */
export const PLAN_ASSUMPTIONS = {
  /** People on the plan, all on. */
  people: 1000,
  /** Seconds that a packet takes on each link of a network that spans the world. */
  linkSeconds: 0.1,
  mixesPerLayer: 20,
  messages: 450,
} as const;

/** Messages that a mailbox can link: one alias takes no more. */
const LINKED = 8;
/** Links of a message to the guard: client, guard, two mixes, cross-over, two mixes, guard, client. */
const DIRECT_LINKS = 8;
/** Of one by mailbox: seven there; four of the fetch that finds it and four of its answer. */
const MAILBOX_LINKS = 15;
/** Mean delays before the first event that counts: what left before the trial has arrived by then. */
const LEAD_MEANS = 20;

/** Figures of a plan, or of its public hours, or of the time between them. */
export interface PlanRow {
  readonly plan: string;
  readonly hours: 'always' | 'public hours' | 'between';
  /** Seconds from writing to reading, of messages to the guard and by a quiet mailbox. */
  readonly directP50: number;
  readonly directP95: number;
  readonly mailboxP50: number;
  readonly mailboxP95: number;
  /** Messages written, and of them those that never came; they count as the slowest. */
  readonly messages: number;
  readonly lost: number;
  /**
   * Effective number of people among whom the writer of one message is hidden from who sees every link
   * of every client and learns when the message arrived: e to the mean entropy of what it knows, nats.
   */
  readonly hiddenAmong: number;
  /** One over the probability that it gives to the writer, of the most telling message in twenty. */
  readonly hiddenAmongAtWorst: number;
  /** As `hiddenAmong`, after eight messages that a mailbox links by their alias. */
  readonly hiddenAmongLinked: number;
  /** Messages after which a contact who works with the observer has the writer's name at even odds, about. */
  readonly messagesToName: number;
}

/** A plan's rates one by one: of plans without public hours their only ones. */
function rates(plan: Plan): readonly { hours: PlanRow['hours']; plan: Plan }[] {
  const { name, code, phase, hours } = plan;
  if (hours === undefined) return [{ hours: 'always', plan: { name, code, phase } }];
  return [
    { hours: 'public hours', plan: { name, code, phase: hours.phase } },
    { hours: 'between', plan: { name, code, phase } },
  ];
}

/** The figures of each rate of a plan, in virtual time: the same on every machine. */
export function* planFigures(
  suite: CryptoSuite,
  parameters: NetworkParameters,
  plan: Plan,
): Generator<PlanRow> {
  const { mixesPerLayer, messages } = PLAN_ASSUMPTIONS;
  for (const each of rates(plan)) {
    const seed = `plan ${each.plan.name} ${each.hours}`;
    const common = { suite, parameters, mixesPerLayer, messages };
    const trial = tryPlan({ ...common, seed, plan: each.plan });
    yield {
      plan: each.plan.name,
      hours: each.hours,
      ...latency(trial),
      messages,
      lost: trial.messages.filter(({ readAt }) => readAt === undefined).length,
      ...anonymity(trial, parameters, each.plan),
    };
  }
}

type Latency = Pick<PlanRow, 'directP50' | 'directP95' | 'mailboxP50' | 'mailboxP95'>;
/** What an observer is left with. */
export type Anonymity = Pick<
  PlanRow,
  'hiddenAmong' | 'hiddenAmongAtWorst' | 'hiddenAmongLinked' | 'messagesToName'
>;

function latency({ messages }: PlanTrial): Latency {
  const { linkSeconds } = PLAN_ASSUMPTIONS;
  const seconds = (way: 'direct' | 'mailbox', links: number): number[] =>
    messages
      .filter((message) => message.way === way)
      .map(({ handedAt, readAt = Number.POSITIVE_INFINITY }) => {
        return (readAt - handedAt) / MICROS_PER_SECOND + links * linkSeconds;
      })
      .toSorted((a, b) => a - b);
  const direct = seconds('direct', DIRECT_LINKS);
  const mailbox = seconds('mailbox', MAILBOX_LINKS);
  return {
    directP50: quantile(direct, 0.5),
    directP95: quantile(direct, 0.95),
    mailboxP50: quantile(mailbox, 0.5),
    mailboxP95: quantile(mailbox, 0.95),
  };
}

/** What `share` of the values, ascending, do not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

/**
 * The observer has the times of all frames of everybody and of each arrival. It does not follow
 * packets from node to node: what the pools leave of that is for the analysis.
 */
export function anonymity(trial: PlanTrial, parameters: NetworkParameters, plan: Plan): Anonymity {
  const { people } = PLAN_ASSUMPTIONS;
  const law = lawOf('sender', parameters, plan, false);
  const seconds = (at: number): number => (at - trial.start) / MICROS_PER_SECOND;
  const gapSeconds = plan.phase.uplinkMeanMicros / MICROS_PER_SECOND;
  const lead = Math.max(LEAD_MEANS * law.meanSeconds, 4 * gapSeconds);
  const at = Float64Array.from(trial.arrivals.map(seconds).filter((time) => time >= lead));
  const single = Int32Array.from(at, (_, j) => j);
  const linked = Int32Array.from(at, (_, j) => Math.floor(j / LINKED));
  const frames = Float64Array.from(trial.frames, seconds);
  const others = { people: people - 1, gapSeconds, seed: 1 };
  const [one, eight] = attackByTimes(at, [single, linked], frames, law, others);
  if (one === undefined || eight === undefined) throw new RangeError('"links" expected two ways');
  const nats = meanEntropy(one, () => true);
  const linkedNats = meanEntropy(eight, (j) => j % LINKED === LINKED - 1);
  // One over the probability that the observer gives to the writer.
  const odds = [...one.against].map((against) => 1 + against).toSorted((a, b) => a - b);
  return {
    hiddenAmong: Math.exp(nats),
    hiddenAmongAtWorst: quantile(odds, 0.05),
    hiddenAmongLinked: Math.exp(linkedNats),
    messagesToName: Math.log(people) / (Math.log(people) - nats),
  };
}

/** Mean over the events that count, nats. */
function meanEntropy({ entropy }: AttackCourse, counts: (j: number) => boolean): number {
  const values = [...entropy].filter((_, j) => counts(j));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

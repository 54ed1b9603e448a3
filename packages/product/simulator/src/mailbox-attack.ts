import type { NetworkParameters } from '@sotto/directory';
import { ALIAS_LIMITS, HOME, PATH_RULES, type PathRules, type Plan, SAVER } from '@sotto/endpoint';
import type { CryptoSuite } from '@sotto/suite';
import { choose, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import { attackByTimes, type DelayLaw } from './crowd-attack.ts';
import { type MailboxTrace, type MailboxWatchOptions, watchMailboxes } from './mailbox-watch.ts';

/** Whose name is sought: the owner by fetches and deletes, the sender by puts. */
export type AttackRole = 'owner' | 'sender';

/** The design, and faults planted into the real endpoint or into what the mailbox is told. */
export type AttackCase =
  | 'design'
  | 'one alias per contact'
  | 'sticky last mix before the mailbox'
  | 'aliases fetched in turn without pause';

/** What the attack on one case came to. */
export interface AttackRow {
  readonly role: AttackRole;
  readonly planted: AttackCase;
  readonly plan: string;
  readonly people: number;
  /** Sets of linked events, and how many of them named the person. */
  readonly sets: number;
  readonly named: number;
  /** Events that the attacker spent: of each set those until it named the person, or all. */
  readonly events: number;
  /** Events a success; while there is none, all of them, and the true figure is more. */
  readonly eventsToName: number;
  /** Events until the person ranked first in some set, luck included; undefined when never. */
  readonly eventsToRankFirst: number | undefined;
  /** Ranks of the person at the end of each set. */
  readonly bestRank: number;
  readonly medianRank: number;
  /** Evidence for the person, nats an event. */
  readonly natsPerEvent: number;
}

/** How long to watch, and among how many. */
export interface AttackSize {
  readonly people: number;
  /** 1 is the short form: about 15 s of one core. */
  readonly length: number;
  /** Mixes of each layer. */
  readonly mixesPerLayer: number;
}

/** r2 from the sticky set before a mailbox as well: what Spec 08 §5.1 rules out. */
const STICKY_LAST_MIX: PathRules = {
  ...PATH_RULES,
  recipient(view, rng, end, first) {
    const others = (nodes: typeof view.lastMixes): typeof view.lastMixes =>
      nodes.filter(({ key }) => key !== end.key && key !== first.key);
    const r1 = choose(rng, others(view.layers[0]));
    const r2 = choose(rng, others(view.lastMixes));
    return r1 === undefined || r2 === undefined ? undefined : [r1, r2];
  },
};
const WITHOUT_PAUSE = { aliases: { ...ALIAS_LIMITS, pauseSlots: 0 } };

/** Puts of an alias from which on its last mixes are looked at. */
const MIN_PUTS = 4;
/** A sticky set. */
const MAX_STICKY = 3;
/** Mean delays before the first event: what left before the watch began has arrived by then. */
const LEAD_MEANS = 20;

/** Aliases whose puts come by few last mixes, by group: two that share two mixes are one owner's. */
export function linkByLastMix(trace: MailboxTrace): ReadonlyMap<string, string> {
  const mixes = new Map<string, string[]>();
  for (const { kind, box, lastMix } of trace.sightings) {
    if (kind === 'put') mixes.set(box, [...(mixes.get(box) ?? []), lastMix]);
  }
  const groups: { readonly name: string; readonly mixes: Set<string> }[] = [];
  const link = new Map<string, string>();
  for (const [box, seen] of mixes) {
    const distinct = new Set(seen);
    if (seen.length < MIN_PUTS || distinct.size > MAX_STICKY) continue;
    const shared = (group: ReadonlySet<string>): number =>
      [...distinct].filter((mix) => group.has(mix)).length;
    let group = groups.find((one) => shared(one.mixes) >= 2);
    if (group === undefined) {
      group = { name: `mixes of ${box}`, mixes: distinct };
      groups.push(group);
    } else for (const mix of distinct) group.mixes.add(mix);
    link.set(box, group.name);
  }
  return link;
}

/**
 * The delays between a client's frame and what the mailbox sees of it.
 *
 * @param inTurn - of the owner: a fetch waits always.
 */
export function lawOf(role: AttackRole, parameters: NetworkParameters, inTurn: boolean): DelayLaw {
  const { fastMeanMicros, slowMeanMicros, loopShare, slowShare } = parameters;
  const payload = 1 - loopShare / 65_536;
  const slow = slowShare / 65_536;
  // Guard, m1, m2; and X, r1, r2 of a put.
  return role === 'owner'
    ? {
        hops: 3,
        meanSeconds: slowMeanMicros / MICROS_PER_SECOND,
        // Without a pause a fetch waits always, and its slot is any slow one.
        ...(inTurn ? {} : { slotShare: payload * slow }),
      }
    : {
        hops: 6,
        meanSeconds: fastMeanMicros / MICROS_PER_SECOND,
        slotShare: payload * (1 - slow),
      };
}

/**
 * Seeks owner or sender of the events of a trace.
 *
 * The attacker sees every frame of everybody, and all mailboxes are its own. Events with one label
 * count as one person's. It names somebody when its posterior, from equal priors, is at least one
 * half: whoever waits for less is wrong more often than right. "Ranks first" alone would count
 * luck, which comes with every new set of events and which the attacker cannot tell from success;
 * it is given beside.
 *
 * @param label - the set of an alias; undefined leaves its events out.
 */
function seek(
  trace: MailboxTrace,
  role: AttackRole,
  planted: AttackCase,
  plan: Plan,
  law: DelayLaw,
  people: number,
  label: Label,
): AttackRow {
  const seconds = (at: Instant): number => (at - trace.start) / MICROS_PER_SECOND;
  const kind = role === 'owner' ? 'fetch' : 'put';
  const numbers = new Map<string, number>();
  const at: number[] = [];
  const link: number[] = [];
  for (const sighting of trace.sightings) {
    const name = label(sighting.box);
    const time = seconds(sighting.at);
    if (sighting.kind !== kind || name === undefined || time < LEAD_MEANS * law.meanSeconds) {
      continue;
    }
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    at.push(time);
    link.push(numbers.get(name) ?? 0);
  }
  const sets = numbers.size;
  if (sets === 0) throw new RangeError(`no ${kind} was seen that could be linked`);
  const frames = Float64Array.from(
    role === 'owner' ? trace.ownerFrames : trace.senderFrames,
    seconds,
  );
  const gapSeconds = plan.phase.uplinkMeanMicros / MICROS_PER_SECOND;
  const crowd = { people, gapSeconds, seed: 1 };
  const [course] = attackByTimes(
    Float64Array.from(at),
    [Int32Array.from(link)],
    frames,
    law,
    crowd,
  );
  if (course === undefined) throw new RangeError('"links" expected one way of linking');
  const named = new Set<number>();
  const ends = new Map<number, number>();
  let events = 0;
  for (const [j, set] of link.entries()) {
    ends.set(set, j);
    if (named.has(set)) continue;
    events++;
    if ((course.against[j] ?? Infinity) <= 1) named.add(set);
  }
  const ranks = [...ends.values()].map((j) => (course.above[j] ?? 0) + 1).toSorted((a, b) => a - b);
  const nats = [...ends.values()].map((j) => Math.log(people / (course.against[j] ?? people)));
  const first = course.above.indexOf(0);
  return {
    role,
    planted,
    plan: plan.name,
    people,
    sets,
    named: named.size,
    events,
    eventsToName: events / Math.max(1, named.size),
    eventsToRankFirst: first < 0 ? undefined : first + 1,
    bestRank: ranks[0] ?? 0,
    medianRank: ranks[Math.floor(ranks.length / 2)] ?? 0,
    natsPerEvent: nats.reduce((sum, one) => sum + one, 0) / at.length,
  };
}

type Label = (box: string) => string | undefined;

const byAlias: Label = (box) => box;
const byContact =
  ({ contactOf }: MailboxTrace): Label =>
  (box) =>
    contactOf.get(box);
const byLastMix = (trace: MailboxTrace): Label => {
  const link = linkByLastMix(trace);
  return (box) => link.get(box);
};
const days = (count: number): number => 86_400 * count;

/**
 * The attack of a global observer with every mailbox (Spec 06 §8) on real endpoints, for the design
 * and the planted faults: the sender under the home plan, the owner under the saver plan, where a
 * fetch tells most.
 */
export function* mailboxAttack(
  suite: CryptoSuite,
  parameters: NetworkParameters,
  { people, length, mixesPerLayer }: AttackSize,
): Generator<AttackRow> {
  const watch = (plan: Plan, seconds: number, more: Partial<MailboxWatchOptions>): MailboxTrace => {
    const common = { suite, parameters, plan, mixesPerLayer, quietContacts: 0 };
    const seed = `mailbox attack ${plan.name}`;
    return watchMailboxes({ ...common, seed, ...more }, seconds * MICROS_PER_SECOND);
  };

  const writes = { messageMeanMicros: 4 * MICROS_PER_SECOND };
  const putLaw = lawOf('sender', parameters, false);
  const puts = (trace: MailboxTrace, planted: AttackCase, label: Label): AttackRow =>
    seek(trace, 'sender', planted, HOME, putLaw, people, label);
  const talk = watch(HOME, 2000 * length, writes);
  yield puts(talk, 'design', byAlias);
  yield puts(talk, 'one alias per contact', byContact(talk));
  const sticky = watch(HOME, 900 * Math.min(length, 3), { ...writes, rules: STICKY_LAST_MIX });
  yield puts(sticky, 'sticky last mix before the mailbox', byLastMix(sticky));

  const fetches = (trace: MailboxTrace, planted: AttackCase, label: Label): AttackRow => {
    const law = lawOf('owner', parameters, planted !== 'design');
    return seek(trace, 'owner', planted, SAVER, law, people, label);
  };
  // Many contacts, so that the slots for fetches are used up.
  yield fetches(watch(SAVER, days(1.5 * length), { quietContacts: 40 }), 'design', byAlias);
  const faults = days(0.4 * Math.min(length, 2));
  const busy = { messageMeanMicros: 1000 * MICROS_PER_SECOND, limits: WITHOUT_PAUSE };
  const kept = watch(SAVER, faults, busy);
  yield fetches(kept, 'one alias per contact', byContact(kept));
  const named = watch(SAVER, faults, { ...busy, rules: STICKY_LAST_MIX });
  yield fetches(named, 'sticky last mix before the mailbox', byLastMix(named));
  const polled = watch(SAVER, faults, { quietContacts: 1, limits: WITHOUT_PAUSE });
  yield fetches(polled, 'aliases fetched in turn without pause', byAlias);
}

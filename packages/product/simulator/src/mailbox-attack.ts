import type { NetworkParameters } from '@sotto/directory';
import { ALIAS_LIMITS, HOME, PATH_RULES, type PathRules, type Plan, SAVER } from '@sotto/endpoint';
import type { CryptoSuite } from '@sotto/suite';
import { choose, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import { type AttackCourse, attackByTimes, type DelayLaw, WINDOW_MEANS } from './crowd-attack.ts';
import { type MailboxTrace, type MailboxWatchOptions, watchMailboxes } from './mailbox-watch.ts';

/** Whose name is sought: the owner by fetches and deletes, the sender by puts. */
export type AttackRole = 'owner' | 'sender';

/** The design, and faults planted into the real endpoint or into what the mailbox is told. */
export type AttackCase =
  | 'design'
  | 'design, two mailboxes'
  | 'one alias per contact'
  | 'sticky last mix before the mailbox'
  | 'aliases fetched in turn without pause'
  | 'fast hops between rare slots';

/** Whether nothing is planted. */
export const isDesign = (planted: AttackCase): boolean => planted.startsWith('design');

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
  /** Sets in which the person ranked first at some time, luck included. */
  readonly rankedFirst: number;
  /** Events for each of them, counted as those above; undefined when there is none. */
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
  /** 1 is the short form, a few seconds of one core. */
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
/** The saver plan with the fast class in it: what Spec 08 §2 rules out. */
const FAST_SAVER: Plan = {
  ...SAVER,
  phase: {
    uplinkMeanMicros: SAVER.phase.uplinkMeanMicros,
    downlinkIntervalMicros: SAVER.phase.downlinkIntervalMicros,
  },
};

/** Puts of an alias from which on its last mixes are looked at. */
const MIN_PUTS = 4;
/** A sticky set. */
const MAX_STICKY = 3;
/** Events after which the attack on somebody whose events are all linked begins anew. */
const TRIAL = 300;

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

/** Hops whose delays lie between a client's slot and the mailbox: guard, m1, m2 of a fetch; of a put X, r1, r2 as well. */
const SENDERS_HALF = 3;
const BOTH_HALVES = 6;

/**
 * The delays between a client's frame and what the mailbox sees of it.
 *
 * @param inTurn - of the owner: a fetch waits always.
 */
export function lawOf(
  role: AttackRole,
  parameters: NetworkParameters,
  plan: Plan,
  inTurn: boolean,
): DelayLaw {
  const { fastMeanMicros, slowMeanMicros, loopShare, slowShare } = parameters;
  const [fast, slow] = [fastMeanMicros / MICROS_PER_SECOND, slowMeanMicros / MICROS_PER_SECOND];
  const payload = 1 - loopShare / 65_536;
  const slowSlots = slowShare / 65_536;
  if (role === 'owner') {
    // Without a pause a fetch waits always, and its slot is any slow one.
    const slots = inTurn ? {} : { slotShare: payload * slowSlots };
    return { hops: SENDERS_HALF, meanSeconds: slow, ...slots };
  }
  const slotShare = payload * (1 - slowSlots);
  return plan.phase.slowOnly === true
    ? {
        hops: SENDERS_HALF,
        meanSeconds: slow,
        // The reply block's half is fast: beside the slow one its mean is all that counts.
        offsetSeconds: (BOTH_HALVES - SENDERS_HALF) * fast,
        slotShare,
      }
    : { hops: BOTH_HALVES, meanSeconds: fast, slotShare };
}

type Label = (box: string) => string | undefined;

/** One way of linking what was seen: what the attacker is told, or a fault tells it. */
interface Linking {
  readonly planted: AttackCase;
  /** The set of an alias; undefined leaves its events out. */
  readonly label: Label;
}

/** Who is sought, in what was seen. */
interface Search {
  readonly trace: MailboxTrace;
  readonly role: AttackRole;
  readonly plan: Plan;
  readonly law: DelayLaw;
  readonly people: number;
}

/** Events until a condition held for the first time in their set, or all of it; and the sets in which it did. */
function spent(
  link: readonly number[],
  holds: (event: number) => boolean,
): { readonly events: number; readonly sets: number } {
  const done = new Set<number>();
  let events = 0;
  for (const [j, set] of link.entries()) {
    if (done.has(set)) continue;
    events++;
    if (holds(j)) done.add(set);
  }
  return { events, sets: done.size };
}

/**
 * Seeks owner or sender of the events of a trace, for each way of linking those that all of them link.
 *
 * The attacker sees every frame of everybody, and all mailboxes are its own. Events with one label
 * count as one person's. It names somebody when its posterior, from equal priors, is at least one
 * half: whoever waits for less is wrong more often than right. "Ranks first" alone counts luck,
 * which comes with every new set of events and which the attacker cannot tell from success; it is
 * given beside.
 */
function seek(search: Search, ...linkings: readonly Linking[]): AttackRow[] {
  const { trace, role, plan, law, people } = search;
  const seconds = (at: Instant): number => (at - trace.start) / MICROS_PER_SECOND;
  const kind = role === 'owner' ? 'fetch' : 'put';
  const at: number[] = [];
  const links = linkings.map(() => new SetNumbers());
  for (const sighting of trace.sightings) {
    const time = seconds(sighting.at);
    if (sighting.kind !== kind || time < WINDOW_MEANS * law.meanSeconds) continue;
    const labels = linkings.flatMap(({ label }) => label(sighting.box) ?? []);
    if (labels.length < linkings.length) continue;
    at.push(time);
    for (const [l, label] of labels.entries()) links[l]?.add(label);
  }
  if (at.length === 0) throw new RangeError(`no ${kind} was seen that could be linked`);
  const times = role === 'owner' ? trace.ownerFrames : trace.senderFrames;
  const courses = attackByTimes(
    Float64Array.from(at),
    links.map(({ sets }) => Int32Array.from(sets)),
    Float64Array.from(times, seconds),
    law,
    { people, gapSeconds: plan.phase.uplinkMeanMicros / MICROS_PER_SECOND, seed: 1 },
  );
  const rows: AttackRow[] = [];
  for (const [l, { planted }] of linkings.entries()) {
    const [course, sets] = [courses[l], links[l]?.sets];
    if (course === undefined || sets === undefined) continue;
    rows.push({ role, planted, plan: plan.name, people, ...outcome(sets, course, people) });
  }
  return rows;
}

/** Numbers the sets of events as they come. */
class SetNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  readonly sets: number[] = [];

  add(label: string): void {
    const before = this.#seen.get(label) ?? 0;
    this.#seen.set(label, before + 1);
    const name = `${label} ${Math.floor(before / TRIAL)}`;
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    this.sets.push(number);
  }
}

/** What the attack came to on sets of events, by the set of each. */
function outcome(
  link: readonly number[],
  { above, against }: AttackCourse,
  people: number,
): Omit<AttackRow, 'role' | 'planted' | 'plan' | 'people'> {
  const naming = spent(link, (j) => (against[j] ?? Infinity) <= 1);
  const ranking = spent(link, (j) => above[j] === 0);
  const ends = [...new Map(link.map((set, j) => [set, j])).values()];
  const ranks = ends.map((j) => (above[j] ?? 0) + 1).toSorted((a, b) => a - b);
  const nats = ends.map((j) => Math.log(people / (against[j] ?? people)));
  return {
    sets: ends.length,
    named: naming.sets,
    events: naming.events,
    eventsToName: naming.events / Math.max(1, naming.sets),
    rankedFirst: ranking.sets,
    eventsToRankFirst: ranking.sets === 0 ? undefined : ranking.events / ranking.sets,
    bestRank: ranks[0] ?? 0,
    medianRank: ranks[Math.floor(ranks.length / 2)] ?? 0,
    natsPerEvent: nats.reduce((sum, one) => sum + one, 0) / link.length,
  };
}

const byAlias: Label = (box) => box;
const byContact =
  ({ contactOf }: MailboxTrace): Label =>
  (box) =>
    contactOf.get(box);
const byPair =
  ({ pairOf }: MailboxTrace): Label =>
  (box) =>
    pairOf.get(box);
const byLastMix = (trace: MailboxTrace): Label => {
  const link = linkByLastMix(trace);
  return (box) => link.get(box);
};
const days = (count: number): number => 86_400 * count;

/** Faults are watched until they have named somebody several times, and no longer. */
const FAULT_LENGTH = { home: 12, saver: 12, owner: 8 };

/** What is watched of one plan: seconds for the design, with two mailboxes, and for each fault; and seconds between two messages. */
interface SenderWatch {
  readonly gap: number;
  readonly seconds: number;
  readonly twinSeconds: number;
  readonly faultSeconds: number;
}

/**
 * Under the home plan words wait for aliases that are ready, of which twins take two for as many
 * puts; under the saver plan a message of twins is two puts.
 */
const senderWatch = (rare: boolean, length: number): SenderWatch =>
  rare
    ? {
        gap: 300,
        seconds: days(length),
        twinSeconds: days(0.75 * length),
        faultSeconds: days(0.5 * Math.min(length, FAULT_LENGTH.saver)),
      }
    : {
        gap: 4,
        seconds: 2000 * length,
        twinSeconds: 3000 * length,
        faultSeconds: 900 * Math.min(length, FAULT_LENGTH.home),
      };

const watching =
  (suite: CryptoSuite, parameters: NetworkParameters, mixesPerLayer: number) =>
  (plan: Plan, seconds: number, more: Partial<MailboxWatchOptions>): MailboxTrace => {
    const common = { suite, parameters, plan, mixesPerLayer, quietContacts: 0 };
    const seed = `mailbox attack ${plan.name}`;
    return watchMailboxes({ ...common, seed, ...more }, seconds * MICROS_PER_SECOND);
  };

/** Seeks one who writes, by the puts: under the home plan, or under the saver plan, whose slots are rare. */
export function* attackOnSender(
  suite: CryptoSuite,
  parameters: NetworkParameters,
  { people, length, mixesPerLayer }: AttackSize,
  plan: Plan,
): Generator<AttackRow> {
  const rare = plan.phase.slowOnly === true;
  const { gap, seconds, twinSeconds, faultSeconds } = senderWatch(rare, length);
  const watch = watching(suite, parameters, mixesPerLayer);
  const messages = { messageMeanMicros: gap * MICROS_PER_SECOND };
  const puts = (
    trace: MailboxTrace,
    linkings: readonly Linking[],
    law = lawOf('sender', parameters, plan, false),
  ): AttackRow[] => seek({ trace, role: 'sender', plan, law, people }, ...linkings);
  const talk = watch(plan, seconds, messages);
  yield* puts(talk, [
    { planted: 'design', label: byAlias },
    { planted: 'one alias per contact', label: byContact(talk) },
  ]);
  const twins = watch(plan, twinSeconds, { ...messages, twins: true });
  yield* puts(twins, [{ planted: 'design, two mailboxes', label: byPair(twins) }]);
  const sticky = watch(plan, faultSeconds, { ...messages, rules: STICKY_LAST_MIX });
  yield* puts(sticky, [
    { planted: 'sticky last mix before the mailbox', label: byLastMix(sticky) },
  ]);
  if (!rare) return;
  const fast = watch(FAST_SAVER, days(0.3), messages);
  const law = lawOf('sender', parameters, FAST_SAVER, false);
  yield* puts(fast, [{ planted: 'fast hops between rare slots', label: byAlias }], law);
}

/** Seeks the owner of the mail, by the fetches, under the saver plan, where a fetch tells most. */
export function* attackOnOwner(
  suite: CryptoSuite,
  parameters: NetworkParameters,
  { people, length, mixesPerLayer }: AttackSize,
): Generator<AttackRow> {
  const watch = watching(suite, parameters, mixesPerLayer);
  const fetches = (trace: MailboxTrace, planted: AttackCase, label: Label): AttackRow[] => {
    const law = lawOf('owner', parameters, SAVER, !isDesign(planted));
    return seek({ trace, role: 'owner', plan: SAVER, law, people }, { planted, label });
  };
  // Many contacts, so that the slots for fetches are used up.
  yield* fetches(watch(SAVER, days(1.1 * length), { quietContacts: 40 }), 'design', byAlias);
  const twins = watch(SAVER, days(1.1 * length), { quietContacts: 40, twins: true });
  yield* fetches(twins, 'design, two mailboxes', byPair(twins));
  const faults = days(0.4 * Math.min(length, FAULT_LENGTH.owner));
  const busy = { messageMeanMicros: 1000 * MICROS_PER_SECOND, limits: WITHOUT_PAUSE };
  const kept = watch(SAVER, faults, busy);
  yield* fetches(kept, 'one alias per contact', byContact(kept));
  const named = watch(SAVER, faults, { ...busy, rules: STICKY_LAST_MIX });
  yield* fetches(named, 'sticky last mix before the mailbox', byLastMix(named));
  const polled = watch(SAVER, faults, { quietContacts: 1, limits: WITHOUT_PAUSE });
  yield* fetches(polled, 'aliases fetched in turn without pause', byAlias);
}

/**
 * The attack of a global observer with every mailbox (Spec 06 §8) on real endpoints, for the design
 * and the planted faults: on the sender under two plans, and on the owner.
 */
export function* mailboxAttack(
  suite: CryptoSuite,
  parameters: NetworkParameters,
  size: AttackSize,
): Generator<AttackRow> {
  yield* attackOnSender(suite, parameters, size, HOME);
  yield* attackOnSender(suite, parameters, size, SAVER);
  yield* attackOnOwner(suite, parameters, size);
}

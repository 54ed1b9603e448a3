import { DEFAULT_PARAMETERS } from '@sotto/directory';
import type { Plan } from '@sotto/endpoint';
import type { Message, Person } from '@sotto/messaging';
import { addPerson, type LinkProfile } from '@sotto/simulator';
import type { CryptoSuite } from '@sotto/suite';
import { curveless, SeededRng } from '@sotto/suite/testing';
import { below, chance, choose, MICROS_PER_SECOND as SECOND, type Rng } from '@sotto/wire';
import { acquaint, type ContactOf, type Pair } from './acquaint.ts';
import { HOUR, MINUTE, type Net, network, written } from './friends.ts';

/** How long, how many, and from which seed all that is random follows. */
export interface LifeSize {
  readonly seed: string;
  readonly people: number;
  readonly days: number;
  /** At the end all come back, and so many days pass in which nobody writes. */
  readonly restDays: number;
}

/** The long form. */
export const LIFE_OF_FIFTY: LifeSize = { seed: 'month', people: 50, days: 30, restDays: 4 };

/** A text that somebody wrote, and what became of it on both sides at the end. */
export interface Fate {
  readonly text: string;
  readonly state: Message['state'];
  readonly failure: Message['failure'];
  /** How often its recipient was shown it. */
  readonly shown: number;
  /** Reply blocks of the recipient's that its writer holds at the end. */
  readonly replyBlocks: number;
  /** Whether one of the two had gone by then, or went within a day, for longer than the horizon. */
  readonly beyond: boolean;
}

/** What happened. */
export interface Life {
  readonly fates: readonly Fate[];
  readonly leaves: number;
  readonly holidays: number;
  readonly crashes: number;
  readonly framesLost: number;
  /** Pairs of whom one accepted an invite of the other's, and nothing came of it in three days. */
  readonly neverMet: number;
  /** What nodes up at the end dropped since they started, by reason. */
  readonly drops: ReadonlyMap<string, number>;
}

const DAY = 24 * HOUR;
const STEP = DAY / 4;
const NODES = 9;
/** A slot in five minutes, with loops and drops as in every plan: a month of many people fits a run. */
const TRICKLE: Plan = {
  name: 'trickle',
  code: 96,
  phase: { uplinkMeanMicros: 300 * SECOND, downlinkIntervalMicros: 150 * SECOND },
};
/** The network's own, but for a slow mean that gives a quiet alias 3 h of rest under that plan, as it has under saver; nodes send no loops of their own. */
const PARAMETERS = {
  ...DEFAULT_PARAMETERS,
  slowMeanMicros: 4 * SECOND,
  graceMicros: 300 * SECOND,
  poolTarget: 0,
  minLoopsPerMixPerSecond: 0,
};
/** Of 65,536, in a quarter of a day: that one goes, that one who is away comes back, that one who is there writes, that a node crashes. */
const GOES = 10_000;
const RETURNS = 26_000;
const WRITES = 20_000;
const CRASHES = 24_000;
/** Of those who go, some stay away for between 5 and 16 days. */
const HOLIDAY = 2500;
/** Frames on the lines of people that get lost, of 65,536. */
const LOSS = 330;

interface Absence {
  readonly from: number;
  /** Not back before. */
  readonly until: number;
  /** When it was over. */
  to?: number;
}

/** How far a life has come. */
export interface Progress {
  readonly day: number;
  readonly texts: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** People who know three others each, write, come and go; nodes that crash and return; lines that lose frames. */
class People {
  readonly net: Net;
  readonly names: readonly string[];
  readonly people = new Map<string, Person>();
  readonly knows = new Map<string, string[]>();
  readonly #away = new Map<string, Absence>();
  readonly #absences: { readonly name: string; readonly absence: Absence }[] = [];
  readonly #down = new Map<number, number>();
  readonly #rng: Rng;
  /** Apart, so that what people do is the same whatever frames they send. */
  readonly #losses: Rng;
  readonly #contactOf: ContactOf;
  readonly counts = { leaves: 0, holidays: 0, crashes: 0, framesLost: 0, neverMet: 0 };
  #lossy = false;
  #texts = 0;

  constructor(suite: CryptoSuite, { seed, people }: LifeSize) {
    const cheap = curveless(suite);
    this.#rng = new SeededRng(cheap, `${seed}/life`);
    this.#losses = new SeededRng(cheap, `${seed}/losses`);
    const clear: LinkProfile = { latencyMicros: 20_000, jitterMicros: 5000 };
    this.names = Array.from({ length: people }, (_, i) => `p${i}`);
    const isPerson = new Set(this.names);
    this.net = network({
      suite: cheap,
      seed,
      plans: [TRICKLE],
      parameters: PARAMETERS,
      nodes: NODES,
      line: (from, to) => {
        const theirs = isPerson.has(from) || isPerson.has(to);
        if (!this.#lossy || !theirs || !chance(this.#losses, LOSS)) return clear;
        this.counts.framesLost++;
        return { ...clear, partitioned: true };
      },
    });
    for (const name of this.names) this.#join(name);
    const pairs = this.names.flatMap((name, i): Pair[] =>
      [1, 2].flatMap((ahead): Pair[] => {
        const other = this.names[(i + ahead) % people];
        return other === undefined || other === name ? [] : [[name, other]];
      }),
    );
    const once = pairs.filter(
      ([a, b], i) => !pairs.slice(0, i).some((p) => p.includes(a) && p.includes(b)),
    );
    for (const [a, b] of once) {
      this.knows.set(a, [...(this.knows.get(a) ?? []), b]);
      this.knows.set(b, [...(this.knows.get(b) ?? []), a]);
    }
    this.#contactOf = acquaint(this.net, this.people, once, 3 * DAY, ([a, b]) => {
      this.counts.neverMet++;
      this.knows.set(
        a,
        (this.knows.get(a) ?? []).filter((name) => name !== b),
      );
      this.knows.set(
        b,
        (this.knows.get(b) ?? []).filter((name) => name !== a),
      );
    });
    this.net.run(DAY);
    this.#lossy = true;
  }

  /** Lets `days` pass. @param done - told of each. */
  run(days: number, done: (day: number) => void): void {
    for (let step = 0; step < days * 4; step++) {
      if (step > 0 && step % 4 === 0) done(step / 4);
      for (const name of this.names) this.#turn(name);
      this.#crash();
      this.net.run(STEP);
    }
  }

  /** All come back, and `days` pass. */
  settle(days: number): void {
    for (const name of this.#away.keys()) this.#back(name);
    for (const node of this.#down.keys()) this.net.restart(node);
    this.#down.clear();
    this.#lossy = false;
    this.net.run(days * DAY);
  }

  fates(): Fate[] {
    const shown = new Map<string, number>();
    for (const name of this.names) {
      for (const { event } of this.net.events(name)) {
        if (event.kind === 'message-received') {
          shown.set(event.text, (shown.get(event.text) ?? 0) + 1);
        }
      }
    }
    return this.names.flatMap((name) =>
      (this.knows.get(name) ?? []).flatMap((other) => {
        const person = this.#person(name);
        const contact = this.#contactOf(name, other);
        const replyBlocks = person.contact(this.net.now, contact)?.replyBlocks ?? 0;
        return written(person, contact).map(({ text, state, failure, at }) => ({
          text,
          state,
          failure,
          shown: shown.get(text) ?? 0,
          replyBlocks,
          beyond: this.#beyond(name, at) || this.#beyond(other, at),
        }));
      }),
    );
  }

  drops(): Map<string, number> {
    const sums = new Map<string, number>();
    for (const { drops } of this.net.metrics()) {
      for (const [reason, count] of Object.entries(drops)) {
        if (count > 0) sums.set(reason, (sums.get(reason) ?? 0) + count);
      }
    }
    return sums;
  }

  #person(name: string): Person {
    const person = this.people.get(name);
    if (person === undefined) throw new RangeError(`"name" expected a person, got ${name}`);
    return person;
  }

  #join(name: string): void {
    this.people.set(name, addPerson(this.net, name, TRICKLE));
  }

  #back(name: string): void {
    const absence = this.#away.get(name);
    if (absence !== undefined) absence.to = this.net.now;
    this.#away.delete(name);
    this.#join(name);
  }

  /** Whether somebody had gone for longer than the horizon by a day after `at`. */
  #beyond(name: string, at: number): boolean {
    const { horizonEpochs, epochMicros } = PARAMETERS;
    return this.#absences.some(({ name: who, absence: { from, to = this.net.now } }) => {
      return who === name && from <= at + DAY && to - from >= horizonEpochs * epochMicros;
    });
  }

  #turn(name: string): void {
    const { net } = this;
    const away = this.#away.get(name);
    if (away !== undefined) {
      if (net.now < away.until || !chance(this.#rng, RETURNS)) return;
      this.#back(name);
    } else if (chance(this.#rng, GOES)) {
      const holiday = chance(this.#rng, HOLIDAY);
      const days = holiday ? 5 + below(this.#rng, 12) : 0;
      const absence = { from: net.now, until: net.now + days * DAY };
      this.#away.set(name, absence);
      this.#absences.push({ name, absence });
      this.counts[holiday ? 'holidays' : 'leaves']++;
      net.stopClient(name);
      return;
    }
    const other = choose(this.#rng, this.knows.get(name) ?? []);
    if (other === undefined || !chance(this.#rng, WRITES)) return;
    const text = `${name} to ${other}, ${this.#texts++}`;
    net.command(name, (now) => this.#person(name).send(now, this.#contactOf(name, other), text));
  }

  #crash(): void {
    for (const [node, until] of this.#down) {
      if (this.net.now < until) continue;
      this.net.restart(node);
      this.#down.delete(node);
    }
    if (this.#down.size > 1 || !chance(this.#rng, CRASHES)) return;
    const node = below(this.#rng, NODES);
    if (this.#down.has(node)) return;
    this.counts.crashes++;
    this.net.kill(node);
    // Most are back in minutes, some only half a day later: of nine nodes every one counts.
    if (chance(this.#rng, 62_000)) {
      this.net.run(below(this.#rng, 20) * MINUTE);
      this.net.restart(node);
    } else this.#down.set(node, this.net.now + 2 * STEP);
  }
}

/** Runs the life of these people to its end. @param progress - told of each day that is over. */
export function live(
  suite: CryptoSuite,
  size: LifeSize,
  progress: (so: Progress) => void = () => undefined,
): Life {
  const people = new People(suite, size);
  people.run(size.days, (day) => {
    const fates = people.fates();
    progress({ day, texts: fates.length, counts: tally(fates) });
  });
  people.settle(size.restDays);
  return { ...people.counts, fates: people.fates(), drops: people.drops() };
}

/** Why a text that was not shown was not: what its writer is told. Undefined where that is not the whole truth. */
function reasonOf({ state, failure, replyBlocks, beyond }: Fate): string | undefined {
  if (state === 'failed') return beyond ? `${failure}, one was away beyond the horizon` : failure;
  // The last is kept for the supply, and two from repeats.
  if (state === 'waiting' && replyBlocks <= 1) return 'no-reply-block';
  if (state === 'sent' && replyBlocks <= 2) return 'lost-and-no-block-for-a-repeat';
  return undefined;
}

/** What must not be: one entry a text. */
export function wrongs(fates: readonly Fate[]): string[] {
  return fates.flatMap((fate) => {
    const { text, state, shown } = fate;
    if (shown > 1) return [`shown ${shown} times: ${text}`];
    if (state === 'delivered' && shown === 0) return [`acknowledged and lost: ${text}`];
    if (shown === 0 && reasonOf(fate) === undefined)
      return [`lost without a reason, ${state}: ${text}`];
    return [];
  });
}

/** Counts by state, and of the texts that were not shown by reason. */
export function tally(fates: readonly Fate[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const fate of fates) {
    add(fate.state);
    if (fate.shown === 0) add(`not shown: ${reasonOf(fate) ?? 'no reason'}`);
    else if (fate.state !== 'delivered') add(`shown, not known to be: ${fate.state}`);
  }
  return counts;
}

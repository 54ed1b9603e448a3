import type { Plan } from '@sotto/endpoint';
import type { Person } from '@sotto/messaging';
import { Sequence, WINDOW } from '@sotto/reliable';
import { addPerson } from '@sotto/simulator';
import type { CryptoSuite } from '@sotto/suite';
import { curveless, SeededRng } from '@sotto/suite/testing';
import { below, chance, choose, MICROS_PER_SECOND as SECOND, type Rng } from '@sotto/wire';
import { acquaint, type ContactOf, type Pair } from './acquaint.ts';
import { HOUR, MINUTE, type Net, network, thinCover } from './friends.ts';
import { StreamEnd } from './streams.ts';

/** How many, how much, and from which seed all that is random follows. */
export interface SoakSize {
  readonly seed: string;
  /** An even number, 4 or more. */
  readonly people: number;
  /** Texts that each writes to each whom it knows, and lines of each channel. */
  readonly texts: number;
}

/** The long form. */
export const SOAK_OF_HUNDRED: SoakSize = { seed: 'soak', people: 100, texts: 20 };

/** What one wrote to another, and what the other has of it at the end. */
export interface Talk {
  readonly from: string;
  readonly to: string;
  readonly written: readonly string[];
  /** Texts in the conversation. */
  readonly there: readonly string[];
  /** What a reader took who puts the numbers into order by a `Sequence`, as they came. */
  readonly read: readonly string[];
  /** How often a text came behind one that was written after it. */
  readonly overtaken: number;
}

/** What happened. */
export interface Soak {
  /** Of every direction, and of every channel. */
  readonly texts: readonly Talk[];
  readonly channels: readonly Talk[];
  readonly framesLost: number;
  readonly crashes: number;
  /** Lines of people that went for a while; people whose process ended and began again. */
  readonly cuts: number;
  readonly restarts: number;
  /** From when the loss began to when everything was there, virtual seconds. */
  readonly seconds: number;
}

/** How far it is, told every ten steps: everything that was said and is there, texts and lines. */
export interface Progress {
  readonly phase: 'met' | 'writing' | 'arriving' | 'over';
  /** Virtual seconds since the network began. */
  readonly seconds: number;
  readonly written: number;
  readonly there: number;
}

const NODES = 9;
/** Two slots and four frames a second, with loops and drops as in every plan. */
const STEADY: Plan = {
  name: 'steady',
  code: 97,
  phase: { uplinkMeanMicros: 500_000, downlinkIntervalMicros: 250_000 },
};
/** Frames that the lines of people lose, of 65,536: a tenth. */
const LOSS = 6554;
const STEP = 10 * SECOND;
const STEPS_TOLD = 10;
/** Of 65,536, in a step: that one who is there goes, that one writes, that a node crashes. */
const GOES = 6000;
const WRITES = 20_000;
const CRASHES = 3000;
/**
 * That one who has said all writes a word more, which does not count: of two who are silent, one that
 * holds four reply blocks or fewer repeats a lost text after six hours only (Spec 09 §9.4).
 */
const GOES_ON = 6000;
const MORE = ' more';
/** At the end everybody may be there; more than this it must not take. */
const PATIENCE = 8 * HOUR;

/**
 * People in two circles, each of whom knows two. The lines of all lose a tenth of their frames, and
 * nodes crash. In the first circle lines go for up to a minute; everybody writes texts and has a channel
 * with the next. In the second processes end and begin again, and texts must outlive it.
 */
class Life {
  readonly net: Net;
  readonly names: readonly string[];
  readonly people = new Map<string, Person>();
  readonly pairs: readonly Pair[];
  readonly counts = { framesLost: 0, crashes: 0, cuts: 0, restarts: 0 };
  readonly #contactOf: ContactOf;
  readonly #size: SoakSize;
  readonly #rng: Rng;
  readonly #isPerson: ReadonlySet<string>;
  readonly #written = new Map<string, string[]>();
  /** The writing and the reading end of a channel, by its pair. */
  readonly #ends = new Map<Pair, { readonly writer: StreamEnd; reader?: StreamEnd | undefined }>();
  readonly #away = new Map<string, number>();
  readonly #down = new Map<number, number>();
  readonly #began: number;
  readonly #tell: (progress: Progress) => void;
  #steps = 0;
  #lossy = false;

  constructor(suite: CryptoSuite, size: SoakSize, tell: (progress: Progress) => void) {
    const { seed, people } = size;
    const cheap = curveless(suite);
    this.#tell = tell;
    this.#size = size;
    this.#rng = new SeededRng(cheap, `${seed}/life`);
    this.names = Array.from({ length: people }, (_, i) => `p${i}`);
    this.#isPerson = new Set(this.names);
    this.net = network({
      suite: cheap,
      seed,
      plans: [STEADY],
      // Nodes' own loops, on which no message's way depends, are left out.
      parameters: thinCover({ minLoopsPerMixPerSecond: 0 }),
      nodes: NODES,
      line: (from, to) => {
        const theirs = this.#isPerson.has(from) || this.#isPerson.has(to);
        const lost = this.#lossy && theirs && chance(this.#rng, LOSS);
        if (lost) this.counts.framesLost++;
        return { latencyMicros: 10_000, jitterMicros: 2000, partitioned: lost };
      },
    });
    this.#began = this.net.now;
    for (const name of this.names) this.#join(name);
    const next = (i: number): string => this.names[(i + 2) % people] ?? '';
    const all = this.names.map((name, i): Pair => [name, next(i)]);
    this.pairs = all.filter(
      ([a, b], i) => !all.slice(0, i).some((pair) => pair.includes(a) && pair.includes(b)),
    );
    this.#contactOf = acquaint(this.net, this.people, this.pairs, 60 * MINUTE);
    this.net.run(2 * MINUTE);
  }

  /** All of it. @returns the virtual seconds that it took. */
  run(): number {
    const { net } = this;
    for (const pair of this.pairs) if (this.#keepsRunning(pair[0])) this.#open(pair);
    this.#lossy = true;
    const from = net.now;
    this.#told('met');
    while (!this.#allWritten()) this.#step();
    for (const name of this.#away.keys()) this.#back(name);
    for (const node of this.#down.keys()) this.#up(node);
    while (!this.#allThere()) {
      if (net.now - from > PATIENCE) break;
      this.#goOn();
      this.#pass('arriving');
    }
    this.#told('over');
    return (net.now - from) / SECOND;
  }

  /** Of every direction between two who know each other. */
  texts(): Talk[] {
    return this.#directions().map(([from, to]) => {
      const contact = this.#contactOf(to, from);
      const there = this.#texts(to, contact);
      const came = this.net
        .events(to)
        .flatMap(({ event }) =>
          event.kind === 'message-received' && event.contact === contact ? [event.text] : [],
        )
        .filter(counts);
      // What a process had stored when it ended is not told a second time: its reader looks it up.
      const all = [...came, ...there.filter((text) => !came.includes(text))];
      const order = new Sequence<string>(WINDOW);
      const read: string[] = [];
      for (const text of all) {
        order.add(numberOf(text), text);
        for (let now = order.take(); now !== undefined; now = order.take()) read.push(now);
      }
      const overtaken = came.filter((text, i) =>
        came.slice(0, i).some((before) => numberOf(before) > numberOf(text)),
      ).length;
      return {
        from,
        to,
        written: this.#written.get(`${from} ${to}`) ?? [],
        there,
        read,
        overtaken,
      };
    });
  }

  /** Of every channel. */
  channels(): Talk[] {
    return [...this.#lines()].map(([[from, to], read]) => {
      const written = this.#written.get(`${from} ${to} channel`) ?? [];
      return { from, to, written, there: read, read, overtaken: 0 };
    });
  }

  #directions(): Pair[] {
    return this.pairs.flatMap(([a, b]): Pair[] => [
      [a, b],
      [b, a],
    ]);
  }

  #keepsRunning(name: string): boolean {
    return this.names.indexOf(name) % 2 === 0;
  }

  #person(name: string): Person {
    const person = this.people.get(name);
    if (person === undefined) throw new RangeError(`"name" expected a person, got ${name}`);
    return person;
  }

  #join(name: string): void {
    this.people.set(name, addPerson(this.net, name, STEADY));
  }

  #open(pair: Pair): void {
    const [from, to] = pair;
    const contact = this.#contactOf(from, to);
    const writer = StreamEnd.open(this.net, from, this.#person(from), contact, `feed of ${from}`);
    this.#ends.set(pair, { writer });
  }

  #texts(of: string, contact: string): string[] {
    return this.#person(of)
      .messages(contact)
      .flatMap(({ direction, text }) => (direction === 'in' && counts(text) ? [text] : []));
  }

  #step(): void {
    for (const name of this.names) this.#turn(name);
    for (const pair of this.#ends.keys()) this.#say(pair);
    this.#crash();
    this.#pass('writing');
  }

  #pass(phase: Progress['phase']): void {
    this.net.run(STEP);
    if (++this.#steps % STEPS_TOLD === 0) this.#told(phase);
  }

  #told(phase: Progress['phase']): void {
    const sum = (of: readonly number[]): number => of.reduce((all, each) => all + each, 0);
    const texts = this.#directions().map(([from, to]) =>
      this.#texts(to, this.#contactOf(to, from)),
    );
    this.#tell({
      phase,
      seconds: (this.net.now - this.#began) / SECOND,
      written: sum([...this.#written.values()].map((list) => list.filter(counts).length)),
      there: sum([...texts, ...this.#lines().values()].map(({ length }) => length)),
    });
  }

  #turn(name: string): void {
    const until = this.#away.get(name);
    if (until !== undefined) {
      if (this.net.now < until) return;
      this.#back(name);
    } else if (chance(this.#rng, GOES)) {
      this.#away.set(name, this.net.now + (10 + below(this.#rng, 50)) * SECOND);
      if (this.#keepsRunning(name)) {
        this.counts.cuts++;
        this.net.disconnect(name);
      } else {
        this.counts.restarts++;
        this.net.stopClient(name);
        return;
      }
    }
    const open = this.#directions().filter(
      ([from, to]) => from === name && this.#count(`${from} ${to}`) < this.#size.texts,
    );
    const to = choose(this.#rng, open)?.[1];
    if (to === undefined || !chance(this.#rng, WRITES)) return;
    this.#write(name, to, this.#next(`${name} ${to}`));
  }

  #goOn(): void {
    for (const name of this.names) {
      const to = choose(
        this.#rng,
        this.#directions().filter(([from]) => from === name),
      )?.[1];
      if (to === undefined || !chance(this.#rng, GOES_ON)) continue;
      this.#write(name, to, this.#next(`${name} ${to}${MORE}`));
    }
  }

  #write(name: string, to: string, text: string): void {
    const sent = this.net.command(name, (now) =>
      this.#person(name).send(now, this.#contactOf(name, to), text),
    );
    if (!sent.ok) throw new Error(sent.error.code);
  }

  /** One more line of a channel. */
  #say(pair: Pair): void {
    const [from, to] = pair;
    const ends = this.#ends.get(pair);
    const key = `${from} ${to} channel`;
    if (ends === undefined || this.#count(key) >= this.#size.texts) return;
    if (chance(this.#rng, WRITES)) ends.writer.write(`${this.#next(key)}\n`);
  }

  #back(name: string): void {
    this.#away.delete(name);
    if (this.#keepsRunning(name)) this.net.reconnect(name);
    else this.#join(name);
  }

  #crash(): void {
    for (const [node, until] of this.#down) if (this.net.now >= until) this.#up(node);
    if (this.#down.size > 0 || !chance(this.#rng, CRASHES)) return;
    const node = below(this.#rng, NODES);
    this.counts.crashes++;
    this.net.kill(node);
    this.#down.set(node, this.net.now + (10 + below(this.#rng, 50)) * SECOND);
  }

  #up(node: number): void {
    this.#down.delete(node);
    this.net.restart(node);
  }

  #count(key: string): number {
    return this.#written.get(key)?.length ?? 0;
  }

  #next(key: string): string {
    const list = this.#written.get(key) ?? [];
    this.#written.set(key, list);
    const text = `${list.length} ${key}`;
    list.push(text);
    return text;
  }

  #allWritten(): boolean {
    const { texts } = this.#size;
    return (
      this.#directions().every(([from, to]) => this.#count(`${from} ${to}`) >= texts) &&
      [...this.#ends.keys()].every(([from, to]) => this.#count(`${from} ${to} channel`) >= texts)
    );
  }

  /** What was read of every channel so far. */
  #lines(): ReadonlyMap<Pair, readonly string[]> {
    const lines = new Map<Pair, readonly string[]>();
    for (const [pair, ends] of this.#ends) {
      const [from, to] = pair;
      ends.reader ??= StreamEnd.opened(
        this.net,
        to,
        this.#person(to),
        this.#contactOf(to, from),
        `feed of ${from}`,
      );
      lines.set(pair, ends.reader?.lines() ?? []);
    }
    return lines;
  }

  #allThere(): boolean {
    const { texts } = this.#size;
    for (const lines of this.#lines().values()) if (lines.length < texts) return false;
    return this.#directions().every(
      ([from, to]) => this.#texts(to, this.#contactOf(to, from)).length >= texts,
    );
  }
}

const counts = (text: string): boolean => !text.endsWith(MORE);
const numberOf = (text: string): number => Number(text.split(' ', 1)[0]);

/** Lets these people live until everything that they wrote is there. */
export function soak(
  suite: CryptoSuite,
  size: SoakSize,
  tell: (progress: Progress) => void = () => undefined,
): Soak {
  const life = new Life(suite, size, tell);
  const seconds = life.run();
  return { ...life.counts, texts: life.texts(), channels: life.channels(), seconds };
}

/** What must not be: one entry a text that is missing, was there twice or came from nowhere, and one a reader without order. */
export function wrongs(talks: readonly Talk[]): string[] {
  return talks.flatMap(({ from, to, written, there, read }) => {
    const count = (text: string): number => there.filter((each) => each === text).length;
    const missing = written.filter((text) => count(text) === 0).map((text) => `missing: ${text}`);
    const twice = written.filter((text) => count(text) > 1).map((text) => `twice: ${text}`);
    const strange = there
      .filter((text) => !written.includes(text))
      .map((text) => `strange: ${text}`);
    const inOrder = read.length === written.length && read.every((text, i) => text === written[i]);
    return [
      ...missing,
      ...twice,
      ...strange,
      ...(inOrder ? [] : [`out of order: ${from} to ${to}`]),
    ];
  });
}

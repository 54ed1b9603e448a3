/**
 * Weeks in which somebody is away, with the cores that nodes and people run.
 *
 * Time is virtual. So that weeks of it fit a test, keys are exchanged by a suite without a curve
 * (nothing here asks what a packet hides), the plan is saver's, with its loops and drops, and in the
 * short form an epoch takes three hours, the horizon five epochs and mail lives for eight; nodes'
 * own loops, on which no message's way depends, are left out. The long form has the network's own
 * parameters, but for a fast mean of half a minute, at which nodes' loops are few.
 */
import { DEFAULT_PARAMETERS, type NetworkParameters } from '@sotto/directory';
import { SAVER } from '@sotto/endpoint';
import type { Message, Person } from '@sotto/messaging';
import { addPerson } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { MICROS_PER_SECOND as SECOND } from '@sotto/wire';
import { expect, inject, test } from 'vitest';
import { acquaint } from './acquaint.ts';
import { expectWithin, HOUR, type Net, network, shown, write, written } from './friends.ts';

interface Size {
  readonly parameters: NetworkParameters;
  /** Epochs after which bob, carol and dave come back; dave not before something of his has failed. */
  readonly back: readonly [within: number, beyond: number, tooLate: number];
}

const SHORT: Size = {
  parameters: {
    ...DEFAULT_PARAMETERS,
    epochMicros: 3 * HOUR,
    descriptorLifeMicros: 3 * HOUR,
    horizonEpochs: 5,
    mailLifeMicros: 8 * 3 * HOUR,
    slowMeanMicros: 4 * SECOND,
    graceMicros: 100 * SECOND,
    poolTarget: 0,
    minLoopsPerMixPerSecond: 0,
  },
  back: [2.5, 6.25, 10.75],
};
const LONG: Size = {
  parameters: {
    ...DEFAULT_PARAMETERS,
    fastMeanMicros: 30 * SECOND,
    poolTarget: 1,
    minLoopsPerMixPerSecond: 0,
  },
  back: [6, 13, 16.75],
};
const size = inject('long') ? LONG : SHORT;
const EPOCH = size.parameters.epochMicros;
/** From when a message last left until it has failed: no mailbox has it, and no acknowledgement is on its way. */
const OVER = size.parameters.mailLifeMicros + EPOCH;
const NAMES = ['bob', 'carol', 'dave'] as const;
type Name = (typeof NAMES)[number];

/** Alice, who is always there, and three friends who go on the same day. */
class Weeks {
  readonly net: Net;
  readonly alice: Person;
  readonly #friends = new Map<Name, Person>();
  readonly #atAlice = new Map<Name, string>();
  /** When they went, and the number of the next day's text. */
  #went = 0;
  #written = 0;

  private constructor(net: Net) {
    this.net = net;
    this.alice = addPerson(net, 'alice', SAVER);
    for (const name of NAMES) this.#friends.set(name, addPerson(net, name, SAVER));
  }

  /** Lets the three accept invites of alice's, and two epochs pass in which all fill each other up; then they go. */
  static async begin(): Promise<Weeks> {
    const suite = curveless(await open());
    const { parameters } = size;
    const weeks = new Weeks(network({ suite, seed: 'weeks', plans: [SAVER], parameters }));
    weeks.#meet();
    const { net } = weeks;
    const epoch = net.epoch + 2;
    net.until(3 * EPOCH, () => net.epoch === epoch);
    net.run(EPOCH / 4);
    for (const name of NAMES) net.stopClient(name);
    weeks.#went = net.now;
    return weeks;
  }

  #meet(): void {
    const pairs = NAMES.map((name) => ['alice', name] as const);
    const people = new Map<string, Person>([['alice', this.alice], ...this.#friends]);
    const contactOf = acquaint(this.net, people, pairs, 5 * EPOCH);
    for (const name of NAMES) this.#atAlice.set(name, contactOf('alice', name));
  }

  /** Lets time pass until so many epochs after they went; in each alice writes once to each of `to`. */
  until(epochs: number, to: readonly Name[]): void {
    const end = this.#went + epochs * EPOCH;
    while (this.net.now < end) {
      const day = Math.floor((this.net.now - this.#went) / EPOCH);
      for (; this.#written <= day; this.#written++) {
        for (const name of to) {
          const text = `day ${this.#written}`;
          write(this.net, 'alice', this.alice, this.#atAlice.get(name) ?? '', text);
        }
      }
      this.net.run(Math.min(EPOCH / 4, end - this.net.now));
    }
  }

  /** Epochs from when they went to when the first of what left for a friend is over (Spec 09 §9.4): each repeat puts it off. */
  firstOver(name: Name): number {
    const left = this.to(name).flatMap(({ leftAt, state }) =>
      state === 'sent' && leftAt !== undefined ? [leftAt] : [],
    );
    return (Math.min(...left) + OVER - this.#went) / EPOCH;
  }

  back(name: Name): Person {
    const friend = addPerson(this.net, name, SAVER);
    this.#friends.set(name, friend);
    return friend;
  }

  /** What alice wrote to a friend. */
  to(name: Name): readonly Message[] {
    return written(this.alice, this.#atAlice.get(name) ?? '');
  }

  /** Texts in one of these states. */
  textsIn(name: Name, ...states: readonly Message['state'][]): string[] {
    return this.to(name).flatMap(({ state, text }) => (states.includes(state) ? [text] : []));
  }
}

const weeks = await Weeks.begin();
const [within, beyond, tooLate] = size.back;
/** In the order of the network's, which is not kept. */
const shownTo = (name: Name): string[] => shown(weeks.net, name).toSorted();
const textsTo = (name: Name): string[] =>
  weeks
    .to(name)
    .map(({ text }) => text)
    .toSorted();

test('away within the horizon: everything is there', () => {
  weeks.until(within, NAMES);
  expect(weeks.textsIn('bob', 'delivered', 'failed')).toEqual([]);
  expect(weeks.textsIn('bob', 'sent').length).toBeGreaterThan(0);
  const left = weeks.textsIn('bob', 'sent').toSorted();
  weeks.back('bob');
  expectWithin(weeks.net, EPOCH / 2, 'what lay in his mailboxes', () =>
    left.every((text) => shownTo('bob').includes(text)),
  );
  const delivered = (): boolean => weeks.to('bob').every(({ state }) => state === 'delivered');
  expectWithin(weeks.net, 2 * EPOCH, 'alice to know', delivered);
  expect(shownTo('bob')).toEqual(textsTo('bob'));
  expect(textsTo('bob')).toHaveLength(Math.ceil(within));
  weeks.net.stopClient('bob');
});

test('away beyond the horizon: what was sent within it is there, what came later waited and arrives', () => {
  weeks.until(beyond, ['carol', 'dave']);
  const left = weeks.textsIn('carol', 'sent');
  const waited = weeks.textsIn('carol', 'waiting');
  expect(left.length).toBeGreaterThan(0);
  expect(waited.length).toBeGreaterThan(1);
  // While it may lie in a mailbox nothing is said to have failed, and nothing to have come.
  expect(left.length + waited.length).toBe(textsTo('carol').length);
  weeks.back('carol');
  expectWithin(weeks.net, EPOCH / 2, 'what lay in her mailboxes', () =>
    left.every((text) => shownTo('carol').includes(text)),
  );
  const delivered = (): boolean => weeks.to('carol').every(({ state }) => state === 'delivered');
  expectWithin(weeks.net, 2 * EPOCH, 'alice to know', delivered);
  expect(shownTo('carol')).toEqual(textsTo('carol'));
  weeks.net.stopClient('carol');
});

test('away for longer than mail is kept: what expired is gone and its writer knows, what waited arrives, and the two go on', () => {
  const { net } = weeks;
  // What is sent for the last time in the horizon's last epoch is over by then.
  const { mailLifeMicros, horizonEpochs } = size.parameters;
  expect(weeks.firstOver('dave')).toBeLessThan(horizonEpochs + OVER / EPOCH);
  weeks.until(Math.max(tooLate, weeks.firstOver('dave') + 0.1), ['dave']);
  const before = weeks.to('dave');
  const expired = before.filter(({ leftAt, state }) => state === 'failed' && leftAt !== undefined);
  const neverLeft = before.filter(({ leftAt }) => leftAt === undefined);
  expect(expired.length).toBeGreaterThan(0);
  expect(new Set(expired.map(({ failure }) => failure))).toEqual(new Set(['no-acknowledgement']));
  // Each by its own last copy, no sooner and no later.
  const since = (leftAt: number | undefined): number => net.now - (leftAt ?? net.now);
  expect(Math.min(...expired.map(({ leftAt }) => since(leftAt)))).toBeGreaterThanOrEqual(OVER);
  const sent = before.filter(({ state }) => state === 'sent');
  expect(Math.max(0, ...sent.map(({ leftAt }) => since(leftAt)))).toBeLessThan(OVER);
  expect(neverLeft.length).toBeGreaterThan(1);
  expect(new Set(neverLeft.map(({ state }) => state))).toEqual(new Set(['waiting']));
  // What lives on while he fetches comes. What has expired does not, once neighbours confirm the time
  // (decision 0044): their descriptors may be an epoch old.
  const living = before.filter(
    ({ leftAt }) => leftAt !== undefined && net.now - leftAt < mailLifeMicros - EPOCH / 2,
  );
  const dave = weeks.back('dave');
  // Neither holds a block of the other's: he writes by her way back.
  const arrive = [...living, ...neverLeft].map(({ text }) => text);
  expectWithin(net, 3 * EPOCH, 'what waited', () =>
    arrive.every((text) => shownTo('dave').includes(text)),
  );
  expect(expired.filter(({ text }) => shownTo('dave').includes(text))).toEqual([]);
  const [contact] = dave.contacts(net.now);
  write(net, 'dave', dave, contact?.id ?? '', 'back');
  expectWithin(net, EPOCH, 'his answer', () => shown(net, 'alice').includes('back'));
});

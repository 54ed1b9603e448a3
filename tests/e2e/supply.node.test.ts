/**
 * Reply blocks last: between two who are there, and between two who are there once a week. Plans
 * with their loops and drops, in virtual time, with real days; keys are exchanged without a curve and
 * nodes send no loops of their own, on neither of which the supply depends. What one gets
 * who asks for all is bounded in `packages/protocol/endpoint/test/supply.node.test.ts`.
 */
import { DEFAULT_PARAMETERS, epochAt, epochStart } from '@sotto/directory';
import { HOME, type Plan, SAVER } from '@sotto/endpoint';
import type { Person } from '@sotto/messaging';
import { addPerson, DEFAULT_START } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless } from '@sotto/suite/testing';
import { type Instant, instant } from '@sotto/wire';
import { expect, inject, test } from 'vitest';
import { acquaint, type ContactOf } from './acquaint.ts';
import {
  eventsOf,
  expectWithin,
  HOUR,
  MINUTE,
  type Net,
  network,
  shown,
  statesOf,
  write,
  written,
} from './friends.ts';

const suite = curveless(await open());
const parameters = { ...DEFAULT_PARAMETERS, poolTarget: 0, minLoopsPerMixPerSecond: 0 };
const DAY = parameters.epochMicros;
/** How long two who meet once a week are there. */
const SESSION = 20 * MINUTE;
const WEEKS = inject('long') ? 4 : 1;
const NAMES = ['alice', 'bob'] as const;

interface Two {
  readonly net: Net;
  readonly people: Map<string, Person>;
  readonly contactOf: ContactOf;
}

function two(seed: string, plan: Plan, start: Instant = DEFAULT_START): Two {
  const net = network({ suite, seed, plans: [plan], parameters, start });
  const people = new Map<string, Person>(NAMES.map((name) => [name, addPerson(net, name, plan)]));
  return { net, people, contactOf: acquaint(net, people, [['alice', 'bob']], DAY) };
}

/** Each writes to the other. @returns the numbers of the two texts. */
function bothWrite({ net, people, contactOf }: Two, text: string): number[] {
  return NAMES.map((name, i) => {
    const person = people.get(name);
    if (person === undefined) throw new Error('nobody');
    return write(net, name, person, contactOf(name, NAMES[1 - i] ?? ''), text);
  });
}

/** Reply blocks that each holds of the other now. */
const held = ({ net, people }: Two): number[] =>
  [...people.values()].map((person) => person.contacts(net.now)[0]?.replyBlocks ?? 0);

test('two who are there never run dry, talking or silent, and not as an epoch ends', () => {
  const next = epochAt(parameters, DEFAULT_START) + 1;
  const end = epochStart(parameters, next);
  const both = two('never dry', HOME, instant(end - 20 * MINUTE));
  const { net } = both;
  const least: number[] = [];
  const ids: number[][] = [];
  net.run(end - 6 * MINUTE - net.now);
  for (let minute = 0; minute < 18; minute++) {
    // A talk at either end, of a text each way every ten seconds, then every half minute. In the first
    // one the epoch ends.
    for (let part = 0; part < 6; part++) {
      const talks = minute < 10 || (minute >= 14 && part % 3 === 0);
      if (talks) ids.push(bothWrite(both, `${minute}.${part}`));
      net.run(MINUTE / 6);
      least.push(Math.min(...held(both)));
    }
  }
  expect(net.epoch).toBe(next);
  const shownAll = (): boolean => NAMES.every((name) => shown(net, name).length === ids.length);
  expectWithin(net, 5 * MINUTE, 'all of it', shownAll);
  expect(Math.min(...least)).toBeGreaterThan(0);
  for (const [i, name] of NAMES.entries()) {
    const states = ids.flatMap((pair) => statesOf(net, name, pair[i] ?? 0));
    expect(states).not.toContain('waiting');
    // What goes by a mailbox takes minutes; the first words after a silence do.
    const byMailbox = eventsOf(net, name, 'message-received').filter(
      ({ text, viaMailbox }) => viaMailbox && Number.parseInt(text, 10) < 10,
    );
    expect(byMailbox).toEqual([]);
  }
});

if (inject('long')) {
  test('under the saver plan a talk waits for reply blocks now and then, and all of it arrives', () => {
    const both = two('never dry', SAVER);
    const { net } = both;
    net.run(2 * HOUR);
    const ids: number[][] = [];
    for (let hour = 0; hour < 26; hour++) {
      // A talk of two hours, as fast as the plan's slots allow, at either end of the time.
      for (let quarter = 0; quarter < 4; quarter++) {
        if (hour % 24 < 2) ids.push(bothWrite(both, `${hour}.${quarter}`));
        net.run(HOUR / 4);
      }
    }
    const shownAll = (): boolean => NAMES.every((name) => shown(net, name).length === ids.length);
    expectWithin(net, 8 * HOUR, 'what went by a mailbox', shownAll);
    const waited = NAMES.flatMap((name, i) =>
      ids.filter((pair) => statesOf(net, name, pair[i] ?? 0).includes('waiting')),
    );
    // A slot in 40 s brings texts and the blocks for the next ones.
    expect(waited.length).toBeLessThanOrEqual(ids.length / 2);
  });
}

test('two who are there for 20 minutes once a week reach each other every time', () => {
  const both = two('once a week', HOME);
  const { net, people } = both;
  net.run(SESSION);
  for (let week = 1; week <= WEEKS; week++) {
    for (const name of NAMES) net.stopClient(name);
    const epoch = net.epoch + 7;
    net.until(8 * DAY, () => net.epoch === epoch);
    net.run(6 * HOUR);
    for (const name of NAMES) people.set(name, addPerson(net, name, HOME));
    bothWrite(both, `week ${week}`);
    net.run(SESSION);
    for (const name of NAMES) expect(shown(net, name)).toContain(`week ${week}`);
  }
  for (const [i, name] of NAMES.entries()) {
    const person = people.get(name);
    const sent =
      person === undefined ? [] : written(person, both.contactOf(name, NAMES[1 - i] ?? ''));
    expect(sent.map(({ state }) => state)).toEqual(Array(WEEKS).fill('delivered'));
  }
});

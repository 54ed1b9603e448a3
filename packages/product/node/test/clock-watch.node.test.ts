// In virtual time: a node with a wrong clock among others with the right one, real descriptors, and
// the directory that judges them.
import {
  DEFAULT_PARAMETERS,
  Directory,
  epochAt,
  identityOf,
  networkId,
  signDescriptor,
} from '@sotto/directory';
import { systemRng } from '@sotto/driver';
import { open } from '@sotto/sodium/native';
import { after, instant, MICROS_PER_SECOND as SECOND, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { spanText } from '../src/clock-comparison.ts';
import { ClockWatch, type Hearing } from '../src/clock-watch.ts';

const suite = await open();
const rng = systemRng();
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const parameters = { ...DEFAULT_PARAMETERS, horizonEpochs: 1 };
const START = instant(parameters.originMicros + 100 * 24 * HOUR + 5 * HOUR);
const network = networkId(suite, parameters);
const key = new Uint8Array(32);
suite.x25519Base(key, randomBytes(rng, 32));
const second = new Uint8Array(32);
suite.x25519Base(second, randomBytes(rng, 32));

const people = Array.from({ length: 7 }, () => identityOf(suite, randomBytes(rng, 32)));

/** A descriptor that node `i` issues by a clock that shows `issuedAt`. */
function descriptor(i: number, issuedAt: number): Uint8Array {
  const identity = people[i];
  if (identity === undefined) throw new RangeError('i');
  const at = instant(issuedAt);
  return signDescriptor(suite, identity.secretKey, {
    networkId: network,
    identityKey: identity.publicKey,
    sequence: issuedAt,
    issuedAt: at,
    expiresAt: after(at, parameters.descriptorLifeMicros),
    capabilities: { mix: true, guard: false, mailbox: false, contact: false },
    addresses: [],
    firstEpoch: epochAt(parameters, at),
    routingKeys: [key, second],
  });
}

/** A node whose clock is ahead by so much; it has the others' descriptors of hours ago by a snapshot. */
class Observer {
  readonly said: string[] = [];
  readonly watch: ClockWatch;
  readonly #directory = new Directory({ suite, parameters });
  readonly #ahead: number;
  #true = START;
  looks = 0;

  constructor(ahead: number, confirmed = true) {
    this.#ahead = ahead;
    const say = (...words: unknown[]): void => void this.said.push(String(words.at(-1)));
    this.watch = new ClockWatch({
      suite,
      parameters,
      clock: { now: () => this.now },
      log: { info: say, warn: say },
      confirmed: () => {
        this.looks++;
        return confirmed;
      },
    });
    for (let i = 0; i < 7; i++) this.hear(descriptor(i, START - (4 + i / 2) * HOUR), 'snapshot');
    this.watch.caughtUp();
  }

  /** By its own clock. */
  get now() {
    return instant(this.#true + this.#ahead);
  }

  /** Lets true time pass. */
  pass(micros: number): void {
    this.#true = after(this.#true, micros);
  }

  hear(bytes: Uint8Array, how: Hearing): void {
    this.watch.heard(bytes, this.#directory.add(this.now, bytes), how);
  }

  /** The first `count` others renew, each at a right clock; gossip takes up to two seconds. */
  renewals(count: number, how: Hearing = 'gossip', from = 0): void {
    for (let i = from; i < from + count; i++) {
      this.pass(20 * SECOND);
      const bytes = descriptor(i, this.#true);
      this.pass(0.3 * SECOND * i);
      this.hear(bytes, how);
    }
  }
}

test.each([
  ['right', 0],
  ['30 s ahead', 30 * SECOND],
  ['30 s behind', -30 * SECOND],
])('of a clock that is %s nothing is said but that it agrees', (_, ahead) => {
  const node = new Observer(ahead);
  node.renewals(7);
  expect(node.said).toEqual(['the clock agrees with other nodes']);
  expect(node.watch.read()).toMatchObject({ compared: 7, finding: 'agrees' });
});

test.each([
  ['2 min ahead', 2 * MINUTE, '2 min ahead of'],
  ['2 min behind', -2 * MINUTE - 3 * SECOND, '2 min behind'],
  ['10 min behind, beyond what the directory takes', -10 * MINUTE, '10 min behind'],
  ['3 h ahead', 3 * HOUR, '3 h ahead of'],
  ['3 h behind', -3 * HOUR, '3 h behind'],
])('a clock that is %s is said once, when three others have renewed', (_, ahead, words) => {
  const node = new Observer(ahead);
  node.renewals(2);
  expect(node.said).toEqual([]);
  node.renewals(5, 'gossip', 2);
  expect(node.said).toEqual([
    `this machine's clock is about ${words} those of other nodes: packets are lost at every change of epoch; set it and start the node again`,
  ]);
  const { finding, aheadMicros } = node.watch.read();
  expect(finding).toBe(ahead > 0 ? 'ahead' : 'behind');
  expect(Math.abs((aheadMicros ?? 0) - ahead)).toBeLessThan(3 * SECOND);
});

test.each([
  ['2 min', -2 * MINUTE - 3 * SECOND, 'behind'],
  ['2 min', 2 * MINUTE, null],
])('by snapshots a clock %s off (%i µs) is found when it is behind alone', (_, ahead, finding) => {
  const node = new Observer(ahead);
  node.renewals(7, 'snapshot');
  expect(node.watch.read().finding).toBe(finding);
});

test('renewals of hours that a node hears at once when it was cut off say nothing', () => {
  const node = new Observer(0);
  const issued = people.map((_, i) => descriptor(i, START + i * SECOND));
  node.pass(2 * HOUR);
  for (const bytes of issued) node.hear(bytes, 'gossip');
  expect(node.said).toEqual([]);
  expect(node.watch.read().compared).toBe(0);
});

test('a word of the future that is heard again as time passes counts as it was first heard', () => {
  const node = new Observer(-3 * HOUR);
  const issued = [0, 1, 2].map((i) => descriptor(i, START + 1));
  for (let minutes = 0; minutes < 170; minutes += 10) {
    for (const bytes of issued) node.hear(bytes, 'snapshot');
    node.pass(10 * MINUTE);
  }
  expect(node.said).toHaveLength(1);
  expect(spanText(node.watch.read().aheadMicros ?? 0)).toBe('3 h');
});

test('one liar raises nothing and keeps nothing down', () => {
  for (const lie of [-20 * HOUR, 4 * MINUTE, 20 * HOUR]) {
    const right = new Observer(0);
    right.hear(descriptor(6, START + lie), 'gossip');
    right.renewals(2);
    right.renewals(4, 'gossip', 2);
    expect(right.said).toEqual(['the clock agrees with other nodes']);
    const wrong = new Observer(3 * HOUR);
    wrong.hear(descriptor(6, START + lie), 'gossip');
    wrong.renewals(3);
    expect(wrong.watch.read().finding).toBe('ahead');
  }
});

test('an unsigned word of the future is nobody’s', () => {
  const node = new Observer(0);
  for (let i = 0; i < 5; i++) {
    const bytes = descriptor(i, START + 3 * HOUR);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    node.hear(bytes, 'gossip');
  }
  expect(node.watch.read().compared).toBe(0);
});

test('a thousand descriptors of the future cost 32 verifications a second and one look at the figures', () => {
  const node = new Observer(0);
  let verified = 0;
  const counting: typeof suite = {
    ...suite,
    verify: (...all) => {
      verified++;
      return suite.verify(...all);
    },
  };
  const watch = new ClockWatch({
    suite: counting,
    parameters,
    clock: { now: () => node.now },
    log: { info: () => undefined, warn: () => undefined },
    confirmed: () => (node.looks++, true),
  });
  const bytes = descriptor(0, START + 3 * HOUR);
  for (let i = 0; i < 1000; i++)
    watch.heard(bytes, { verdict: 'ignore', code: 'future' }, 'gossip');
  expect([verified, node.looks]).toEqual([32, 1]);
  node.pass(SECOND);
  watch.heard(bytes, { verdict: 'ignore', code: 'future' }, 'gossip');
  expect([verified, node.looks]).toEqual([33, 2]);
});

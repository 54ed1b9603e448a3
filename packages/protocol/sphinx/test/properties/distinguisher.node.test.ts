import { OFFSET } from '@sotto/sphinx';
import { open } from '@sotto/sodium/native';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { randomBytes } from '@sotto/wire';
import { expect, inject, test } from 'vitest';
import { plainBody, stuckEphemeral, xorBody, zeroPadding } from './faulty-suites.ts';
import {
  bitDeviation,
  byteDeviation,
  classifierDeviation,
  neighbourDeviation,
  type Rows,
} from './statistics.ts';
import { avalanche, behindCommand, type Kind, type Sighting, traffic } from './traffic.ts';

/*
 * What a packet on a link may be told by, as the specification concedes: nothing. (Half and class
 * are read by a node that opens its layer; the epoch byte is left out here, it is one for all.)
 *
 * n: 720 packets (7,200 in `npm run test:long`) of six kinds and both classes, each on 4 or 7 links;
 * seeds are fixed, so these outcomes are too. Chance of a false alarm under other seeds:
 * - bits: |z| of 12,783 positions on 7 links, bound 7.2: 12,783 · 7 · 6.0e-13 = 5e-8;
 * - values and neighbours: two-sided z of 5 fields on 7 links, 2 tests, bound 6.5: 70 · 8.0e-11 = 6e-9;
 * - two classifiers, right on held-out samples: z of 18 pairs of kinds, bound 6: 36 · 9.9e-10 = 4e-8.
 */
const BITS = 7.2;
const VALUES = 6.5;
const CLASSIFIER = 6;

const suite = await open();
const count = inject('long') ? 7200 : 720;
const seen = traffic(suite, count);

/** Fields of a row: without the last byte of ct, whose top bit is zero in every X25519 point. */
const FIELDS: readonly (readonly [string, number, number])[] = [
  ['ct', 0, 31],
  ['mac', OFFSET.mac - OFFSET.ct, OFFSET.routing - OFFSET.ct],
  ['routing', OFFSET.routing - OFFSET.ct, OFFSET.log - OFFSET.ct],
  ['log', OFFSET.log - OFFSET.ct, OFFSET.body - OFFSET.ct],
  ['body', OFFSET.body - OFFSET.ct, OFFSET.body - OFFSET.ct + 1024],
];

/** With the bit that a point never sets taken from the next byte, so that it is a coin like others. */
function withoutTopBit(row: Uint8Array): Uint8Array {
  const copy = row.slice();
  copy[31] = ((copy[31] ?? 0) & 0x7f) | ((copy[32] ?? 0) & 0x80);
  return copy;
}

const rowsOf = (all: readonly Sighting[], keep: (sighting: Sighting) => boolean): Rows =>
  all.filter(keep).map(({ bytes }) => bytes);

/** Which tests find something in the packets of a link. */
function findings(rows: Rows): string[] {
  const found: string[] = [];
  if (bitDeviation(rows.map(withoutTopBit)) > BITS) found.push('bits');
  for (const [name, from, to] of FIELDS) {
    const field = rows.map((row) => row.subarray(from, to));
    if (byteDeviation(field) > VALUES) found.push(`values of ${name}`);
    if (neighbourDeviation(field) > VALUES) found.push(`neighbours in ${name}`);
  }
  return found;
}

test.each([0, 1, 2, 3, 4, 5, 6])(
  'link %i: bits, values and neighbours are those of chance',
  (link) => {
    const rows = rowsOf(seen, (each) => each.link === link);
    expect(rows.length).toBe(link < 4 ? count : count / 2);
    expect(findings(rows)).toEqual([]);
  },
);

type Side = (sighting: Sighting) => boolean;
const on =
  (...links: number[]): Side =>
  ({ link }) =>
    links.includes(link);
const COVER: ReadonlySet<Kind> = new Set(['loop', 'drop', 'crossing-drop']);
const cover: Side = ({ kind }) => COVER.has(kind);
const real: Side = (sighting) => !cover(sighting);
const fast: Side = ({ delayClass }) => delayClass === 'fast';
const slow: Side = (sighting) => !fast(sighting);
const both =
  (...sides: Side[]): Side =>
  (sighting) =>
    sides.every((side) => side(sighting));

const PAIRS: readonly (readonly [string, Side, Side])[] = [
  ['first and middle link', on(0), on(2)],
  ['first and last link of the sender’s half', on(0), on(3)],
  ['first and last link of all', on(0), on(6)],
  ['links before and behind the crossover', on(3), on(4)],
  ['halves', on(1, 2), on(4, 5)],
  ...[0, 1, 2, 3].map(
    (link) =>
      [`cover and real, link ${link}`, both(on(link), cover), both(on(link), real)] as const,
  ),
  ...[4, 6].map(
    (link) =>
      [`cover and real, link ${link}`, both(on(link), cover), both(on(link), real)] as const,
  ),
  ...[0, 2, 3, 4, 6].map(
    (link) => [`fast and slow, link ${link}`, both(on(link), fast), both(on(link), slow)] as const,
  ),
];

const told = (all: readonly Sighting[], first: Side, second: Side): boolean =>
  classifierDeviation(rowsOf(all, first), rowsOf(all, second)) > CLASSIFIER;

test.each(PAIRS)('a trained classifier cannot tell apart: %s', (_, first, second) => {
  expect(told(seen, first, second)).toBe(false);
});

test('behind its command the last hop reads nothing of the path’s length, in either half', () => {
  const behind = (half: 'sender' | 'recipient', lengths: readonly number[]): Rows =>
    lengths.flatMap((length) => behindCommand(suite, half, length, count / 4));
  for (const [half, short, long] of [
    ['sender', [1, 2], [5, 6]],
    ['recipient', [2], [4]],
  ] as const) {
    const rows = [behind(half, short), behind(half, long)] as const;
    for (const each of rows) {
      expect(bitDeviation(each)).toBeLessThan(BITS);
      expect(byteDeviation(each)).toBeLessThan(VALUES);
      expect(neighbourDeviation(each)).toBeLessThan(VALUES);
    }
    expect(classifierDeviation(...rows)).toBeLessThan(CLASSIFIER);
  }
});

test('one changed bit of a body changes each bit of what the next hop hands on like a coin', () => {
  const changes = avalanche(suite, count / 2);
  expect(bitDeviation(changes)).toBeLessThan(BITS);
  expect(byteDeviation(changes)).toBeLessThan(VALUES);
});

const few = 360;
const linkRows = (faulty: CryptoSuite, link: number): Rows =>
  rowsOf(traffic(faulty, few), on(link));

test('planted fault, noticed: zeros for padding', () => {
  const faulty = zeroPadding(suite);
  const packets = traffic(faulty, few);
  // The log starts with zeros, on the first link alone.
  expect(findings(rowsOf(packets, on(0)))).toEqual(['bits', 'values of log', 'neighbours in log']);
  expect(findings(rowsOf(packets, on(2)))).toEqual([]);
  expect(told(packets, on(0), on(2))).toBe(true);
  for (const [half, short, long] of [
    ['sender', 1, 6],
    ['recipient', 2, 4],
  ] as const) {
    const rows = [short, long].map((length) => behindCommand(faulty, half, length, few / 2));
    const [first = [], second = []] = rows;
    expect(Math.max(...rows.map(bitDeviation))).toBeGreaterThan(BITS);
    expect(Math.max(...rows.map(byteDeviation))).toBeGreaterThan(VALUES);
    expect(Math.max(...rows.map(neighbourDeviation))).toBeGreaterThan(VALUES);
    expect(classifierDeviation(first, second)).toBeGreaterThan(CLASSIFIER);
  }
});

test('planted fault, noticed: a body under a stream alone hands a mark on as it is', () => {
  const changes = avalanche(xorBody(suite), few / 2);
  expect(bitDeviation(changes)).toBeGreaterThan(BITS);
  expect(byteDeviation(changes)).toBeGreaterThan(VALUES);
});

test('planted fault, noticed: a body without a cipher', () => {
  const packets = traffic(plainBody(suite), few);
  expect(findings(rowsOf(packets, on(1)))).toContain('values of body');
  expect(findings(rowsOf(packets, on(1)))).toContain('neighbours in body');
  expect(told(packets, both(on(1), cover), both(on(1), real))).toBe(true);
});

test('planted fault, noticed: a field that is the same in every packet', () => {
  expect(findings(linkRows(stuckEphemeral(suite, LABELS.ephemeralSeed), 2))).toEqual(
    expect.arrayContaining(['bits', 'values of ct', 'neighbours in ct']),
  );
});

/** The same packets with those of the slow class changed. */
const marked = (change: (bytes: Uint8Array) => void): Sighting[] =>
  seen.map(({ kind, delayClass, link, bytes }) => {
    const copy = bytes.slice();
    if (delayClass === 'slow') change(copy);
    return { kind, delayClass, link, bytes: copy };
  });
const classTold = (packets: readonly Sighting[]): boolean =>
  told(packets, both(on(0), fast), both(on(0), slow));

test('planted fault, noticed: one bit that is always set in one class', () => {
  const at = 1590;
  expect(classTold(marked((bytes) => void (bytes[at] = (bytes[at] ?? 0) | 4)))).toBe(true);
});

test('planted fault, noticed: each bit of the body one with a chance of 9/16 in one class', () => {
  const rng = new SeededRng(suite, 'thin');
  const thin = marked((bytes) => {
    const [a, b, c] = [1, 2, 3].map(() => randomBytes(rng, 1024));
    for (let i = 0; i < 1024; i++) {
      const at = OFFSET.body - OFFSET.ct + i;
      bytes[at] = (bytes[at] ?? 0) | ((a?.[i] ?? 0) & (b?.[i] ?? 0) & (c?.[i] ?? 0));
    }
  });
  expect(classTold(thin)).toBe(true);
});

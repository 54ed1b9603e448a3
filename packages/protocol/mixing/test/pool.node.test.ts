import {
  err,
  exponentialMicros,
  instant,
  type Instant,
  ok,
  type Result,
  uint32,
} from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pool, type Transmit } from '../src/index.ts';
import { seededRng } from './seeded-rng.ts';

const SECOND = 1_000_000;
const packet = new Uint8Array(1600);
const next = '00'.repeat(16);
const at = (micros: number): Instant => instant(micros);

const transmit = (sequence: number, parts: Partial<Transmit> = {}): Transmit => ({
  packet,
  next,
  delayClass: 'fast',
  half: 'sender',
  sequence,
  ...parts,
});

interface PoolLike {
  add(now: Instant, transmit: Transmit): Result<Instant, unknown>;
  popDue(now: Instant, durableSequence: number): Transmit | undefined;
  nextAt(): Instant | undefined;
}

const pool = (seed: number, fastMeanMicros: number, maxPackets?: number): Pool =>
  new Pool({
    rng: seededRng(seed),
    now: at(0),
    parameters: { fastMeanMicros, slowMeanMicros: 8 * fastMeanMicros },
    ...(maxPackets === undefined ? {} : { maxPackets }),
  });

/** What is wrong with the delays of 400,000 packets of mean 1 s, at four standard errors. */
function wrongDelays(made: PoolLike): string[] {
  const n = 400_000;
  for (let i = 1; i <= n; i++) made.add(at(0), transmit(i));
  let sum = 0;
  let squares = 0;
  let above3 = 0;
  let above10 = 0;
  for (;;) {
    const now = made.nextAt();
    if (now === undefined) break;
    while (made.popDue(now, n) !== undefined) {
      const seconds = now / SECOND;
      sum += seconds;
      squares += seconds * seconds;
      if (seconds > 3) above3++;
      if (seconds > 10) above10++;
    }
  }
  const wrong: string[] = [];
  const check = (name: string, found: number, expected: number, standardError: number): void => {
    if (Math.abs(found - expected) > 4 * standardError) wrong.push(name);
  };
  check('mean', sum / n, 1, 1 / Math.sqrt(n));
  // E of the square is 2, of the fourth power 24.
  check('second moment', squares / n, 2, Math.sqrt((24 - 4) / n));
  const tail = (means: number): number => n * Math.exp(-means);
  check('beyond 3 means', above3, tail(3), Math.sqrt(tail(3)));
  check('beyond 10 means', above10, tail(10), Math.sqrt(tail(10)));
  return wrong;
}

/** A pool that releases by a due time which it is told how to draw, ties by a rank it is told how to draw. */
class PlantedPool implements PoolLike {
  readonly #draw: () => number;
  readonly #rank: () => number;
  #held: { at: Instant; rank: number; transmit: Transmit }[] = [];
  #sorted = false;

  constructor(draw: () => number, rank: () => number) {
    this.#draw = draw;
    this.#rank = rank;
  }

  add(now: Instant, added: Transmit): Result<Instant, unknown> {
    const due = at(now + this.#draw());
    this.#held.push({ at: due, rank: this.#rank(), transmit: added });
    this.#sorted = false;
    return ok(due);
  }

  #first(): { at: Instant; transmit: Transmit } | undefined {
    if (!this.#sorted) this.#held.sort((a, b) => b.at - a.at || b.rank - a.rank);
    this.#sorted = true;
    return this.#held.at(-1);
  }

  popDue(now: Instant): Transmit | undefined {
    const first = this.#first();
    if (first === undefined || first.at > now) return undefined;
    this.#held.pop();
    return first.transmit;
  }

  nextAt(): Instant | undefined {
    return this.#first()?.at;
  }
}

test('delays are exponential: mean, spread and tail', () => {
  expect(wrongDelays(pool(1, SECOND, 400_000))).toEqual([]);
});

test('planted: delays clamped at ten means, at three, or fixed are caught by the same figures', () => {
  const rng = seededRng(2);
  const clamped = (means: number) => (): number =>
    Math.min(means * SECOND, exponentialMicros(rng, SECOND));
  const rank = (): number => uint32(rng);
  expect(wrongDelays(new PlantedPool(clamped(10), rank))).toEqual(['beyond 10 means']);
  expect(wrongDelays(new PlantedPool(clamped(3), rank))).toContain('beyond 3 means');
  expect(wrongDelays(new PlantedPool(() => SECOND, rank))).toContain('second moment');
});

/** Mean rank correlation of order in and order out of 400 rounds of 50 packets due at one time, in standard errors. */
function tieCorrelation(made: PoolLike): number {
  const rounds = 400;
  const n = 50;
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < n; i++) made.add(at(round), transmit(i));
    let squares = 0;
    for (let place = 0; place < n; place++) {
      const left = made.popDue(at(round), n);
      if (left === undefined) throw new Error('not due');
      squares += (left.sequence - place) ** 2;
    }
    sum += 1 - (6 * squares) / (n * (n * n - 1));
  }
  return (sum / rounds) * Math.sqrt(n - 1) * Math.sqrt(rounds);
}

test('simultaneous expiries leave in an order that says nothing of the order of arrival', () => {
  expect(Math.abs(tieCorrelation(pool(3, 0)))).toBeLessThan(4);
});

test('planted: FIFO and LIFO ties are caught by the same figure', () => {
  let count = 0;
  expect(
    tieCorrelation(
      new PlantedPool(
        () => 0,
        () => count++,
      ),
    ),
  ).toBeGreaterThan(4);
  expect(
    tieCorrelation(
      new PlantedPool(
        () => 0,
        () => -count++,
      ),
    ),
  ).toBeLessThan(-4);
});

test('a due packet waits for its tag, leaves as soon as that is durable, and its lateness is counted', () => {
  const made = pool(4, SECOND);
  const due = made.add(at(0), transmit(7));
  if (!due.ok) throw new Error(due.error.code);
  const dueAt = due.value;
  expect(made.nextAt()).toBe(dueAt);
  expect(made.popDue(at(dueAt - 1), 9)).toBeUndefined();
  expect(made.popDue(dueAt, 6)).toBeUndefined();
  expect(made.nextAt()).toBeUndefined();
  expect(made.size).toBe(1);
  expect(made.popDue(at(dueAt + 500), 6)).toBeUndefined();
  expect(made.popDue(at(dueAt + 1000), 7)?.sequence).toBe(7);
  const { late, latenessMicros, maxLatenessMicros, waitedForTag } = made.statistics(
    at(dueAt + 1000),
  );
  expect({ late, latenessMicros, maxLatenessMicros, waitedForTag }).toEqual({
    late: 1,
    latenessMicros: 1000n,
    maxLatenessMicros: 1000,
    waitedForTag: 1,
  });
});

test('packets whose tags become durable together leave by due time, not by sequence', () => {
  const made = pool(5, SECOND);
  const due: { sequence: number; at: number }[] = [];
  for (let sequence = 1; sequence <= 100; sequence++) {
    const added = made.add(at(0), transmit(sequence));
    if (added.ok) due.push({ sequence, at: added.value });
  }
  const late = at(60 * SECOND);
  expect(made.popDue(late, 0)).toBeUndefined();
  const left: number[] = [];
  for (;;) {
    const packetOut = made.popDue(late, 100);
    if (packetOut === undefined) break;
    left.push(packetOut.sequence);
  }
  expect(left).toEqual(due.sort((a, b) => a.at - b.at).map(({ sequence }) => sequence));
});

test('a full pool drops the newcomer and keeps what it holds', () => {
  const made = pool(6, SECOND, 2);
  expect(made.add(at(0), transmit(1)).ok).toBe(true);
  expect(made.add(at(0), transmit(2)).ok).toBe(true);
  expect(made.add(at(0), transmit(3))).toEqual(err({ code: 'pool-full' }));
  const left = [made.popDue(at(90 * SECOND), 3), made.popDue(at(90 * SECOND), 3)];
  expect(left.map((one) => one?.sequence).sort((a = 0, b = 0) => a - b)).toEqual([1, 2]);
  expect(made.popDue(at(90 * SECOND), 3)).toBeUndefined();
  expect(() => pool(6, SECOND, 0)).toThrow('"maxPackets" expected');
});

test('measurements are exact: packet·µs held equal the sum of times held, per class and half', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          wait: fc.integer({ min: 0, max: 3 * SECOND }),
          delayClass: fc.constantFrom('fast' as const, 'slow' as const),
          half: fc.constantFrom('sender' as const, 'recipient' as const),
        }),
        { maxLength: 60 },
      ),
      fc.integer({ min: 0, max: 1000 }),
      (arrivals, seed) => {
        const made = pool(seed, SECOND);
        let now = 0;
        const drain = (): void => {
          while (made.popDue(at(now), Number.MAX_SAFE_INTEGER) !== undefined);
        };
        for (const { wait, delayClass, half } of arrivals) {
          now += wait;
          drain();
          made.add(at(now), transmit(1, { delayClass, half }));
        }
        now += 400 * SECOND;
        drain();
        const { strata } = made.statistics(at(now));
        for (const stratum of [
          strata.fast.sender,
          strata.fast.recipient,
          strata.slow.sender,
          strata.slow.recipient,
        ]) {
          expect(stratum.held).toBe(0);
          expect(stratum.released).toBe(stratum.added);
          expect(stratum.occupancy).toBe(stratum.heldMicros);
        }
        expect(made.size).toBe(0);
      },
    ),
    { numRuns: 50 },
  );
});

test('integrals stay exact past 2^53', () => {
  const made = pool(7, 0);
  const year = 3.2e13;
  for (let i = 0; i < 1001; i++) made.add(at(0), transmit(1));
  expect(made.statistics(at(year)).strata.fast.sender.occupancy).toBe(1001n * 32_000_000_000_000n);
  expect(made.statistics(at(year + 1)).strata.fast.sender.occupancy).toBe(
    1001n * 32_000_000_000_001n,
  );
});

test('under Poisson arrivals the pool is an M/M/∞ queue: mean rate × mean delay', () => {
  const made = pool(8, 250_000);
  const rng = seededRng(9);
  const end = 4000 * SECOND;
  let arrival = exponentialMicros(rng, 25_000);
  while (arrival < end) {
    const due = made.nextAt();
    if (due !== undefined && due <= arrival) made.popDue(due, 1);
    else {
      made.add(at(arrival), transmit(1));
      arrival += exponentialMicros(rng, 25_000);
    }
  }
  const { meanHeld, meanHeldMicros, released } = made.statistics(at(end)).strata.fast.sender;
  // The time average of an M/M/∞ queue over T has variance 2ρτ/T.
  expect(Math.abs(meanHeld - 10)).toBeLessThan(4 * Math.sqrt((2 * 10 * 0.25) / 4000));
  expect(Math.abs(meanHeldMicros - 250_000)).toBeLessThan((4 * 250_000) / Math.sqrt(released));
});

test('slowed, it draws longer means for what comes from then on, and the old ones again afterwards', () => {
  const made = pool(31, SECOND);
  const mean = (): number => {
    const n = 20_000;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const due = made.add(at(0), transmit(1));
      sum += due.ok ? due.value / n : 0;
    }
    return sum / SECOND;
  };
  // Standard error 0.007 of the mean.
  expect(mean()).toBeCloseTo(1, 1);
  made.setSlowdown(4);
  expect(Math.abs(mean() / 4 - 1)).toBeLessThan(0.03);
  made.setSlowdown(1);
  expect(mean()).toBeCloseTo(1, 1);
  expect(() => made.setSlowdown(0.5)).toThrow('"factor" expected');
});

test('lateness is told of the last whole ten seconds, and of nothing older', () => {
  const made = pool(5, 1000);
  const p99 = (now: number): number => made.statistics(at(now)).p99LatenessMicros;
  const release = (from: number, late: number): void => {
    for (let i = 0; i < 200; i++) {
      const due = made.add(at(from), transmit(1));
      expect(made.popDue(at((due.ok ? due.value : 0) + late), 1)).toBeDefined();
    }
  };
  release(0, 4000);
  expect(Math.abs(p99(SECOND) / 4000 - 1)).toBeLessThan(1 / 16);
  release(11 * SECOND, 0);
  expect(Math.abs(p99(12 * SECOND) / 4000 - 1)).toBeLessThan(1 / 16);
  release(22 * SECOND, 0);
  expect(p99(23 * SECOND)).toBe(0);
});

test('where turns are told, a packet is late until its turn ends, however soon it left the pool', () => {
  const made = pool(6, 1000);
  made.turnEnded(at(0));
  const due: number[] = [];
  for (let i = 0; i < 100; i++) {
    const added = made.add(at(0), transmit(1));
    if (added.ok) due.push(added.value);
  }
  // Each leaves the pool at the microsecond at which it is due; the turn goes on for 0.7 s.
  for (const time of due.toSorted((a, b) => a - b)) {
    expect(made.popDue(at(time), 1)).toBeDefined();
  }
  expect(made.statistics(at(0.5 * SECOND)).late).toBe(0);
  made.turnEnded(at(0.7 * SECOND));
  const { late, maxLatenessMicros, latenessMicros } = made.statistics(at(SECOND));
  expect(late).toBe(100);
  expect(maxLatenessMicros).toBe(0.7 * SECOND - Math.min(...due));
  expect(latenessMicros).toBe(due.reduce((sum, time) => sum + BigInt(0.7 * SECOND - time), 0n));
  // A turn with nothing in it changes nothing.
  made.turnEnded(at(2 * SECOND));
  expect(made.statistics(at(2 * SECOND)).late).toBe(100);
});

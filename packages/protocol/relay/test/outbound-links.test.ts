import { encodeReceipt } from '@sotto/link';
import { after, instant, type Instant, MICROS_PER_SECOND } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  HELD_GUARANTEED,
  HELD_LIFE_MICROS,
  MAX_HELD,
  MAX_HELD_FOR_NODE,
  MAX_HELD_UNLINKED,
  OutboundLinks,
} from '../src/outbound-links.ts';

const START = instant(1_800_000_000 * MICROS_PER_SECOND);
const packet = (n: number): Uint8Array => Uint8Array.of(n >> 8, n & 255);
const numberOf = ([high = 0, low = 0]: Uint8Array): number => high * 256 + low;

/** Links, what they were told to send, and why packets were given up. */
class Bench {
  readonly drops: Record<string, number> = {};
  readonly links = new OutboundLinks((reason, count) => {
    this.drops[reason] = (this.drops[reason] ?? 0) + count;
  });
  now: Instant = START;
  asked = 0;

  send(...numbers: readonly number[]): void {
    for (const n of numbers) this.links.send(this.now, 'node', packet(n));
  }

  sent(): number[] {
    const numbers: number[] = [];
    for (let out = this.links.poll(); out !== undefined; out = this.links.poll()) {
      if (out.kind === 'transmit') numbers.push(numberOf(out.packet));
      else this.asked++;
    }
    return numbers;
  }

  pass(micros: number): void {
    const end = after(this.now, micros);
    for (let at = this.links.nextAt(); at !== undefined && at <= end; at = this.links.nextAt()) {
      this.now = at > this.now ? at : this.now;
      this.links.wake(this.now);
    }
    this.now = end;
  }

  up(): void {
    this.links.linkUp(this.now, 'node');
  }

  down(unknown = false): void {
    this.links.linkDown(this.now, 'node', unknown);
  }

  receipt(count: number): void {
    this.links.frame('node', encodeReceipt(count));
  }
}

const upTo = (n: number, from = 0): number[] =>
  Array.from({ length: n - from }, (_, i) => from + i);

test('packets wait for a link, go out in order, and again after a link that gave no receipt', () => {
  const bench = new Bench();
  bench.send(0, 1, 2);
  expect([bench.sent(), bench.asked]).toEqual([[], 1]);
  bench.up();
  bench.send(3);
  expect(bench.sent()).toEqual([0, 1, 2, 3]);
  bench.receipt(2);
  expect(bench.links.held).toBe(2);
  bench.down();
  bench.send(4);
  expect(bench.sent()).toEqual([]);
  bench.pass(MICROS_PER_SECOND);
  expect(bench.sent()).toEqual([]);
  expect(bench.asked).toBeGreaterThan(1);
  bench.up();
  expect(bench.sent()).toEqual([2, 3, 4]);
  expect(bench.links.counts).toEqual({ frames: 7, again: 2 });
  // The new link counts from its own beginning.
  bench.receipt(3);
  expect(bench.links.held).toBe(0);
  expect(bench.drops).toEqual({});
});

test('what is sent again leaves in parts that a link can take, what comes meanwhile behind them', () => {
  const bench = new Bench();
  bench.send(...upTo(200));
  bench.up();
  expect(bench.sent()).toEqual(upTo(64));
  bench.send(200);
  expect(bench.sent()).toEqual([]);
  bench.pass(MICROS_PER_SECOND / 10);
  expect(bench.sent()).toEqual(upTo(201, 64));
});

test('a packet that its link does not take is given up, and the count goes on without it', () => {
  const bench = new Bench();
  bench.up();
  const [first, second] = [packet(1), packet(2)];
  bench.links.send(bench.now, 'node', first);
  bench.links.send(bench.now, 'node', second);
  bench.links.refused('node', first);
  bench.links.refused('node', first);
  bench.links.refused('nobody', first);
  expect(bench.drops).toEqual({ 'link-buffer-full': 1 });
  bench.receipt(1);
  expect(bench.links.held).toBe(0);
});

test('without a receipt a packet is given up after its time, and later receipts still fit', () => {
  const bench = new Bench();
  bench.up();
  bench.send(0, 1);
  bench.pass(HELD_LIFE_MICROS - 1);
  bench.send(2);
  bench.pass(1);
  expect(bench.drops).toEqual({ 'receipt-missing': 2 });
  bench.receipt(1);
  expect(bench.links.held).toBe(1);
  bench.receipt(3);
  expect(bench.links.held).toBe(0);
  bench.down();
  bench.send(3);
  bench.pass(2 * HELD_LIFE_MICROS);
  expect(bench.drops).toEqual({ 'receipt-missing': 2, 'link-down': 1 });
  expect(bench.links.nextAt()).toBeUndefined();
});

test('nobody is waited for who is not there', () => {
  const bench = new Bench();
  bench.send(0, 1);
  bench.down(true);
  expect(bench.drops).toEqual({ 'link-down': 2 });
  expect(bench.links.held).toBe(0);
});

test('what is kept is bounded: the oldest that was sent goes, of what waits for a link the newest', () => {
  const bench = new Bench();
  bench.up();
  bench.send(...upTo(MAX_HELD_FOR_NODE + 10));
  expect(bench.links.held).toBe(MAX_HELD_FOR_NODE);
  expect(bench.drops).toEqual({ 'receipt-missing': 10 });
  bench.receipt(MAX_HELD_FOR_NODE + 10);
  expect(bench.links.held).toBe(0);

  const down = new Bench();
  for (let node = 0; node < 5; node++) {
    for (const n of upTo(MAX_HELD_FOR_NODE + 5)) down.links.send(START, `node ${node}`, packet(n));
  }
  expect(down.links.held).toBe(MAX_HELD_UNLINKED);
  expect(down.drops).toEqual({ 'link-down': 5 * (MAX_HELD_FOR_NODE + 5) - MAX_HELD_UNLINKED });
});

test('nodes that do not answer, and others that give no receipts, take no room of a link that is up', () => {
  const bench = new Bench();
  for (let node = 0; node < 3; node++) {
    for (const n of upTo(MAX_HELD_FOR_NODE)) bench.links.send(START, `silent ${node}`, packet(n));
  }
  for (let node = 0; node < 3; node++) {
    bench.links.linkUp(START, `mute ${node}`);
    for (const n of upTo(MAX_HELD_FOR_NODE)) bench.links.send(START, `mute ${node}`, packet(n));
  }
  expect(bench.links.held).toBe(MAX_HELD + HELD_GUARANTEED);
  bench.sent();
  bench.up();
  const before = { ...bench.drops };
  bench.send(...upTo(HELD_GUARANTEED));
  expect(bench.sent()).toEqual(upTo(HELD_GUARANTEED));
  expect(bench.drops).toEqual(before);
  // Beyond, all go out, and no more than the share is kept for a receipt.
  bench.send(...upTo(10));
  expect(bench.sent()).toEqual(upTo(10));
  expect(bench.drops).toEqual({
    ...before,
    'receipt-missing': (before['receipt-missing'] ?? 0) + 10,
  });
  // Whose link ends keeps what it has, and counts among those that do not answer until it is back.
  bench.links.linkDown(START, 'mute 0', false);
  bench.links.linkUp(START, 'mute 0');
  expect(bench.links.held).toBe(MAX_HELD + 2 * HELD_GUARANTEED);
});

test('a receipt for more than was sent, one that goes back, and any other frame are counted and change nothing', () => {
  const bench = new Bench();
  bench.up();
  bench.send(0, 1, 2);
  bench.receipt(2);
  bench.receipt(4);
  bench.receipt(1);
  bench.links.frame('nobody', encodeReceipt(0));
  expect(bench.drops).toEqual({ 'receipt-invalid': 3 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1601 }), (frame) => {
      bench.links.frame('node', frame);
      expect(bench.links.held).toBe(1);
    }),
    { numRuns: 50 },
  );
  bench.receipt(3);
  expect(bench.links.held).toBe(0);
});

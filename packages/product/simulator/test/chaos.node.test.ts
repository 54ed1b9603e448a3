import { type LinkProfile, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { SeededRng } from '@sotto/suite/testing';
import { below, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { Accounts, isNode, isReceipt } from './accounts.ts';
import { Crafted, dropsOf } from './crafted.ts';
import { SECOND, thinCover } from './plans.ts';

const suite = await open();
const LONG = process.env['SOTTO_LONG'] !== undefined;
const NODES = 9;
const plain: LinkProfile = { latencyMicros: 20_000, jitterMicros: 5000 };

/** Nine nodes, what a test may do to them, and what must hold afterwards. */
class Chaos {
  readonly accounts = new Accounts();
  readonly recorded: { readonly to: string; readonly frame: Uint8Array }[] = [];
  readonly rng: SeededRng;
  readonly network: VirtualNetwork<never>;
  line: (from: string, to: string) => LinkProfile = () => plain;

  constructor(seed: string) {
    this.rng = new SeededRng(suite, `${seed}/chaos`);
    this.network = new VirtualNetwork<never>({
      suite,
      seed,
      parameters: thinCover({ minLoopsPerMixPerSecond: 4 }),
      nodes: NODES,
      line: (from, to) => this.line(from, to),
      onFrame: (line, frame) => {
        this.accounts.hooks.onFrame?.(line, frame);
        if (isNode(line.to) && !isReceipt(frame) && this.recorded.length < 3000) {
          this.recorded.push({ to: line.to, frame: frame.slice() });
        }
      },
      ...(this.accounts.hooks.onArrive === undefined
        ? {}
        : { onArrive: this.accounts.hooks.onArrive }),
    });
    this.network.run(8 * SECOND);
  }

  run(seconds: number): void {
    this.network.run(seconds * SECOND * (LONG ? 10 : 1));
  }

  kill(i: number): void {
    this.network.kill(i);
    this.accounts.forget(this.network.keys[i] ?? '');
  }

  restart(i: number): void {
    this.accounts.forget(this.network.keys[i] ?? '');
    this.network.restart(i);
  }

  /** What does not hold after the trouble is over: sums, loops, pools, alarms, replays. */
  broken(): string[] {
    const broken = this.accounts.wrong(this.network);
    this.line = () => plain;
    // Loops that the trouble took are given up after 19 s at the latest.
    this.network.run(22 * SECOND);
    const before = this.network.metrics();
    this.network.run(5 * SECOND);
    for (const [i, now] of this.network.metrics().entries()) {
      const then = before[i];
      if (then === undefined) continue;
      const returned = now.loops.returned - then.loops.returned;
      const lost = now.loops.lost + now.loops.garbled - then.loops.lost - then.loops.garbled;
      if (returned < 1) broken.push(`node ${i}: no loops come back`);
      if (lost > 0) broken.push(`node ${i}: loops are lost`);
      if (now.held > 200) broken.push(`node ${i}: its pool does not drain`);
      if (now.alarms > 0 || now.slowdown > 1) broken.push(`node ${i}: its alarm stands`);
    }
    broken.push(...this.accounts.wrong(this.network));
    const old = this.recorded.slice(0, 300);
    const sent = (): number => this.network.metrics().reduce((sum, { held }) => sum + held, 0);
    const heldBefore = sent();
    for (const { to, frame } of old) {
      const i = this.network.keys.indexOf(to);
      if (this.network.relay(i) !== undefined) this.network.inject(i, frame);
    }
    if (sent() !== heldBefore) broken.push('an old packet was taken');
    return broken;
  }
}

const scenarios: readonly (readonly [name: string, run: (chaos: Chaos) => void])[] = [
  [
    'crash and return',
    (chaos) => {
      for (const i of [0, 4, 8]) {
        chaos.kill(i);
        chaos.run(3);
        chaos.restart(i);
      }
    },
  ],
  [
    'partition and heal',
    (chaos) => {
      const { keys } = chaos.network;
      const left = new Set(keys.slice(0, 4));
      chaos.line = (from, to) =>
        left.has(from) === left.has(to) ? plain : { ...plain, partitioned: true };
      chaos.run(6);
    },
  ],
  [
    'slow peer',
    (chaos) => {
      const slow = chaos.network.keys[3];
      chaos.line = (from, to) =>
        from === slow || to === slow
          ? { ...plain, bytesPerSecond: 8000, queueBytes: 16_000 }
          : plain;
      chaos.run(6);
    },
  ],
  [
    'lossy lines that overtake',
    (chaos) => {
      chaos.line = () => ({ ...plain, jitterMicros: 100_000, loss: 3277, reorder: 6554 });
      chaos.run(6);
    },
  ],
  [
    'flood of garbage',
    (chaos) => {
      for (let n = 0; n < 2000; n++) {
        chaos.network.inject(n % NODES, randomBytes(chaos.rng, 1600));
        if (n % 100 === 0) chaos.run(0.1);
      }
      const drops = dropsOf(chaos.network);
      const refused = ['packet-version', 'epoch', 'mac', 'point-not-canonical'].reduce(
        (sum, reason) => sum + (drops[reason] ?? 0),
        0,
      );
      expect(refused).toBe(2000);
    },
  ],
  [
    'flood of valid packets',
    (chaos) => {
      const crafted = new Crafted(suite, chaos.network);
      for (let n = 0; n < 300; n++) {
        const { path, packet } = crafted.forward(chaos.network.epoch, 'drop');
        chaos.network.inject(path[0] ?? 0, packet);
        if (n % 30 === 0) chaos.run(0.2);
      }
    },
  ],
  [
    'a capture replayed',
    (chaos) => {
      const capture = [...chaos.recorded];
      chaos.run(3);
      const before = chaos.network.drops('replay');
      for (const { to, frame } of capture)
        chaos.network.inject(chaos.network.keys.indexOf(to), frame);
      expect(chaos.network.drops('replay') - before).toBe(capture.length);
    },
  ],
];

/** In the short form without the two whose trouble other scenarios have as well. */
const chosen = scenarios.filter(([name]) => LONG || !/lossy|valid/u.test(name));

test.each(chosen)(
  '%s: sums, loops, pools, alarms and replays are in order afterwards',
  (name, trouble) => {
    const chaos = new Chaos(`chaos ${name}`);
    trouble(chaos);
    expect(chaos.broken()).toEqual([]);
  },
  1_800_000,
);

test('planted: a line that stays cut is seen by what must hold', () => {
  const chaos = new Chaos('chaos planted');
  const cut = chaos.network.keys[below(chaos.rng, NODES)];
  Object.defineProperty(chaos, 'line', {
    get: () => (from: string, to: string) =>
      from === cut || to === cut ? { ...plain, partitioned: true } : plain,
    set: () => {},
  });
  chaos.run(5);
  expect(chaos.broken().some((each) => each.includes('loops are lost'))).toBe(true);
});

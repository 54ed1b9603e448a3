import type { NetworkParameters } from '@sotto/directory';
import { type LinkProfile, VirtualNetwork } from '@sotto/simulator';
import { open } from '@sotto/sodium/native';
import { curveless, SeededRng } from '@sotto/suite/testing';
import { Accounts, isNode, isReceipt } from './accounts.ts';
import { SECOND, thinCover } from './plans.ts';

// It is times and ways that are looked at here, on which the curve has no influence.
const suite = curveless(await open());
const LONG = process.env['SOTTO_LONG'] !== undefined;
export const NODES = 9;
export const plain: LinkProfile = { latencyMicros: 20_000, jitterMicros: 5000 };

/** What a network of chaos has of its own. */
export interface ChaosOptions {
  /** Packets that a pool holds at most. */
  readonly maxPackets?: number;
  readonly parameters?: Partial<NetworkParameters>;
}

/** Nine nodes, what a test may do to them, and what must hold afterwards. */
export class Chaos {
  readonly accounts = new Accounts();
  readonly recorded: { readonly to: string; readonly frame: Uint8Array }[] = [];
  readonly rng: SeededRng;
  readonly network: VirtualNetwork<never>;
  line: (from: string, to: string) => LinkProfile = () => plain;

  constructor(seed: string, { maxPackets, parameters }: ChaosOptions = {}) {
    this.rng = new SeededRng(suite, `${seed}/chaos`);
    this.network = new VirtualNetwork<never>({
      suite,
      seed,
      parameters: thinCover({ minLoopsPerMixPerSecond: 4, ...parameters }),
      ...(maxPackets === undefined ? {} : { maxPackets }),
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

  /** @param aheadMicros - of its clock before the others'. */
  restart(i: number, aheadMicros = 0): void {
    this.accounts.forget(this.network.keys[i] ?? '');
    this.network.restart(i, aheadMicros);
  }

  /** What does not hold after the trouble is over: sums, loops, pools, alarms, replays. */
  broken(): string[] {
    const broken = this.accounts.wrong(this.network);
    this.line = () => plain;
    // Loops that the trouble took are given up after 19 s at the latest.
    this.network.run(22 * SECOND);
    // A minute of losses drives the sums of alarms up as far as they go; they fall by one with each loop.
    const isCalm = (): boolean => this.network.metrics().every(({ alarms }) => alarms === 0);
    if (LONG) this.network.until(400 * SECOND, isCalm);
    const before = this.network.metrics();
    // So many that each node's come by chance, too.
    this.network.run(20 * SECOND);
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

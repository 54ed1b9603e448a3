import { epochAt } from '@sotto/directory';
import { type Endpoint, type Slot, SlotClock } from '@sotto/endpoint';
import type { Surb } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { type Instant } from '@sotto/wire';
import { expect, test } from 'vitest';
import { type Client, FAST_PLAN, Network, PARAMETERS, SECOND, suite } from './network.ts';

/** What a guard that knows loops by their return sees: the slots' times and which were loops, with the load at each. */
interface Trace {
  readonly at: readonly number[];
  readonly loop: readonly boolean[];
  readonly load: readonly number[];
}

/** A clock as it must not be: a loop gives way when something waits. */
class YieldingClock extends SlotClock {
  endpoint: Endpoint | undefined;

  constructor() {
    super(suite, new SeededRng(suite, 'plant'), FAST_PLAN, PARAMETERS);
  }

  override takeDue(now: Instant): Slot | undefined {
    const slot = super.takeDue(now);
    // One fetch always waits.
    const busy = (this.endpoint?.queueDepth ?? 0) > 1;
    return slot === undefined || !busy ? slot : { ...slot, kind: 'payload' };
  }
}

function surbOf(network: Network, owner: Client, contact: string): Surb {
  const epoch = epochAt(PARAMETERS, network.now);
  const counts = { direct: 1, mailbox: 0, epoch };
  const minted = owner.endpoint.mintSurbs(network.now, contact, counts);
  network.drain(owner);
  if (!minted.ok || minted.value[0] === undefined) throw new Error('no reply block');
  return minted.value[0];
}

/** Runs a client that talks in bursts: 15 seconds of many messages, 15 of none. */
function record(clock?: YieldingClock): Trace {
  const network = new Network('load');
  network.carries = false;
  const peer = network.join('peer');
  peer.endpoint.handle(network.now, { kind: 'link', up: false });
  const client = network.join('talker', clock === undefined ? {} : { clock });
  if (clock !== undefined) clock.endpoint = client.endpoint;
  const surb = surbOf(network, peer, 'talker');
  const at: number[] = [];
  const loop: boolean[] = [];
  const load: number[] = [];
  let loops = 0;
  const end = network.now + 150 * SECOND;
  while (network.now < end) {
    const busy = Math.floor(network.now / (15 * SECOND)) % 2 === 0;
    for (let depth = busy ? client.endpoint.queueDepth : 40; depth < 40; depth++) {
      const order = { contact: 'peer', surb, content: new Uint8Array(992) } as const;
      const sent = client.endpoint.send(network.now, {
        ...order,
        lane: 'message',
        delayClass: 'fast',
      });
      if (!sent.ok) throw new Error(sent.error.code);
    }
    if (!busy) client.endpoint.forget('peer');
    const before = client.frames.length;
    network.run(50_000);
    const sent = client.frames.slice(before);
    const now = client.endpoint.counters['slot-loop'] ?? 0;
    // With two slots in one step, the loops among them count as the first ones.
    for (const [i, frame] of sent.entries()) {
      at.push(frame.at);
      loop.push(i < now - loops);
      load.push(busy ? 1 : 0);
    }
    loops = now;
  }
  return { at, loop, load };
}

function ksOfTwo(a: readonly number[], b: readonly number[]): number {
  const below = (list: readonly number[], x: number): number =>
    list.filter((value) => value <= x).length / list.length;
  return Math.max(0, ...[...a, ...b].map((x) => Math.abs(below(a, x) - below(b, x))));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]): number => list.reduce((s, x) => s + x, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  const cross = a.reduce((s, x, i) => s + (x - ma) * ((b[i] ?? 0) - mb), 0);
  const power = (list: readonly number[], m: number): number =>
    list.reduce((s, x) => s + (x - m) ** 2, 0);
  return cross / Math.sqrt(power(a, ma) * power(b, mb));
}

/** What of a trace depends on load: names of the tests that fail, each at significance 0.001. */
function dependence(trace: Trace): string[] {
  const found: string[] = [];
  const loopGaps: Record<0 | 1, number[]> = { 0: [], 1: [] };
  let last: number | undefined;
  trace.at.forEach((at, i) => {
    const isLoop = trace.loop[i] ?? false;
    if (!isLoop) return;
    if (last !== undefined) loopGaps[trace.load[i] === 1 ? 1 : 0].push(at - last);
    last = at;
  });
  const [n, m] = [loopGaps[0].length, loopGaps[1].length];
  const distance = ksOfTwo(loopGaps[0], loopGaps[1]);
  if (n < 30 || m < 30 || distance > 1.95 * Math.sqrt((n + m) / (n * m))) found.push('ks');
  const seconds = Math.floor((Math.max(...trace.at) - Math.min(...trace.at)) / SECOND);
  const bins = Array.from({ length: seconds }, () => ({ loops: 0, load: 0 }));
  trace.at.forEach((at, i) => {
    const bin = bins[Math.floor((at - (trace.at[0] ?? 0)) / SECOND)];
    if (bin === undefined) return;
    if (trace.loop[i] ?? false) bin.loops++;
    bin.load = trace.load[i] ?? 0;
  });
  for (let lag = 0; lag <= 3; lag++) {
    const loops = bins.slice(lag).map((bin) => bin.loops);
    const loads = bins.slice(0, bins.length - lag).map((bin) => bin.load);
    if (Math.abs(correlation(loops, loads)) > 3.7 / Math.sqrt(loops.length)) {
      found.push(`correlation at lag ${lag}`);
    }
  }
  return found;
}

test('loops do not depend on load, and a clock that lets them give way is caught', () => {
  expect(dependence(record())).toEqual([]);
  const planted = dependence(record(new YieldingClock()));
  expect(planted).toContain('ks');
  expect(planted).toContain('correlation at lag 0');
});

test('drops end behind a crossover or at layer 3, half and half, and use whole paths', () => {
  const network = new Network('drops');
  const client = network.join('idle');
  network.run(60 * SECOND);
  const drops = network.passages.filter(
    ({ client: of, end }) => of === client.name && end === 'drop',
  );
  const layerOf = (key: string | undefined): number => network.node(key ?? '').entry.layer;
  const short = drops.filter(({ path }) => path.length === 4);
  const crossing = drops.filter(({ path }) => path.length === 7);
  expect(short.length + crossing.length).toBe(drops.length);
  expect(Math.abs(short.length - crossing.length)).toBeLessThan(5 * Math.sqrt(drops.length));
  for (const { path } of drops) expect(layerOf(path[3])).toBe(3);
  const fast = client.endpoint.counters;
  expect(fast['slot-drop']).toBe(drops.length);
});

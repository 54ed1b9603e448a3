import { after, exponentialMicros, instant, type Instant, type Rng } from '@sotto/wire';
import { type LoopAlarm, LoopTracker } from '../src/index.ts';

const SECOND = 1_000_000;
const MEAN = SECOND / 4;
const LINK = SECOND / 50;
/** Loops of this node a second at the default parameters: sixteen, four of five of them fast. */
export const OWN_RATE = 12.8;

/** What becomes of a loop that reaches what is attacked. */
export type Adversary = 'drop' | 'garble' | 'delay' | 'mixed';

/** One run of one node's loops. */
export interface Run {
  readonly seed: number;
  readonly seconds: number;
  /** Fast loops a second. */
  readonly rate: number;
  /** Share of loops that the network loses by itself. */
  readonly loss: number;
  /** This node's own process does nothing in these seconds. */
  readonly stalled?: { readonly from: number; readonly lasts: number };
  /** Nodes of a layer; 0 for paths that have only this node in common. */
  readonly width: number;
  readonly attack?: Attack;
  /** Another at the same time. */
  readonly beside?: Attack;
}

/** What an adversary does to a node or a link, in seconds of the run. */
export interface Attack {
  readonly on: string;
  readonly by: Adversary;
  readonly from: number;
  readonly lasts: number;
}

/** Xorshift128 (Marsaglia 2003): millions of draws for little time. */
function quickRng(seed: number): Rng {
  let [x, y, z, w] = [seed | 1, 0x9e3779b9 ^ seed, 0x85ebca6b, 0xc2b2ae35];
  const next = (): number => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return w >>> 0;
  };
  for (let i = 0; i < 20; i++) next();
  return {
    fill: (out) => {
      let word = 0;
      for (let i = 0; i < out.length; i++) {
        if (i % 4 === 0) word = next();
        out[i] = word & 255;
        word >>>= 8;
      }
    },
  };
}

/** Sends loops of node g over its network, with an adversary who reads the clock. @returns alarms with the second in which each came. */
export function runLoops(run: Run): { readonly at: number; readonly alarm: LoopAlarm }[] {
  const rng = quickRng(run.seed);
  const parameters = { fastMeanMicros: MEAN, slowMeanMicros: 30 * SECOND };
  const start = instant(SECOND);
  const tracker = new LoopTracker({ parameters, now: start, self: 'g' });
  const word = new Uint8Array(4);
  const unit = (): number => {
    rng.fill(word);
    return new DataView(word.buffer).getUint32(0) / 2 ** 32;
  };
  const mix = (layer: string): string => layer + Math.floor(unit() * Math.max(1, run.width));
  const events: { at: Instant; readonly key: string; readonly whole: boolean }[] = [];
  const alarms: { at: number; alarm: LoopAlarm }[] = [];
  const end = start + run.seconds * SECOND;
  let now: Instant = start;
  let loops = 0;
  let next = after(start, exponentialMicros(rng, SECOND / run.rate));
  const collect = (): void => {
    for (let alarm = tracker.poll(); alarm !== undefined; alarm = tracker.poll()) {
      alarms.push({ at: (now - start) / SECOND, alarm });
    }
  };
  for (;;) {
    // Returns are few, under way a few dozen: the earliest is looked for.
    let first = 0;
    for (let i = 1; i < events.length; i++)
      if ((events[i]?.at ?? 0) < (events[first]?.at ?? 0)) first = i;
    const back = events[first];
    const timer = tracker.nextAt();
    now = instant(Math.min(next, back?.at ?? end, timer ?? end));
    if (now >= end) break;
    const { from = 0, lasts = 0 } = run.stalled ?? {};
    const wakes = start + (from + lasts) * SECOND;
    // Whatever is due meanwhile is done at its end, timers first.
    if (now >= start + from * SECOND && now < wakes) {
      now = instant(wakes);
      tracker.wake(now);
      next = after(now, exponentialMicros(rng, SECOND / run.rate));
      for (const event of events) if (event.at < now) event.at = now;
      collect();
      continue;
    }
    if (timer === now) tracker.wake(now);
    else if (back?.at === now) {
      events.splice(first, 1);
      tracker.returned(now, back.key, back.whole);
    } else {
      const key = `${loops++}`;
      const path =
        run.width === 0
          ? ['g', 'x', 'g']
          : ['g', mix('a'), mix('b'), mix('x'), mix('a'), mix('b'), 'g'];
      tracker.sent(now, { key, path, delayClass: 'fast' });
      const trip = travel(run, now, start, path, rng, unit);
      if (trip !== undefined) events.push({ key, ...trip });
      next = after(now, exponentialMicros(rng, SECOND / run.rate));
    }
    collect();
  }
  return alarms;
}

/** When a loop comes back, and whether it is whole; undefined of a lost one. */
function travel(
  run: Run,
  sentAt: Instant,
  start: Instant,
  path: readonly string[],
  rng: Rng,
  unit: () => number,
): { readonly at: Instant; readonly whole: boolean } | undefined {
  let at = sentAt;
  let whole = true;
  const hops = run.width === 0 ? ['', '', '', '', '', '', 'g'] : path;
  for (let i = 0; i < 6; i++) {
    at = after(at, exponentialMicros(rng, MEAN) + LINK);
    const to = hops[i + 1] ?? '';
    for (const attack of [run.attack, run.beside]) {
      if (attack === undefined) continue;
      const since = at - start - attack.from * SECOND;
      const lasts = attack.lasts * SECOND;
      const hit = attack.on === to || attack.on === `${hops[i] ?? ''}>${to}`;
      if (!hit || since < 0 || since >= lasts) continue;
      const by =
        attack.by === 'mixed'
          ? (['drop', 'garble', 'delay'] as const)[Math.floor(unit() * 3)]
          : attack.by;
      if (by === 'drop') return undefined;
      if (by === 'garble') whole = false;
      // Held until the attack is over, as who wants the pool empty would.
      else at = after(at, lasts - since);
    }
  }
  return unit() < run.loss ? undefined : { at, whole };
}

/** One run: a node as a process of its own, neighbours around it in this one, and packets through it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FRAME_BYTES } from '@sotto/link';
import type { NodeStatus, PlainTimes } from '@sotto/node';
import type { Link } from '@sotto/transport';
import { type Around, type LoadPlan, openLinks, sleep, withNode } from './node-neighbours.ts';
import { stolenMeter } from './stolen.ts';
import { ExchangeMeter } from './x25519.ts';

/** What came of it, without the first tenth of the packets. */
export interface Figures {
  readonly sent: number;
  readonly carried: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly heldAtMost: number;
  /** One X25519 in this process meanwhile. */
  readonly x25519Micros: number;
  /** What the node dropped, by its reasons; none that dropped nothing. */
  readonly drops: string;
  /** Whether this process had a lower priority than the node. */
  readonly neighboursGaveWay: boolean;
  /** Of each whole ten seconds that the node measured under the load; of what it measured last where there are none. */
  readonly p99LatenessMicros: readonly number[];
  /** CPU time that the machine's host gave to others meanwhile, in percent; -1 where unknown. */
  readonly stolenPercent: number;
  readonly wakeP99Micros: number;
  /** Of the writes of replay tags. */
  readonly tagWriteMicros: PlainTimes;
  readonly profileFile?: string;
  /** From the start of what was measured to the end of the profile. */
  readonly profiledSeconds: number;
}

const WARM_UP = 0.1;
/** Frames given to a link in one turn, and bytes that may wait on it. */
const BATCH = 16;
const MAX_WAITING = 128 * 1024;
/** Packets between both ends at most: 250 ms of 16,000 a second. */
const WINDOW = 4000;
const LOST_MILLIS = 1500;
/** Of the node's own figure of lateness. */
const LATENESS_WINDOW_MILLIS = 10_000;
const LOOKS_A_WINDOW = 2;
/** At once: some 20 ms, of which the kernel's account of CPU time is right to a tick. */
const EXCHANGES = 500;

/**
 * Sends packets by all links in turn, at a rate or as fast as they come out again: what is between
 * both ends is bounded, or the measurement would be one of a node that drowns.
 */
export async function send(
  plan: LoadPlan,
  links: readonly Link[],
  received: () => number,
  from: number,
  to: number,
): Promise<void> {
  const start = performance.now();
  const { packets, perSecond } = plan;
  let at = from;
  let turn = 0;
  let settled = received() - from;
  let lastReceived = received();
  let lastAt = performance.now();
  while (at < to) {
    const now = performance.now();
    if (received() !== lastReceived) {
      lastReceived = received();
      lastAt = now;
    } else if (now - lastAt > LOST_MILLIS) {
      // What has not come by now was dropped; others may take its place.
      settled = lastReceived - at;
      lastAt = now;
    }
    const allowed =
      perSecond === undefined
        ? Math.min(to, received() - settled + WINDOW)
        : Math.min(to, from + Math.floor(((now - start) / 1000) * perSecond));
    let taken = false;
    for (let k = 0; k < links.length && at < allowed; k++) {
      const link = links[(turn + k) % links.length];
      if (link === undefined || link.bufferedBytes > MAX_WAITING) continue;
      const until = Math.min(allowed, at + BATCH);
      for (; at < until; at++) {
        const outcome = link.send(packets.subarray(at * FRAME_BYTES, (at + 1) * FRAME_BYTES));
        if (outcome === 'closed') throw new Error('the node has closed a link');
        if (outcome === 'full') break;
        taken = true;
      }
    }
    turn++;
    // At a rate some at a time, as nodes do, which write at most every 2 ms (Spec 10): this process
    // would else spend the other core on single frames, and the node's writes to the disk wait for it.
    const goesOn = taken && perSecond === undefined;
    await (goesOn ? new Promise<void>((resolve) => void setImmediate(resolve)) : sleep(1));
  }
}

/** One run from start to end. */
export const runLoad = (plan: LoadPlan): Promise<Figures> =>
  withNode(plan, (around) => measure(plan, around));

async function measure(
  plan: LoadPlan,
  { neighbours, node, folder, neighboursGaveWay }: Around,
): Promise<Figures> {
  const links = await openLinks(plan, neighbours, node);
  const count = Math.floor((plan.packets.length / FRAME_BYTES) * (plan.share ?? 1));
  const warm = Math.floor(count * WARM_UP);
  await send(plan, links, neighbours.received, 0, warm);
  await settle(plan);
  const before = await node.status();
  const carriedBefore = neighbours.received();
  const started = performance.now();
  let heldAtMost = 0;
  const p99LatenessMicros: number[] = [];
  let looks = 0;
  const look = async (): Promise<void> => {
    const { relay } = await node.status();
    heldAtMost = Math.max(heldAtMost, relay.held);
    // The node gives the last whole ten seconds of its own clock: after twenty, all under the load.
    if (++looks % LOOKS_A_WINDOW === 0 && looks > LOOKS_A_WINDOW) {
      p99LatenessMicros.push(relay.pool.p99LatenessMicros);
    }
  };
  const watch = setInterval(() => void look(), LATENESS_WINDOW_MILLIS / LOOKS_A_WINDOW);
  const stolen = stolenMeter();
  const exchange = new ExchangeMeter();
  // At a rate not: it would hold the sender up for 20 ms, who then sends what is due in a burst.
  if (plan.perSecond !== undefined) exchange.sample(EXCHANGES);
  const compare =
    plan.perSecond === undefined ? setInterval(() => exchange.sample(EXCHANGES), 2000) : undefined;
  await send(plan, links, neighbours.received, warm, count);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(compare);
  clearInterval(watch);
  const stolenPercent = stolen();
  if (p99LatenessMicros.length === 0)
    p99LatenessMicros.push((await node.status()).relay.pool.p99LatenessMicros);
  await settle(plan);
  const after = await node.status();
  const { process: figures } = after;
  if (plan.profile === true) await node.stop();
  const profiledSeconds = (performance.now() - started) / 1000;
  const profileName = (await readdir(folder)).find((name) => name.endsWith('.cpuprofile'));
  return {
    sent: count - warm,
    carried: neighbours.received() - carriedBefore - (loopsOut(after) - loopsOut(before)),
    seconds,
    cpuSeconds: figures.cpuSeconds - before.process.cpuSeconds,
    rssBytes: figures.rssBytes,
    heldAtMost,
    x25519Micros: exchange.micros,
    drops: dropsBetween(before, after),
    p99LatenessMicros,
    stolenPercent,
    wakeP99Micros: after.lateness.p99Micros,
    tagWriteMicros: after.tagWrites,
    profiledSeconds,
    neighboursGaveWay,
    ...(profileName === undefined ? {} : { profileFile: join(folder, profileName) }),
  };
}

/** Its own loops that have left a node which holds nothing else: those of the slow class stay for half a minute. */
export const loopsOut = ({ relay }: NodeStatus): number => relay.loops.sent - relay.held;

/** What a node dropped from one moment to another, by its reasons; empty when nothing. */
export function dropsBetween(before: NodeStatus, after: NodeStatus): string {
  return Object.entries(after.relay.drops)
    .map(([reason, count]) => [reason, count - (before.relay.drops[reason] ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');
}

/** Waits until what was given to the node has left its pool; its own loops never end. */
async function settle(plan: LoadPlan): Promise<void> {
  // e⁻²⁰ of the packets are held longer: not one of 300,000.
  await sleep((20 * plan.keys.parameters.fastMeanMicros) / 1000 + 1000);
}

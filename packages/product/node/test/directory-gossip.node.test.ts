import type { GossipHandler, Transport } from '@sotto/transport';
import { MemoryHub } from '@sotto/transport-memory';
import { err } from '@sotto/wire';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { DirectoryGossip } from '../src/directory-gossip.ts';
import { ShellCounters } from '../src/shell-counters.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const TOPIC = 'directory';
const key = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const silent = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};

async function started(
  hub: MemoryHub,
  n: number,
  snapshot: () => readonly Uint8Array[] | undefined = () => undefined,
): Promise<Transport> {
  const transport = hub.transport({
    identityKey: key(n),
    sizes: { frameBytes: 8, prefaceBytes: 8 },
  });
  await transport.start({ acceptLink: () => err({ code: 'no' }), snapshot });
  onTestFinished(() => transport.stop());
  return transport;
}

function gossipOf(
  transport: Transport,
  bootstrap: readonly Transport[],
): { readonly gossip: DirectoryGossip; readonly counters: ShellCounters } {
  const counters = new ShellCounters();
  const gossip = new DirectoryGossip({
    transport,
    topic: TOPIC,
    rng: { fill: (out) => void out.fill(0) },
    bootstrap: bootstrap.map((peer) => ({
      identityKey: peer.identityKey,
      addresses: peer.addresses(),
    })),
    receive: () => ({ verdict: 'ignore', code: 'known' }),
    caughtUp: () => undefined,
    nodes: () => [],
    counters,
    log: silent,
  });
  onTestFinished(() => gossip.stop());
  return { gossip, counters };
}

/** Lets what is promised happen, and time pass. */
const pass = (millis: number): Promise<unknown> => vi.advanceTimersByTimeAsync(millis);

test('of what nobody is there to hear the newest 32 wait for somebody, and the rest is counted', async () => {
  const hub = new MemoryHub();
  const [near, far] = [await started(hub, 1), await started(hub, 2)];
  const { gossip, counters } = gossipOf(near, []);
  for (let n = 1; n <= 40; n++) gossip.publish(Uint8Array.of(n));
  expect(counters.read()).toEqual({ 'gossip-unheard': 8 });
  const heard: number[] = [];
  const handler: GossipHandler = (bytes) => {
    heard.push(bytes[0] ?? 0);
    return 'accept';
  };
  far.subscribe(TOPIC, handler);
  await near.connect({ peer: { identityKey: key(2), addresses: far.addresses() } });
  await pass(1000);
  expect(heard).toEqual(Array.from({ length: 32 }, (_, i) => i + 9));
  expect(counters.read()).toEqual({ 'gossip-unheard': 8 });
});

test('a peer that tells no list is counted, and asked again until it does', async () => {
  const hub = new MemoryHub();
  let items: readonly Uint8Array[] | undefined;
  const [near, far] = [await started(hub, 1), await started(hub, 2, () => items)];
  const { gossip, counters } = gossipOf(near, [far]);
  gossip.start();
  await pass(0);
  expect(counters.read()).toEqual({ 'snapshot-not-got': 1 });
  await pass(500);
  expect(counters.read()).toEqual({ 'snapshot-not-got': 2 });
  items = [Uint8Array.of(7)];
  // The answer takes turns of the event loop.
  await pass(600);
  expect(counters.read()).toEqual({ 'snapshot-not-got': 2, 'directory-known': 1 });
});

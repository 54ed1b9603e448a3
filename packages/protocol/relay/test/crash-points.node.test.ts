import {
  DEFAULT_PARAMETERS,
  epochAt,
  epochStart,
  identityOf,
  type NetworkParameters,
  nodeName,
} from '@sotto/directory';
import { PLACE_BYTES } from '@sotto/mixing';
import { Relay } from '@sotto/relay';
import { open } from '@sotto/sodium/native';
import { Builder, type Hop, type Surb } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { after, below, choose, type Instant, instant, MICROS_PER_SECOND } from '@sotto/wire';
import { expect, test } from 'vitest';
import { CrashDisk } from './crash-disk.ts';

const suite = await open();
const parameters: NetworkParameters = {
  ...DEFAULT_PARAMETERS,
  epochMicros: 600 * MICROS_PER_SECOND,
  fastMeanMicros: 2000,
  slowMeanMicros: 2 * MICROS_PER_SECOND,
  graceMicros: 60 * MICROS_PER_SECOND,
  skewMicros: 10 * MICROS_PER_SECOND,
  descriptorLifeMicros: 300 * MICROS_PER_SECOND,
};
const FIRST = epochAt(parameters, instant(1_800_000_000 * MICROS_PER_SECOND));
const CHANGE = epochStart(parameters, FIRST + 1);
/** Parts of a run: when each begins, seconds after the change of the epoch, and which keys are taken in it. */
const PARTS = [
  { at: -12, epochs: [FIRST] },
  { at: -9, epochs: [FIRST, FIRST + 1] },
  { at: 1, epochs: [FIRST, FIRST + 1] },
  // The first key is erased by now.
  { at: 61, epochs: [FIRST + 1] },
] as const;
const START = instant(CHANGE + PARTS[0].at * MICROS_PER_SECOND);
const { publicKey, secretKey } = identityOf(suite, new Uint8Array(32).fill(7));
const name = nodeName(suite, publicKey);
/** Deaths, each at another moment of the run, with one cut of what was being written then. */
const MOMENTS = process.env['SOTTO_LONG'] === undefined ? 200 : 5000;
/** Packets that are played back after each: the newest that left, and some of all. */
const NEWEST = 12;
const OLDER = 4;

function boot(seed: string, now: Instant, disk: CrashDisk, places = disk.places): Relay {
  const epochs = disk.epochs(places);
  const relay = new Relay({
    suite,
    rng: new SeededRng(suite, seed),
    parameters,
    now,
    identityKey: publicKey,
    identitySecret: secretKey,
    capabilities: { mix: true, guard: false, mailbox: false, contact: false },
    addresses: [],
    epochs,
  });
  for (const [epoch, bytes] of places) relay.restorePlaces(epoch, bytes);
  return relay;
}

/** A packet as it was given to the node. */
interface Given {
  readonly packet: Uint8Array;
  /** Of one that crosses over here: the epoch of its own half, and the block whose tag is its second. */
  readonly crossing?: { readonly epoch: number; readonly surb: Surb };
}

/** What came of a run. */
interface Outcome {
  /** Moments at which it was killed: number of the step, and places of the last write that arrived. */
  readonly moments: ReadonlySet<string>;
  /** Packets that passed twice, and packets played back. */
  readonly twice: number;
  readonly played: number;
  /** Packets that had left; of them, those that crossed over, and those with tags in two filters. */
  readonly left: number;
  readonly crossed: number;
  readonly inTwoFilters: number;
  /** Keys that are on the disk at the end. */
  readonly keys: readonly number[];
}

/**
 * A node under load, over the change of an epoch, that is killed at `moments` moments; each time it
 * starts again from what the disk has, and is given packets that have left it: as they were, and
 * with the same block in a new packet.
 *
 * @param eager - a disk that says “stored” before it is: the fault that must show.
 */
function killed(moments: number, eager: boolean): Outcome {
  const rng = new SeededRng(suite, 'crash points');
  const disk = new CrashDisk();
  const builder = new Builder(suite, rng);
  let now: Instant = START;
  let relay = boot('life 0', now, disk);
  /** By the buffer, which the node sends on; and those that have left. */
  const given = new Map<Uint8Array, Given>();
  const passed: Given[] = [];
  const died = new Set<string>();
  let twice = 0;
  let played = 0;

  const drain = (core: Relay, real: boolean): number => {
    let sent = 0;
    for (let out = core.poll(now); out !== undefined; out = core.poll(now)) {
      if (out.kind === 'write-key') {
        if (real) disk.keys.set(out.epoch, out.secret.slice());
        core.handle(now, { kind: 'key-stored', epoch: out.epoch });
      } else if (out.kind === 'erase-key') {
        if (real) disk.eraseKey(out.epoch);
      } else if (out.kind === 'write-tags') {
        if (real) disk.writeTags(out);
        if (!real || eager) core.handle(now, { kind: 'tags-stored', sequence: out.sequence });
      } else if (out.kind === 'open-link') {
        core.handle(now, { kind: 'link-up', to: out.to });
      } else if (out.kind === 'transmit') {
        sent++;
        const original = real ? given.get(out.packet) : undefined;
        if (original !== undefined) passed.push(original);
      }
    }
    return sent;
  };
  drain(relay, true);
  const routingKeys = new Map(
    [...disk.keys].map(([epoch, secret]) => {
      const key = new Uint8Array(32);
      suite.x25519Base(key, secret);
      return [epoch, key] as const;
    }),
  );
  const hopsOf = (epoch: number): { readonly own: Hop; readonly other: Hop } => {
    const routingKey = routingKeys.get(epoch) ?? new Uint8Array(32);
    return { own: { name, routingKey }, other: { name: new Uint8Array(16).fill(1), routingKey } };
  };
  const body = new Uint8Array(1024);
  const crossingPacket = (epoch: number, surb: Surb): Uint8Array =>
    builder.forward({
      hops: [hopsOf(epoch).own],
      epoch,
      delayClass: 'fast',
      terminal: { kind: 'cross', surb },
      body,
    });
  const newPacket = (epochs: readonly number[]): Given => {
    const [epoch = FIRST, second = FIRST] = [choose(rng, epochs), choose(rng, epochs)];
    const { own, other } = hopsOf(second);
    const path = { hops: [own, other], epoch: second, delayClass: 'fast' } as const;
    const terminal = { kind: 'drop' } as const;
    if (below(rng, 2) === 0) return { packet: builder.forward({ ...path, terminal, body }) };
    const { surb } = builder.surb({ ...path, terminal });
    return { packet: crossingPacket(epoch, surb), crossing: { epoch, surb } };
  };
  /** What is given to a node that has come back, of one that left. */
  const again = ({ packet, crossing }: Given): Uint8Array[] =>
    crossing === undefined
      ? [packet.slice()]
      : [packet.slice(), crossingPacket(crossing.epoch, crossing.surb)];

  for (let step = 0; died.size < moments; step++) {
    const part = PARTS[Math.floor((PARTS.length * died.size) / moments)] ?? PARTS[0];
    now = after(now, 500 + below(rng, 1000));
    now = instant(Math.max(now, CHANGE + part.at * MICROS_PER_SECOND));
    const fresh = newPacket(part.epochs);
    const packet = fresh.packet.slice();
    given.set(packet, fresh);
    relay.handle(now, { kind: 'packet', packet });
    drain(relay, true);
    const finished = below(rng, 4) === 0 ? disk.finishTags() : undefined;
    if (!eager && finished !== undefined) {
      relay.handle(now, { kind: 'tags-stored', sequence: finished });
      drain(relay, true);
    }
    const { logBytes } = disk.inFlight;
    if (below(rng, 3) > 0 || logBytes === 0) continue;
    // Power goes, anywhere in the write: what is torn of a place is nothing.
    const cut = below(rng, logBytes + 1);
    died.add(`${step}/${Math.floor(cut / PLACE_BYTES)}`);
    const found = disk.after({ logBytes: cut, batches: 0 });
    const back = boot(`moment ${died.size}`, now, disk, new Map(found.places));
    drain(back, false);
    const old = Array.from({ length: OLDER }, () => choose(rng, passed));
    for (const left of [...passed.slice(-NEWEST), ...old]) {
      for (const each of left === undefined ? [] : again(left)) {
        back.handle(now, { kind: 'packet', packet: each });
        played++;
      }
    }
    const later = now;
    now = after(now, MICROS_PER_SECOND);
    back.wake(now);
    twice += drain(back, false);
    now = later;
    if (below(rng, 8) > 0) continue;
    // And lives on from there.
    disk.crash(found);
    relay = boot(`life ${step}`, now, disk);
    drain(relay, true);
  }
  const crossings = passed.flatMap(({ crossing }) => crossing ?? []);
  return {
    moments: died,
    twice,
    played,
    left: passed.length,
    crossed: crossings.length,
    inTwoFilters: crossings.filter(({ epoch, surb }) => epoch % 256 !== surb.epoch).length,
    keys: [...disk.keys.keys()],
  };
}

test('killed at any moment, with the last write cut at any point, a node never passes a packet twice', () => {
  const { moments, twice, played, left, crossed, inTwoFilters, keys } = killed(MOMENTS, false);
  expect(moments.size).toBe(MOMENTS);
  expect(left).toBeGreaterThan(MOMENTS);
  expect(crossed).toBeGreaterThan(MOMENTS / 3);
  expect(inTwoFilters).toBeGreaterThan(MOMENTS / 10);
  expect(played).toBeGreaterThan(10 * MOMENTS);
  expect(Math.min(...keys)).toBe(FIRST + 1);
  expect(twice).toBe(0);
}, 1_800_000);

test('a disk that says “stored” too early is caught by the same moments', () => {
  expect(killed(60, true).twice).toBeGreaterThan(10);
});

test('a key whose stored places have not all come takes no packet', () => {
  const disk = new CrashDisk();
  const relay = boot('first', START, disk);
  for (let out = relay.poll(START); out !== undefined; out = relay.poll(START)) {
    if (out.kind === 'write-key') disk.keys.set(out.epoch, out.secret);
  }
  const [epoch, secret] = [...disk.keys][0] ?? [0, new Uint8Array(32)];
  const again = new Relay({
    suite,
    rng: new SeededRng(suite, 'second'),
    parameters,
    now: START,
    identityKey: publicKey,
    identitySecret: secretKey,
    capabilities: { mix: true, guard: false, mailbox: false, contact: false },
    addresses: [],
    epochs: [{ epoch, secret, placeBytes: 16 }],
  });
  const packet = new Uint8Array(1600);
  const give = (): void => again.handle(START, { kind: 'packet', packet });
  expect(give).toThrow('"restorePlaces" expected');
  again.restorePlaces(epoch, new Uint8Array(8).fill(1));
  expect(give).toThrow('"restorePlaces" expected');
  again.restorePlaces(epoch, new Uint8Array(8).fill(2));
  expect(give).not.toThrow();
});

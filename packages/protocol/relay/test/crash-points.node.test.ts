import { DEFAULT_PARAMETERS, identityOf, type NetworkParameters } from '@sotto/directory';
import { Relay } from '@sotto/relay';
import { open } from '@sotto/sodium/native';
import { Builder } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { after, below, type Instant, instant, MICROS_PER_SECOND, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { CrashDisk } from './crash-disk.ts';

const suite = await open();
const START = instant(1_800_000_000 * MICROS_PER_SECOND);
const parameters: NetworkParameters = { ...DEFAULT_PARAMETERS, fastMeanMicros: 2000 };
const { publicKey, secretKey } = identityOf(suite, new Uint8Array(32).fill(7));
/** Moments of death: every cut of a write counts as one. */
const MOMENTS = process.env['SOTTO_LONG'] === undefined ? 200 : 5000;

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

/**
 * A node under load that is killed at `moments` moments; each time it starts again from what the
 * disk has, and is given every packet that has ever left it.
 *
 * @param eager - a disk that says "stored" before it is: the fault that must show.
 * @returns packets that passed twice, packets played back, and packets that had left.
 */
function killed(moments: number, eager: boolean): { twice: number; played: number; left: number } {
  const rng = new SeededRng(suite, 'crash points');
  const disk = new CrashDisk();
  const builder = new Builder(suite, rng);
  let now: Instant = START;
  let relay = boot('life 0', now, disk);
  const passed = new Map<string, Uint8Array>();
  const under = new Map<Uint8Array, Uint8Array>();
  let twice = 0;
  let played = 0;
  let left = 0;

  const drain = (core: Relay, real: boolean): number => {
    let sent = 0;
    for (let out = core.poll(now); out !== undefined; out = core.poll(now)) {
      if (out.kind === 'write-key') {
        if (real) disk.keys.set(out.epoch, out.secret.slice());
        core.handle(now, { kind: 'key-stored', epoch: out.epoch });
      } else if (out.kind === 'write-tags') {
        if (real) disk.writeTags(out);
        if (!real || eager) core.handle(now, { kind: 'tags-stored', sequence: out.sequence });
      } else if (out.kind === 'open-link') {
        core.handle(now, { kind: 'link-up', to: out.to });
      } else if (out.kind === 'transmit') {
        sent++;
        const original = under.get(out.packet);
        if (real && original !== undefined) passed.set(toHex(original.subarray(0, 64)), original);
      }
    }
    return sent;
  };
  drain(relay, true);
  const epoch = Math.min(...disk.keys.keys());
  const routingKey = new Uint8Array(32);
  suite.x25519Base(routingKey, disk.keys.get(epoch) ?? routingKey);
  // The name is the hash of the identity; the relay says it in hex.
  const name = Uint8Array.from({ length: 16 }, (_, i) =>
    Number.parseInt(relay.key.slice(2 * i, 2 * i + 2), 16),
  );
  const other = { name: new Uint8Array(16).fill(1), routingKey };

  for (let moment = 0; moment < moments;) {
    now = after(now, 500 + below(rng, 1000));
    const packet = builder.forward({
      hops: [{ name, routingKey }, other],
      epoch,
      delayClass: 'fast',
      terminal: { kind: 'drop' },
      body: new Uint8Array(1024),
    });
    under.set(packet, packet.slice());
    relay.handle(now, { kind: 'packet', packet });
    drain(relay, true);
    const finished = below(rng, 4) === 0 ? disk.finishTags() : undefined;
    if (!eager && finished !== undefined) {
      relay.handle(now, { kind: 'tags-stored', sequence: finished });
      drain(relay, true);
    }
    if (below(rng, 3) > 0) continue;
    // Power goes: once for every record and for a torn one.
    const { logBytes: bytes } = disk.inFlight;
    for (let cut = 0; cut <= bytes && moment < moments; cut += 4, moment++) {
      const { places } = disk.after({ logBytes: cut, batches: 0 });
      const again = boot(`moment ${moment}`, now, disk, new Map(places));
      drain(again, false);
      const recent = [...passed.values()].slice(-12);
      for (const old of recent) again.handle(now, { kind: 'packet', packet: old.slice() });
      played += recent.length;
      const later = now;
      now = after(now, 1_000_000);
      again.wake(now);
      twice += drain(again, false);
      now = later;
    }
    if (below(rng, 8) === 0) {
      // And lives on from one of them.
      disk.crash(disk.after({ logBytes: below(rng, bytes + 1), batches: 0 }));
      relay = boot(`life ${moment}`, now, disk);
      drain(relay, true);
    }
  }
  left = passed.size;
  return { twice, played, left };
}

test('killed at any moment, with the last write cut at any point, a node never passes a packet twice', () => {
  const { twice, played, left } = killed(MOMENTS, false);
  expect(left).toBeGreaterThan(20);
  expect(played).toBeGreaterThan(5 * MOMENTS);
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

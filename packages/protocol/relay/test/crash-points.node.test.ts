import { DEFAULT_PARAMETERS, identityOf, type NetworkParameters } from '@sotto/directory';
import { Relay, type StoredEpoch } from '@sotto/relay';
import { open } from '@sotto/sodium/native';
import { Builder } from '@sotto/sphinx';
import { SeededRng } from '@sotto/suite/testing';
import { after, below, concat, type Instant, instant, MICROS_PER_SECOND, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';

const suite = await open();
const START = instant(1_800_000_000 * MICROS_PER_SECOND);
const parameters: NetworkParameters = { ...DEFAULT_PARAMETERS, fastMeanMicros: 2000 };
const { publicKey, secretKey } = identityOf(suite, new Uint8Array(32).fill(7));
/** Moments of death: every cut of a write counts as one. */
const MOMENTS = process.env['SOTTO_LONG'] === undefined ? 200 : 5000;

/** A disk that keeps what it was told to write in flight until it is told to finish. */
class Disk {
  readonly keys = new Map<number, Uint8Array>();
  readonly places = new Map<number, Uint8Array>();
  inFlight: { readonly sequence: number; readonly epoch: number; readonly bytes: Uint8Array }[] =
    [];

  finish(): number {
    const sequence = this.inFlight.at(-1)?.sequence ?? 0;
    for (const { epoch, bytes } of this.inFlight) {
      this.places.set(epoch, concat(this.places.get(epoch) ?? new Uint8Array(0), bytes));
    }
    this.inFlight = [];
    return sequence;
  }

  /** What is on it when power goes while the first `cut` bytes of what is in flight have arrived. */
  after(cut: number): Map<number, Uint8Array> {
    const found = new Map(this.places);
    let left = cut;
    for (const { epoch, bytes } of this.inFlight) {
      const part = bytes.subarray(0, Math.max(0, left));
      left -= part.length;
      // The log leaves a torn record out when it is opened.
      const whole = part.subarray(0, part.length - (part.length % 8));
      found.set(epoch, concat(found.get(epoch) ?? new Uint8Array(0), whole));
    }
    return found;
  }
}

function boot(seed: string, now: Instant, keys: Disk['keys'], places: Disk['places']): Relay {
  const epochs: StoredEpoch[] = [...keys].map(([epoch, secret]) => ({
    epoch,
    secret: secret.slice(),
    placeBytes: places.get(epoch)?.length ?? 0,
  }));
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
  const disk = new Disk();
  const builder = new Builder(suite, rng);
  let now: Instant = START;
  let relay = boot('life 0', now, disk.keys, disk.places);
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
        for (const { epoch, bytes } of out.batches) {
          if (real) disk.inFlight.push({ sequence: out.sequence, epoch, bytes });
        }
        if (!real || eager) core.handle(now, { kind: 'tags-stored', sequence: out.sequence });
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
    if (!eager && below(rng, 4) === 0 && disk.inFlight.length > 0) {
      relay.handle(now, { kind: 'tags-stored', sequence: disk.finish() });
      drain(relay, true);
    }
    if (eager && below(rng, 4) === 0) disk.finish();
    if (below(rng, 3) > 0) continue;
    // Power goes: once for every record and for a torn one.
    const bytes = disk.inFlight.reduce((sum, piece) => sum + piece.bytes.length, 0);
    for (let cut = 0; cut <= bytes && moment < moments; cut += 4, moment++) {
      const again = boot(`moment ${moment}`, now, disk.keys, disk.after(cut));
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
      const places = disk.after(below(rng, bytes + 1));
      disk.inFlight = [];
      disk.places.clear();
      for (const [key, value] of places) disk.places.set(key, value);
      relay = boot(`life ${moment}`, now, disk.keys, disk.places);
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
  const disk = new Disk();
  const relay = boot('first', START, disk.keys, disk.places);
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

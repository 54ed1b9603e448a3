import { open } from '@sotto/noble';
import {
  Builder,
  decodeSurb,
  encodeEmbeddedSurb,
  encodeSurb,
  GEOMETRY,
  OFFSET,
  openBody,
  sealBody,
  type Terminal,
  unwindLayers,
} from '@sotto/sphinx';
import { concat, randomBytes } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { HopKeys } from '../src/key-schedule.ts';
import { EPOCH, TestNetwork, TestNode } from './network.ts';

const suite = await open();
const box = new Uint8Array(16).fill(7);
const path = { epoch: EPOCH, delayClass: 'fast' } as const;

function code(outcome: { ok: boolean; error?: { code: string } }): string {
  return outcome.error?.code ?? 'ok';
}

function forward(net: TestNetwork, terminal: Terminal = { kind: 'drop' }): Uint8Array {
  const body = randomBytes(net.rng, GEOMETRY.bodyBytes);
  return net.builder.forward({ ...path, hops: net.hops(0, 1, 2, 3), terminal, body });
}

test('each field’s fault has its own reason, and the whole packet passes', () => {
  const net = new TestNetwork(suite, 'faults');
  const whole = forward(net);
  const broken = (change: (packet: Uint8Array) => void): string => {
    const packet = whole.slice();
    change(packet);
    return code(net.node(0).peel(packet));
  };
  const flip = (at: number) => (packet: Uint8Array) => void (packet[at] = (packet[at] ?? 0) ^ 1);
  expect(code(net.node(0).peel(whole.slice(0, 1599)))).toBe('packet-length');
  expect(broken(flip(OFFSET.version))).toBe('packet-version');
  expect(broken(flip(OFFSET.epoch))).toBe('epoch');
  expect(broken((p) => void (p[OFFSET.ct + 31] = (p[OFFSET.ct + 31] ?? 0) | 0x80))).toBe(
    'point-not-canonical',
  );
  expect(broken((p) => void p.fill(0, OFFSET.ct, OFFSET.mac))).toBe('point-low-order');
  for (const at of [
    OFFSET.ct,
    OFFSET.mac,
    OFFSET.routing,
    OFFSET.routing + 477,
    OFFSET.body,
    1599,
  ]) {
    expect(broken(flip(at))).toBe('mac');
  }
  expect(code(net.node(0).peel(whole.slice()))).toBe('ok');
  expect(code(net.node(0).peel(whole.slice()))).toBe('replay');
  expect(code(net.node(1).peel(whole.slice()))).toBe('mac');
});

test('an operation that this version does not have is refused behind a MAC that holds', () => {
  const net = new TestNetwork(suite, 'unknown');
  const { key } = net.node(0).accepted;
  const secret = randomBytes(net.rng, 32);
  const packet = randomBytes(net.rng, GEOMETRY.packetBytes);
  const ct = packet.subarray(OFFSET.ct, OFFSET.mac);
  suite.x25519Base(ct, secret);
  const shared = new Uint8Array(32);
  suite.x25519(shared, secret, key.public);
  const keys = new HopKeys(suite);
  keys.derive(shared, ct, key.public, EPOCH, key.nodeName);
  packet[OFFSET.version] = 0x11;
  packet[OFFSET.epoch] = EPOCH % 256;
  const outcome = (op: number): string => {
    const made = packet.slice();
    made[OFFSET.routing] = op ^ (keys.routing[0] ?? 0);
    const covered = concat(
      made.subarray(0, OFFSET.mac),
      made.subarray(OFFSET.routing, OFFSET.log),
      made.subarray(OFFSET.body),
    );
    suite.poly1305(made.subarray(OFFSET.mac, OFFSET.routing), covered, keys.macBody);
    net.node(0).tags.clear();
    return code(net.node(0).peel(made));
  };
  expect(outcome(0xff)).toBe('command-unknown');
  // A known one under the same keys passes: the MAC is right.
  expect(outcome(7)).not.toBe('mac');
  // The seven commands of Spec 03 §4, and nothing else.
  expect(Array.from({ length: 256 }, (_, op) => outcome(op)).filter((c) => c === 'ok').length).toBe(
    7,
  );
});

test('a refused packet leaves no tag, so garbage cannot fill the filter', () => {
  const net = new TestNetwork(suite, 'tags');
  const packet = forward(net);
  packet[700] = (packet[700] ?? 0) ^ 4;
  expect(code(net.node(0).peel(packet))).toBe('mac');
  expect(net.node(0).tags.size).toBe(0);
});

const crossing = (net: TestNetwork): Terminal => ({
  kind: 'cross',
  surb: net.builder.surb({ ...path, hops: net.hops(3, 4, 5), terminal: { kind: 'deliver', box } })
    .surb,
});
const terminals: readonly (readonly [string, (net: TestNetwork) => Terminal])[] = [
  ['deliver', () => ({ kind: 'deliver', box })],
  ['drop', () => ({ kind: 'drop' })],
  ['arrive', () => ({ kind: 'arrive', service: 1 })],
  ['contact', () => ({ kind: 'contact', box, credential: box })],
  ['cross', crossing],
];

test.each(terminals)(
  'a bit flipped in the body by any sender-half hop is refused at the next hop: %s',
  (_, terminal) => {
    const net = new TestNetwork(suite, 'tagging');
    for (let tagger = 0; tagger < 3; tagger++) {
      let packet = forward(net, terminal(net));
      for (let at = 0; at <= tagger; at++) {
        const peeled = net.node(at).peel(packet);
        if (!peeled.ok || peeled.value.kind !== 'transmit') throw new Error('not transmitted');
        packet = peeled.value.packet;
      }
      const clean = packet.slice();
      const bit = OFFSET.body + 8 * tagger;
      packet[bit] = (packet[bit] ?? 0) ^ 0x10;
      expect(code(net.node(tagger + 1).peel(packet))).toBe('mac');
      // The same packet without the mark goes through: the refusal is the mark's.
      expect(code(net.node(tagger + 1).peel(clean))).toBe('ok');
    }
  },
);

test('without the body under the MAC the mark would pass (planted fault)', () => {
  // A build whose sender half uses the header MAC alone is what a reply block's half is: the mark
  // is not refused there, so the test above fails on it.
  const net = new TestNetwork(suite, 'planted');
  const { surb } = net.builder.surb({
    ...path,
    hops: net.hops(0, 1, 2),
    terminal: { kind: 'drop' },
  });
  const run = net
    .node(0)
    .runSurb(encodeEmbeddedSurb(surb), new Uint8Array(48), new Uint8Array(1024));
  if (!run.ok || run.value.kind !== 'transmit') throw new Error('not transmitted');
  run.value.packet[OFFSET.body] = (run.value.packet[OFFSET.body] ?? 0) ^ 1;
  expect(code(net.node(1).peel(run.value.packet))).toBe('ok');
});

test('a mark in the recipient’s half is seen by the recipient alone', () => {
  const net = new TestNetwork(suite, 'second half');
  const { surb, record } = net.builder.surb({
    ...path,
    hops: net.hops(3, 4, 5, 6),
    terminal: { kind: 'deliver', box },
  });
  const body = sealBody(suite, surb.bodySeed, Uint8Array.of(1));
  const run = net.node(3).runSurb(encodeEmbeddedSurb(surb), new Uint8Array(48), body);
  if (!run.ok || run.value.kind !== 'transmit') throw new Error('not transmitted');
  run.value.packet[OFFSET.body + 1000] = (run.value.packet[OFFSET.body + 1000] ?? 0) ^ 1;
  const end = net.carry(4, run.value.packet);
  if (end.kind !== 'deliver') throw new Error(end.kind);
  expect(
    openBody(suite, record.bodySeed, unwindLayers(suite, record, end.delivered).body),
  ).toBeUndefined();
});

/** Puts the header MAC where the body MAC stood, as a sender who knows the shared secret can. */
function underHeaderMac(net: TestNetwork, at: number, packet: Uint8Array): Uint8Array {
  const { key } = net.node(at).accepted;
  const ct = packet.slice(OFFSET.ct, OFFSET.mac);
  const shared = new Uint8Array(32);
  suite.x25519(shared, key.secret, ct);
  const keys = new HopKeys(suite);
  keys.derive(shared, ct, key.public, key.epoch, key.nodeName);
  const header = concat(packet.slice(0, OFFSET.mac), packet.slice(OFFSET.routing, OFFSET.log));
  const forged = packet.slice();
  suite.poly1305(forged.subarray(OFFSET.mac, OFFSET.routing), header, keys.macHeader);
  return forged;
}

test.each(terminals)('under the header MAC, as in a reply block: %s', (name, terminal) => {
  const net = new TestNetwork(suite, 'roles');
  const body = randomBytes(net.rng, GEOMETRY.bodyBytes);
  const made = (): Uint8Array =>
    net.builder.forward({ ...path, hops: net.hops(3), terminal: terminal(net), body });
  expect(code(net.node(3).peel(made()))).toBe('ok');
  const allowed = name === 'deliver' || name === 'drop';
  expect(code(net.node(3).peel(underHeaderMac(net, 3, made())))).toBe(
    allowed ? 'ok' : 'command-wrong-mac',
  );
});

test('a reply block under the body MAC is refused where it is run', () => {
  const net = new TestNetwork(suite, 'inner');
  const body = randomBytes(net.rng, GEOMETRY.bodyBytes);
  const log = new Uint8Array(48);
  const { surb } = net.builder.surb({ ...path, hops: net.hops(4), terminal: { kind: 'drop' } });
  const { key } = net.node(4).accepted;
  const shared = new Uint8Array(32);
  suite.x25519(shared, key.secret, surb.ct);
  const keys = new HopKeys(suite);
  keys.derive(shared, surb.ct, key.public, key.epoch, key.nodeName);
  const beta = new Uint8Array(GEOMETRY.routingBytes);
  beta.set(surb.routing);
  const mac = new Uint8Array(16);
  const head = Uint8Array.of(0x11, EPOCH % 256);
  suite.poly1305(mac, concat(head, surb.ct, beta, body), keys.macBody);
  expect(code(net.node(4).runSurb(encodeEmbeddedSurb({ ...surb, mac }), log, body))).toBe(
    'inner-body-mac',
  );
  expect(code(net.node(4).runSurb(encodeEmbeddedSurb(surb), log, body))).toBe('ok');
});

test('only one length of reply block is run', () => {
  const net = new TestNetwork(suite, 'k');
  const { surb } = net.builder.surb({ ...path, hops: net.hops(4), terminal: { kind: 'drop' } });
  const embedded = encodeEmbeddedSurb(surb);
  embedded[2] = 147;
  const log = new Uint8Array(48);
  const body = new Uint8Array(1024);
  expect(code(net.node(4).runSurb(embedded, log, body))).toBe('surb-length');
  expect(decodeSurb(encodeSurb(surb)).ok).toBe(true);
});

test('the same packet at a node of another epoch, name or geometry hash is refused', () => {
  const net = new TestNetwork(suite, 'binding');
  const packet = forward(net);
  const { key, filter } = net.node(0).accepted;
  const other = new TestNode(suite, net.rng);
  for (const changed of [
    { ...key, epoch: key.epoch + 256 },
    { ...key, nodeName: other.hop.name },
  ]) {
    const peeler = new TestNetwork(suite, 'x', 1).node(0);
    Object.assign(peeler.accepted, { key: changed, filter });
    expect(code(peeler.peel(packet.slice()))).toBe('mac');
  }
});

test('any bytes of any length get a verdict', () => {
  const net = new TestNetwork(suite, 'fuzz', 1);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1700 }), fc.boolean(), (bytes, dressed) => {
      const packet = dressed ? new Uint8Array(1600) : bytes;
      if (dressed) {
        packet.set(bytes.subarray(0, 1600));
        packet[0] = 0x11;
        packet[1] = EPOCH % 256;
      }
      expect(net.node(0).peel(packet).ok).toBe(false);
      expect(net.node(0).runSurb(bytes, bytes.slice(0, 48), packet).ok).toBe(false);
    }),
    { numRuns: 100 },
  );
});

test('two builders on one seed make the same packet, on two seeds nothing alike', () => {
  const a = new TestNetwork(suite, 'seed');
  const b = new TestNetwork(suite, 'seed');
  const c = new TestNetwork(suite, 'other');
  expect(forward(a)).toEqual(forward(b));
  expect(new Builder(suite, c.rng)).toBeDefined();
  expect(forward(a)).not.toEqual(forward(c));
});

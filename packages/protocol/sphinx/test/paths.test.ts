import { open } from '@sotto/noble';
import {
  CONTENT_BYTES,
  decodeSurb,
  type Delivered,
  encodeEmbeddedSurb,
  encodeSurb,
  GEOMETRY,
  MAX_UNWINDS,
  openBody,
  pushName,
  sealBody,
  storedMail,
  SURB_BYTES,
  type Terminal,
  unwindLayers,
} from '@sotto/sphinx';
import { randomBytes, toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { EPOCH, TestNetwork } from './network.ts';

const suite = await open();
const box = new Uint8Array(16).fill(7);
const credential = new Uint8Array(16).fill(9);

test('sizes are those of the design', () => {
  expect(GEOMETRY).toMatchObject({
    routingBytes: 478,
    surbRoutingBytes: 212,
    headerBytes: 576,
    bodyBytes: 1024,
    packetBytes: 1600,
  });
  expect(SURB_BYTES).toBe(311);
});

const terminals: readonly Terminal[] = [
  { kind: 'deliver', box },
  { kind: 'drop' },
  { kind: 'arrive', service: 3 },
  { kind: 'contact', box, credential },
];

test.each(terminals)(
  'a path of one to seven hops ends in $kind with the body whole',
  (terminal) => {
    const net = new TestNetwork(suite, `paths ${terminal.kind}`);
    for (let length = 1; length <= 6; length++) {
      const body = randomBytes(net.rng, GEOMETRY.bodyBytes);
      const hops = net.hops(...Array.from({ length }, (_, i) => i));
      const packet = net.builder.forward({
        hops,
        epoch: EPOCH,
        delayClass: 'slow',
        terminal,
        body,
      });
      expect(packet.length).toBe(1600);
      const seen: Uint8Array[] = [];
      const end = net.carry(0, packet, (_, link) => seen.push(link.slice()));
      expect(seen.length).toBe(length);
      expect(end.kind).toBe(terminal.kind);
      if (end.kind === 'arrive' || end.kind === 'contact') expect(end.body).toEqual(body);
      if (end.kind === 'deliver') expect(end.delivered.body).toEqual(body);
      if (end.kind === 'contact') expect([end.box, end.credential]).toEqual([box, credential]);
      if (end.kind === 'drop') expect(end.half).toBe('sender');
    }
  },
);

test('a path that does not fit β, or k, is the caller’s bug', () => {
  const net = new TestNetwork(suite, 'too long');
  const body = new Uint8Array(GEOMETRY.bodyBytes);
  const common = { epoch: EPOCH, delayClass: 'fast', terminal: { kind: 'deliver', box } } as const;
  const hops = net.hops(0, 1, 2, 3, 4, 5, 6, 7, 0);
  expect(() => net.builder.forward({ ...common, hops, body })).toThrow(RangeError);
  expect(() => net.builder.surb({ ...common, hops: net.hops(0, 1, 2, 3, 4) })).toThrow(RangeError);
  expect(() => net.builder.forward({ ...common, hops: [], body })).toThrow(RangeError);
});

test('crossover: guard, m1, m2, X, r1, r2, mailbox; then a fetch; unwound in two levels', () => {
  const net = new TestNetwork(suite, 'crossover');
  const path = { epoch: EPOCH, delayClass: 'fast' } as const;
  const mail = net.builder.surb({
    ...path,
    hops: net.hops(3, 4, 5, 6),
    terminal: { kind: 'deliver', box },
  });
  const carried = decodeSurb(encodeSurb(mail.surb));
  if (!carried.ok) throw new Error(carried.error.code);
  const content = randomBytes(net.rng, CONTENT_BYTES);
  const packet = net.builder.forward({
    ...path,
    hops: net.hops(0, 1, 2, 3),
    terminal: { kind: 'cross', surb: carried.value },
    body: sealBody(suite, carried.value.bodySeed, content),
  });
  const halves: string[] = [];
  const stored = net.carry(0, packet, (at) => halves.push(String(at)));
  expect(halves.join('')).toBe('0123456');
  if (stored.kind !== 'deliver') throw new Error(stored.kind);
  expect(stored.half).toBe('recipient');
  expect(stored.delivered.name).toEqual(mail.record.name);

  // The owner fetches: the mailbox, node 6, runs the owner's fresh block itself.
  const guardBox = new Uint8Array(16).fill(1);
  const fetch = net.builder.surb({
    ...path,
    hops: net.hops(6, 1, 2, 7),
    terminal: { kind: 'deliver', box: guardBox },
  });
  const answered = net
    .node(6)
    .runSurb(encodeEmbeddedSurb(fetch.surb), pushName(stored.delivered), stored.delivered.body);
  if (!answered.ok || answered.value.kind !== 'transmit') throw new Error('not transmitted');
  expect(toHex(answered.value.next)).toBe(toHex(net.node(1).hop.name));
  const arrived = net.carry(1, answered.value.packet);
  if (arrived.kind !== 'deliver') throw new Error(arrived.kind);
  expect(arrived.box).toEqual(guardBox);

  expect(arrived.delivered.name).toEqual(fetch.record.name);
  const inner = storedMail(unwindLayers(suite, fetch.record, arrived.delivered));
  expect(inner.name).toEqual(mail.record.name);
  const opened = unwindLayers(suite, mail.record, inner);
  expect(openBody(suite, mail.record.bodySeed, opened.body)).toEqual(content);
  expect(MAX_UNWINDS).toBe(4);
});

test('a contact point’s hint comes back in the log’s first slot', () => {
  const net = new TestNetwork(suite, 'contact');
  const path = { epoch: EPOCH, delayClass: 'slow' } as const;
  const stash = net.builder.surb({
    ...path,
    hops: net.hops(3, 4, 5, 6),
    terminal: { kind: 'deliver', box },
  });
  const seed = randomBytes(net.rng, 32);
  const packet = net.builder.forward({
    ...path,
    hops: net.hops(0, 1, 2, 3),
    terminal: { kind: 'contact', box, credential },
    body: sealBody(suite, seed, Uint8Array.of(1, 2, 3)),
  });
  const at = net.carry(0, packet);
  if (at.kind !== 'contact') throw new Error(at.kind);
  const hint = randomBytes(net.rng, 16);
  const log = new Uint8Array(48);
  log.set(hint);
  const sent = net.node(3).runSurb(encodeEmbeddedSurb(stash.surb), log, at.body);
  if (!sent.ok || sent.value.kind !== 'transmit') throw new Error('not transmitted');
  const end = net.carry(4, sent.value.packet);
  if (end.kind !== 'deliver') throw new Error(end.kind);
  const unwound = unwindLayers(suite, stash.record, end.delivered);
  expect(unwound.log.slice(0, 16)).toEqual(hint);
  expect(openBody(suite, seed, unwound.body)?.slice(0, 4)).toEqual(Uint8Array.of(1, 2, 3, 0));
});

test('three names fit the log; the fourth level still unwinds by the records', () => {
  const net = new TestNetwork(suite, 'log depth');
  const path = { epoch: EPOCH, delayClass: 'fast' } as const;
  let delivered: Delivered = {
    name: randomBytes(net.rng, 16),
    log: new Uint8Array(48),
    body: randomBytes(net.rng, GEOMETRY.bodyBytes),
  };
  const original = delivered.body.slice();
  const records = [];
  for (let level = 0; level < 3; level++) {
    const { surb, record } = net.builder.surb({
      ...path,
      hops: net.hops(level, 4, 5, 7),
      terminal: { kind: 'deliver', box },
    });
    records.push({ record, below: delivered.name });
    const run = net
      .node(level)
      .runSurb(encodeEmbeddedSurb(surb), pushName(delivered), delivered.body);
    if (!run.ok || run.value.kind !== 'transmit') throw new Error('not transmitted');
    const end = net.carry(4, run.value.packet);
    if (end.kind !== 'deliver') throw new Error(end.kind);
    delivered = end.delivered;
  }
  for (const { record, below } of records.toReversed()) {
    expect(delivered.name).toEqual(record.name);
    delivered = storedMail(unwindLayers(suite, record, delivered));
    expect(delivered.name).toEqual(below);
  }
  expect(delivered.body).toEqual(original);
});

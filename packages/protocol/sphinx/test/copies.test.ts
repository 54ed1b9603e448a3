import { open } from '@sotto/noble';
import {
  encodeEmbeddedSurb,
  GEOMETRY,
  OFFSET,
  openBody,
  type Peeled,
  sealBody,
  type Terminal,
  unwindLayers,
} from '@sotto/sphinx';
import { concat, randomBytes } from '@sotto/wire';
import { expect, test } from 'vitest';
import { HopKeys } from '../src/key-schedule.ts';
import { EPOCH, TestNetwork } from './network.ts';

const suite = await open();
const box = new Uint8Array(16).fill(7);
const credential = new Uint8Array(16).fill(9);
const path = { epoch: EPOCH, delayClass: 'fast' } as const;

/** All bytes of a value, copied; `packet` is the caller's own buffer. */
function frozen(value: Peeled): string {
  return JSON.stringify(value, (key, field: unknown) =>
    key === 'packet' ? undefined : field instanceof Uint8Array ? [...field] : field,
  );
}

const terminals: readonly Terminal[] = [
  { kind: 'deliver', box },
  { kind: 'arrive', service: 3 },
  { kind: 'contact', box, credential },
  { kind: 'greet', box, token: credential, proof: new Uint8Array(32).fill(3) },
];

/** Builds packets of any path. */
const packetsOf =
  (net: TestNetwork) =>
  (terminal: Terminal, ...hops: number[]): Uint8Array =>
    net.builder.forward({
      ...path,
      hops: net.hops(...hops),
      terminal,
      body: randomBytes(net.rng, GEOMETRY.bodyBytes),
    });

test('what a hop hands out does not change with the buffer of its packet, nor with the next packet', () => {
  const net = new TestNetwork(suite, 'copies', 3);
  const next = packetsOf(net);
  for (const [packet, kind] of [
    ...terminals.map((terminal) => [next(terminal, 0), terminal.kind] as const),
    [next({ kind: 'drop' }, 0, 1), 'transmit'] as const,
  ]) {
    const peeled = net.node(0).peel(packet);
    if (!peeled.ok) throw new Error(peeled.error.code);
    expect(peeled.value.kind).toBe(kind);
    const before = frozen(peeled.value);
    packet.fill(0xaa);
    for (const terminal of terminals) expect(net.node(0).peel(next(terminal, 0)).ok).toBe(true);
    expect(net.node(0).peel(next({ kind: 'drop' }, 0, 2)).ok).toBe(true);
    expect(frozen(peeled.value)).toBe(before);
  }
});

test('only of a packet that is sent on the buffer changes, into the next hop’s packet', () => {
  const net = new TestNetwork(suite, 'buffers', 3);
  const packet = packetsOf(net);
  const sent = packet({ kind: 'drop' }, 0, 1);
  const replayed = sent.slice();
  const broken = packet({ kind: 'drop' }, 0, 1);
  broken[OFFSET.mac] = (broken[OFFSET.mac] ?? 0) ^ 1;
  expect(net.node(0).peel(sent)).toMatchObject({ ok: true, value: { kind: 'transmit' } });
  for (const other of [...terminals.map((terminal) => packet(terminal, 0)), replayed, broken]) {
    const before = other.slice();
    net.node(0).peel(other);
    expect(other).toEqual(before);
  }
  expect(net.node(1).peel(sent)).toMatchObject({ ok: true, value: { kind: 'drop' } });
});

test('inputs stay as they are', () => {
  const net = new TestNetwork(suite, 'inputs', 3);
  const body = randomBytes(net.rng, GEOMETRY.bodyBytes);
  const kept = body.slice();
  net.builder.forward({ ...path, hops: net.hops(0, 1), terminal: { kind: 'drop' }, body });
  expect(body).toEqual(kept);

  const seed = new Uint8Array(32).fill(4);
  const sealed = sealBody(suite, seed, Uint8Array.of(1));
  const same = sealed.slice();
  expect(openBody(suite, seed, sealed)).toBeDefined();
  expect(sealed).toEqual(same);

  const { surb, record } = net.builder.surb({
    ...path,
    hops: net.hops(0),
    terminal: { kind: 'deliver', box },
  });
  const embedded = encodeEmbeddedSurb(surb);
  const log = randomBytes(net.rng, GEOMETRY.logBytes);
  const inputs = [embedded.slice(), log.slice(), body.slice()];
  const run = net.node(0).runSurb(embedded, log, body);
  expect([embedded, log, body]).toEqual(inputs);
  if (!run.ok || run.value.kind !== 'deliver') throw new Error('not delivered');
  const { delivered } = run.value;
  const mail = [delivered.name.slice(), delivered.log.slice(), delivered.body.slice()];
  const unwound = unwindLayers(suite, record, delivered);
  expect([delivered.name, delivered.log, delivered.body]).toEqual(mail);
  expect(unwound.log).toEqual(log);
  expect(unwound.body).toEqual(body);
});

test('a block names its crossover with bytes of its own, and gives record and user a seed each', () => {
  const net = new TestNetwork(suite, 'own', 2);
  const hops = net.hops(0, 1);
  const { surb, record } = net.builder.surb({ ...path, hops, terminal: { kind: 'drop' } });
  const { crossover } = surb;
  expect(crossover).toEqual(hops[0]?.name);
  hops[0]?.name.fill(0);
  expect(crossover.some((byte) => byte !== 0)).toBe(true);
  expect(record.bodySeed).toEqual(surb.bodySeed);
  surb.bodySeed.fill(0);
  expect(record.bodySeed.some((byte) => byte !== 0)).toBe(true);
});

test('a crossover refuses a block that stands under the body MAC: its maker would be the sender', () => {
  const net = new TestNetwork(suite, 'crossing', 4);
  const { surb } = net.builder.surb({ ...path, hops: net.hops(2), terminal: { kind: 'drop' } });
  const body = randomBytes(net.rng, GEOMETRY.bodyBytes);
  const { key } = net.node(2).accepted;
  const shared = new Uint8Array(32);
  suite.x25519(shared, key.secret, surb.ct);
  const keys = new HopKeys(suite);
  keys.derive(shared, surb.ct, key.public, key.epoch, key.nodeName);
  const beta = new Uint8Array(OFFSET.log - OFFSET.routing);
  beta.set(surb.routing);
  const mac = new Uint8Array(16);
  suite.poly1305(mac, concat(Uint8Array.of(0x11, EPOCH % 256), surb.ct, beta, body), keys.macBody);
  const hops = net.hops(0, 2);
  const end = (under: Uint8Array): string => {
    const terminal = { kind: 'cross', surb: { ...surb, mac: under } } as const;
    const first = net.node(0).peel(net.builder.forward({ ...path, hops, terminal, body }));
    if (!first.ok || first.value.kind !== 'transmit') throw new Error('not transmitted');
    const second = net.node(2).peel(first.value.packet);
    return second.ok ? second.value.kind : second.error.code;
  };
  expect(end(mac)).toBe('inner-body-mac');
  expect(end(surb.mac)).toBe('drop');
});

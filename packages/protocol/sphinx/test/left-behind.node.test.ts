import {
  Builder,
  encodeEmbeddedSurb,
  type Hop,
  kemKeyHash,
  type KeyFor,
  openBody,
  type PacketFormat,
  Peeler,
  sealBody,
  SUITE_1,
  SUITE_2,
  unwindLayers,
} from '@sotto/sphinx';
import { open } from '@sotto/sodium/native';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { SeededRng } from '@sotto/suite/testing';
import { randomBytes } from '@sotto/wire';
import { beforeEach, expect, test } from 'vitest';

/*
 * What who seizes a machine finds in its memory: every buffer that the code under test asked for,
 * whether it keeps it or not, is searched for every secret that went through the primitives, and for
 * what a hop got and what it sent on. erasure.test.ts looks at the buffers that primitives saw alone.
 */

const real = await open();
const rng = new SeededRng(real, 'left behind');
const EPOCH = 300;
const path = { epoch: EPOCH, delayClass: 'fast' } as const;
const box = randomBytes(rng, 16);

/** Sixteen bytes do not come again by chance. */
const WINDOW = 16;
const Plain = Uint8Array;
const owned = new Set<ArrayBufferLike>();
const secrets = new Map<string, Uint8Array>();
let isWatching = false;

class Watched extends Plain {
  constructor(...given: [length: number]) {
    super(...given);
    if (isWatching) owned.add(this.buffer);
  }
}

function switchTo(on: boolean): void {
  isWatching = on;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- static members are inherited
  globalThis.Uint8Array = on ? (Watched as unknown as typeof Plain) : Plain;
}

function under<T>(on: boolean, run: () => T): T {
  const before = isWatching;
  switchTo(on);
  try {
    return run();
  } finally {
    switchTo(before);
  }
}

/** Notes each buffer that `run` asks for. */
const watch = <T>(run: () => T): T => under(true, run);
/** A primitive's own buffers are its library's affair. */
const unwatched = <T>(run: () => T): T => under(false, run);

/** Remembers the bytes of a secret as they are now. */
const note = (what: string, bytes: Uint8Array): void =>
  void secrets.set(`${what} ${secrets.size}`, Plain.from(bytes));

/** Remembers a packet's header field by field, so that each starts a window. */
function noteHeader(what: string, packet: Uint8Array): void {
  note(`${what}: ct`, packet.subarray(2, 34));
  note(`${what}: γ`, packet.subarray(34, 50));
  note(`${what}: the rest`, packet.subarray(50));
}

const SEED_LABELS: ReadonlySet<Uint8Array> = new Set([
  LABELS.pathSeed,
  LABELS.ephemeralSeed,
  LABELS.bodySeed,
]);
const PUBLIC_LABELS: ReadonlySet<Uint8Array> = new Set([LABELS.geometry, LABELS.kemKey]);

/** A backend that notes what is secret of a packet. */
function noting(format: PacketFormat): CryptoSuite {
  const { routingBytes, surbRoutingBytes, logBytes } = format.geometry;
  // What pads a header is seen by who gets it.
  const padding = new Set([routingBytes + logBytes, surbRoutingBytes]);
  return {
    ...real,
    x25519: (out, scalar, point) => {
      const ok = unwatched(() => real.x25519(out, scalar, point));
      note('scalar', scalar);
      note('shared secret', out);
      return ok;
    },
    x25519Base: (out, scalar) => {
      note('scalar', scalar);
      unwatched(() => real.x25519Base(out, scalar));
    },
    blake2b: (out, message, key) => {
      if (key !== undefined && SEED_LABELS.has(key)) note('seed', message.subarray(0, 32));
      unwatched(() => real.blake2b(out, message, key));
      if (key !== undefined && !PUBLIC_LABELS.has(key)) note('hash', out);
    },
    chacha20Stream: (out, key, nonce) => {
      note('key of a stream', key);
      unwatched(() => real.chacha20Stream(out, key, nonce));
      if (!padding.has(out.length)) note('stream', out);
    },
    chacha20Xor: (out, message, key, nonce) => {
      note('key of a round', key);
      unwatched(() => real.chacha20Xor(out, message, key, nonce));
    },
    poly1305: (out, message, key) => {
      note('key of a MAC', key);
      unwatched(() => real.poly1305(out, message, key));
    },
    kemEncapsulate: (ct, shared, publicKey, coins) => {
      note('coins', coins);
      const ok = unwatched(() => real.kemEncapsulate(ct, shared, publicKey, coins));
      note('secret of a sub-hop', shared);
      return ok;
    },
    kemDecapsulate: (shared, ct, secret) => {
      const ok = unwatched(() => real.kemDecapsulate(shared, ct, secret));
      note('secret of a sub-hop', shared);
      return ok;
    },
  };
}

/** All buffers of a value. */
function* buffersOf(value: unknown): Generator<ArrayBufferLike> {
  if (value instanceof Plain) yield value.buffer;
  else if (typeof value === 'object' && value !== null) {
    for (const field of Object.values(value)) yield* buffersOf(field);
  }
}

/** What is found of the secrets in buffers that were not handed out. Begins anew. */
function left(...handedOut: unknown[]): readonly string[] {
  const exempt = new Set(buffersOf(handedOut));
  const memory = Buffer.concat(
    [...owned].filter((buffer) => !exempt.has(buffer)).map((buffer) => Buffer.from(buffer)),
  );
  expect(secrets.size).toBeGreaterThan(0);
  expect(memory.length).toBeGreaterThan(0);
  const found = new Set<string>();
  for (const [what, bytes] of secrets) {
    for (let at = 0; at + WINDOW <= bytes.length; at += WINDOW) {
      if (memory.includes(Buffer.from(bytes.subarray(at, at + WINDOW))))
        found.add(what.replace(/ \d+$/u, ''));
    }
  }
  secrets.clear();
  return [...found];
}

beforeEach(() => {
  secrets.clear();
  owned.clear();
});

interface Node {
  readonly hop: Hop;
  readonly keyFor: KeyFor;
}

function newNode(hasSubHop: boolean): Node {
  const secret = randomBytes(rng, 32);
  const routingKey = new Plain(32);
  real.x25519Base(routingKey, secret);
  const name = randomBytes(rng, 16);
  const key = { secret, public: routingKey, epoch: EPOCH, nodeName: name };
  const filter = { addIfNew: () => true };
  if (!hasSubHop) return { hop: { name, routingKey }, keyFor: () => ({ key, filter }) };
  const kemKey = new Plain(1184);
  const kemSecret = new Plain(2400);
  real.kemKeypair(kemKey, kemSecret, randomBytes(rng, 64));
  const subHop = { secret: kemSecret, publicHash: kemKeyHash(real, kemKey) };
  return { hop: { name, routingKey, kemKey }, keyFor: () => ({ key: { ...key, subHop }, filter }) };
}

const formats = [SUITE_1, SUITE_2] as const;

test.each(formats)('suite $suite: a builder’s memory holds nothing of what it built', (format) => {
  const hops = [0, 1, 2].map((i) => newNode(format.hasSubHop && i === 1).hop);
  const body = randomBytes(rng, format.geometry.bodyBytes);
  const builder = watch(() => new Builder(noting(format), rng, format));
  const terminal = { kind: 'deliver', box } as const;
  const packet = watch(() => builder.forward({ ...path, hops, terminal, body }));
  expect(left(packet)).toEqual([]);
  const made = watch(() => builder.surb({ ...path, hops, terminal }));
  expect(left(made)).toEqual([]);
});

test.each(formats)(
  'suite $suite: a hop’s memory holds no secret, and neither the packet that came nor the one that left',
  (format) => {
    const nodes = [0, 1, 2].map((i) => newNode(format.hasSubHop && i === 0));
    const [first] = nodes;
    if (first === undefined) throw new Error('no node');
    const hops = nodes.map(({ hop }) => hop);
    const body = randomBytes(rng, format.geometry.bodyBytes);
    const builder = new Builder(real, rng, format);
    const peeler = watch(() => new Peeler(noting(format), format));
    const terminal = { kind: 'deliver', box } as const;

    const packet = builder.forward({ ...path, hops, terminal, body });
    noteHeader('what came', packet);
    const peeled = watch(() => peeler.peel(packet, first.keyFor));
    if (!peeled.ok) throw new Error(peeled.error.code);
    noteHeader('what left', packet);
    expect(left(peeled)).toEqual([]);

    const wrong = builder.forward({ ...path, hops, terminal, body });
    wrong[40] = (wrong[40] ?? 0) ^ 1;
    noteHeader('what came', wrong);
    expect(watch(() => peeler.peel(wrong, first.keyFor)).ok).toBe(false);
    expect(left()).toEqual([]);

    const last = builder.forward({ ...path, hops, terminal, body });
    noteHeader('what came', last);
    const addIfNew = (): boolean => {
      throw new Error('no filter');
    };
    const failing: KeyFor = (byte) => {
      const accepted = first.keyFor(byte);
      return accepted && { ...accepted, filter: { addIfNew } };
    };
    expect(() => watch(() => peeler.peel(last, failing))).toThrow('no filter');
    expect(left()).toEqual([]);

    const { surb } = builder.surb({ ...path, hops, terminal });
    const embedded = encodeEmbeddedSurb(surb, format);
    const log = randomBytes(rng, format.geometry.logBytes);
    note('what came', embedded);
    note('what came: γ', surb.mac);
    const run = watch(() => peeler.runSurb(embedded, log, body, first.keyFor));
    if (!run.ok || run.value.kind !== 'transmit') throw new Error('not transmitted');
    noteHeader('what left', run.value.packet);
    expect(left(run)).toEqual([]);
  },
);

test('sealing, opening and unwinding leave nothing', () => {
  const suite = noting(SUITE_1);
  const seed = randomBytes(rng, 32);
  const content = randomBytes(rng, 100);
  const sealed = watch(() => sealBody(suite, seed, content));
  const opened = watch(() => openBody(suite, seed, sealed));
  expect(opened && Buffer.compare(content, opened.subarray(0, 100))).toBe(0);
  expect(left(sealed, opened)).toEqual([]);
  const hops = [0, 1, 2].map(() => newNode(false).hop);
  const { record } = new Builder(real, rng).surb({ ...path, hops, terminal: { kind: 'drop' } });
  const mail = { name: record.name, log: randomBytes(rng, 48), body: sealed };
  const unwound = watch(() => unwindLayers(suite, record, mail));
  expect(left(unwound, sealed, opened)).toEqual([]);
});

test('planted fault, noticed: a copy of a secret, though nothing refers to it any more', () => {
  const suite = noting(SUITE_1);
  const scalar = randomBytes(rng, 32);
  const out = new Plain(32);
  watch(() => {
    suite.x25519Base(out, scalar);
    new Uint8Array(64).set(scalar, 5);
  });
  expect(left()).toEqual(['scalar']);
});

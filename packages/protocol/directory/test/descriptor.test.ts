import {
  decodeDescriptor,
  DEFAULT_PARAMETERS,
  type DescriptorCode,
  type DescriptorFields,
  encodeDescriptor,
  epochAt,
  HORIZON_LIMIT,
  LOW_ORDER_POINTS,
  signDescriptor,
  verifyDescriptor,
} from '@sotto/directory';
import { ByteWriter, concat, instant, toUtf8 } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { descriptor, fields, flipped, identity, NOW, routingKey, suite } from './sample-network.ts';

const code = (bytes: Uint8Array) => {
  const read = decodeDescriptor(bytes);
  return read.ok ? 'ok' : read.error.code;
};

const anyAddress = fc
  .array(fc.stringMatching(/^[!-.0-~]{1,12}$/u), { minLength: 1, maxLength: 8 })
  .map((parts) => `/${parts.join('/')}`);
const anyFields = fc.record({
  sequence: fc.maxSafeNat(),
  issuedAt: fc.integer({ min: DEFAULT_PARAMETERS.originMicros, max: 2 ** 52 }),
  life: fc.integer({ min: 1, max: 2 ** 40 }),
  bits: fc.integer({ min: 1, max: 15 }),
  addresses: fc.uniqueArray(anyAddress, { maxLength: 8 }),
  firstEpoch: fc.integer({ min: 0, max: 2 ** 32 - 100 }),
  keys: fc.integer({ min: 1, max: HORIZON_LIMIT + 1 }),
});
const keyPool = Array.from({ length: HORIZON_LIMIT + 1 }, (_, k) => routingKey(3, k + 1));

test('what is encoded is read back, field by field', () => {
  fc.assert(
    fc.property(anyFields, (any) => {
      const given: DescriptorFields = fields(3, {
        sequence: any.sequence,
        issuedAt: instant(any.issuedAt),
        expiresAt: instant(any.issuedAt + any.life),
        capabilities: {
          mix: (any.bits & 1) !== 0,
          guard: (any.bits & 2) !== 0,
          mailbox: (any.bits & 4) !== 0,
          contact: (any.bits & 8) !== 0,
        },
        addresses: any.addresses,
        firstEpoch: any.firstEpoch,
        routingKeys: keyPool.slice(0, any.keys),
      });
      const bytes = concat(encodeDescriptor(given), new Uint8Array(64));
      const read = decodeDescriptor(bytes);
      if (!read.ok) throw new Error(read.error.code);
      const { bytes: whole, body, ...rest } = read.value;
      expect(rest).toEqual(given);
      expect(whole).toEqual(bytes);
      expect(body).toEqual(bytes.subarray(0, bytes.length - 64));
    }),
  );
});

test('any bytes are answered and never thrown at', () => {
  const valid = descriptor(1);
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 2100 }),
    fc.uint8Array({ maxLength: 400 }).map((tail) => concat(valid.subarray(0, 75), tail)),
    fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
      .map((flips) => flips.reduce((bytes, [i, mask]) => flipped(bytes, i, mask), valid)),
  );
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const read = decodeDescriptor(bytes);
      // What is read says all that the bytes say: nothing is left over, nothing has two spellings.
      if (read.ok) expect(encodeDescriptor(read.value)).toEqual(read.value.body);
    }),
    { numRuns: 1000 },
  );
});

test('every truncation and every extension is refused', () => {
  const valid = descriptor(1);
  for (let length = 0; length < valid.length; length++) {
    expect(code(valid.subarray(0, length))).not.toBe('ok');
  }
  for (const more of [1, 32, 2048])
    expect(code(concat(valid, new Uint8Array(more)))).not.toBe('ok');
});

/** The layout with every field open, so that each check can be met by a value that only it refuses. */
interface Raw {
  version?: number;
  suite?: number;
  identityKey?: Uint8Array;
  sequence?: Uint8Array;
  issuedAt?: Uint8Array;
  expiresAt?: Uint8Array;
  capabilities?: number;
  addresses?: readonly Uint8Array[];
  addressCount?: number;
  firstEpoch?: number;
  keyCount?: number;
  keys?: readonly Uint8Array[];
  tail?: number;
}
const u64 = (value: bigint): Uint8Array => {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value);
  return out;
};
function raw(r: Raw): Uint8Array {
  const addresses = r.addresses ?? [toUtf8('/ip4/127.0.0.1/tcp/1')];
  const keys = r.keys ?? [routingKey(1, 1)];
  const head = new ByteWriter(76)
    .u8(r.version ?? 1)
    .u8(r.suite ?? 1)
    .put(new Uint8Array(16))
    .put(r.identityKey ?? identity(1).publicKey)
    .put(r.sequence ?? u64(1n))
    .put(r.issuedAt ?? u64(BigInt(NOW)))
    .put(r.expiresAt ?? u64(BigInt(NOW) + 1n))
    .u8(r.capabilities ?? 1)
    .u8(r.addressCount ?? addresses.length).bytes;
  const listed = addresses.map((address) => concat(Uint8Array.of(address.length), address));
  const epoch = new ByteWriter(5).u32(r.firstEpoch ?? 100).u8(r.keyCount ?? keys.length).bytes;
  return concat(head, ...listed, epoch, ...keys, new Uint8Array(r.tail ?? 64));
}
const p = 2n ** 255n - 19n;
const little = (value: bigint): Uint8Array => {
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = Number((value >> BigInt(8 * i)) & 255n);
  return out;
};
const long = toUtf8(`/${'a'.repeat(128)}`);
const checks: readonly (readonly [DescriptorCode | 'ok', Raw])[] = [
  ['ok', {}],
  ['ok', { addresses: [] }],
  ['ok', { capabilities: 15 }],
  ['ok', { firstEpoch: 2 ** 32 - 1 }],
  ['ok', { sequence: u64(2n ** 53n - 1n) }],
  ['ok', { addresses: [long.subarray(0, 128)] }],
  ['ok', { keys: keyPool }],
  ['version', { version: 0 }],
  ['version', { version: 2 }],
  ['suite', { suite: 2 }],
  ['identity-key', { identityKey: little(p) }],
  ['identity-key', { identityKey: little(p + 2n ** 255n) }],
  ['sequence', { sequence: u64(2n ** 53n) }],
  ['issued-at', { issuedAt: u64(2n ** 64n - 1n) }],
  ['expires-at', { expiresAt: u64(2n ** 53n) }],
  ['lifetime', { expiresAt: u64(BigInt(NOW)) }],
  ['lifetime', { expiresAt: u64(0n) }],
  ['capability-unknown', { capabilities: 16 }],
  ['capability-unknown', { capabilities: 129 }],
  ['capability-none', { capabilities: 0 }],
  ['address-count', { addresses: Array.from({ length: 9 }, (_, i) => toUtf8(`/${i}`)) }],
  ['address-count', { addressCount: 255 }],
  ['address-length', { addresses: [new Uint8Array(0)] }],
  ['address-length', { addresses: [long] }],
  ['address-text', { addresses: [toUtf8('/ip4/1 2')] }],
  ['address-text', { addresses: [toUtf8('/dns/é')] }],
  ['address-text', { addresses: [toUtf8('/dns/\u0000')] }],
  ['address-shape', { addresses: [toUtf8('ip4/1')] }],
  ['address-shape', { addresses: [toUtf8('/ip4/1/')] }],
  ['address-shape', { addresses: [toUtf8('/')] }],
  ['address-shape', { addresses: [toUtf8('/ip4//1')] }],
  ['address-repeated', { addresses: [toUtf8('/a'), toUtf8('/a')] }],
  ['key-count', { keys: [], tail: 96 }],
  ['key-count', { keys: [...keyPool, routingKey(4, 1)] }],
  ['size', { keyCount: 2 }],
  ['size', { tail: 65 }],
  ['size', { addressCount: 1, addresses: [], firstEpoch: 0x80_2f_41_41 }],
  ['epoch-range', { firstEpoch: 2 ** 32 - 1, keys: [routingKey(1, 1), routingKey(1, 2)] }],
  ['routing-key-non-canonical', { keys: [little(p)] }],
  ['routing-key-non-canonical', { keys: [little(p + 9n)] }],
  ['routing-key-non-canonical', { keys: [flipped(routingKey(1, 1), 31, 0x80)] }],
  ...LOW_ORDER_POINTS.map((point) => ['routing-key-low-order', { keys: [point] }] as const),
  ['routing-key-repeated', { keys: [routingKey(1, 1), routingKey(1, 2), routingKey(1, 1)] }],
];

test.each(checks)('%s: check %#', (expected, fault) => {
  expect(code(raw(fault))).toBe(expected);
});

test('too short and too long', () => {
  expect(code(new Uint8Array(176))).toBe('length');
  expect(code(new Uint8Array(2049))).toBe('length');
});

test('the signature is of the whole body under its own label', () => {
  const bytes = descriptor(2);
  const read = decodeDescriptor(bytes);
  if (!read.ok) throw new Error(read.error.code);
  expect(verifyDescriptor(suite, read.value)).toBe(true);
  const signature = new Uint8Array(64);
  suite.sign(signature, read.value.body, identity(2).secretKey);
  const unlabelled = decodeDescriptor(concat(read.value.body, signature));
  if (!unlabelled.ok) throw new Error(unlabelled.error.code);
  expect(verifyDescriptor(suite, unlabelled.value)).toBe(false);
});

test('nothing is signed that would be refused, nor with another key', () => {
  const wrong: readonly Partial<DescriptorFields>[] = [
    { networkId: new Uint8Array(15) },
    { identityKey: new Uint8Array(31) },
    { sequence: -1 },
    { sequence: 2 ** 53 },
    { expiresAt: NOW },
    { capabilities: { mix: false, guard: false, mailbox: false, contact: false } },
    { addresses: ['tcp'] },
    { addresses: ['/dns/é'] },
    { addresses: Array.from({ length: 300 }, (_, i) => `/${i}`) },
    { routingKeys: [] },
    { routingKeys: Array.from({ length: 300 }, (_, k) => routingKey(1, k)) },
    { routingKeys: [new Uint8Array(32)] },
    { routingKeys: [new Uint8Array(31).fill(9)] },
    { firstEpoch: -1 },
    { firstEpoch: 2 ** 32 },
  ];
  for (const changes of wrong) {
    expect(() => signDescriptor(suite, identity(1).secretKey, fields(1, changes))).toThrow(
      RangeError,
    );
  }
  expect(() => signDescriptor(suite, identity(2).secretKey, fields(1))).toThrow('"secretKey"');
  expect(fields(1).firstEpoch).toBe(epochAt(DEFAULT_PARAMETERS, NOW));
});

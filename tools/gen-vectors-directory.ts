/** Makes spec/vectors/directory.json: parameters, epochs, layers, descriptors, equivocation proofs (Spec 07). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  acceptedEpochs,
  decodeDescriptor,
  DEFAULT_PARAMETERS,
  type DescriptorFields,
  Directory,
  encodeParameters,
  encodeProof,
  epochAt,
  equivocationProof,
  layerOf,
  LOW_ORDER_POINTS,
  networkId,
  type NetworkParameters,
  nodeName,
  signDescriptor,
} from '@sotto/directory';
import { open } from '@sotto/noble';
import { geometryHash } from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { concat, instant, toHex } from '@sotto/wire';

/** Where the vectors stand. */
export const VECTORS_FILE: string = fileURLToPath(
  new URL('../spec/vectors/directory.json', import.meta.url),
);

const SECOND = 1_000_000;
const HOUR = 3600 * SECOND;
const parameters = DEFAULT_PARAMETERS;
const start = parameters.originMicros + 100 * parameters.epochMicros;
const now = instant(start + 5 * HOUR);
const allCapabilities = { mix: true, guard: true, mailbox: true, contact: true };

/** The identity of a seed that is one byte repeated. */
function identity(suite: CryptoSuite, byte: number) {
  const seed = new Uint8Array(32).fill(byte);
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  suite.signingKeypair(publicKey, secretKey, seed);
  return { seed, publicKey, secretKey };
}

function routingKey(suite: CryptoSuite, byte: number): Uint8Array {
  const out = new Uint8Array(32);
  suite.x25519Base(out, new Uint8Array(32).fill(byte));
  return out;
}

function fieldsOf(
  suite: CryptoSuite,
  who: number,
  changes: Partial<DescriptorFields>,
): DescriptorFields {
  return {
    networkId: networkId(suite, parameters),
    identityKey: identity(suite, who).publicKey,
    sequence: now,
    issuedAt: now,
    expiresAt: instant(now + 12 * HOUR),
    capabilities: allCapabilities,
    addresses: ['/ip4/192.0.2.1/tcp/4001/tls', '/dns4/relay.example/tcp/443/wss'],
    firstEpoch: epochAt(parameters, now),
    routingKeys: [routingKey(suite, 1), routingKey(suite, 2)],
    ...changes,
  };
}

const parameterSets: readonly (readonly [string, NetworkParameters])[] = [
  ['default', parameters],
  [
    'local network',
    {
      ...parameters,
      epochMicros: 600 * SECOND,
      skewMicros: 5 * SECOND,
      graceMicros: 60 * SECOND,
      slowMeanMicros: 2 * SECOND,
      descriptorLifeMicros: 1800 * SECOND,
      clockSkewMicros: 5 * SECOND,
      reissueMicros: SECOND,
    },
  ],
];

/** Offsets from the start of epoch 100, microseconds. */
const offsets = [
  -parameters.skewMicros - 1,
  -parameters.skewMicros,
  -1,
  0,
  parameters.graceMicros - 1,
  parameters.graceMicros,
];

/** The text of the generated file. */
export async function directoryVectors(): Promise<string> {
  const suite = await open();
  const make = (who: number, changes: Partial<DescriptorFields> = {}): Uint8Array =>
    signDescriptor(suite, identity(suite, who).secretKey, fieldsOf(suite, who, changes));
  const read = (bytes: Uint8Array) => {
    const result = decodeDescriptor(bytes);
    if (!result.ok) throw new Error(result.error.code);
    return result.value;
  };
  const proof = (a: Uint8Array, b: Uint8Array): Uint8Array =>
    encodeProof(equivocationProof(read(a), read(b)));
  /** A body with one byte replaced, under the right signature. */
  const patched = (offset: number, value: number): Uint8Array => {
    const body = make(1).slice(0, -64);
    body[offset] = value;
    const signature = new Uint8Array(64);
    suite.sign(signature, concat(LABELS.descriptor, body), identity(suite, 1).secretKey);
    return concat(body, signature);
  };

  const whole = make(1);
  const bare = make(2, {
    addresses: [],
    capabilities: { mix: true, guard: false, mailbox: false, contact: false },
    routingKeys: [routingKey(suite, 3)],
  });
  const spoilt = whole.slice();
  spoilt[whole.length - 1] = (spoilt[whole.length - 1] ?? 0) ^ 1;
  const lowOrder = concat(
    bare.subarray(0, 81),
    LOW_ORDER_POINTS[2] ?? new Uint8Array(0),
    bare.subarray(113),
  );
  // The neutral element as key and as R, and S = 0: without the check on low order, right for every message.
  const neutral = Uint8Array.of(1, ...new Uint8Array(31));
  const lowOrderIdentity = concat(
    bare.subarray(0, 18),
    neutral,
    bare.subarray(50, -64),
    neutral,
    new Uint8Array(32),
  );
  const other = make(1, { addresses: [] });
  const gossip: readonly (readonly [string, Uint8Array])[] = [
    ['two addresses, two routing keys', whole],
    ['no address, one routing key', bare],
    ['issued at the edge of the clock skew', make(1, { issuedAt: instant(now + 300 * SECOND) })],
    ['signature with its last bit changed', spoilt],
    ['version 2', patched(0, 2)],
    ['suite 2', patched(1, 2)],
    ['another network', patched(2, (whole[2] ?? 0) ^ 1)],
    ['sequence of 2^53 or more', patched(50, 0x20)],
    ['unknown capability', patched(74, 0x1f)],
    ['no capability', patched(74, 0)],
    ['nine addresses', patched(75, 9)],
    ['an address with a space', patched(78, 0x20)],
    ['an address without its slash', patched(77, 0x69)],
    ['a routing key of low order', lowOrder],
    ['an identity key of low order', lowOrderIdentity],
    ['one byte short', whole.subarray(0, -1)],
    ['issued too far in the future', make(1, { issuedAt: instant(now + 300 * SECOND + 1) })],
    ['expired', make(1, { issuedAt: instant(now - HOUR), expiresAt: now })],
    ['too long a life', make(1, { expiresAt: instant(now + 24 * HOUR + 1) })],
    ['keys that start with another epoch', make(1, { firstEpoch: 101 })],
    ['equivocation proof', proof(whole, other)],
    ['equivocation proof with a forged half', proof(spoilt, other)],
    ['equivocation proof of two numbers', proof(whole, make(1, { sequence: now + 1 }))],
  ];

  return `${JSON.stringify(
    {
      spec: '07',
      what: 'bytes are hexadecimal, times microseconds; verdict and code: of a directory that holds nothing at "now"',
      geometryHash: toHex(geometryHash(suite)),
      parameters: parameterSets.map(([what, set]) => ({
        what,
        fields: set,
        encoded: toHex(encodeParameters(set)),
        networkId: toHex(networkId(suite, set)),
      })),
      epochs: offsets.map((offset) => ({
        at: start + offset,
        epoch: epochAt(parameters, instant(start + offset)),
        accepted: acceptedEpochs(parameters, instant(start + offset)).join(' '),
      })),
      identities: Array.from({ length: 16 }, (_, i) => i + 1).map((byte) => {
        const { seed, publicKey } = identity(suite, byte);
        return {
          seed: toHex(seed),
          identityKey: toHex(publicKey),
          name: toHex(nodeName(suite, publicKey)),
          layer: layerOf(suite, publicKey),
        };
      }),
      lowOrderPoints: LOW_ORDER_POINTS.map(toHex),
      now,
      gossip: gossip.map(([what, bytes]) => {
        const answer = new Directory({ suite, parameters }).receive(now, bytes);
        return { what, verdict: answer.verdict, code: answer.code, bytes: toHex(bytes) };
      }),
    },
    undefined,
    2,
  )}\n`;
}

if (import.meta.main) writeFileSync(VECTORS_FILE, await directoryVectors());

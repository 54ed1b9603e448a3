import {
  DEFAULT_PARAMETERS,
  type DescriptorFields,
  epochAt,
  networkId,
  type NetworkParameters,
  signDescriptor,
} from '@sotto/directory';
import { open } from '@sotto/noble';
import { type CryptoSuite, LABELS } from '@sotto/suite';
import { concat, type Instant, instant, toHex } from '@sotto/wire';

const backend = await open();
const verdicts = new Map<string, boolean>();

/**
 * The portable backend; every test of the package runs on it, in Node and in the browser. It
 * remembers the answers of `verify`, 2 ms each in plain JavaScript: the tests ask the same ones often.
 */
export const suite: CryptoSuite = Object.create(backend, {
  verify: {
    value: (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean => {
      const question = [signature, message, publicKey].map(toHex).join(' ');
      const known = verdicts.get(question);
      if (known !== undefined) return known;
      const answer = backend.verify(signature, message, publicKey);
      verdicts.set(question, answer);
      return answer;
    },
  },
}) as CryptoSuite;

export const SECOND = 1_000_000;
export const HOUR = 3600 * SECOND;

/** The public network, but with room for eight nodes only. */
export const parameters: NetworkParameters = { ...DEFAULT_PARAMETERS, maxNodes: 8 };

/** Five hours into epoch 100. */
export const NOW: Instant = instant(
  parameters.originMicros + 100 * parameters.epochMicros + 5 * HOUR,
);

export const at = (micros: number): Instant => instant(NOW + micros);

export interface Identity {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

const identities = new Map<number, Identity>();

/** Identity number `n`, always the same. */
export function identity(n: number): Identity {
  const known = identities.get(n);
  if (known !== undefined) return known;
  const made = { publicKey: new Uint8Array(32), secretKey: new Uint8Array(64) };
  suite.signingKeypair(made.publicKey, made.secretKey, new Uint8Array(32).fill(n));
  identities.set(n, made);
  return made;
}

/** Routing key `k` of identity `n`: canonical and of large order. */
export function routingKey(n: number, k: number): Uint8Array {
  const out = new Uint8Array(32);
  suite.x25519Base(out, new Uint8Array(32).fill(n).fill(k, 0, 8));
  return out;
}

/** Fields of identity `n`, issued at {@link NOW} unless told otherwise, with two routing keys. */
export function fields(n: number, changes: Partial<DescriptorFields> = {}): DescriptorFields {
  const issuedAt = changes.issuedAt ?? NOW;
  return {
    networkId: networkId(suite, parameters),
    identityKey: identity(n).publicKey,
    sequence: 1,
    issuedAt,
    expiresAt: instant(issuedAt + 12 * HOUR),
    capabilities: { mix: true, guard: true, mailbox: false, contact: false },
    addresses: [`/ip4/127.0.0.1/tcp/${4000 + n}`],
    firstEpoch: epochAt(parameters, issuedAt),
    routingKeys: [routingKey(n, 1), routingKey(n, 2)],
    ...changes,
  };
}

const signed = new Map<string, Uint8Array>();

/** A signed descriptor of identity `n`; a copy of the one made before for the same fields. */
export function descriptor(n: number, changes: Partial<DescriptorFields> = {}): Uint8Array {
  const key = JSON.stringify([n, changes]);
  const made = signed.get(key) ?? signDescriptor(suite, identity(n).secretKey, fields(n, changes));
  signed.set(key, made);
  return made.slice();
}

/** Any body under identity `n`'s signature: also one that `signDescriptor` would refuse to make. */
export function signBody(n: number, body: Uint8Array): Uint8Array {
  const signature = new Uint8Array(64);
  suite.sign(signature, concat(LABELS.descriptor, body), identity(n).secretKey);
  return concat(body, signature);
}

/** A suite that calls every signature right: the planted fault of a directory without a signature check. */
export const credulous: CryptoSuite = Object.create(suite, {
  verify: { value: () => true },
}) as CryptoSuite;

/** A copy with one byte changed. */
export function flipped(bytes: Uint8Array, index: number, mask = 1): Uint8Array {
  const copy = bytes.slice();
  copy[index] = (copy[index] ?? 0) ^ mask;
  return copy;
}

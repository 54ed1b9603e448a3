import { isCanonicalPoint } from '@sotto/sphinx';
import { type CryptoSuite, KEY_BYTES, LABELS, SIGNATURE_BYTES } from '@sotto/suite';
import {
  ByteReader,
  ByteWriter,
  concat,
  err,
  type Instant,
  instant,
  ok,
  type Result,
} from '@sotto/wire';
import { type AddressFault, addressFault } from './address.ts';
import { type Capabilities, capabilityBits, readCapabilities } from './capabilities.ts';
import {
  DESCRIPTOR_LIMIT_BYTES,
  HORIZON_LIMIT,
  leastDescriptorBytes,
  NETWORK_ID_BYTES,
} from './parameters.ts';
import { isCanonicalIdentity, isLowOrder, samePublicKey } from './point-checks.ts';

/** First byte of a descriptor of this version (Spec 07 §4.1). */
export const DESCRIPTOR_VERSION = 1;
/** The cryptographic suite that its keys belong to (Spec 02). */
export const DESCRIPTOR_SUITE = 1;
/** Most addresses in one descriptor. */
export const MAX_ADDRESSES = 8;

/** What a node says about itself (Spec 07 §4.1). */
export interface DescriptorFields {
  /** 16 bytes: the network that it belongs to. */
  readonly networkId: Uint8Array;
  /** 32 bytes, Ed25519. */
  readonly identityKey: Uint8Array;
  /** Rises with every descriptor of the node; below 2^53. */
  readonly sequence: number;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly capabilities: Capabilities;
  /** Multiaddr strings, at most 8 of 128 printable ASCII characters; may be empty (a node that only dials). */
  readonly addresses: readonly string[];
  /** The epoch of the first routing key, below 2^32. */
  readonly firstEpoch: number;
  /** X25519 public keys of consecutive epochs, 32 bytes each, 1 to 25. */
  readonly routingKeys: readonly Uint8Array[];
}

/** A descriptor that was read. Its signature may not have been checked: see {@link verifyDescriptor}. */
export interface Descriptor extends DescriptorFields {
  /** The whole descriptor as it came. */
  readonly bytes: Uint8Array;
  /** Everything before the signature: what tells versions apart. */
  readonly body: Uint8Array;
}

/**
 * Whether a descriptor is a farewell: its node leaves, and promises no key beyond the current epoch
 * (Spec 07 §4.2). Everybody else publishes at least two.
 */
export const isFarewell = ({ routingKeys }: Pick<DescriptorFields, 'routingKeys'>): boolean =>
  routingKeys.length === 1;

/** Why bytes are not a descriptor; one code a check (Spec 07 §4.3). */
export type DescriptorCode =
  | 'length'
  | 'version'
  | 'suite'
  | 'identity-key'
  | 'sequence'
  | 'issued-at'
  | 'expires-at'
  | 'lifetime'
  | 'capability-unknown'
  | 'capability-none'
  | 'address-count'
  | 'address-repeated'
  | AddressFault
  | 'key-count'
  | 'size'
  | 'epoch-range'
  | 'routing-key-non-canonical'
  | 'routing-key-low-order'
  | 'routing-key-repeated';

/**
 * Reads a descriptor from any bytes (Spec 07 §4.3): every check that needs neither clock, network
 * nor signature. Nothing is allocated before the bounds are known.
 */
export function decodeDescriptor(
  bytes: Uint8Array,
): Result<Descriptor, { readonly code: DescriptorCode }> {
  if (bytes.length < leastDescriptorBytes(1) || bytes.length > DESCRIPTOR_LIMIT_BYTES) {
    return err({ code: 'length' });
  }
  const reader = new ByteReader(bytes);
  if (reader.u8() !== DESCRIPTOR_VERSION) return err({ code: 'version' });
  if (reader.u8() !== DESCRIPTOR_SUITE) return err({ code: 'suite' });
  const networkId = reader.take(NETWORK_ID_BYTES);
  const identityKey = reader.take(KEY_BYTES);
  if (!isCanonicalIdentity(identityKey)) return err({ code: 'identity-key' });
  const sequence = reader.u53();
  if (!reader.ok) return err({ code: 'sequence' });
  const issuedAt = instant(reader.u53());
  if (!reader.ok) return err({ code: 'issued-at' });
  const expiresAt = instant(reader.u53());
  if (!reader.ok) return err({ code: 'expires-at' });
  if (expiresAt <= issuedAt) return err({ code: 'lifetime' });
  const bits = reader.u8();
  const capabilities = readCapabilities(bits);
  if (capabilities === undefined) return err({ code: 'capability-unknown' });
  if (bits === 0) return err({ code: 'capability-none' });

  const addresses: string[] = [];
  const addressCount = reader.u8();
  if (addressCount > MAX_ADDRESSES) return err({ code: 'address-count' });
  for (let i = 0; i < addressCount; i++) {
    const raw = reader.take(reader.u8());
    if (!reader.ok) return err({ code: 'size' });
    const fault = addressFault(raw);
    if (fault !== undefined) return err({ code: fault });
    const address = String.fromCharCode(...raw);
    if (addresses.includes(address)) return err({ code: 'address-repeated' });
    addresses.push(address);
  }

  const firstEpoch = reader.u32();
  const keyCount = reader.u8();
  if (!reader.ok) return err({ code: 'size' });
  if (keyCount < 1 || keyCount > HORIZON_LIMIT + 1) return err({ code: 'key-count' });
  if (reader.remaining !== keyCount * KEY_BYTES + SIGNATURE_BYTES) return err({ code: 'size' });
  if (firstEpoch + keyCount > 2 ** 32) return err({ code: 'epoch-range' });
  const routingKeys: Uint8Array[] = [];
  for (let i = 0; i < keyCount; i++) {
    const key = reader.take(KEY_BYTES);
    if (!isCanonicalPoint(key)) return err({ code: 'routing-key-non-canonical' });
    if (isLowOrder(key)) return err({ code: 'routing-key-low-order' });
    if (routingKeys.some((other) => samePublicKey(other, key))) {
      return err({ code: 'routing-key-repeated' });
    }
    routingKeys.push(key);
  }
  const whole = bytes.slice();
  return ok({
    networkId,
    identityKey,
    sequence,
    issuedAt,
    expiresAt,
    capabilities,
    addresses,
    firstEpoch,
    routingKeys,
    bytes: whole,
    body: whole.subarray(0, reader.offset),
  });
}

function expectLength(name: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new RangeError(`"${name}" expected ${length} bytes, got ${bytes.length}`);
  }
}

/**
 * The bytes that are signed (Spec 07 §4.1), without the signature.
 *
 * @throws RangeError when the fields are not a descriptor: the message names the code of the check that fails.
 */
export function encodeDescriptor(fields: DescriptorFields): Uint8Array {
  expectLength('networkId', fields.networkId, NETWORK_ID_BYTES);
  expectLength('identityKey', fields.identityKey, KEY_BYTES);
  for (const key of fields.routingKeys) expectLength('routingKeys', key, KEY_BYTES);
  if (fields.firstEpoch !== fields.firstEpoch >>> 0) {
    throw new RangeError(`"firstEpoch" expected 0 to 2^32 - 1, got ${fields.firstEpoch}`);
  }
  if (fields.addresses.length > MAX_ADDRESSES) {
    throw new RangeError(
      `"addresses" expected at most ${MAX_ADDRESSES}, got ${fields.addresses.length}`,
    );
  }
  if (fields.routingKeys.length > HORIZON_LIMIT + 1) {
    throw new RangeError(
      `"routingKeys" expected at most ${HORIZON_LIMIT + 1}, got ${fields.routingKeys.length}`,
    );
  }
  const addresses = fields.addresses.map((address) => {
    const raw = new Uint8Array(address.length);
    for (let i = 0; i < raw.length; i++)
      raw[i] = address.charCodeAt(i) > 127 ? 0 : address.charCodeAt(i);
    const fault = addressFault(raw);
    if (fault !== undefined) throw new RangeError(`"addresses" expected multiaddrs, got ${fault}`);
    return raw;
  });
  const text = addresses.reduce((sum, raw) => sum + 1 + raw.length, 0);
  const length = leastDescriptorBytes(fields.routingKeys.length) - SIGNATURE_BYTES + text;
  const writer = new ByteWriter(length)
    .u8(DESCRIPTOR_VERSION)
    .u8(DESCRIPTOR_SUITE)
    .put(fields.networkId)
    .put(fields.identityKey)
    .u53(fields.sequence)
    .u53(fields.issuedAt)
    .u53(fields.expiresAt)
    .u8(capabilityBits(fields.capabilities))
    .u8(addresses.length);
  for (const raw of addresses) writer.u8(raw.length).put(raw);
  writer.u32(fields.firstEpoch).u8(fields.routingKeys.length);
  for (const key of fields.routingKeys) writer.put(key);
  // The decoder is the one list of checks: what it refuses must never be signed.
  const read = decodeDescriptor(concat(writer.bytes, new Uint8Array(SIGNATURE_BYTES)));
  if (!read.ok)
    throw new RangeError(`"fields" expected a valid descriptor, got ${read.error.code}`);
  return writer.bytes;
}

const signedMessage = (body: Uint8Array): Uint8Array => concat(LABELS.descriptor, body);

/**
 * A whole descriptor: body ‖ Ed25519 over `LABELS.descriptor` ‖ body (Spec 07 §4.2).
 *
 * @param secretKey - 64 bytes, of `fields.identityKey`.
 * @throws RangeError as {@link encodeDescriptor}, or when the key is not that of the identity.
 */
export function signDescriptor(
  suite: CryptoSuite,
  secretKey: Uint8Array,
  fields: DescriptorFields,
): Uint8Array {
  const body = encodeDescriptor(fields);
  const signature = new Uint8Array(SIGNATURE_BYTES);
  suite.sign(signature, signedMessage(body), secretKey);
  if (!suite.verify(signature, signedMessage(body), fields.identityKey)) {
    throw new RangeError('"secretKey" expected the key of identityKey, got another');
  }
  return concat(body, signature);
}

/** Whether the signature is the identity's (Spec 07 §4.2). The costliest check: always the last. */
export const verifyDescriptor = (
  suite: CryptoSuite,
  descriptor: Pick<Descriptor, 'bytes' | 'body' | 'identityKey'>,
): boolean =>
  suite.verify(
    descriptor.bytes.subarray(descriptor.body.length),
    signedMessage(descriptor.body),
    descriptor.identityKey,
  );

import { BOX_BYTES, EMBEDDED_SURB_BYTES } from '@sotto/sphinx';
import { ByteReader, ByteWriter, instant, type Instant, toHex } from '@sotto/wire';
import { BUNDLE_CHUNK_BYTES, MAX_BUNDLE_CHUNKS } from './answer.ts';
import { CREDENTIAL_HASH_BYTES, HINT_BYTES } from './box.ts';
import { decodeGreeting, type Greeting } from './greeting.ts';
import { type CredentialGrant, MAX_CREDENTIAL_USES } from './request.ts';
import { keyParts, RECORD_VERSION } from './stored-record.ts';

/** Credentials of one box at most. */
export const MAX_BOX_CREDENTIALS = 64;

const GRANT_BYTES = CREDENTIAL_HASH_BYTES + HINT_BYTES + 1;

/** Stored head of a contact box: version ‖ expiry ‖ n ‖ n × (hash ‖ hint ‖ uses). */
export function encodeContactBox(
  expiresAt: Instant,
  credentials: readonly CredentialGrant[],
): Uint8Array {
  const writer = new ByteWriter(10 + credentials.length * GRANT_BYTES);
  writer.u8(RECORD_VERSION).u53(expiresAt).u8(credentials.length);
  for (const { hash, hint, uses } of credentials) writer.put(hash).put(hint).u8(uses);
  return writer.bytes;
}

/** Reads {@link encodeContactBox}; undefined of any other bytes. */
function decodeContactBox(
  bytes: Uint8Array,
): { readonly expiresAt: Instant; readonly credentials: readonly CredentialGrant[] } | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const expiresAt = instant(reader.u53());
  const count = reader.u8();
  if (version !== RECORD_VERSION || count > MAX_BOX_CREDENTIALS) return undefined;
  const credentials: CredentialGrant[] = [];
  for (let i = 0; i < count; i++) {
    credentials.push({
      hash: reader.take(CREDENTIAL_HASH_BYTES),
      hint: reader.take(HINT_BYTES),
      uses: reader.u8(),
    });
  }
  const inRange = credentials.every(({ uses }) => uses <= MAX_CREDENTIAL_USES);
  return reader.done && inRange ? { expiresAt, credentials } : undefined;
}

/** Stored reply block: version ‖ full epoch ‖ embedded. */
export const encodeStashed = (epoch: number, embedded: Uint8Array): Uint8Array =>
  new ByteWriter(5 + EMBEDDED_SURB_BYTES).u8(RECORD_VERSION).u32(epoch).put(embedded).bytes;

/** Reads {@link encodeStashed}; undefined of any other bytes. */
function decodeStashed(
  bytes: Uint8Array,
): { readonly epoch: number; readonly embedded: Uint8Array } | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const epoch = reader.u32();
  const embedded = reader.take(EMBEDDED_SURB_BYTES);
  return reader.done && version === RECORD_VERSION && embedded[0] === epoch % 256
    ? { epoch, embedded }
    : undefined;
}

/** Stored chunk: version ‖ chunks of the bundle ‖ chunk. */
export const encodeChunk = (count: number, chunk: Uint8Array): Uint8Array =>
  new ByteWriter(2 + chunk.length).u8(RECORD_VERSION).u8(count).put(chunk).bytes;

/** Reads {@link encodeChunk}; undefined of any other bytes. */
function decodeChunk(
  bytes: Uint8Array,
): { readonly count: number; readonly chunk: Uint8Array } | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const count = reader.u8();
  const length = reader.remaining;
  if (length < 1 || length > BUNDLE_CHUNK_BYTES) return undefined;
  const chunk = reader.rest();
  return reader.done && version === RECORD_VERSION && count >= 1 && count <= MAX_BUNDLE_CHUNKS
    ? { count, chunk }
    : undefined;
}

const ID_BYTES = 6;
const hexOf = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, '0');

/** Where a reply block is stored. */
export const stashKey = (boxKey: string, id: number): string =>
  `stash/${boxKey}/${hexOf(id, ID_BYTES)}`;

/** Where a chunk is stored. */
export const bundleKey = (boxKey: string, index: number): string =>
  `bundle/${boxKey}/${hexOf(index, 1)}`;

/** Where a box's opening to strangers is stored. */
export const greetingKey = (boxKey: string): string => `greeting/${boxKey}`;

/** Whether a key of the store is a contact point's. */
export const isContactKey = (key: string): boolean =>
  ['contact/', 'stash/', 'bundle/', 'greeting/'].some((prefix) => key.startsWith(prefix));

/** A stored entry of a contact point. */
export type ContactRecord =
  | {
      readonly kind: 'box';
      readonly boxKey: string;
      readonly expiresAt: Instant;
      readonly credentials: readonly CredentialGrant[];
    }
  | {
      readonly kind: 'surb';
      readonly boxKey: string;
      readonly id: number;
      readonly epoch: number;
      readonly embedded: Uint8Array;
    }
  | {
      readonly kind: 'chunk';
      readonly boxKey: string;
      readonly index: number;
      readonly count: number;
      readonly chunk: Uint8Array;
    }
  | { readonly kind: 'greeting'; readonly boxKey: string; readonly greeting: Greeting };

/** Reads a stored entry; undefined when key or value is not one of a contact point's. */
export function decodeContactRecord(key: string, value: Uint8Array): ContactRecord | undefined {
  const [box] = keyParts(key, 'contact', [BOX_BYTES]) ?? [];
  if (box !== undefined) {
    const stored = decodeContactBox(value);
    return stored && { kind: 'box', boxKey: toHex(box), ...stored };
  }
  const [stashBox, id] = keyParts(key, 'stash', [BOX_BYTES, ID_BYTES]) ?? [];
  if (stashBox !== undefined && id !== undefined) {
    const stored = decodeStashed(value);
    const number = id.reduce((sum, byte) => sum * 256 + byte, 0);
    return stored && { kind: 'surb', boxKey: toHex(stashBox), id: number, ...stored };
  }
  const [greetingBox] = keyParts(key, 'greeting', [BOX_BYTES]) ?? [];
  if (greetingBox !== undefined) {
    const greeting = decodeGreeting(value);
    return greeting && { kind: 'greeting', boxKey: toHex(greetingBox), greeting };
  }
  const [chunkBox, index] = keyParts(key, 'bundle', [BOX_BYTES, 1]) ?? [];
  const stored = decodeChunk(value);
  const at = index?.[0] ?? MAX_BUNDLE_CHUNKS;
  return chunkBox && stored && at < stored.count
    ? { kind: 'chunk', boxKey: toHex(chunkBox), index: at, ...stored }
    : undefined;
}

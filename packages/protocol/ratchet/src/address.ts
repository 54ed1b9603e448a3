import { type CryptoSuite, expectLength, KEY_BYTES } from '@sotto/suite';
import { ByteReader, ByteWriter, ok, type Result } from '@sotto/wire';
import { BUNDLE_HASH_BYTES } from './bundle.ts';
import { type InviteError, readLink, writeLink } from './invite.ts';

/** Layout of an address: the version byte tells it from an invite. */
const ADDRESS_VERSION = 2;
const NAME_BYTES = 16;
const FIELD_BYTES = 1 + 3 * NAME_BYTES + KEY_BYTES + BUNDLE_HASH_BYTES + 1;

/** Everything that strangers need to write to a person for the first time (Spec 09 §3.1). Public. */
export interface Address {
  /** 16 bytes: which network this is for. */
  readonly networkId: Uint8Array;
  /** 16 bytes: name of the node that is the greeting point. */
  readonly contactPoint: Uint8Array;
  /** 16 bytes: the box there. */
  readonly box: Uint8Array;
  /** 32 bytes: g of Spec 06 §5.6, and the pre-shared key of the handshake. */
  readonly key: Uint8Array;
  /** 32 bytes: hash of the prekey bundle. */
  readonly bundleHash: Uint8Array;
  /** Zero bits that a proof must show for each packet; 0: none is asked for. */
  readonly cost: number;
}

/**
 * The address as a link of 164 characters: `sotto:` and base64url.
 *
 * @throws RangeError when a field has a wrong length, or the cost is no byte.
 */
export function encodeAddress(suite: CryptoSuite, address: Address): string {
  expectLength('networkId', address.networkId, NAME_BYTES);
  expectLength('contactPoint', address.contactPoint, NAME_BYTES);
  expectLength('box', address.box, NAME_BYTES);
  expectLength('key', address.key, KEY_BYTES);
  expectLength('bundleHash', address.bundleHash, BUNDLE_HASH_BYTES);
  const { cost } = address;
  if (!Number.isInteger(cost) || cost < 0 || cost > 255) {
    throw new RangeError(`"cost" expected an integer in 0..255, got ${cost}`);
  }
  const fields = new ByteWriter(FIELD_BYTES)
    .u8(ADDRESS_VERSION)
    .put(address.networkId)
    .put(address.contactPoint)
    .put(address.box)
    .put(address.key)
    .put(address.bundleHash)
    .u8(cost).bytes;
  return writeLink(suite, fields);
}

/** Reads an address from any text. @returns the same refusals as of an invite; `unknown-version` of an invite. */
export function decodeAddress(suite: CryptoSuite, text: string): Result<Address, InviteError> {
  const fields = readLink(suite, text, ADDRESS_VERSION, FIELD_BYTES);
  if (!fields.ok) return fields;
  const reader = new ByteReader(fields.value);
  reader.u8();
  return ok({
    networkId: reader.take(NAME_BYTES),
    contactPoint: reader.take(NAME_BYTES),
    box: reader.take(NAME_BYTES),
    key: reader.take(KEY_BYTES),
    bundleHash: reader.take(BUNDLE_HASH_BYTES),
    cost: reader.u8(),
  });
}

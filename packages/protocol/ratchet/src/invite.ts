import { type CryptoSuite, expectLength, KEY_BYTES } from '@sotto/suite';
import {
  ByteReader,
  ByteWriter,
  concat,
  equalBytes,
  err,
  fromBase64url,
  ok,
  randomBytes,
  type Result,
  type Rng,
  toBase64url,
} from '@sotto/wire';
import { BUNDLE_HASH_BYTES } from './bundle.ts';
import { labelled } from './key-schedule.ts';

/** What an invite's link starts with. */
export const INVITE_PREFIX = 'sotto:';

/** Layout of an invite, told apart from the sealing version of the bundle it names. */
const INVITE_VERSION = 1;

const NAME_BYTES = 16;
const CHECKSUM_BYTES = 4;

/** Bytes of an invite before base64url: 137, within the 150 of the design. */
export const INVITE_BYTES: number =
  1 + 4 * NAME_BYTES + KEY_BYTES + BUNDLE_HASH_BYTES + 4 + CHECKSUM_BYTES;

const MAX_CHARACTERS = 4 * Math.ceil((INVITE_BYTES * 8) / 6);

/** Everything that one needs to write to a person for the first time (Spec 09 §3). Secret as a whole. */
export interface Invite {
  /** 16 bytes: which network this is for. */
  readonly networkId: Uint8Array;
  /** 16 bytes: name of the node that is the contact point. */
  readonly contactPoint: Uint8Array;
  /** 16 bytes: the box at the contact point. */
  readonly box: Uint8Array;
  /** 16 bytes: opens reply blocks for one handshake, and the bundle. */
  readonly credential: Uint8Array;
  /** 32 bytes: pre-shared key of the handshake; the contact point never has it. */
  readonly secret: Uint8Array;
  /** 32 bytes: hash of the prekey bundle, in place of a signature. */
  readonly bundleHash: Uint8Array;
  /** The last epoch in which it works, full number; the caller compares it with the current one. */
  readonly expiryEpoch: number;
}

/** Why a text is not an invite that we can read. */
export type InviteError = {
  readonly code: 'bad-prefix' | 'bad-alphabet' | 'unknown-version' | 'wrong-length' | 'checksum';
};

/** Draws the 32-byte secret of a new invite. */
export const createInviteSecret = (rng: Rng): Uint8Array => randomBytes(rng, KEY_BYTES);

/**
 * The invite as a link of 189 characters: `sotto:` and base64url.
 *
 * @throws RangeError when a field has a wrong length or the epoch is no u32.
 */
export function encodeInvite(suite: CryptoSuite, invite: Invite): string {
  expectLength('networkId', invite.networkId, NAME_BYTES);
  expectLength('contactPoint', invite.contactPoint, NAME_BYTES);
  expectLength('box', invite.box, NAME_BYTES);
  expectLength('credential', invite.credential, NAME_BYTES);
  expectLength('secret', invite.secret, KEY_BYTES);
  expectLength('bundleHash', invite.bundleHash, BUNDLE_HASH_BYTES);
  const { expiryEpoch } = invite;
  if (!Number.isInteger(expiryEpoch) || expiryEpoch < 0 || expiryEpoch > 0xffff_ffff) {
    throw new RangeError(`"expiryEpoch" expected an integer in 0..2^32-1, got ${expiryEpoch}`);
  }
  const fields = new ByteWriter(INVITE_BYTES - CHECKSUM_BYTES)
    .u8(INVITE_VERSION)
    .put(invite.networkId)
    .put(invite.contactPoint)
    .put(invite.box)
    .put(invite.credential)
    .put(invite.secret)
    .put(invite.bundleHash)
    .u32(expiryEpoch).bytes;
  return writeLink(suite, fields);
}

/**
 * Reads an invite from any text.
 *
 * @returns `bad-prefix` (no `sotto:`), `bad-alphabet` (not base64url), `unknown-version`,
 * `wrong-length` (cut off or run on), `checksum` (mistyped). Whether it has expired, is for another
 * network or was used is the caller's question.
 */
export function decodeInvite(suite: CryptoSuite, text: string): Result<Invite, InviteError> {
  const fields = readLink(suite, text, INVITE_VERSION, INVITE_BYTES - CHECKSUM_BYTES);
  if (!fields.ok) return fields;
  const reader = new ByteReader(fields.value);
  reader.u8();
  return ok({
    networkId: reader.take(NAME_BYTES),
    contactPoint: reader.take(NAME_BYTES),
    box: reader.take(NAME_BYTES),
    credential: reader.take(NAME_BYTES),
    secret: reader.take(KEY_BYTES),
    bundleHash: reader.take(BUNDLE_HASH_BYTES),
    expiryEpoch: reader.u32(),
  });
}

/** Fields, version first, and their checksum as a link. */
export const writeLink = (suite: CryptoSuite, fields: Uint8Array): string =>
  INVITE_PREFIX + toBase64url(concat(fields, checksum(suite, fields)));

/**
 * The fields in any text, version first and without the checksum: of one version and length.
 *
 * @returns the refusals of {@link decodeInvite}, in its order.
 */
export function readLink(
  suite: CryptoSuite,
  text: string,
  expected: number,
  length: number,
): Result<Uint8Array, InviteError> {
  if (!text.startsWith(INVITE_PREFIX)) return err({ code: 'bad-prefix' });
  const letters = text.slice(INVITE_PREFIX.length);
  const characters = Math.ceil(((length + CHECKSUM_BYTES) * 8) / 6);
  // Far beyond any version: refused before memory is spent on it.
  if (letters.length > MAX_CHARACTERS) return err({ code: 'wrong-length' });
  if (!/^[A-Za-z0-9_-]*$/u.test(letters)) return err({ code: 'bad-alphabet' });
  const version = fromBase64url(letters.slice(0, 4))?.[0];
  if (version !== undefined && version !== expected) return err({ code: 'unknown-version' });
  if (letters.length !== characters) return err({ code: 'wrong-length' });
  const bytes = fromBase64url(letters);
  // Left-over bits that are not zero: the last letter is mistyped.
  if (bytes === undefined) return err({ code: 'checksum' });
  const fields = bytes.subarray(0, length);
  return equalBytes(checksum(suite, fields), bytes.subarray(length))
    ? ok(fields)
    : err({ code: 'checksum' });
}

/** First 4 bytes of a hash of the fields: tells a mistyped letter, keeps nobody out. */
const checksum = (suite: CryptoSuite, fields: Uint8Array): Uint8Array =>
  labelled(suite, NAME_BYTES, 'inviteChecksum', fields).subarray(0, CHECKSUM_BYTES);

/**
 * Seed of the wide-block cipher around every packet body that goes through the contact point with
 * this invite (`sealBody`, Spec 09 §5): without the secret, first messages look like noise. 32 bytes.
 */
export function contactBodySeed(suite: CryptoSuite, secret: Uint8Array): Uint8Array {
  expectLength('secret', secret, KEY_BYTES);
  return labelled(suite, KEY_BYTES, 'contactBody', secret);
}

import { greetingBodySeed, greetingToken } from '@sotto/mailbox';
import { contactBodySeed, decodeAddress, decodeInvite, type InviteError } from '@sotto/ratchet';
import type { CryptoSuite } from '@sotto/suite';
import { ok, type Result, toHex } from '@sotto/wire';

/** Where a link leads: what an acceptance goes by, of an invite and of an address alike. */
export interface MeetingPlace {
  readonly networkId: Uint8Array;
  /** The contact point's name, hexadecimal. */
  readonly node: string;
  readonly box: Uint8Array;
  /** What is shown there, 16 bytes: a credential, or the token of an address. */
  readonly credential: Uint8Array;
  /** 32 bytes: pre-shared key of the handshake. */
  readonly secret: Uint8Array;
  /** 32 bytes: what packets of a first message are sealed under on their way. */
  readonly bodySeed: Uint8Array;
  readonly bundleHash: Uint8Array;
  /** Last epoch in which it works; undefined: until its owner gives it up. */
  readonly expiryEpoch: number | undefined;
  /** Of an address: zero bits that each packet must prove, 0 for none. */
  readonly cost: number | undefined;
}

/** Reads an invite or an address from any text. */
export function readMeetingPlace(
  suite: CryptoSuite,
  link: string,
): Result<MeetingPlace, InviteError> {
  const invite = decodeInvite(suite, link);
  if (invite.ok) {
    const { contactPoint, secret, ...rest } = invite.value;
    const bodySeed = contactBodySeed(suite, secret);
    return ok({ ...rest, node: toHex(contactPoint), secret, bodySeed, cost: undefined });
  }
  if (invite.error.code !== 'unknown-version') return invite;
  const address = decodeAddress(suite, link);
  if (!address.ok) return address;
  const { contactPoint, key, ...rest } = address.value;
  return ok({
    ...rest,
    node: toHex(contactPoint),
    credential: greetingToken(suite, key),
    secret: key,
    bodySeed: greetingBodySeed(suite, key),
    expiryEpoch: undefined,
  });
}

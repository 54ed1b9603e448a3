import { BOX_BYTES, CREDENTIAL_BYTES } from '@sotto/sphinx';
import { type CryptoSuite, LABELS } from '@sotto/suite';

/** Length of the secret behind a box. */
export const BOX_SECRET_BYTES = 32;
/** Length of a credential's hash, as a contact point keeps it. */
export const CREDENTIAL_HASH_BYTES = 16;
/** Length of the hint that a contact point puts into the log: which ratchet to try first. */
export const HINT_BYTES = 16;

/**
 * The public name of a mailbox alias, contact box or guard box: BLAKE2b-128 of its secret
 * (Spec 06 §2). Who sends needs the name; who fetches, refills or attaches shows the secret, so a
 * box needs no account.
 *
 * @param secret - 32 bytes.
 * @returns 16 fresh bytes.
 */
export function boxOf(suite: CryptoSuite, secret: Uint8Array): Uint8Array {
  if (secret.length !== BOX_SECRET_BYTES)
    throw new RangeError(`"secret" expected ${BOX_SECRET_BYTES} bytes, got ${secret.length}`);
  const out = new Uint8Array(BOX_BYTES);
  suite.blake2b(out, secret, LABELS.box);
  return out;
}

/** What a contact point keeps of a credential, 16 bytes: who seizes the node cannot show it elsewhere (Spec 06 §2). */
export function credentialHash(suite: CryptoSuite, credential: Uint8Array): Uint8Array {
  if (credential.length !== CREDENTIAL_BYTES)
    throw new RangeError(
      `"credential" expected ${CREDENTIAL_BYTES} bytes, got ${credential.length}`,
    );
  const out = new Uint8Array(CREDENTIAL_HASH_BYTES);
  suite.blake2b(out, credential, LABELS.credential);
  return out;
}

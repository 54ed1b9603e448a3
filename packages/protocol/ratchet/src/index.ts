/** Sealing: invites, the handshake, and the messages of one pair (Spec 09). @module */
export { type Address, decodeAddress, encodeAddress } from './address.ts';
export {
  BUNDLE_BYTES,
  BUNDLE_HASH_BYTES,
  type BundleError,
  createPrekey,
  decodeBundle,
  type Prekey,
  PREKEY_SECRET_BYTES,
  prekeyFromSecret,
  type PrekeyBundle,
} from './bundle.ts';
export { closedSession } from './closed-session.ts';
export {
  FIRST_MESSAGE_OVERHEAD,
  firstMessageCapacity,
  handshakeId,
  initiate,
  type InitiateOptions,
  type Initiated,
  type InitiateError,
  respond,
  type RespondOptions,
  type Responded,
  type RespondError,
} from './handshake.ts';
export { createIdentity, type Identity, identityFromSecret } from './identity.ts';
export {
  contactBodySeed,
  createInviteSecret,
  decodeInvite,
  encodeInvite,
  type Invite,
  INVITE_BYTES,
  INVITE_PREFIX,
  type InviteError,
} from './invite.ts';
export { importSession } from './import-session.ts';
export { SEALED_OVERHEAD } from './ratchet-session.ts';
export { safetyNumber } from './safety-number.ts';
export { SEALING_VERSION, type SealingVersion } from './sealing-version.ts';
export {
  COPY_NONCE_BYTES,
  HELD_FOR,
  type ImportError,
  MAX_GAP,
  MAX_SKIPPED,
  type OpenError,
  type SealError,
  type Session,
} from './session.ts';

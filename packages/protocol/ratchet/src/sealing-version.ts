/**
 * First byte of every prekey bundle, first message, sealed message and stored session (Spec 09 §2).
 * 2: a handshake, then a double ratchet with encrypted headers. 1, one chain each way, is spoken no more.
 */
export type SealingVersion = 2;

/** What this code speaks. */
export const SEALING_VERSION: SealingVersion = 2;

/** First byte of a sealed message of the same version that brings a nonce of its own (Spec 09 §6.9). */
export const COPY_FORM = 0x82;

/**
 * First byte of every prekey bundle, first message, sealed message and stored session (Spec 09 §2).
 * 2: a handshake, then a double ratchet with encrypted headers. 1, one chain each way, is spoken no more.
 */
export type SealingVersion = 2;

/** What this code speaks. */
export const SEALING_VERSION: SealingVersion = 2;

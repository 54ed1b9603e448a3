/**
 * First byte of every prekey bundle, first message and sealed message (Spec 09 §2).
 * 1: the handshake below and one symmetric chain each way.
 */
export type SealingVersion = 1;

/** What this code speaks. */
export const SEALING_VERSION: SealingVersion = 1;

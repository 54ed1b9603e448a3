import { type CryptoSuite, KEY_BYTES, LABELS } from '@sotto/suite';

/** Length of a node's name: the routing address inside packets. */
export const NODE_NAME_BYTES = 16;

/** The layer of the path that a node stands in. */
export type Layer = 1 | 2 | 3;

function hash16(suite: CryptoSuite, identityKey: Uint8Array, label: Uint8Array): Uint8Array {
  if (identityKey.length !== KEY_BYTES) {
    throw new RangeError(`"identityKey" expected ${KEY_BYTES} bytes, got ${identityKey.length}`);
  }
  const out = new Uint8Array(NODE_NAME_BYTES);
  suite.blake2b(out, identityKey, label);
  return out;
}

/** The name of a node: BLAKE2b-128 of its Ed25519 identity key, 32 bytes, under `LABELS.nodeName` (Spec 07 §4.1). */
export const nodeName = (suite: CryptoSuite, identityKey: Uint8Array): Uint8Array =>
  hash16(suite, identityKey, LABELS.nodeName);

/**
 * The layer of a node for its whole life (Spec 07 §3.3): the first 32 bits, big-endian, of a hash
 * of its identity, mod 3, plus 1. 2^32 = 3·1431655765 + 1, so layer 1 is likelier by 2^-32: nothing.
 * Whoever draws identities until the layer suits him gets the layer he wants; step 1 does not prevent it.
 */
export function layerOf(suite: CryptoSuite, identityKey: Uint8Array): Layer {
  const drawn = hash16(suite, identityKey, LABELS.layer);
  const rest = new DataView(drawn.buffer).getUint32(0) % 3;
  return rest === 0 ? 1 : rest === 1 ? 2 : 3;
}

import { type CryptoSuite, LABELS, POINT_BYTES, expectLength } from '@sotto/suite';
import { ByteReader, concat } from '@sotto/wire';

const GROUPS = 12;
const DIGITS = 5;
const GROUP_BYTES = 5;

/**
 * What two people compare to know that nobody stands between them (Spec 09 §10): 12 groups of 5
 * digits, the same on both sides, from the two identity keys alone. Two pairs of identities with one
 * number take about 2^99 tries.
 *
 * @param ours - 32 bytes.
 * @param theirs - 32 bytes, {@link Session.peerIdentity}.
 */
export function safetyNumber(suite: CryptoSuite, ours: Uint8Array, theirs: Uint8Array): string {
  expectLength('ours', ours, POINT_BYTES);
  expectLength('theirs', theirs, POINT_BYTES);
  const hash = new Uint8Array(GROUPS * GROUP_BYTES);
  suite.blake2b(hash, concat(...inOrder(ours, theirs)), LABELS.safetyNumber);
  const reader = new ByteReader(hash);
  return Array.from({ length: GROUPS }, () => {
    const value = reader.u8() * 2 ** 32 + reader.u32();
    return String(value % 10 ** DIGITS).padStart(DIGITS, '0');
  }).join(' ');
}

/** The lower one first: both sides must hash the same. Identities are public to both. */
function inOrder(a: Uint8Array, b: Uint8Array): readonly [Uint8Array, Uint8Array] {
  for (let i = 0; i < POINT_BYTES; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0 ? [a, b] : [b, a];
  }
  return [a, b];
}

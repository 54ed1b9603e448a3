/**
 * A systematic Reed–Solomon code over GF(2^8) (Spec 09 §6.8). Shards are the values at 0, 1, 2, … of a
 * polynomial for each byte place; the first k of them are the data, and any k give every other.
 * Only of values that travel sealed, or are ciphertext: its tables are indexed by data.
 * @module
 */

/** Shards there are of one value: its own, then such as stand in for any lost one. */
export const MAX_SHARDS = 255;

const POLYNOMIAL = 0x11d;
const exp = new Uint8Array(510);
const log = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  exp[i] = x;
  exp[i + 255] = x;
  log[x] = i;
  x <<= 1;
  if (x & 0x100) x ^= POLYNOMIAL;
}

/**
 * Shard `target` of the value of which `shards` are as many as it has data shards (Lagrange).
 *
 * @param shards - by index, 0 to 254; one or more, all of one length. One of them may be the target.
 * @throws RangeError when there is none, or lengths differ.
 */
export function shardAt(shards: ReadonlyMap<number, Uint8Array>, target: number): Uint8Array {
  const own = shards.get(target);
  if (own !== undefined) return own.slice();
  let out: Uint8Array | undefined;
  for (const [x, shard] of shards) {
    out ??= new Uint8Array(shard.length);
    if (shard.length !== out.length) {
      throw new RangeError(`"shards" expected one length, got ${out.length} and ${shard.length}`);
    }
    // The logarithm of Π (target − other) / (x − other), kept positive.
    let power = 0;
    for (const other of shards.keys()) {
      if (other === x) continue;
      power += 255 + (log[target ^ other] ?? 0) - (log[x ^ other] ?? 0);
    }
    power %= 255;
    for (let i = 0; i < out.length; i++) {
      const byte = shard[i] ?? 0;
      if (byte !== 0) out[i] = (out[i] ?? 0) ^ (exp[(log[byte] ?? 0) + power] ?? 0);
    }
  }
  if (out === undefined) throw new RangeError('"shards" expected one or more, got none');
  return out;
}

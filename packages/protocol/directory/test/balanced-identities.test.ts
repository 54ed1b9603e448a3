import { balancedIdentities, identityOf, layerOf } from '@sotto/directory';
import { toHex } from '@sotto/wire';
import { expect, test } from 'vitest';
import { suite } from './sample-network.ts';

/** Counts up: another seed each time, the same in every run. */
function counting() {
  let n = 0;
  return {
    fill: (out: Uint8Array): void => {
      out.fill(0);
      new DataView(out.buffer, out.byteOffset).setUint32(0, n++);
    },
  };
}

test.each([1, 2, 3, 4, 5, 7, 8, 12, 40])(
  '%i identities stand in layers of equal size, no two the same',
  (count) => {
    const identities = balancedIdentities(suite, counting(), count);
    expect(identities.length).toBe(count);
    const sizes = [0, 0, 0];
    for (const { publicKey } of identities) {
      const layer = layerOf(suite, publicKey);
      sizes[layer - 1] = (sizes[layer - 1] ?? 0) + 1;
    }
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(new Set(identities.map(({ publicKey }) => toHex(publicKey))).size).toBe(count);
    // Drawn without regard to layers, the same stream is not even: the test can tell.
    const rng = counting();
    const drawn = Array.from({ length: 30 }, () => {
      const seed = new Uint8Array(32);
      rng.fill(seed);
      return layerOf(suite, identityOf(suite, seed).publicKey);
    });
    expect(drawn.filter((layer) => layer === 1).length).not.toBe(10);
  },
);

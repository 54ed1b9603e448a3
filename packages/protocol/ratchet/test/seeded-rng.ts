import type { CryptoSuite } from '@sotto/suite';
import type { Rng } from '@sotto/wire';

/** Reproducible bytes: ChaCha20 under a key that counts up; one key a call. */
export function seededRng(suite: CryptoSuite, seed: number): Rng {
  const key = new Uint8Array(32);
  const view = new DataView(key.buffer);
  view.setUint32(0, seed);
  let calls = 0;
  return {
    fill(out): void {
      view.setUint32(4, calls++);
      suite.chacha20Stream(out, key, new Uint8Array(12));
    },
  };
}

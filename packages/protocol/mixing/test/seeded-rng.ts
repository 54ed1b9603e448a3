import { open } from '@sotto/noble';
import type { CryptoSuite } from '@sotto/suite';
import type { Rng } from '@sotto/wire';

export const suite: CryptoSuite = await open();

/** A reproducible stream: ChaCha20 under a key made of `seed`, one nonce a block. */
export function seededRng(seed: number): Rng {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, seed);
  const nonce = new Uint8Array(12);
  const counter = new DataView(nonce.buffer);
  const block = new Uint8Array(1 << 16);
  let at = block.length;
  let blocks = 0;
  return {
    fill(out): void {
      for (let done = 0; done < out.length;) {
        if (at === block.length) {
          counter.setUint32(0, ++blocks);
          suite.chacha20Stream(block, key, nonce);
          at = 0;
        }
        const length = Math.min(out.length - done, block.length - at);
        out.set(block.subarray(at, at + length), done);
        done += length;
        at += length;
      }
    },
  };
}

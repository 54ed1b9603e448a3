// Made by tools/gen-examples.ts from packages/crypto/sodium/README.md: change it there.
import { open } from '@sotto/sodium/native';
import type { SodiumStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ key, nonce, secret, theirs }: Pick<Stage, 'key' | 'nonce' | 'secret' | 'theirs'>) {
  const suite = await open();
  const shared = new Uint8Array(32);
  if (!suite.x25519(shared, secret, theirs)) throw new Error('a point of low order');

  const packet = new Uint8Array(1024);
  suite.chacha20Xor(packet, packet, key, nonce); // in place
  return { suite, shared, packet };
}

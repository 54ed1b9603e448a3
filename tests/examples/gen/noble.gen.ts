// Made by tools/gen-examples.ts from packages/crypto/noble/README.md: change it there.
import { open } from '@sotto/noble';
import { LABELS } from '@sotto/suite';
import type { NobleStage as Stage } from '../stages.ts';

/** Line 8. */
export async function example1({ identityKey, secret, theirs }: Pick<Stage, 'identityKey' | 'secret' | 'theirs'>) {
  const suite = await open();
  const name = new Uint8Array(16);
  suite.blake2b(name, identityKey, LABELS.nodeName);

  const shared = new Uint8Array(32);
  if (!suite.x25519(shared, secret, theirs)) throw new Error('a point of low order');
  return { suite, name, shared };
}

import { ed25519 } from '@noble/curves/ed25519.js';
import { open } from '@sotto/noble';
import { complianceCases } from '@sotto/suite/compliance';
import { expect, test } from 'vitest';

test('verification with the cofactor, as the library has it, is found by the edge cases', async () => {
  const suite = await open();
  const withCofactor = {
    ...suite,
    verify: (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) =>
      suite.verify(signature, message, publicKey) ||
      ed25519.verify(signature, message, publicKey, { zip215: false }),
  };
  const edges = complianceCases.find(({ name }) => name.startsWith('ed25519: points of low'));
  expect(() => edges?.run(suite)).not.toThrow();
  expect(() => edges?.run(withCofactor)).toThrow(/cofactor|low order/u);
});

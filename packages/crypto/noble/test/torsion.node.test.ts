import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { open as openNoble } from '@sotto/noble';
import { open as openNative } from '@sotto/sodium/native';
import { open as openWasm } from '@sotto/sodium/wasm';
import { concat } from '@sotto/wire';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const { Point } = ed25519;
const suites = await Promise.all([openNative(), openWasm(), openNoble()]);
const torsion = ED25519_TORSION_SUBGROUP.map((encoding) => Point.fromHex(encoding, true));

const number = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const bytes = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));

// A signer who adds a point of low order to key and nonce makes signatures on which verifiers with
// and without the cofactor differ. All backends must give the answer of the exact equation.
test(
  'signatures with points of mixed order: three backends, one answer',
  { timeout: 120_000 },
  () => {
    const scalar = fc.bigInt({ min: 1n, max: Point.Fn.ORDER - 1n });
    const part = fc.constantFrom(...torsion);
    const text = fc.uint8Array({ maxLength: 40 });
    const seen = new Set<boolean>();
    fc.assert(
      fc.property(scalar, scalar, part, part, text, (secret, nonce, ofKey, ofNonce, message) => {
        const key = Point.BASE.multiply(secret).add(ofKey);
        const commitment = Point.BASE.multiply(nonce).add(ofNonce);
        const hash = sha512(concat(commitment.toBytes(), key.toBytes(), message));
        const challenge = Point.Fn.create(number(hash));
        const response = Point.Fn.create(nonce + challenge * secret);
        const signature = concat(commitment.toBytes(), bytes(response));
        const exact = Point.BASE.multiplyUnsafe(response).equals(
          commitment.add(key.multiplyUnsafe(challenge)),
        );
        seen.add(exact);
        for (const suite of suites) {
          expect(suite.verify(signature, message, key.toBytes()), suite.name).toBe(exact);
        }
      }),
      { numRuns: 200 },
    );
    expect(seen.size).toBe(2);
  },
);

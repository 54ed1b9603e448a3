import {
  type CryptoSuite,
  KEM_CIPHERTEXT_BYTES,
  KEM_PUBLIC_BYTES,
  KEM_SECRET_BYTES,
  KEY_BYTES,
} from '../suite.ts';
import {
  type ComplianceCase,
  expectBytes,
  expectOther,
  expectOutcome,
  flipped,
  hex,
  pattern,
} from './check.ts';

// ML-KEM-768 known answers, count 0 of kat_MLKEM_768 (github.com/post-quantum-cryptography/KAT):
// d ‖ z, m and the shared secret as published; of the long values their BLAKE2b-256.
const seed = hex(
  '6dbbc4375136df3b07f7c70e639e223e177e7fd53b161b3f4d57791794f12624f696484048ec21f96cf50a56d0759c448f3779752f0383d37449690694cf7a68',
);
const coins = hex('20a7b7e10f70496cc38220b944def699bf14d14e55cf4c90a12c1b33fc80ffff');
const sharedSecret = hex('b408d5d115713f0a93047dbbea832e4340787686d59a9a2d106bd662ba0aa035');
const publicDigest = hex('da101b8f6f4b0a99e9d2b2d5be50c4ed01bfb9136e880a544c0d0489eddfe4e2');
const ciphertextDigest = hex('03515b32fbd4a26aea6f64fcf68742c1b596f36a975332c1825ac567e06591f9');

interface Exchange {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly shared: Uint8Array;
}

function exchange(suite: CryptoSuite, keySeed: Uint8Array, given: Uint8Array): Exchange {
  const publicKey = new Uint8Array(KEM_PUBLIC_BYTES);
  const secretKey = new Uint8Array(KEM_SECRET_BYTES);
  const ciphertext = new Uint8Array(KEM_CIPHERTEXT_BYTES);
  const shared = new Uint8Array(KEY_BYTES);
  suite.kemKeypair(publicKey, secretKey, keySeed);
  const fine = suite.kemEncapsulate(ciphertext, shared, publicKey, given);
  expectOutcome('encapsulation', fine, true);
  return { publicKey, secretKey, ciphertext, shared };
}

function expectDigest(suite: CryptoSuite, what: string, got: Uint8Array, digest: Uint8Array): void {
  const out = new Uint8Array(32);
  suite.blake2b(out, got);
  expectBytes(`BLAKE2b-256 of the ${what}`, out, digest);
}

function decapsulated(suite: CryptoSuite, ciphertext: Uint8Array, secret: Uint8Array): Uint8Array {
  const shared = new Uint8Array(KEY_BYTES);
  expectOutcome('decapsulation', suite.kemDecapsulate(shared, ciphertext, secret), true);
  return shared;
}

/** ML-KEM-768, FIPS 203. */
export const kemCases: readonly ComplianceCase[] = [
  {
    name: 'ml-kem-768: published known answer, keys, ciphertext and shared secret',
    run(suite) {
      const { publicKey, secretKey, ciphertext, shared } = exchange(suite, seed, coins);
      expectDigest(suite, 'public key', publicKey, publicDigest);
      expectDigest(suite, 'ciphertext', ciphertext, ciphertextDigest);
      expectBytes('shared secret', shared, sharedSecret);
      expectBytes('decapsulated', decapsulated(suite, ciphertext, secretKey), sharedSecret);
      // FIPS 203 §6.1: the public key and z are parts of the secret key.
      expectBytes('public part', secretKey.subarray(1152, 1152 + KEM_PUBLIC_BYTES), publicKey);
      expectBytes('z', secretKey.subarray(KEM_SECRET_BYTES - 32), seed.subarray(32));
    },
  },
  {
    name: 'ml-kem-768: a public key with a coefficient of q or above is refused, the outputs zeroed',
    run(suite) {
      const { publicKey } = exchange(suite, pattern(64, 1), coins);
      for (const [coefficient, accepted] of [
        [3328, true],
        [3329, false],
        [4095, false],
      ] as const) {
        // The first coefficient: 8 bits of the first byte, 4 of the second.
        const changed = publicKey.slice();
        changed[0] = coefficient & 255;
        changed[1] = ((changed[1] ?? 0) & 0xf0) | (coefficient >>> 8);
        const ciphertext = pattern(KEM_CIPHERTEXT_BYTES, 2);
        const shared = pattern(KEY_BYTES, 3);
        const fine = suite.kemEncapsulate(ciphertext, shared, changed, coins);
        expectOutcome(`a coefficient of ${coefficient}`, fine, accepted);
        if (accepted) continue;
        expectBytes('ciphertext', ciphertext, new Uint8Array(KEM_CIPHERTEXT_BYTES));
        expectBytes('shared secret', shared, new Uint8Array(KEY_BYTES));
      }
    },
  },
  {
    name: 'ml-kem-768: a changed ciphertext gives another secret, the same each time, bound to z',
    run(suite) {
      const own = exchange(suite, pattern(64, 4), coins);
      const otherSeed = pattern(64, 4);
      otherSeed.fill(1, 32);
      const other = exchange(suite, otherSeed, coins);
      expectBytes('public key of the same d', other.publicKey, own.publicKey);
      const seen: Uint8Array[] = [own.shared];
      for (const bit of [0, 4000, KEM_CIPHERTEXT_BYTES * 8 - 1]) {
        const changed = flipped(own.ciphertext, bit);
        const rejected = decapsulated(suite, changed, own.secretKey);
        for (const before of seen) expectOther(`bit ${bit}`, rejected, before);
        seen.push(rejected);
        expectBytes('again', decapsulated(suite, changed, own.secretKey), rejected);
        expectOther('with another z', decapsulated(suite, changed, other.secretKey), rejected);
      }
    },
  },
  {
    name: 'ml-kem-768: a secret key whose public part or its hash changed is refused, the output zeroed',
    run(suite) {
      const { secretKey, ciphertext } = exchange(suite, pattern(64, 5), coins);
      for (const byte of [1152, 1152 + 600, 2335, 2336, 2367]) {
        const shared = pattern(KEY_BYTES, 6);
        const damaged = flipped(secretKey, byte * 8);
        const fine = suite.kemDecapsulate(shared, ciphertext, damaged);
        expectOutcome(`byte ${byte}`, fine, false);
        expectBytes('shared secret', shared, new Uint8Array(KEY_BYTES));
      }
    },
  },
];

import { noise, pureJsCrypto } from '@libp2p/noise';
import { sodiumNoiseCrypto } from '@sotto/transport-libp2p/node';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const sodium = sodiumNoiseCrypto();
const plain = (bytes: { subarray(): Uint8Array }): Uint8Array => new Uint8Array(bytes.subarray());
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** What the library takes in Node by itself; it exports it only inside an instance. */
function libraryDefault(): typeof sodium {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only what is read is given
  const instance = noise()({ logger: { forComponent: () => undefined } } as never);
  const crypto: unknown = Reflect.get(instance, 'crypto');
  if (typeof crypto !== 'object' || crypto === null) throw new Error('no crypto in the instance');
  const { hash, encrypt, decrypt } = crypto as {
    hash: typeof sodium.hashSHA256;
    encrypt: typeof sodium.chaCha20Poly1305Encrypt;
    decrypt: typeof sodium.chaCha20Poly1305Decrypt;
  };
  return {
    ...pureJsCrypto,
    hashSHA256: hash,
    chaCha20Poly1305Encrypt: encrypt,
    chaCha20Poly1305Decrypt: decrypt,
  };
}

describe.each([
  ['the default in Node', libraryDefault()],
  ['the one in JavaScript', pureJsCrypto],
])('libsodium against %s', (_, other) => {
  test('hash and key derivation agree', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes32, (data, key) => {
        expect(plain(sodium.hashSHA256(data))).toEqual(plain(other.hashSHA256(data)));
        expect(sodium.getHKDF(key, data).map(plain)).toEqual(other.getHKDF(key, data).map(plain));
      }),
    );
  });

  test('what one seals the other opens, below and above the size at which the default changes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        fc.uint8Array({ maxLength: 40 }),
        bytes32,
        fc.nat(),
        (message, nonce, ad, key, at) => {
          const ours = plain(sodium.chaCha20Poly1305Encrypt(message, nonce, ad, key));
          const theirs = plain(other.chaCha20Poly1305Encrypt(message, nonce, ad, key));
          expect(ours).toEqual(theirs);
          expect(plain(other.chaCha20Poly1305Decrypt(ours, nonce, ad, key))).toEqual(message);
          expect(plain(sodium.chaCha20Poly1305Decrypt(theirs, nonce, ad, key))).toEqual(message);
          const inPlace = theirs.slice();
          const dst = inPlace.subarray(0, message.length);
          expect(plain(sodium.chaCha20Poly1305Decrypt(inPlace, nonce, ad, key, dst))).toEqual(
            message,
          );
          expect(new Uint8Array(dst)).toEqual(message);
          const forged = ours.slice();
          const spot = at % forged.length;
          forged[spot] = (forged[spot] ?? 0) ^ 1;
          expect(() => sodium.chaCha20Poly1305Decrypt(forged, nonce, ad, key)).toThrow();
        },
      ),
      { numRuns: 50 },
    );
  });
});

test('keys and shared secrets agree', () => {
  fc.assert(
    fc.property(bytes32, bytes32, (a, b) => {
      const ours = sodium.generateX25519KeyPairFromSeed(a);
      const theirs = pureJsCrypto.generateX25519KeyPairFromSeed(b);
      expect(plain(ours.publicKey)).toEqual(
        plain(pureJsCrypto.generateX25519KeyPairFromSeed(a).publicKey),
      );
      expect(plain(sodium.generateX25519SharedKey(ours.privateKey, theirs.publicKey))).toEqual(
        plain(pureJsCrypto.generateX25519SharedKey(theirs.privateKey, ours.publicKey)),
      );
    }),
    { numRuns: 20 },
  );
  const fresh = sodium.generateX25519KeyPair();
  expect(fresh).not.toEqual(sodium.generateX25519KeyPair());
  expect(plain(fresh.publicKey)).toEqual(
    plain(pureJsCrypto.generateX25519KeyPairFromSeed(plain(fresh.privateKey)).publicKey),
  );
});

test('a ciphertext without a tag and a key of low order are refused', () => {
  const key = new Uint8Array(32).fill(7);
  const nonce = new Uint8Array(12);
  expect(() =>
    sodium.chaCha20Poly1305Decrypt(new Uint8Array(15), nonce, new Uint8Array(0), key),
  ).toThrow('no tag');
  expect(() => sodium.generateX25519SharedKey(key, new Uint8Array(32))).toThrow();
});

import { open } from '@sotto/sodium/wasm';
import type { CryptoSuite } from '@sotto/suite';
import { complianceCases } from '@sotto/suite/compliance';
import { expect, test } from 'vitest';

const sound = await open();

const order = Uint8Array.from([
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
]);

/** The signature with S − L in place of S. */
function minusOrder(signature: Uint8Array): Uint8Array {
  const out = signature.slice();
  let borrow = 0;
  for (let i = 0; i < 32; i++) {
    borrow += (out[32 + i] ?? 0) - (order[i] ?? 0);
    out[32 + i] = borrow & 255;
    borrow >>= 8;
  }
  return out;
}

/** Names of the cases that a backend fails, of those that begin so. */
function failures(suite: CryptoSuite, beginning: string): string[] {
  const cases = complianceCases.filter(({ name }) => name.startsWith(beginning));
  expect(cases).not.toEqual([]);
  return cases.flatMap(({ name, run }) => {
    try {
      run(suite);
      return [];
    } catch {
      return [name];
    }
  });
}

// Each backend has one fault; beside it stands the beginning of the case that must find it.
const faults: readonly (readonly [string, string, Partial<CryptoSuite>])[] = [
  [
    'x25519 accepts points of low order',
    'x25519: every encoding of a point of low order',
    { x25519: (out, scalar, point) => sound.x25519(out, scalar, point) || true },
  ],
  [
    'x25519 leaves the output as it was on refusal',
    'x25519: every encoding of a point of low order',
    {
      x25519(out, scalar, point) {
        const made = new Uint8Array(32);
        const fine = sound.x25519(made, scalar, point);
        if (fine) out.set(made);
        return fine;
      },
    },
  ],
  [
    'x25519 refuses coordinates that are not reduced',
    'x25519: RFC 7748 §5, the top bit is masked',
    {
      x25519: (out, scalar, point) =>
        (point[31] ?? 0) < 0x7f ? sound.x25519(out, scalar, point) : false,
    },
  ],
  [
    'x25519 clamps the scalar of the caller',
    'views:',
    {
      x25519(out, scalar, point) {
        scalar[0] = (scalar[0] ?? 0) & 248;
        return sound.x25519(out, scalar, point);
      },
    },
  ],
  [
    'x25519Base without clamping of the low bits',
    'x25519: the base point by both methods',
    {
      x25519Base(out, scalar) {
        const other = scalar.slice();
        other[0] = (other[0] ?? 0) ^ 8;
        sound.x25519Base(out, (scalar[0] ?? 0) % 8 === 0 ? scalar : other);
      },
    },
  ],
  [
    'blake2b without the key',
    'blake2b: keyed reference vectors',
    { blake2b: (out, message) => sound.blake2b(out, message) },
  ],
  [
    'blake2b of 64 bytes, cut off',
    'blake2b: the length of the output',
    {
      blake2b(out, message, key) {
        const long = new Uint8Array(64);
        sound.blake2b(long, message, key);
        out.set(long.subarray(0, out.length));
      },
    },
  ],
  [
    'blake2b takes a key of any length',
    'lengths: blake2b',
    {
      blake2b: (out, message, key) =>
        sound.blake2b(out, message, key !== undefined && key.length < 16 ? undefined : key),
    },
  ],
  [
    'chacha20Stream from block 1',
    'chacha20: RFC 8439 §2.3.2',
    {
      chacha20Stream(out, key, nonce) {
        const long = new Uint8Array(out.length + 64);
        sound.chacha20Stream(long, key, nonce);
        out.set(long.subarray(64));
      },
    },
  ],
  [
    'chacha20Stream writes past its view',
    'views:',
    {
      chacha20Stream(out, key, nonce) {
        sound.chacha20Stream(out, key, nonce);
        new Uint8Array(out.buffer).fill(0, out.byteOffset + out.length);
      },
    },
  ],
  [
    'chacha20Xor spoils its message before it reads it',
    'chacha20: RFC 8439 §2.4.2',
    {
      chacha20Xor(out, message, key, nonce) {
        if (out === message) out.fill(0);
        sound.chacha20Xor(out, message, key, nonce);
      },
    },
  ],
  [
    'poly1305 with a turned bit',
    'poly1305: RFC 8439',
    {
      poly1305(out, message, key) {
        sound.poly1305(out, message, key);
        out[7] = (out[7] ?? 0) ^ 4;
      },
    },
  ],
  [
    'poly1305 reads a message off its boundary',
    'views:',
    {
      poly1305: (out, message, key) =>
        sound.poly1305(out, new Uint8Array(message.buffer).subarray(0, message.length), key),
    },
  ],
  [
    'aeadSeal without the associated data',
    'aead: RFC 8439 §2.8.2',
    {
      aeadSeal: (out, plaintext, _, key, nonce) =>
        sound.aeadSeal(out, plaintext, new Uint8Array(), key, nonce),
    },
  ],
  [
    'aeadOpen without the tag',
    'aead: one turned bit',
    {
      aeadOpen: (out, sealed, associated, key, nonce) =>
        sound.aeadOpen(out, sealed, associated, key, nonce) || true,
    },
  ],
  [
    'aeadOpen hands out what it could not verify',
    'aead: one turned bit',
    {
      aeadOpen(out, sealed, associated, key, nonce) {
        const stream = new Uint8Array(64 + out.length);
        sound.chacha20Stream(stream, key, nonce);
        const fine = sound.aeadOpen(out, sealed, associated, key, nonce);
        out.set(out.map((_, i) => (sealed[i] ?? 0) ^ (stream[64 + i] ?? 0)));
        return fine;
      },
    },
  ],
  [
    'signingKeypair without the public half of the secret key',
    'ed25519: RFC 8032',
    {
      signingKeypair(publicKey, secretKey, seed) {
        sound.signingKeypair(publicKey, secretKey, seed);
        secretKey.fill(0, 32);
      },
    },
  ],
  [
    'sign of a message that was cut off',
    'ed25519: a message of 100,000 bytes',
    {
      sign: (signature, message, secretKey) =>
        sound.sign(signature, message.subarray(0, 65_536), secretKey),
    },
  ],
  ['verify always true', 'ed25519: one turned bit', { verify: () => true }],
  ['verify always false', 'ed25519: RFC 8032', { verify: () => false }],
  [
    'verify reduces S',
    'ed25519: S + L',
    {
      verify(signature, message, publicKey) {
        if (sound.verify(signature, message, publicKey)) return true;
        return (
          (signature[63] ?? 0) >= 16 && sound.verify(minusOrder(signature), message, publicKey)
        );
      },
    },
  ],
  [
    'kemKeypair forgets z',
    'ml-kem-768: published known answer',
    {
      kemKeypair(publicKey, secretKey, seed) {
        sound.kemKeypair(publicKey, secretKey, seed);
        secretKey.fill(0, 2368);
      },
    },
  ],
  [
    'kemEncapsulate without the modulus check',
    'ml-kem-768: a public key with a coefficient',
    {
      kemEncapsulate: (ciphertext, shared, publicKey, coins) =>
        sound.kemEncapsulate(ciphertext, shared, publicKey, coins) || true,
    },
  ],
  [
    'kemDecapsulate gives one secret for whatever it rejects',
    'ml-kem-768: a changed ciphertext',
    {
      kemDecapsulate(shared, ciphertext, secretKey) {
        const fine = sound.kemDecapsulate(shared, ciphertext, secretKey);
        const rejecting = secretKey.slice();
        rejecting.fill(0, 2368);
        const withoutZ = new Uint8Array(32);
        sound.kemDecapsulate(withoutZ, ciphertext, rejecting);
        // The secret depends on z only where the ciphertext was rejected.
        if (shared.join() !== withoutZ.join()) shared.fill(1);
        return fine;
      },
    },
  ],
  [
    'kemDecapsulate without the hash check',
    'ml-kem-768: a secret key whose public part',
    {
      kemDecapsulate: (shared, ciphertext, secretKey) =>
        sound.kemDecapsulate(shared, ciphertext, secretKey) || true,
    },
  ],
];

test('a sound backend fails no case', () => {
  expect(failures(sound, '')).toEqual([]);
});

test.each(faults)('%s', { timeout: 60_000 }, (_, finder, fault) => {
  expect(failures({ ...sound, ...fault }, finder)).not.toEqual([]);
});

test('every method of a suite has a planted fault', () => {
  const broken = new Set(faults.flatMap(([, , fault]) => Object.keys(fault)));
  expect([...broken, 'name'].sort()).toEqual(Object.keys(sound).sort());
});

test('a backend that takes wrong lengths is found, method by method', () => {
  const methods = Object.keys(sound).filter((key) => key !== 'name');
  for (const method of methods) {
    const lenient = { ...sound, [method]: () => true };
    expect(failures(lenient, `lengths: ${method} `)).not.toEqual([]);
  }
});

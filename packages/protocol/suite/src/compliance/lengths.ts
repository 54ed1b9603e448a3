import type { CryptoSuite } from '../suite.ts';
import { type ComplianceCase, expectRefusal } from './check.ts';

const lengths = {
  x25519: { out: 32, scalar: 32, point: 32 },
  x25519Base: { out: 32, scalar: 32 },
  chacha20Stream: { key: 32, nonce: 12 },
  chacha20Xor: { out: 50, key: 32, nonce: 12 },
  poly1305: { out: 16, key: 32 },
  aeadSeal: { out: 66, key: 32, nonce: 12 },
  aeadOpen: { out: 34, key: 32, nonce: 12 },
  signingKeypair: { publicKey: 32, secretKey: 64, seed: 32 },
  sign: { signature: 64, secretKey: 64 },
  verify: { signature: 64, publicKey: 32 },
  kemKeypair: { publicKey: 1184, secretKey: 2400, seed: 64 },
  kemEncapsulate: { ciphertext: 1088, shared: 32, publicKey: 1184, coins: 32 },
  kemDecapsulate: { shared: 32, ciphertext: 1088, secretKey: 2400 },
} as const;

type Method = keyof typeof lengths;
type Arguments = (name: string) => Uint8Array;

// Messages are of 50 bytes; everything else has the length that is asked of it.
const calls: Readonly<Record<Method, (suite: CryptoSuite, a: Arguments) => void>> = {
  x25519: (s, a) => void s.x25519(a('out'), a('scalar'), a('point')),
  x25519Base: (s, a) => s.x25519Base(a('out'), a('scalar')),
  chacha20Stream: (s, a) => s.chacha20Stream(a('message'), a('key'), a('nonce')),
  chacha20Xor: (s, a) => s.chacha20Xor(a('out'), a('message'), a('key'), a('nonce')),
  poly1305: (s, a) => s.poly1305(a('out'), a('message'), a('key')),
  aeadSeal: (s, a) => s.aeadSeal(a('out'), a('message'), a('message'), a('key'), a('nonce')),
  aeadOpen: (s, a) => void s.aeadOpen(a('out'), a('message'), a('message'), a('key'), a('nonce')),
  signingKeypair: (s, a) => s.signingKeypair(a('publicKey'), a('secretKey'), a('seed')),
  sign: (s, a) => s.sign(a('signature'), a('message'), a('secretKey')),
  verify: (s, a) => void s.verify(a('signature'), a('message'), a('publicKey')),
  kemKeypair: (s, a) => s.kemKeypair(a('publicKey'), a('secretKey'), a('seed')),
  kemEncapsulate: (s, a) =>
    void s.kemEncapsulate(a('ciphertext'), a('shared'), a('publicKey'), a('coins')),
  kemDecapsulate: (s, a) => void s.kemDecapsulate(a('shared'), a('ciphertext'), a('secretKey')),
};

function refusalCase(method: Method): ComplianceCase {
  return {
    name: `lengths: ${method} refuses every argument that is a byte too short, too long, or empty`,
    run(suite) {
      const right = new Map<string, number>(Object.entries(lengths[method]));
      for (const [wrong, length] of right) {
        for (const wrongLength of [length - 1, length + 1, 0]) {
          expectRefusal(`${method} with ${wrongLength} bytes`, wrong, () =>
            calls[method](
              suite,
              (name) => new Uint8Array(name === wrong ? wrongLength : (right.get(name) ?? 50)),
            ),
          );
        }
      }
    },
  };
}

const methods: readonly Method[] = [
  'x25519',
  'x25519Base',
  'chacha20Stream',
  'chacha20Xor',
  'poly1305',
  'aeadSeal',
  'aeadOpen',
  'signingKeypair',
  'sign',
  'verify',
  'kemKeypair',
  'kemEncapsulate',
  'kemDecapsulate',
];

/** A wrong length is the caller's bug: RangeError, never a read past the end. */
export const lengthCases: readonly ComplianceCase[] = [
  ...methods.map(refusalCase),
  {
    name: 'lengths: blake2b refuses outputs and keys outside of 16 to 64 bytes',
    run(suite) {
      const fine = new Uint8Array(32);
      for (const length of [0, 15, 65]) {
        const wrong = new Uint8Array(length);
        expectRefusal(`${length} bytes`, 'out', () => suite.blake2b(wrong, fine, fine));
        expectRefusal(`${length} bytes`, 'key', () => suite.blake2b(fine, fine, wrong));
      }
    },
  },
  {
    name: 'lengths: aeadOpen refuses sealed bytes shorter than a tag',
    run(suite) {
      const sealed = new Uint8Array(15);
      const key = new Uint8Array(32);
      const nonce = new Uint8Array(12);
      expectRefusal('15 bytes', 'out', () =>
        suite.aeadOpen(new Uint8Array(), sealed, sealed, key, nonce),
      );
    },
  },
];

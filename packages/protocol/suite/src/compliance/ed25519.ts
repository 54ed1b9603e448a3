import { concat } from '@sotto/wire';
import { POINT_BYTES, SIGNATURE_BYTES, SIGNING_SECRET_BYTES } from '../suite.ts';
import { type ComplianceCase, expectBytes, expectOutcome, flipped, hex, pattern } from './check.ts';
import { edgeCases, signatures } from './ed25519-vectors.ts';

/** Ed25519, RFC 8032, as strict as libsodium. */
export const ed25519Cases: readonly ComplianceCase[] = [
  {
    name: 'ed25519: RFC 8032 §7.1, keys, signatures and their verification',
    run(suite) {
      for (const { name, seed, publicKey, message, signature } of signatures) {
        const madePublic = new Uint8Array(POINT_BYTES);
        const madeSecret = new Uint8Array(SIGNING_SECRET_BYTES);
        const made = new Uint8Array(SIGNATURE_BYTES);
        suite.signingKeypair(madePublic, madeSecret, hex(seed));
        expectBytes(`${name}: public key`, madePublic, hex(publicKey));
        expectBytes(`${name}: secret key`, madeSecret, concat(hex(seed), hex(publicKey)));
        suite.sign(made, hex(message), madeSecret);
        expectBytes(`${name}: signature`, made, hex(signature));
        expectOutcome(name, suite.verify(made, hex(message), madePublic), true);
      }
    },
  },
  {
    name: 'ed25519: one turned bit in the signature, message or public key is refused',
    run(suite) {
      for (const { name, publicKey, message, signature } of signatures.slice(1, 3)) {
        for (let bit = 0; bit < SIGNATURE_BYTES * 8; bit += 17) {
          expectOutcome(
            `${name}: bit ${bit} of the signature`,
            suite.verify(flipped(hex(signature), bit), hex(message), hex(publicKey)),
            false,
          );
        }
        for (let bit = 0; bit < POINT_BYTES * 8; bit += 15) {
          expectOutcome(
            `${name}: bit ${bit} of the public key`,
            suite.verify(hex(signature), hex(message), flipped(hex(publicKey), bit)),
            false,
          );
        }
        expectOutcome(
          `${name}: another message`,
          suite.verify(hex(signature), flipped(hex(message), 1), hex(publicKey)),
          false,
        );
        expectOutcome(
          `${name}: a longer message`,
          suite.verify(hex(signature), concat(hex(message), Uint8Array.of(0)), hex(publicKey)),
          false,
        );
      }
    },
  },
  {
    name: 'ed25519: points of low and mixed order, S of L and above, unreduced coordinates',
    run(suite) {
      for (const { name, accepted, message, publicKey, signature } of edgeCases) {
        expectOutcome(name, suite.verify(hex(signature), hex(message), hex(publicKey)), accepted);
      }
    },
  },
  {
    name: 'ed25519: S + L in place of S is refused',
    run(suite) {
      const order = hex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
      for (const { name, publicKey, message, signature } of signatures) {
        const forged = hex(signature);
        let carry = 0;
        for (let i = 0; i < 32; i++) {
          carry += (forged[32 + i] ?? 0) + (order[i] ?? 0);
          forged[32 + i] = carry & 255;
          carry >>>= 8;
        }
        expectOutcome(name, suite.verify(forged, hex(message), hex(publicKey)), false);
      }
    },
  },
  {
    name: 'ed25519: a message of 100,000 bytes',
    run(suite) {
      const publicKey = new Uint8Array(POINT_BYTES);
      const secretKey = new Uint8Array(SIGNING_SECRET_BYTES);
      const signature = new Uint8Array(SIGNATURE_BYTES);
      const message = pattern(100_000, 1);
      suite.signingKeypair(publicKey, secretKey, pattern(32, 2));
      suite.sign(signature, message, secretKey);
      expectOutcome('as signed', suite.verify(signature, message, publicKey), true);
      const changed = flipped(message, 799_999);
      expectOutcome('last byte changed', suite.verify(signature, changed, publicKey), false);
    },
  },
];

import { POINT_BYTES } from '../suite.ts';
import { type ComplianceCase, expectBytes, expectOutcome, flipped, hex, pattern } from './check.ts';
import { agreement, iterated, lowOrderPoints, products } from './x25519-vectors.ts';

/** X25519, RFC 7748. */
export const x25519Cases: readonly ComplianceCase[] = [
  {
    name: 'x25519: RFC 7748 §5.2, two products',
    run(suite) {
      for (const { scalar, point, product } of products) {
        const out = new Uint8Array(POINT_BYTES);
        expectOutcome('outcome', suite.x25519(out, hex(scalar), hex(point)), true);
        expectBytes('product', out, hex(product));
      }
    },
  },
  {
    name: 'x25519: RFC 7748 §5.2, iterated once and 1,000 times',
    run(suite) {
      let scalar = Uint8Array.of(9, ...new Uint8Array(31));
      let point = scalar;
      for (let round = 1; round <= 1000; round++) {
        const out = new Uint8Array(POINT_BYTES);
        suite.x25519(out, scalar, point);
        point = scalar;
        scalar = out;
        const expected = iterated.get(round);
        if (expected !== undefined) expectBytes(`after ${round}`, scalar, hex(expected));
      }
    },
  },
  {
    name: 'x25519: RFC 7748 §6.1, agreement of two',
    run(suite) {
      const { first, second, shared } = agreement;
      for (const [own, other] of [
        [first, second],
        [second, first],
      ] as const) {
        const out = new Uint8Array(POINT_BYTES);
        suite.x25519Base(out, hex(own.secret));
        expectBytes('public key', out, hex(own.public));
        expectOutcome('outcome', suite.x25519(out, hex(own.secret), hex(other.public)), true);
        expectBytes('shared secret', out, hex(shared));
      }
    },
  },
  {
    name: 'x25519: the base point by both methods, with scalars that need clamping',
    run(suite) {
      const base = Uint8Array.of(9, ...new Uint8Array(31));
      for (const scalar of [
        new Uint8Array(32),
        new Uint8Array(32).fill(255),
        Uint8Array.of(7, ...new Uint8Array(30), 192),
        pattern(32, 3),
      ]) {
        const byBase = new Uint8Array(POINT_BYTES);
        const byPoint = new Uint8Array(POINT_BYTES);
        suite.x25519Base(byBase, scalar);
        expectOutcome('outcome', suite.x25519(byPoint, scalar, base), true);
        expectBytes('public key', byBase, byPoint);
      }
    },
  },
  {
    name: 'x25519: every encoding of a point of low order is refused, the output zeroed',
    run(suite) {
      for (const encoding of lowOrderPoints) {
        // The top bit is no part of the number: each encoding has a second form.
        for (const point of [hex(encoding), flipped(hex(encoding), 255)]) {
          const out = pattern(POINT_BYTES, 1);
          expectOutcome(encoding, suite.x25519(out, pattern(32, 2), point), false);
          expectBytes(`output for ${encoding}`, out, new Uint8Array(POINT_BYTES));
        }
      }
    },
  },
  {
    name: 'x25519: RFC 7748 §5, the top bit is masked and coordinates of p and above are reduced',
    run(suite) {
      const scalar = pattern(32, 5);
      for (let u = 2; u <= 18; u++) {
        const reduced = Uint8Array.of(u, ...new Uint8Array(31));
        const unreduced = Uint8Array.of(0xed + u, ...new Uint8Array(30).fill(0xff), 0x7f);
        const expected = new Uint8Array(POINT_BYTES);
        expectOutcome(`u = ${u}`, suite.x25519(expected, scalar, reduced), true);
        for (const point of [unreduced, flipped(unreduced, 255), flipped(reduced, 255)]) {
          const out = new Uint8Array(POINT_BYTES);
          expectOutcome(`another form of u = ${u}`, suite.x25519(out, scalar, point), true);
          expectBytes(`another form of u = ${u}`, out, expected);
        }
      }
    },
  },
];
